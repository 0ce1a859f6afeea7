"""What every use case works with: one project, one environment, and the outside world behind its ports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gpuspec.errors import Bug

# What is imported for its types only stays out of a start: every command imports this module, few need an engine.
if TYPE_CHECKING:
    from gpuspec.engine.work import Interruption
    from gpuspec.model.calling import Calling
    from gpuspec.model.settings import Settings
    from gpuspec.model.state_url import StateUrl
    from gpuspec.ports import Clock, Cloud, CloudReader, Holder, Listener, Randomness, Secrets
    from gpuspec.spec.load import Guard
    from gpuspec.spec.variable_files import FileVariables
    from gpuspec.store.objects import Objects
    from gpuspec.workflow.project import Home


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Variables as they were given: texts from the command line, files, texts from the environment, those of a test."""

    texts: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    test: FileVariables | None = None


def _no_objects(url: StateUrl) -> Objects:
    raise Bug(f"{url} was asked for where only files are.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """Where a state lives: the state file, and the work folder with journal, lock and keys.

    `folder` and `configured` say where the state of this project without an environment would be.

    Attributes:
        url: Where the state is instead, if it is shared; `state_path` counts for nothing then, and the work folder has
            only what this project remembers of it.
        open_objects: Gives the objects at such a place.
    """

    state_path: Path
    work_folder: Path
    folder: Path
    open_objects: Callable[[StateUrl], Objects] = _no_objects
    configured: str = ""
    url: StateUrl | None = None

    @property
    def name(self) -> str:
        """How the state is called in messages and questions."""
        return self.state_path.name if self.url is None else str(self.url)

    def shown(self, home: Path) -> str:
        """Where the state is, so that it can be told from any other: a path from this folder, or a URL."""
        if self.url is not None:
            return str(self.url)
        path = self.state_path.parent.resolve() / self.state_path.name
        return path.relative_to(home).as_posix() if path.is_relative_to(home) else str(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The service that a run talks to.

    Attributes:
        origin: What the state is bound to; `simulator` for the simulator in this project, on whatever port it runs.
        key_digest: Recognises the account's key.
        connect: Opens the connection; closed at the end of its context.
    """

    origin: str
    key_digest: str
    connect: Callable[[], AbstractAsyncContextManager[Cloud]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offline:
    """What commands that ask no API work with. `guard` bounds a pure call in time and memory.

    `files` are the specs that were named, as typed.
    """

    home: Home
    given: Given
    guard: Guard
    workplace: Workplace
    clock: Clock
    randomness: Randomness
    secrets: Secrets
    state_key: str = field(default="", repr=False)
    files: tuple[str, ...] = ()

    @property
    def calling(self) -> Calling:
        """How commands that this one names have to be given."""
        # Imported here: most commands name none.
        from gpuspec.model.calling import Calling

        return Calling(environment=self.home.environment.name, files=self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What commands that ask the API work with."""

    offline: Offline
    target: Target
    settings: Settings
    listener: Listener
    interruption: Interruption
    holder: Holder
    lock_timeout_s: float

    @property
    def origin(self) -> str:
        """What the state is bound to."""
        return self.target.origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing:
    """What commands work with that write the state and ask no API; `origin` is what the state is bound to."""

    offline: Offline
    origin: str
    listener: Listener
    interruption: Interruption
    holder: Holder
    lock_timeout_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What commands work with that ask the API and change nothing: their cloud has no method that could.

    `origin` and `key_digest` are the target's.
    """

    offline: Offline
    origin: str
    key_digest: str
    settings: Settings
    connect: Callable[[], AbstractAsyncContextManager[CloudReader]]
