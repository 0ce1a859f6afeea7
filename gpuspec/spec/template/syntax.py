"""Jinja's words for faults of syntax, in ours."""

import re
from difflib import get_close_matches

from jinja2 import Environment

from gpuspec.spec.template.filters import REMOVED

_TAGS = (
    *("for", "endfor", "if", "elif", "else", "endif", "set", "endset", "macro", "endmacro", "call", "endcall"),
    *("filter", "endfilter", "include", "import", "from", "extends", "block", "endblock", "with", "endwith"),
    *("raw", "endraw"),
)
_REWORDED: tuple[tuple[str, str], ...] = (
    (r"unexpected char (.+) at \d+", r"The character \1 has no meaning inside a tag."),
    (r"Missing end of comment tag", "The comment `{#` is never closed with `#}`."),
    (r"Missing end of raw directive", "`{% raw %}` is never closed with `{% endraw %}`."),
    (
        r"Encountered unknown tag '(.+?)'\..*The innermost block that needs to be closed is '(.+?)'.*",
        r"The tag `\1` has no place here; `\2` is still open.",
    ),
    (r"Encountered unknown tag '(.+?)'.*", r"There is no tag `\1`."),
    (
        r"Unexpected end of template\..*The innermost block that needs to be closed is '(.+?)'.*",
        r"The file ends while `\1` is still open.",
    ),
    (r"unexpected end of template, expected '(.+)'\.?", r"The file ends inside a tag, where `\1` should come."),
    (r"expected token '(.+)', got '(.+)'", r"Here `\1` should come, not `\2`."),
    (r"unexpected '(.+)', expected '(.+)'", r"Here `\2` should come, not `\1`."),
    (r"unexpected '(.+)'", r"There should be no `\1` here."),
    (r"Expected an expression, got '(.+)'", r"An expression should come here, not `\1`."),
    (r"No (filter|test) named '(.+?)'(?: found)?\.?", r"There is no \1 `\2`."),
    (
        r"macro '(.+)' was invoked with two values for the special caller argument.*",
        r"The macro `\1` never calls `caller()`, so `{% call %}` has nothing to give it.",
    ),
    (r"macro '(.+)' takes no keyword argument '(.+)'", r"The macro `\1` has no parameter `\2`."),
    (r"macro '(.+)' takes not more than (\d+) argument\(s\)", r"The macro `\1` takes \2 arguments at most."),
    (r"'(.+)' object is not iterable", r"A value of type `\1` can't be looped over."),
    (r"tag name expected", "The name of a tag should come here."),
)
_SPOKEN = {"end of print statement": "}}", "end of statement block": "%}", "begin of print statement": "{{"}


def reworded(message: str) -> str:
    """A full sentence, without offsets in it."""
    for jinjas, ours in _REWORDED:
        found = re.fullmatch(jinjas, message, re.DOTALL)
        if found is not None:
            text = found.expand(ours)
            for words, sign in _SPOKEN.items():
                text = text.replace(words, sign)
            return text
    return f"{message[:1].upper()}{message[1:].rstrip('.')}."


def is_reworded(message: str) -> bool:
    """Whether `reworded` knows words of ours for it."""
    return any(re.fullmatch(jinjas, message, re.DOTALL) for jinjas, _ in _REWORDED)


def hint_for(message: str, environment: Environment) -> str:
    """The way out of a fault that `reworded` words like this."""
    found = re.fullmatch(r"There is no (filter|test|tag) `(.+)`\.", message)
    unclosed = re.fullmatch(r"The file ends while `(.+)` is still open\.", message)
    if unclosed is not None:
        return f"close it: `{{% end{unclosed[1]} %}}`, or `#% end{unclosed[1]}`."
    if message == "There should be no `}` here.":
        return "an expression ends with `}}`, a tag with `%}`."
    if found is None:
        return "text that is not meant as a template goes between `{% raw %}` and `{% endraw %}`."
    kind, name = found[1], found[2]
    if kind == "filter" and name in REMOVED:
        return "it is for HTML or changes with each run; an inserted value needs no escaping. Leave it out."
    if name == "raw":
        return "write `{% raw %}` or `{% raw -%}`, without a `+`."
    known = {"filter": list(environment.filters), "test": list(environment.tests), "tag": _TAGS}[kind]
    near = get_close_matches(name, known, n=1)
    return f"did you mean `{near[0]}`?" if near else f"Jinja's documentation lists the {kind}s."
