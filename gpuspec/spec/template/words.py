"""What messages call the kinds of values that meet in templates."""

from collections.abc import Mapping

from jinja2.runtime import Macro

_KINDS = (
    (bool, "a bool"),
    (str, "a string"),
    (int, "an integer"),
    (float, "a float"),
    (type(None), "null"),
    ((list, tuple), "a list"),
    (Mapping, "a map"),
    ((set, frozenset), "a set"),
    (range, "a range"),
    (Macro, "a macro"),
    (bytes, "bytes"),
)


def kind_of(value: object) -> str:
    """The kind of a value with its article: `a list`."""
    for types, word in _KINDS:
        if isinstance(value, types):
            return word
    return "a function" if callable(value) else f"a {type(value).__name__}"
