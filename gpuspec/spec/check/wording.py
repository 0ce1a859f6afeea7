"""A broken rule as a problem: our own words for each kind of rule, the place, and the way to mend it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gpuspec.model.problem import Problem
from gpuspec.model.secret import Secret
from gpuspec.spec.check.broken import BAD_NAME, MISSING_KEY, UNKNOWN_KEY, Broken
from gpuspec.spec.check.mending import mended
from gpuspec.spec.check.values_in_words import as_written, described, expected
from gpuspec.spec.nearest import nearest
from gpuspec.spec.tree import Path, Tree, dotted


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the words depend on besides the rule.

    `owner` names, for a key's path, what the key belongs to (`An instance`). `hidden` says whether the value at a path
    may be shown. `elsewhere` gives a hint for a key that belongs to another place, or nothing. `pattern_hints` are by
    field name; `text_rules` by it too: the code, message and hint for text that doesn't fit.
    """

    tree: Tree
    owner: Callable[[Path], str]
    hidden: Callable[[Path], bool]
    elsewhere: Callable[[Path], str] = lambda _: ""
    text_rules: Mapping[str, Callable[[str], tuple[str, str, str]]] = field(default_factory=dict)


def worded(rule: Broken, words: Words) -> Problem:
    """The problem for a broken rule."""
    code, message, hint = _RULES[rule.keyword](rule, words)
    if rule.path == ("version",):
        code, message, hint = _version(rule)
    at_key = rule.keyword in {UNKNOWN_KEY, BAD_NAME} or rule.value is None
    path = rule.path[:-1] if rule.keyword == MISSING_KEY else rule.path
    place = words.tree.key_place(path) if at_key or rule.keyword == MISSING_KEY else words.tree.place(path)
    return Problem(code=code, message=message, place=place, path=dotted(rule.path), hint=hint)


def label(path: Path) -> str:
    """The end of a path, as sentences name it: `ports[0]`, `envs.RUN`."""
    start = max((at for at, step in enumerate(path) if isinstance(step, str)), default=0)
    if start and path[start - 1] == "envs":
        start -= 1
    return dotted(path[start:])


_Said = tuple[str, str, str]


def _type(rule: Broken, words: Words) -> _Said:
    hidden = words.hidden(rule.path)
    code = "not-a-map" if rule.limit in ("object", ["object", "null"]) else "wrong-type"
    found = described(rule.value, hidden=hidden)
    subject = f"`{label(rule.path)}` takes" if rule.path else f"{words.owner(('',))} is"
    message = f"{subject} {expected(rule.limit)}; this is {found}."
    key = rule.path[-1] if rule.path else ""
    if isinstance(rule.value, Secret):
        return code, message, "insert a variable that is no secret."
    inserted = words.tree.inserted(rule.path)
    name = key if isinstance(key, str) else ""
    return code, message, mended(name, rule.value, rule.schema, hidden=hidden, inserted=inserted)


def _version(rule: Broken) -> _Said:
    message = f"This gpuspec reads version 1 of the format; the file says {as_written(rule.value)}."
    return "bad-version", message, "write `version: 1`, or leave the line out."


def _unknown(rule: Broken, words: Words) -> _Said:
    name = str(rule.path[-1])
    meant = nearest(name, rule.limit)
    hint = f"did you mean `{meant}`?" if meant else words.elsewhere(rule.path)
    known = ", ".join(f"`{key}`" for key in rule.limit)
    return "unknown-field", f"{words.owner(rule.path)} has no field `{name}`.", hint or f"it may have {known}."


def _missing(rule: Broken, words: Words) -> _Said:
    name = rule.path[-1]
    return "missing-field", f"{words.owner(rule.path)} needs `{name}`.", f"add a line `{name}: …`."


def _minimum(rule: Broken, _: Words) -> _Said:
    least = f"more than {rule.limit}" if rule.keyword == "exclusiveMinimum" else f"at least {rule.limit}"
    return "below-minimum", f"`{label(rule.path)}` is {least}; this is {rule.value}.", _range(rule)


def _maximum(rule: Broken, _: Words) -> _Said:
    return "above-maximum", f"`{label(rule.path)}` is at most {rule.limit}; this is {rule.value}.", _range(rule)


_SIDES = {"minimum": "{} or more", "maximum": "{} or less", "exclusiveMinimum": "a number above {}"}


def _range(rule: Broken) -> str:
    least, most = rule.schema.get("minimum"), rule.schema.get("maximum")
    if least is None or most is None:
        return f"write {_SIDES[rule.keyword].format(rule.limit)}."
    return f"write a number from {least} to {most}."


def _short(rule: Broken, _: Words) -> _Said:
    return "too-short", f"`{label(rule.path)}` can't be empty.", "write something, or take the line out."


def _long(rule: Broken, _: Words) -> _Said:
    length = len(rule.value)
    message = f"`{label(rule.path)}` has at most {rule.limit} characters; this has {length}."
    return "too-long", message, f"shorten it by {length - rule.limit}."


def _few(rule: Broken, _: Words) -> _Said:
    return "too-few", f"`{label(rule.path)}` has at least {_items(rule.limit)}.", "add one, or take the line out."


def _many(rule: Broken, _: Words) -> _Said:
    codes = {"envs": "too-many-envs", "ports": "too-many-ports", "tools": "too-many-ports"}
    count = len(rule.value)
    message = f"`{label(rule.path)}` has at most {_items(rule.limit)}; this has {count}."
    return codes.get(str(rule.path[-1]), "too-many"), message, f"take {count - rule.limit} away."


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count} items"


def _choice(rule: Broken, words: Words) -> _Said:
    choices = [choice for choice in rule.limit if choice is not None]
    what = "this" if words.hidden(rule.path) or not isinstance(rule.value, str) else f"`{as_written(rule.value)}`"
    meant = nearest(rule.value, choices, likeness=0.7) if isinstance(rule.value, str) else None
    known = " or ".join(f"`{choice}`" for choice in choices)
    hint = f"did you mean `{meant}`?" if meant else f"write {known}."
    return "not-in-list", f"`{label(rule.path)}` can't be {what}; it takes {known}.", hint


def _pattern(rule: Broken, words: Words) -> _Said:
    name = next(str(step) for step in reversed(rule.path) if isinstance(step, str))
    return words.text_rules[name](rule.value)


def _name(rule: Broken, words: Words) -> _Said:
    owner, name = str(rule.path[-2]), str(rule.value)
    if rule.limit == rule.schema.get("minLength"):
        return "too-short", f"A key of `{owner}` can't be empty.", "give it a name."
    if rule.limit == rule.schema.get("maxLength"):
        return "too-long", f"A key of `{owner}` has at most {rule.limit} characters.", f"this one has {len(name)}."
    return words.text_rules[owner](name)


def _twice(rule: Broken, _: Words) -> _Said:
    first, second = rule.limit["required"]
    message = f"`{first}` and `{second}` are two spellings of one key; this item has both."
    return "both-spellings", message, f"keep `{first}`."


_RULES: Mapping[str, Callable[[Broken, Words], _Said]] = {
    "type": _type,
    "const": lambda rule, _: _version(rule),
    "enum": _choice,
    "minimum": _minimum,
    "exclusiveMinimum": _minimum,
    "maximum": _maximum,
    "minLength": _short,
    "maxLength": _long,
    "minItems": _few,
    "maxItems": _many,
    "maxProperties": _many,
    "pattern": _pattern,
    "not": _twice,
    UNKNOWN_KEY: _unknown,
    MISSING_KEY: _missing,
    BAD_NAME: _name,
}
