"""`fmt`: specs laid out anew, each proven to say what it said before anything is written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gpuspec.errors import GpuspecError, SpecFaults
from gpuspec.model.place import whole_file
from gpuspec.model.problem import Problem, Problems
from gpuspec.spec.excerpt import with_excerpts
from gpuspec.spec.formatting.format import Formatted, formatted, not_formatted
from gpuspec.spec.source import Source
from gpuspec.spec.text import decode
from gpuspec.workflow.files import STDIN, STDIN_NAME, read_bytes, read_source
from gpuspec.workflow.rewrite import rewrite
from gpuspec.workflow.session import Offline
from gpuspec.workflow.specs import Asked, load_specs

# What a file is proven with: its project, once for each environment that it may be rendered in.
Proofs = Callable[[str], Sequence[Offline]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidOut:
    """A file as it is and as it would be; `path` is None for standard input."""

    file: str
    path: Path | None
    before: bytes
    after: bytes

    @property
    def changed(self) -> bool:
        """Whether it is laid out otherwise."""
        return self.before != self.after


def lay_out(names: Sequence[str], *, stdin: bytes, proofs: Proofs) -> tuple[LaidOut, ...]:
    """Each file once, laid out; nothing is written.

    Args:
        names: As the user typed them.
        stdin: Standard input's content, where `-` is among the names.

    Raises:
        SpecFaults: All files that can't be laid out, and why.
    """
    made: dict[object, LaidOut] = {}
    problems: list[Problem] = []
    for name in dict.fromkeys(names):
        one = _laid_out(name, stdin=stdin, proofs=proofs(name))
        if isinstance(one, LaidOut):
            made.setdefault(one.path, one)
        else:
            problems += one
    if problems:
        raise SpecFaults(problems)
    return tuple(made.values())


def write_all(files: Sequence[LaidOut]) -> None:
    """Put every file that changed in place of the one there.

    Raises:
        SpecFaults: A file is another than the one that was laid out; nothing was written.
        GpuspecError: One can't be written.
    """
    changed = [(file, file.path) for file in files if file.changed and file.path is not None]
    moved = [file for file, path in changed if read_bytes(path, pipes=False) != file.before]
    if moved:
        message = "The file changed while it was being laid out."
        raise SpecFaults([not_formatted(file.file, message, hint="run `fmt` again.") for file in moved])
    for file, path in changed:
        try:
            rewrite(path, file.after)
        except OSError as error:
            message = f"{file.file} could not be written: {error.strerror or error}."
            raise GpuspecError(message, hint="check the path and its permissions.") from error


def _laid_out(name: str, *, stdin: bytes, proofs: Sequence[Offline]) -> LaidOut | Sequence[Problem]:
    source = _source(name, stdin=stdin, folder=proofs[0].home.folder)
    if isinstance(source, Problem):
        return [source]
    text = decode(source)
    if isinstance(text, Problems):
        return text.items
    made = formatted(text, file=source.file)
    if isinstance(made, Formatted):
        after = made.text.encode()
        fault = _unproven(source, after, made, proofs=proofs) if after != source.content else None
        if fault is None:
            path = None if name == STDIN else Path(name).resolve()
            return LaidOut(file=source.file, path=path, before=source.content, after=after)
        made = fault
    return [_broken(source, proofs) or with_excerpts([made], {source.file: text})[0]]


def _broken(source: Source, proofs: Sequence[Offline]) -> Problem | None:
    """The fault of a file that is no YAML once it is rendered either: that says more than what is wrong before."""
    said = _said(proofs[0], source)
    return said if isinstance(said, Problem) and said.code.startswith(("yaml-", "template-")) else None


def _source(name: str, *, stdin: bytes, folder: Path) -> Source | Problem:
    if name == STDIN:
        return Source(file=STDIN_NAME, inside="", content=stdin)
    source = read_source(name, folder=folder)
    if isinstance(source, Source) and not Path(name).is_file():
        message = "Only a file can be written anew."
        return Problem(code="file-unreadable", message=message, place=whole_file(name), hint="name a file, or `-`.")
    return source


def _unproven(source: Source, after: bytes, made: Formatted, *, proofs: Sequence[Offline]) -> Problem | None:
    """Why the text laid out can't be taken for the same spec; None where nothing speaks against it."""
    proven, failed = False, ""
    for offline in proofs:
        was, now = (_said(offline, replace(source, content=content)) for content in (source.content, after))
        if isinstance(was, Problem) and isinstance(now, Problem):
            failed = failed or was.message
        elif was != now:
            where = f" in the environment `{offline.home.environment.name}`" if offline.home.environment.name else ""
            return not_formatted(source.file, f"Laid out, it would ask for other instances{where}.")
        else:
            proven = True
    if proven or not made.depends_on_layout:
        return None
    message = f"What its templates insert may depend on its layout, and it can't be rendered to compare. {failed}"
    hint = "give what it lacks with `--var` or `--var-file`, or lay this file out yourself."
    return not_formatted(source.file, message, hint=hint)


def _said(offline: Offline, source: Source) -> object:
    """What the text asks for, in its order; a problem where it can't be told."""
    asked = Asked(files=(source.file if source.inside else STDIN,), stdin=source.content)
    try:
        specs = load_specs(offline, asked, edits=_edits(source)).specs
    except SpecFaults as faults:
        return next(problem for problem in faults.problems if isinstance(problem, Problem))
    return list(specs.instances.items()), dict(specs.moved)


def _edits(source: Source) -> Mapping[str, bytes]:
    return {source.inside: source.content} if source.inside else {}
