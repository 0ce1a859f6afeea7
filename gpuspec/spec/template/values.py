"""Values on their way through a template: secrets wrapped on the way in, copied and checked on the way out."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

from jinja2 import Undefined as Lenient

from gpuspec.model.secret import Secret, SecretRef
from gpuspec.spec.rendered import Value
from gpuspec.spec.template.bounds import Meter
from gpuspec.spec.template.faults import TemplateFault, misuse
from gpuspec.spec.template.fragment import Opaque
from gpuspec.spec.template.missing import Missing
from gpuspec.spec.template.words import kind_of

MAX_DEPTH = 64
MAX_BITS = 8192
_LIMIT = 2**63
_SURROGATE = re.compile("[\ud800-\udfff]")
_SMALLER = "insert a smaller number, or a text."
_SECRET_KINDS = ("env", "file")


class Absent(Exception):
    """A list or map to be inserted holds an undefined value."""

    def __init__(self, value: Missing) -> None:
        super().__init__()
        self.value = value


def inward(value: Value) -> object:
    """A variable's value as templates see it: secrets, also deep inside, can only be printed."""
    if isinstance(value, Secret):
        return Opaque(misuse, secret=value)
    if isinstance(value, Mapping):
        return {key: inward(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [inward(item) for item in value]
    return value


def secret(reference: str) -> Opaque:
    """The global `secret('env:NAME')` or `secret('file:path')`: a reference that is read much later."""
    kind, colon, name = reference.partition(":") if isinstance(reference, str) else ("", "", "")
    if not colon or not name or kind not in _SECRET_KINDS:
        shown = f"`{kind}:…`" if colon else "what was given"
        raise TemplateFault(
            "secret-unknown-kind",
            f"`secret(…)` takes where the secret is kept, `env:NAME` or `file:path`; it can't read {shown}.",
            hint="write `secret('env:HF_TOKEN')`.",
        )
    return Opaque(misuse, secret=Secret(parts=(SecretRef(kind=kind, name=name),)))


def outward(value: object, meter: Meter) -> Value:
    """A copy of a value, safe to put into a document.

    Raises:
        TemplateFault: It is nothing that a document can hold.
        Absent: It holds an undefined value.
    """
    return _copied(value, meter, 0)


def text_of(value: object) -> str:
    """A scalar as YAML writes it: what stands in a string when text stands round the expression."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    if value is None or (isinstance(value, Lenient) and not isinstance(value, Missing)):
        return ""
    if isinstance(value, Opaque | Missing):
        return str(value)
    raise TemplateFault(
        "value-not-insertable",
        f"{kind_of(value).capitalize()} has no text of its own.",
        hint="use `| join(', ')` or `| tojson`.",
    )


def _number(value: float) -> str:
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise _unfit(f"The integer has more than {MAX_BITS:,} bits.", _SMALLER)
    return repr(value)


def _copied(value: object, meter: Meter, depth: int) -> Value:
    if value is None or isinstance(value, str | int | float):
        return _scalar(value)
    if isinstance(value, Opaque):
        return value.secret if value.secret is not None else value.refuse()
    if isinstance(value, Missing):
        raise Absent(value)
    if isinstance(value, Lenient):
        return None
    if depth >= MAX_DEPTH:
        raise _unfit(f"Lists and maps are nested more than {MAX_DEPTH} deep.", "insert a part of it.")
    if isinstance(value, Mapping):
        return _map(value, meter, depth)
    if isinstance(value, list | tuple | set | frozenset | range | Iterator) or _is_view(value):
        return list(_items(_ordered(cast("Iterable[object]", value)), meter, depth))
    hint = "call it: put `()` behind its name." if callable(value) else "insert a part of it, or a text."
    raise _unfit(f"{kind_of(value).capitalize()} is nothing that a document can hold.", hint)


def _scalar(value: str | int | float | None) -> Value:
    if isinstance(value, str):
        if not value.isascii() and _SURROGATE.search(value):
            raise _unfit("The string holds half of a surrogate pair.", "write the character itself, or `\\U0001F600`.")
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise _unfit(f"The number is {value}, which no document can hold.", _SMALLER)
    if isinstance(value, int) and not -_LIMIT <= value < 2 * _LIMIT:
        raise _unfit("The integer is beyond 64 bits.", "make it a string: `| string`.")
    return value


def _map(value: Mapping[object, object], meter: Meter, depth: int) -> Value:
    meter.insert(len(value))
    copied: dict[str, Value] = {}
    for key, item in value.items():
        name = str(key) if isinstance(key, int) and not isinstance(key, bool) else key
        if not isinstance(name, str):
            raise _unfit(f"A key must be a string; here it is {kind_of(key)}.", "write the key in quotes.")
        if name in copied:
            raise _unfit(f"The map has the key `{name}` twice: as a number and as a string.", "leave one out.")
        copied[str(_scalar(name))] = _copied(item, meter, depth + 1)
    return copied


def _items(values: Iterable[object], meter: Meter, depth: int) -> Iterator[Value]:
    for value in values:
        meter.insert(1)
        yield _copied(value, meter, depth + 1)


def _ordered(value: Iterable[object]) -> Iterable[object]:
    """A set's items in an order that is the same in every run."""
    if not isinstance(value, set | frozenset):
        return value
    return sorted(value, key=lambda item: (type(item).__name__, str(item)))


def _is_view(value: object) -> bool:
    return isinstance(value, type({}.keys()) | type({}.values()) | type({}.items()))


def _unfit(message: str, hint: str) -> TemplateFault:
    return TemplateFault("value-not-insertable", message, hint=hint)
