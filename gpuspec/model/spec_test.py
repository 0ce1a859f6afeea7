"""A test of specs: what is given, what has to come of it, and what came."""

from collections.abc import Mapping
from dataclasses import dataclass

from gpuspec.model.address import Address
from gpuspec.model.place import Place
from gpuspec.model.project import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedField:
    """A field that an instance has to have, `envs.RUN` and `lifecycle.protect` among them; null for one not set."""

    name: str
    value: JsonValue
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedInstance:
    """An instance that has to be there."""

    fields: tuple[ExpectedField, ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedProblem:
    """A fault or warning that has to be found; what is None may be anything.

    `file` is relative to the project folder, `message` is a part of its message.
    """

    place: Place
    code: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None
    path: str | None = None
    message: str | None = None

    def __str__(self) -> str:
        said = {"code": self.code, "file": self.file, "line": self.line, "column": self.column, "path": self.path}
        words = [f"{name} {value}" for name, value in said.items() if value is not None]
        return ", ".join([*words, *([f"with “{self.message}”"] if self.message is not None else [])]) or "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What has to come of the specs. `count` is None where nobody says it."""

    instances: Mapping[Address, ExpectedInstance]
    problems: tuple[ExpectedProblem, ...]
    place: Place
    only: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecTest:
    """A test. Without `specs` the project's own are meant; `environment` is empty where the test names none."""

    name: str
    place: Place
    specs: tuple[str, ...]
    environment: str
    environment_place: Place
    expect: Expectation


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that is not as expected, with the place of what was expected and of what was found.

    `what` is a path, or words. None stands for what is not there.
    """

    what: str
    expected: JsonValue
    found: JsonValue
    place: Place
    found_place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a test; without differences it passed."""

    test: SpecTest
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Whether all is as expected."""
        return not self.differences
