"""`vars`: each variable's value, and who gave it."""

from pathlib import Path

from gpuspec.errors import SpecFaults
from gpuspec.model.problem import Problems
from gpuspec.ports import NotReadable
from gpuspec.spec.source import Source
from gpuspec.spec.variable_offers import Offered
from gpuspec.spec.variables import ResolvedVariables, resolve_variables
from gpuspec.workflow.files import file_problem, read_bytes
from gpuspec.workflow.session import Offline


def given_variables(offline: Offline) -> ResolvedVariables:
    """The variables' values for this run.

    Raises:
        SpecFaults: A file can't be read, or a value doesn't fit; all faults of all sources.
    """
    files = []
    for name in offline.given.files:
        content = read_bytes(Path(name))
        if isinstance(content, NotReadable):
            raise SpecFaults([file_problem(name, content)])
        files.append((name, Source(file=name, inside="", content=content)))
    resolved = resolve_variables(
        offline.home.project,
        offline.home.environment.name,
        given=offline.given.texts,
        files=files,
        environ=offline.given.environ,
        test=offline.given.test,
    )
    if isinstance(resolved, Problems):
        raise SpecFaults(resolved.items)
    return resolved


def offered_variables(offline: Offline) -> tuple[Offered, ...]:
    """Every variable that is declared or given: those of the project file in its order, then the others by name.

    Raises:
        SpecFaults: As `given_variables`.
    """
    offers = given_variables(offline).offers
    declared = offline.home.project.variables
    others = sorted(offers.keys() - declared.keys())
    return tuple(
        Offered(name=name, declared=declared.get(name), offers=offers.get(name, ())) for name in (*declared, *others)
    )
