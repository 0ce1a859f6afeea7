"""Spec files to the instances they ask for, or every fault of all of them: the coordinator of this folder."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol, TypeVar

from gpuspec.model.address import Address
from gpuspec.model.instance import Instance
from gpuspec.model.marker import MarkerMode
from gpuspec.model.place import Place
from gpuspec.model.problem import Problem, Problems, Severity
from gpuspec.ports import IncludeReader, NotReadable
from gpuspec.spec.build import build
from gpuspec.spec.check.check import Examined, examine
from gpuspec.spec.check.moves import move_faults, moves_by_target
from gpuspec.spec.check.names import duplicate_addresses, duplicate_names
from gpuspec.spec.excerpt import merged, with_excerpts
from gpuspec.spec.hidden import secret_texts, without_hidden
from gpuspec.spec.rendered import Rendered, Value
from gpuspec.spec.source import Source
from gpuspec.spec.template.bounds import BoundExceeded, Bounds, Deadline
from gpuspec.spec.template.render import render
from gpuspec.spec.text import decode
from gpuspec.spec.tree import Tree
from gpuspec.spec.yamltext.read import read

T = TypeVar("T")


class Guard(Protocol):
    """Calls a pure function within bounds of time and memory that only the process can set."""

    def __call__(self, call: Callable[[Deadline], T], /) -> T:
        """What `call` returns, given the deadline that it may look at while it works.

        A call that goes on after it has `BoundExceeded` or `MemoryError` raised inside it, at any instruction.
        """
        ...


def unguarded(call: Callable[[Deadline], T], /) -> T:
    """A guard that sets no bound: those of `Bounds` are left."""
    return call(lambda: False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecSet:
    """What a set of spec files asks for.

    `instances` are in the order of the files and of the stanzas in them. `files` are the files' paths inside the
    project, also of those that ask for nothing. `moved` is the address of an instance -> the one that it had before.
    `sources` are the files as they were read, `included` those that templates read.
    """

    instances: Mapping[Address, Instance]
    warnings: tuple[Problem, ...]
    files: tuple[str, ...]
    examined: tuple[Examined, ...]
    moved: Mapping[Address, Address] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    included: tuple[Source, ...] = ()

    def shown(self, problems: Iterable[Problem]) -> tuple[Problem, ...]:
        """Problems found later, as `load` shows its own: in file order, each with its line, secrets masked."""
        return _shown(tuple(problems), self.sources, included=self.included, examined=self.examined)

    def place(self, address: Address, name: str = "") -> Place | None:
        """Where a field of an instance (`gpuNum`, `envs.RUN`, `lifecycle.protect`) was written, in `defaults` perhaps.

        The instance's own place when the field was filled in; None for an address that no file has.
        """
        for one in self.examined:
            if address in one.instances:
                return _place(one, address, name)
        return None


def load(
    sources: Sequence[Source],
    *,
    variables: Mapping[str, Value],
    includes: IncludeReader,
    bounds: Bounds,
    marker: MarkerMode = MarkerMode.ENV,
    guard: Guard = unguarded,
) -> SpecSet | Problems:
    """Render, read, check and build the files.

    Args:
        bounds: What the rendering of each file may use.
        marker: Where instances carry their marker: it takes the room of one environment variable.
        guard: Put round the rendering of each file.

    Returns:
        The instances with warnings; or every problem of all files, in file order, equal ones counted, each with its
        line, in which secrets are masked.
    """
    reader = _Remembering(includes)
    problems: list[Problem] = []
    examined: list[Examined] = []
    for source in sources:
        tree = _tree(source, partial(guard, _rendering(source, variables=variables, includes=reader, bounds=bounds)))
        if isinstance(tree, Problems):
            problems += tree.items
            continue
        examined.append(examine(tree, marker=marker))
        problems += (*tree.problems, *examined[-1].problems)
    problems += _across(examined)
    shown = _shown(problems, sources, included=reader.sources, examined=examined)
    if any(problem.severity is Severity.ERROR for problem in shown):
        return Problems(items=shown)
    return replace(_built(sources, examined, warnings=shown), included=reader.sources)


def _across(examined: Sequence[Examined]) -> tuple[Problem, ...]:
    """What is wrong between files that may each be good."""
    files = [(one.tree, one.instances) for one in examined]
    return (*duplicate_addresses(files), *duplicate_names(files), *move_faults(files))


def _built(sources: Sequence[Source], examined: Sequence[Examined], *, warnings: tuple[Problem, ...]) -> SpecSet:
    instances: dict[Address, Instance] = {}
    for source, one in zip(sources, examined, strict=True):
        instances |= build(one.instances, source=source.inside)
    return SpecSet(
        instances=instances,
        warnings=warnings,
        files=tuple(source.inside for source in sources),
        sources=tuple(sources),
        examined=tuple(examined),
        moved=moves_by_target([one.tree for one in examined]),
    )


def _rendering(
    source: Source, *, variables: Mapping[str, Value], includes: IncludeReader, bounds: Bounds
) -> Callable[[Deadline], Rendered | Problems]:
    return lambda deadline: render(
        source, variables=variables, includes=includes, bounds=replace(bounds, deadline=deadline)
    )


def _tree(source: Source, rendering: Callable[[], Rendered | Problems]) -> Tree | Problems:
    try:
        rendered = rendering()
    except (BoundExceeded, MemoryError) as error:
        # It struck on the way in or out, where the rendering itself can't catch it any more.
        return _over(source, error)
    return rendered if isinstance(rendered, Problems) else read(rendered)


def _over(source: Source, error: BaseException) -> Problems:
    code, message = (
        (error.code, error.message)
        if isinstance(error, BoundExceeded)
        else ("template-too-big", "It needs more memory than a rendering may have.")
    )
    return Problems(items=(Problem(code=code, message=message, place=Place(file=source.file, line=1, column=1)),))


@dataclass(frozen=True, slots=True)
class _Remembering:
    """Keeps what was included, for the lines that messages show."""

    includes: IncludeReader
    seen: dict[str, bytes] = field(default_factory=dict)

    def read(self, name: str) -> bytes | NotReadable:
        """The bytes of the file."""
        content = self.includes.read(name)
        if isinstance(content, bytes):
            self.seen[name] = content
        return content

    @property
    def sources(self) -> tuple[Source, ...]:
        """What was read so far."""
        return tuple(Source(file=name, inside=name, content=content) for name, content in self.seen.items())


def _shown(
    problems: Sequence[Problem],
    sources: Sequence[Source],
    *,
    included: Sequence[Source],
    examined: Sequence[Examined],
) -> tuple[Problem, ...]:
    if not problems:
        return ()
    in_order = merged(problems, files=[source.file for source in sources])
    hidden = (text for one in examined for text in secret_texts(one.tree))
    # A source goes before an included file of its name.
    return without_hidden(with_excerpts(in_order, dict(_texts((*included, *sources)))), hidden)


def _texts(sources: Iterable[Source]) -> Iterator[tuple[str, str]]:
    for source in sources:
        text = decode(source)
        if isinstance(text, str):
            yield source.file, text


def _place(one: Examined, address: Address, name: str) -> Place:
    instance = one.instances[address]
    entry = instance.envs.get(name.removeprefix("envs.")) if name.startswith("envs.") else None
    if entry is not None:
        return one.tree.place(entry.path)
    if name == "envs" and instance.envs_path is not None:
        return one.tree.place(instance.envs_path)
    if name in instance.fields:
        return one.tree.place(instance.fields[name].path)
    if name.removeprefix("lifecycle.") in instance.lifecycle and name.startswith("lifecycle."):
        return one.tree.place(instance.lifecycle[name.removeprefix("lifecycle.")].path)
    return one.tree.key_place(instance.path)
