"""What a row of the field table says about one documented field."""

from dataclasses import dataclass
from enum import Enum

Default = str | int | bool


class Kind(Enum):
    """The form of a field's value."""

    STRING = "string"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    PORTS = "ports"
    ENVS = "envs"
    TOOLS = "tools"
    MOUNTS = "mounts"
    NAMES = "names"


class Change(Enum):
    """How a field changes after creation (Novita API: edit, upgrade, transToMonthlyInstance; none: replace)."""

    EDIT = "edit"
    UPGRADE = "upgrade"
    GROW = "grow"
    CONVERT = "convert"
    REPLACE = "replace"


class Unset(Enum):
    """What removing the field's line from the spec means."""

    KEEP = "keep"
    CLEAR = "clear"


class ReadBack(Enum):
    """Where the API shows the field."""

    LIST_AND_GET = "list and get"
    LIST = "list"
    GET = "get"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A documented field of the create call, or a key of an item in one of its lists.

    `minimum`/`maximum` bound an integer; `min_length`/`max_length` a text; `max_items` a list. `required` holds for
    the request; a `default` fills it. `aliases` are other documented spellings of the same key. `secret` fields never
    leave the request body. `source` names the documentation that the row rests on.
    """

    name: str
    kind: Kind
    doc: str
    source: str
    required: bool = False
    default: Default | None = None
    minimum: int | None = None
    maximum: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    max_items: int | None = None
    choices: tuple[str, ...] = ()
    secret: bool = False
    change: Change = Change.REPLACE
    unset: Unset = Unset.KEEP
    read_back: ReadBack = ReadBack.LIST_AND_GET
    repairable: bool = False
    aliases: tuple[str, ...] = ()
    items: tuple["Field", ...] = ()
    example: object = None
