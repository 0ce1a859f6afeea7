"""The project file, read: what a team has agreed on beside its specs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from gpuspec.model.marker import MarkerMode

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]


class VariableType(Enum):
    """The types that a variable can be declared with."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    LIST = "list"
    MAP = "map"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A declared variable. `has_default` tells a default of null from none; `choices` is its `enum`."""

    name: str
    type: VariableType = VariableType.STRING
    has_default: bool = False
    default: JsonValue = None
    choices: tuple[JsonValue, ...] = ()
    pattern: str = ""
    sensitive: bool = False
    description: str = ""


class CloudKind(Enum):
    """Which service a project talks to."""

    NOVITA = "novita"
    SIMULATOR = "simulator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Numbers that a project or an environment may set; None leaves the program's own."""

    settle_window_s: float | None = None
    request_timeout_s: float | None = None
    parallelism: int | None = None
    rate: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One set of variables with a state of its own; what it sets goes before what the project sets."""

    name: str
    variables: Mapping[str, JsonValue] = field(default_factory=dict)
    state: str = ""
    endpoint: str = ""
    cloud: CloudKind | None = None
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What `gpuspec.yaml` says, or what holds without one.

    `file` is the path of the project file as shown to the user, empty without one. `name` is empty when the file gives
    none: then the folder's name, made a slug, is the project's name at the state's birth. `specs` and `state` are
    relative to the project folder.
    """

    file: str = ""
    name: str = ""
    requires: str = ""
    cloud: CloudKind = CloudKind.NOVITA
    endpoint: str = ""
    specs: tuple[str, ...] = ("instances.yaml",)
    variables: Mapping[str, Variable] = field(default_factory=dict)
    declares_variables: bool = False
    environments: Mapping[str, Environment] = field(default_factory=dict)
    state: str = ""
    marker: MarkerMode = MarkerMode.ENV
    limits: Limits = field(default_factory=Limits)
