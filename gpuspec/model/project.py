"""The project file, read: what a team has agreed on beside its specs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from typing import TypeVar

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


# Stands for the project's own simulator where else an origin stands.
SIMULATOR = CloudKind.SIMULATOR.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """How runs behave, as far as a project or an environment says so; None leaves the program's own number."""

    settle_window_s: float | None = None
    request_timeout_s: float | None = None
    parallelism: int | None = None
    rate: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What no run may go beyond; None sets no limit.

    `allowed_products` and `allowed_clusters` are globs over `productId` and `clusterId`. `max_deletes_per_run` counts
    replacements too.
    """

    max_instances: int | None = None
    max_gpus: int | None = None
    allowed_products: tuple[str, ...] | None = None
    allowed_clusters: tuple[str, ...] | None = None
    max_deletes_per_run: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One set of variables with a state of its own; what it sets goes before what the project sets, but for `policy`,
    which comes beside the project's.

    `extends` names the environment whose values hold where this one has none. An `abstract` one is only there for
    that: nothing can be made in it.
    """

    name: str
    extends: str = ""
    abstract: bool = False
    variables: Mapping[str, JsonValue] = field(default_factory=dict)
    state: str = ""
    endpoint: str = ""
    cloud: CloudKind | None = None
    marker: MarkerMode | None = None
    tuning: Tuning = field(default_factory=Tuning)
    limits: Limits = field(default_factory=Limits)
    policy: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What `gpuspec.yaml` says, or what holds without one.

    `file` is the path of the project file as shown to the user, empty without one. `name` is empty when the file gives
    none: then the folder's name, made a slug, is the project's name at the state's birth. `specs`, `policy` (globs) and
    `state` are relative to the project folder. `environments` are as written, without what they extend.
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
    tuning: Tuning = field(default_factory=Tuning)
    limits: Limits = field(default_factory=Limits)
    policy: tuple[str, ...] = ()

    @property
    def usable(self) -> tuple[str, ...]:
        """The environments that a command can work on, in the order of the file."""
        return tuple(name for name, environment in self.environments.items() if not environment.abstract)

    def chain(self, name: str) -> tuple[Environment, ...]:
        """An environment, then those that it extends, nearest first; empty for one that is not declared."""
        found: dict[str, Environment] = {}
        while name in self.environments and name not in found:
            found[name] = self.environments[name]
            name = found[name].extends
        return tuple(found.values())

    def environment(self, name: str) -> Environment:
        """What holds in a declared environment: its own values, then those of the ones that it extends.

        The state is its own: no two environments may record in one file. Policies add up: none of them is lifted.
        """
        own, *extended = self.chain(name)
        for farther in extended:
            own = replace(
                own,
                variables={**farther.variables, **own.variables},
                endpoint=own.endpoint or farther.endpoint,
                cloud=own.cloud or farther.cloud,
                marker=own.marker or farther.marker,
                tuning=over(own.tuning, farther.tuning),
                limits=over(own.limits, farther.limits),
                policy=(*farther.policy, *own.policy),
            )
        return own


T = TypeVar("T", Tuning, Limits)


def over(nearer: T, farther: T) -> T:
    """What the nearer one sets, and what the farther one sets beside it."""
    named = {each.name: getattr(nearer, each.name) for each in fields(nearer)}
    return replace(farther, **{name: value for name, value in named.items() if value is not None})
