"""From what the user named to a set of instances: reads files, resolves variables, loads the specs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from gpuspec.errors import SpecFaults
from gpuspec.model.problem import Problem, Problems
from gpuspec.spec.load import SpecSet, load
from gpuspec.spec.source import Source
from gpuspec.spec.template.bounds import Bounds
from gpuspec.workflow.files import STDIN, STDIN_NAME, ProjectIncludes, read_source
from gpuspec.workflow.session import Offline
from gpuspec.workflow.vars import given_variables

NO_EDITS: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the user named: files as typed, and standard input's content where `-` is among them.

    No files at all mean the project's own specs, and so the whole project.
    """

    files: tuple[str, ...] = ()
    stdin: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The set that was asked for. `whole` says that these are all specs of the project; `named` are the sources that
    were read, standard input not among them; `files` are what it takes to load it again, as in a plan's basis.
    """

    specs: SpecSet
    whole: bool
    named: frozenset[str]
    files: tuple[str, ...]


def load_specs(offline: Offline, asked: Asked, *, edits: Mapping[str, bytes] = NO_EDITS) -> Loaded:
    """Read, render, check and build what was asked for.

    Args:
        edits: What to take for the content of a file, by its path inside the project: to try out an edit.

    Raises:
        SpecFaults: All faults of all files, of the variables and of the project file.
    """
    variables = given_variables(offline).values
    whole = not asked.files
    names = asked.files or tuple(_typed(offline, name) for name in offline.home.project.specs)
    sources = tuple(
        replace(source, content=edits.get(source.inside, source.content))
        for source in _sources(names, asked, offline=offline)
    )
    specs = load(
        sources,
        variables=variables,
        includes=ProjectIncludes(folder=offline.home.folder),
        bounds=Bounds(),
        marker=offline.home.marker,
        guard=offline.guard,
    )
    if isinstance(specs, Problems):
        raise SpecFaults(specs.items)
    return Loaded(
        specs=specs,
        whole=whole,
        named=frozenset(filter(None, (source.inside for source in sources))),
        files=() if whole else tuple(source.inside or STDIN for source in sources),
    )


def files_again(offline: Offline, files: Iterable[str]) -> tuple[str, ...]:
    """The files of a plan's basis, as the user would name them from the working folder."""
    return tuple(name if name == STDIN else _typed(offline, name) for name in files)


def _typed(offline: Offline, name: str) -> str:
    """A spec of the project file, as the user would name it from the working folder."""
    path, here = offline.home.folder / name, Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _sources(names: Iterable[str], asked: Asked, *, offline: Offline) -> tuple[Source, ...]:
    folder = offline.home.folder
    read = [
        Source(file=STDIN_NAME, inside="", content=asked.stdin) if name == STDIN else read_source(name, folder=folder)
        for name in dict.fromkeys(names)
    ]
    problems = [source for source in read if isinstance(source, Problem)]
    if problems:
        raise SpecFaults(problems if asked.files else [_unasked(problem, offline) for problem in problems])
    distinct: dict[str, Source] = {}
    for source in read:
        assert isinstance(source, Source)
        # The same file by two names is one file.
        distinct.setdefault(source.inside or source.file, source)
    return tuple(distinct.values())


def _unasked(problem: Problem, offline: Offline) -> Problem:
    """A file that is missing though the user named none: the hint says who did."""
    if problem.code != "file-missing":
        return problem
    project = offline.home.project.file
    hint = (
        f"it is a spec of the project in {project} (`specs`): write it, or name another one there."
        if project
        else "name a spec, or begin a project here:\ngpuspec init"
    )
    return replace(problem, hint=hint)
