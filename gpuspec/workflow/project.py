"""Finding the project: its folder, its file, the environment that was asked for."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gpuspec import __version__
from gpuspec.errors import SpecFaults, UsageError
from gpuspec.model.address import slug
from gpuspec.model.marker import MarkerMode
from gpuspec.model.problem import Problems
from gpuspec.model.project import CloudKind, Environment, Limits, Project, over
from gpuspec.ports import NotReadable
from gpuspec.spec.nearest import nearest
from gpuspec.spec.project import read_project
from gpuspec.spec.source import Source
from gpuspec.workflow.files import STDIN, file_problem, read_bytes, unreadable

PROJECT_FILE = "gpuspec.yaml"

_MENDING = "it says which project and state this is, so nothing is done without it: mend it, or take it away."


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A project with one of its environments chosen. `folder` is a real path.

    `environment` has all that it extends in it, and an empty name in a project that declares none.
    """

    folder: Path
    project: Project
    environment: Environment

    @property
    def name(self) -> str:
        """The project's name: as declared, else made from the folder's name."""
        return self.project.name or slug(self.folder.name)

    @property
    def cloud(self) -> CloudKind:
        """The service that this environment talks to."""
        return self.environment.cloud or self.project.cloud

    @property
    def endpoint(self) -> str:
        """The origin that the project file names; empty when it names none."""
        return self.environment.endpoint or self.project.endpoint

    @property
    def marker(self) -> MarkerMode:
        """Where instances of this environment carry their marker."""
        return self.environment.marker or self.project.marker

    @property
    def policy(self) -> Mapping[str, str]:
        """Where the project file names a policy that holds in this environment (`policy[0]`) -> what it names."""
        named = [("", self.project.policy)]
        chain = reversed(self.project.chain(self.environment.name))
        named += [(f"environments.{environment.name}.", environment.policy) for environment in chain]
        return {f"{where}policy[{at}]": entry for where, entries in named for at, entry in enumerate(entries)}

    @property
    def limits(self) -> Limits:
        """What no run in this environment may go beyond."""
        return over(self.environment.limits, self.project.limits)


def find_home(files: tuple[str, ...], *, environment: str, again: str = "plan") -> Home:
    """The project that these spec files belong to; without files, the one of the working folder.

    Args:
        again: The command that this is for, as it would be given once more.

    Raises:
        SpecFaults: The project file has faults, or a path can't be followed.
        UsageError: The files belong to several projects, or the environment is missing, unknown or abstract.
    """
    folder, project = _found(files)
    return Home(folder=folder, project=project, environment=_chosen(project, environment, again=again))


def find_project(files: tuple[str, ...] = ()) -> Project:
    """The project that these files belong to, with all of its environments; without files, the working folder's.

    Raises:
        SpecFaults: The project file has faults, or a path can't be followed.
        UsageError: The files belong to several projects, or the working folder is gone.
    """
    return _found(files)[1]


def find_folder() -> Path:
    """The real path of the project folder that the working folder belongs to.

    Raises:
        SpecFaults: The project file has faults, or a path can't be followed.
        UsageError: The working folder is gone.
    """
    return _found(())[0]


def _found(files: tuple[str, ...]) -> tuple[Path, Project]:
    located = {_locate(name) for name in files if name != STDIN} or {_locate(PROJECT_FILE)}
    if len(located) > 1:
        folders = " and ".join(sorted(str(folder) for folder, _ in located))
        message = f"These files belong to several projects: {folders}."
        raise UsageError(message, hint="apply each project on its own.")
    folder, file = located.pop()
    return folder, Project() if file is None else _read(file)


def _locate(name: str) -> tuple[Path, Path | None]:
    """The project folder (real) of a file, and its project file as the user would write it."""
    try:
        real = Path(name).parent.resolve()
    except FileNotFoundError as error:
        # What isn't there is resolved all the same, but for the folder that it counts from.
        message = "The folder that you are in is not there any more."
        raise UsageError(message, hint="change to a folder that is, or name one with `-C`.") from error
    except (OSError, RuntimeError, ValueError) as error:
        raise SpecFaults([file_problem(name, unreadable(error))]) from error
    for folder in (real, *real.parents):
        # A project file that can't be read is a fault, never no project: that would be another state.
        if os.path.lexists(folder / PROJECT_FILE):
            return folder, _as_typed(folder)
    return real, None


def _as_typed(folder: Path) -> Path:
    """The project file's path relative to the working folder where that is possible: what messages show."""
    file = folder / PROJECT_FILE
    here = Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file


def _read(file: Path) -> Project:
    content = read_bytes(file, pipes=False)
    if isinstance(content, NotReadable):
        raise SpecFaults([file_problem(str(file), content, hint=_MENDING)])
    match read_project(Source(file=str(file), inside=PROJECT_FILE, content=content), version=__version__):
        case Problems(items=items):
            raise SpecFaults(items)
        case project:
            return project


def _chosen(project: Project, name: str, *, again: str) -> Environment:
    known = ", ".join(f"`{environment}`" for environment in project.usable)
    if name in project.usable:
        return project.environment(name)
    if name and not project.environments:
        message = f"`-e {name}` was given, and the project declares no environments."
        raise UsageError(
            message, hint=f"declare `environments: {{{name}: {{}}}}` in {PROJECT_FILE}, or leave `-e` out."
        )
    if name in project.environments:
        message = f"The environment `{name}` is abstract: it is only there to be extended."
        raise UsageError(message, hint=f"name one that can be worked on: {known}.")
    if name:
        meant = nearest(name, project.usable)
        hint = f"did you mean `{meant}`? There are {known}." if meant else f"the project declares {known}."
        raise UsageError(f"There is no environment `{name}`.", hint=hint)
    if project.environments:
        message = f"This project has environments ({known}), and each has a state of its own."
        raise UsageError(message, hint="say which:", command=f"gpuspec -e {project.usable[0]} {again}")
    return Environment(name="")
