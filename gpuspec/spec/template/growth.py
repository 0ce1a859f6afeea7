"""What operators, methods and filters would make, measured before they make it."""

import re
from collections.abc import Callable, Mapping, Sequence, Sized
from typing import Any

from gpuspec.spec.template.bounds import BoundExceeded, Meter
from gpuspec.spec.template.faults import TemplateFault
from gpuspec.spec.template.values import MAX_BITS, text_of

_SPEC = re.compile(r"%(?:\([^)]*\))?[-+ #0]*(\*|\d*)(?:\.(\*|\d*))?")
_DIGITS = re.compile(r"\d+")
_MAX_WIDTH = 10_000
_MAX_PRECISION = 300
_LONGEST_NUMBER = 2_600

Measure = Callable[..., None]


def times(meter: Meter, left: Any, right: Any) -> None:
    """Check `left * right`."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, str) and isinstance(other, int):
            meter.text(len(one) * max(other, 0))
        elif isinstance(one, list | tuple) and isinstance(other, int):
            meter.items(len(one) * max(other, 0))
    if isinstance(left, int) and isinstance(right, int):
        _bits(left.bit_length() + right.bit_length())


def power(_meter: Meter, left: Any, right: Any) -> None:
    """Check `left ** right`."""
    if isinstance(left, int) and isinstance(right, int):
        _bits(left.bit_length() * max(right, 0))


def plus(meter: Meter, left: Any, right: Any) -> None:
    """Check `left + right`."""
    if isinstance(left, str) and isinstance(right, str):
        meter.text(len(left) + len(right))
    elif isinstance(left, list | tuple) and isinstance(right, list | tuple):
        meter.items(len(left) + len(right))


def modulo(meter: Meter, left: Any, right: Any) -> None:
    """Check `left % right`, which formats if `left` is a string."""
    if not isinstance(left, str):
        return
    widths = [part for found in _SPEC.findall(left) for part in found if part]
    values = right if isinstance(right, tuple) else tuple(right.values()) if isinstance(right, Mapping) else (right,)
    formats(meter, left, widths, values)


def formats(meter: Meter, template: str, widths: Sequence[str], values: Sequence[object]) -> None:
    """Check the text that a format string with these widths would make of these values."""
    for width in widths:
        if width == "*" or len(width) > len(str(_MAX_WIDTH)) or int(width) > _MAX_WIDTH:
            raise BoundExceeded(f"A width in a format is at most {_MAX_WIDTH:,}.", code="template-too-big")
    longest = max((_length(value) for value in values), default=0)
    fields = template.count("%") + template.count("{")
    meter.text(len(template) + fields * (longest + _MAX_WIDTH if widths else longest))


def width(meter: Meter, _text: object, columns: Any = 0, *_: object) -> None:
    """Check a text padded to so many columns."""
    if isinstance(columns, int):
        meter.text(columns)


def replaced(meter: Meter, text: Any, before: Any, after: Any, *_: object) -> None:
    """Check a text with each `before` replaced."""
    text, before, after = text_of(text), text_of(before), text_of(after)
    meter.text(len(text) + text.count(before) * len(after))


def split(meter: Meter, text: str, separator: Any = None, *_: object) -> None:
    """Check the list that splitting gives."""
    pieces = text.count(separator) if isinstance(separator, str) and separator else len(text) // 2
    meter.items(pieces + 1)


def lines(meter: Meter, text: str, *_: object) -> None:
    """Check the list of a text's lines."""
    meter.items(text.count("\n") + 1)


def tabs(meter: Meter, text: str, size: Any = 8, *_: object) -> None:
    """Check a text with its tabs expanded."""
    if isinstance(size, int):
        meter.text(len(text) + text.count("\t") * size)


def joined(meter: Meter, glue: str, parts: Any, *_: object) -> None:
    """Check `glue.join(parts)`; the parts must be a list or the like already."""
    if isinstance(parts, Sized):
        strings = [part for part in parts if isinstance(part, str)]  # type: ignore[attr-defined]
        meter.text(sum(map(len, strings)) + len(glue) * len(parts))


def translated(meter: Meter, text: str, table: Any, *_: object) -> None:
    """Check a text of which each character may become a longer one."""
    if isinstance(table, Mapping):
        meter.text(len(text) * max((_length(value) for value in table.values()), default=1))


def precision(_meter: Meter, _value: object, digits: Any = 0, *_: object) -> None:
    """Check the digits of `round`."""
    if isinstance(digits, int) and abs(digits) > _MAX_PRECISION:
        raise BoundExceeded(f"`round` takes at most {_MAX_PRECISION} digits.", code="template-too-big")


def columns(meter: Meter, _values: object, count: Any = 1, *_: object) -> None:
    """Check the number of lists that `slice` and `batch` make, or fill up."""
    if isinstance(count, int):
        if count < 1:
            message = "A list can only be cut into one part or more."
            raise TemplateFault("template-error", message, hint="as in `| slice(3)`.")
        meter.items(count)


def indented(meter: Meter, text: Any, padding: Any = 4, *_: object) -> None:
    """Check a text with each line indented."""
    size = padding if isinstance(padding, int) else len(padding) if isinstance(padding, str) else 0
    if isinstance(text, str):
        meter.text(len(text) + (text.count("\n") + 1) * max(size, 0))


def wrapped(meter: Meter, text: Any, columns: Any = 79, long: Any = True, glue: Any = None, *_: object) -> None:  # noqa: FBT002
    """Check a text wrapped to so many columns."""
    del long
    if isinstance(text, str) and isinstance(columns, int):
        meter.text(len(text) + len(text) // max(columns, 1) * (_length(glue) + 1) + text.count("\n") * _length(glue))


METHODS: Mapping[str, Measure] = {
    "center": width,
    "ljust": width,
    "rjust": width,
    "zfill": width,
    "replace": replaced,
    "split": split,
    "rsplit": split,
    "splitlines": lines,
    "expandtabs": tabs,
    "join": joined,
    "translate": translated,
}
OPERATORS: Mapping[str, Measure] = {"*": times, "**": power, "+": plus, "%": modulo}


def _bits(count: int) -> None:
    if count > MAX_BITS:
        raise BoundExceeded(f"It would make a number of more than {MAX_BITS:,} bits.", code="template-too-big")


def _length(value: object) -> int:
    return len(value) if isinstance(value, str) else _LONGEST_NUMBER


def digits(format_spec: str) -> Sequence[str]:
    """The numbers in the format of one field: width and precision."""
    return _DIGITS.findall(format_spec)
