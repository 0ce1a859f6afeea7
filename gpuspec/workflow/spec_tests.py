"""`test`: what a project's specs come to with given variables, against what its tests expect. No secret is read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from gpuspec.errors import SpecFaults, UsageError
from gpuspec.model.problem import Problem, Problems
from gpuspec.model.spec_test import Outcome
from gpuspec.spec.load import SpecSet
from gpuspec.spec.testing.compare import differences
from gpuspec.spec.testing.read import ReadTest, read_tests
from gpuspec.workflow.files import read_source
from gpuspec.workflow.policy import load_agreed
from gpuspec.workflow.session import Given, Offline
from gpuspec.workflow.specs import Asked, files_again

FOLDER = "tests"

# The project in an environment; an empty name where a test names none.
InEnvironment = Callable[[str], Offline]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What came of every test that was chosen, in their order; `left_out` counts the others."""

    outcomes: tuple[Outcome, ...]
    left_out: int


def files_of_tests(folder: Path) -> tuple[str, ...]:
    """The project's files of tests, as the user would name them from the working folder."""
    here = Path.cwd()
    found = sorted(path for path in (folder / FOLDER).glob("*.yaml") if path.is_file())
    return tuple(str(path.relative_to(here) if path.is_relative_to(here) else path) for path in found)


def run_tests(
    files: Sequence[str],
    *,
    folder: Path,
    only: Sequence[str],
    project: InEnvironment,
    report: Callable[[Outcome], None],
) -> Ran:
    """Run the tests of these files, one after the other.

    Args:
        files: As the user typed them.
        folder: The project's, a real path.
        only: Globs over names; a test that none of them matches is left out. None choose all.
        report: Told of each test as soon as it is through.

    Raises:
        SpecFaults: The tests themselves have faults, all of which are here; none was run.
        UsageError: There are no tests, or none is chosen.
    """
    tests = _read(files, folder=folder)
    chosen = [test for test in tests if not only or any(fnmatchcase(test.test.name, glob) for glob in only)]
    if not chosen:
        raise _nothing(tests, only)
    places = _places(chosen, project)
    outcomes = []
    for test in chosen:
        outcomes.append(_outcome(test, places[test.test.environment]))
        report(outcomes[-1])
    return Ran(outcomes=tuple(outcomes), left_out=len(tests) - len(chosen))


def _read(files: Sequence[str], *, folder: Path) -> list[ReadTest]:
    problems: list[Problem] = []
    tests: list[ReadTest] = []
    for name in dict.fromkeys(files):
        source = read_source(name, folder=folder)
        found = source if isinstance(source, Problem) else read_tests(source)
        match found:
            case Problem():
                problems.append(found)
            case Problems(items=items):
                problems += items
            case _:
                tests += found
    if problems:
        raise SpecFaults(problems)
    return tests


def _nothing(tests: Sequence[ReadTest], only: Sequence[str]) -> UsageError:
    if tests:
        globs = " or ".join(f"`{glob}`" for glob in only)
        names = "; ".join(test.test.name for test in tests[:10])
        return UsageError(f"No test's name matches {globs}.", hint=f"the tests are: {names}.")
    message = f"There are no tests: a project's are the files {FOLDER}/*.yaml."
    return UsageError(message, hint="write one; its schema is `gpuspec schema tests`.")


def _places(tests: Sequence[ReadTest], project: InEnvironment) -> dict[str, Offline]:
    """The project in each environment that a test names; one that it doesn't declare is a fault of the test."""
    places: dict[str, Offline] = {}
    problems: list[Problem] = []
    for test in (each.test for each in tests):
        if test.environment in places:
            continue
        try:
            places[test.environment] = project(test.environment)
        except UsageError as error:
            hint = error.hint if test.environment else "name it in the test (`environment`), or with `-e`."
            problems.append(
                Problem(code="environment-unknown", message=error.message, place=test.environment_place, hint=hint)
            )
    if problems:
        raise SpecFaults(problems)
    return places


def _outcome(read: ReadTest, place: Offline) -> Outcome:
    test = read.test
    # Nothing of the process counts: a test says the same everywhere.
    offline = replace(place, given=Given(test=read.variables))
    specs, problems = _loaded(offline, Asked(files=files_again(offline, test.specs)))
    told = [(problem, _inside(problem, offline)) for problem in problems]
    return Outcome(test=test, differences=differences(test.expect, specs, told))


def _loaded(offline: Offline, asked: Asked) -> tuple[SpecSet | None, tuple[Problem, ...]]:
    try:
        specs = load_agreed(offline, asked).specs
    except SpecFaults as faults:
        return None, tuple(_problems(faults))
    return specs, specs.warnings


def _problems(faults: SpecFaults) -> Iterator[Problem]:
    return (problem for problem in faults.problems if isinstance(problem, Problem))


def _inside(problem: Problem, offline: Offline) -> str:
    """The problem's file relative to the project folder; empty where it has none."""
    if problem.place is None:
        return ""
    try:
        return Path(problem.place.file).resolve().relative_to(offline.home.folder).as_posix()
    except (OSError, ValueError, RuntimeError):
        return problem.place.file
