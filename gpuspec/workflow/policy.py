"""Specs held to what the project has agreed on: its policies and its limits. No option switches them off."""

from collections.abc import Iterator
from dataclasses import replace

from gpuspec.errors import PolicyBroken, SpecFaults
from gpuspec.model.marker import DEFAULT_ENVIRONMENT
from gpuspec.model.place import whole_file
from gpuspec.model.problem import Problem, Problems, Severity
from gpuspec.ports import NotReadable
from gpuspec.spec.check.limits import limit_faults
from gpuspec.spec.source import Source
from gpuspec.workflow.files import ProjectIncludes, file_problem
from gpuspec.workflow.session import Offline
from gpuspec.workflow.specs import Asked, Loaded, files_again, load_specs

_UNUSABLE = "policy-unusable"


def load_agreed(offline: Offline, asked: Asked) -> Loaded:
    """The specs, as `load_specs`, once they keep the project's policies and limits; violations that only warn are among
    its warnings.

    Raises:
        SpecFaults: As `load_specs`; or a policy can't be read or used, so that nothing can be said to keep it.
        PolicyBroken: All violations, warnings among them.
    """
    loaded = load_specs(offline, asked)
    home, specs = offline.home, loaded.specs
    found = specs.shown((*limit_faults(specs, home.limits, file=home.project.file), *_violations(offline, loaded)))
    if any(problem.code == _UNUSABLE for problem in found):
        raise SpecFaults([problem for problem in found if problem.code == _UNUSABLE])
    if any(problem.severity is Severity.ERROR for problem in found):
        raise PolicyBroken(found)
    return replace(loaded, specs=replace(specs, warnings=(*specs.warnings, *found)))


def _violations(offline: Offline, loaded: Loaded) -> tuple[Problem, ...]:
    home = offline.home
    if not home.policy:
        return ()
    # Imported where there are policies: most commands of most projects need no JSON Schema but their own.
    from gpuspec.spec.check.policy import policy_faults
    from gpuspec.spec.check.policy_reading import read_policies

    reader = ProjectIncludes(folder=home.folder)
    sources = tuple(_sources(offline, reader))
    policies = read_policies(sources, reader=reader)
    if isinstance(policies, Problems):
        raise SpecFaults(policies.items)
    environment = home.environment.name or DEFAULT_ENVIRONMENT
    return policy_faults(loaded.specs, policies, environment=environment, guard=offline.guard)


def _sources(offline: Offline, reader: ProjectIncludes) -> Iterator[Source]:
    """The files of `policy`, each once; a glob that matches none is a fault, or a typing error would lift a policy."""
    problems: list[Problem] = []
    contents: dict[str, bytes] = {}
    for path, entry in offline.home.policy.items():
        names = _matching(offline, entry)
        if not names:
            problems.append(_missing(offline, entry, path))
        for name in names:
            content = reader.read(name)
            if isinstance(content, NotReadable):
                problems.append(file_problem(name, content))
            else:
                contents[name] = content
    if problems:
        raise SpecFaults(problems)
    shown = files_again(offline, contents)
    for file, (name, content) in zip(shown, contents.items(), strict=True):
        yield Source(file=file, inside=name, content=content)


def _matching(offline: Offline, entry: str) -> tuple[str, ...]:
    """The files that an entry names, relative to the project folder, sorted."""
    folder = offline.home.folder
    try:
        return tuple(sorted(path.relative_to(folder).as_posix() for path in folder.glob(entry)))
    except (OSError, ValueError):
        # A name that is too long, or that no name can be.
        return ()


def _missing(offline: Offline, entry: str, path: str) -> Problem:
    file = offline.home.project.file
    return Problem(
        code="policy-missing",
        message=f"No file fits `{entry}`, so there is a policy that nobody could keep.",
        place=whole_file(file),
        path=path,
        hint="it counts from the folder of the project file: correct it, or take it out.",
    )
