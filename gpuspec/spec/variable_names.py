"""What a variable can be called."""

import re

# Templates know no other names.
VARIABLE_NAME = "[A-Za-z_][A-Za-z0-9_]{0,127}"

# The words of Jinja's expressions, and what every template has at hand.
RESERVED = frozenset(
    {
        *("and", "else", "if", "in", "is", "not", "or"),
        *("true", "false", "none", "True", "False", "None"),
        *("caller", "context", "kwargs", "loop", "self", "super", "varargs"),
        *("cycler", "dict", "joiner", "namespace", "range", "secret"),
    }
)


def is_variable_name(name: str) -> bool:
    """Whether templates can use a variable of this name."""
    return name not in RESERVED and re.fullmatch(VARIABLE_NAME, name) is not None
