"""A project's environments as a list, each with what its state says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentRow:
    """One environment. `cloud` is novita or simulator, `endpoint` empty where none is set.

    `state` is the state's file, relative to the project folder where it lies below it; empty for an abstract one.
    `instances` counts the recorded ones; None where the state can't be read, and `trouble` says why.
    """

    name: str
    extends: str
    abstract: bool
    cloud: str
    endpoint: str
    state: str = ""
    instances: int | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentList:
    """All environments, in the order of the project file. One row without a name where none is declared."""

    project: str
    rows: tuple[EnvironmentRow, ...]
