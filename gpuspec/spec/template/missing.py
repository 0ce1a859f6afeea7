"""Undefined values, and the words in which they are reported."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from jinja2 import StrictUndefined
from jinja2.exceptions import SecurityError
from jinja2.utils import missing

from gpuspec.spec.template.words import kind_of

_LOOK = "look at the value that it is taken from; where it may be missing, write `| default(…)`."


class Unspoken(str):
    """The message of an `UndefinedError`, which also knows the undefined value."""

    __slots__ = ("missing",)
    missing: "Missing"


class Missing(StrictUndefined):
    """An undefined value; printing it is reported late, any other use at once."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        message = Unspoken(super()._undefined_message)
        message.missing = self
        return message


def is_forbidden(value: Missing) -> bool:
    """Whether the sandbox made it: something is there, but out of bounds."""
    return issubclass(value._undefined_exception, SecurityError)


def explained(value: Missing, known: Collection[str]) -> tuple[str, str]:
    """Message and hint for an undefined value; `known` are the names that variables have."""
    name = str(value._undefined_name)
    if value._undefined_hint:
        return _from_hint(value._undefined_hint, name)
    owner = value._undefined_obj
    if owner is missing and name in known:
        return f"The imported file doesn't see `{name}`.", "import it `with context`, or hand the value to the macro."
    if owner is missing:
        hint = _near(name, known) or f"give it a value: `--var {name}=…`, or `{{{{ {name} | default(…) }}}}`."
        return f"No variable is called `{name}`.", hint
    names = [key for key in owner if isinstance(key, str)] if isinstance(owner, Mapping) else []
    return f"{kind_of(owner).capitalize()} has no `{name}`.", _near(name, names) or _LOOK


def _from_hint(hint: str, name: str) -> tuple[str, str]:
    if hint.startswith("parameter "):
        return f"The macro's parameter `{name}` was not given.", "give it where the macro is called, or a default."
    if "does not export" in hint:
        return f"The imported file defines no `{name}`.", "names that begin with an underscore are not exported."
    return f"{hint[:1].upper()}{hint[1:].rstrip('.')}.", _LOOK


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, sorted(set(known) - {name}), n=3, cutoff=0.6)
    return f"did you mean {' or '.join(f'`{one}`' for one in near)}?" if near else ""
