"""The variables' values for one run: where each comes from, and whether it fits its declaration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gpuspec.model.problem import Problem, Problems
from gpuspec.model.project import JsonValue, Project
from gpuspec.spec.excerpt import merged
from gpuspec.spec.nearest import nearest
from gpuspec.spec.rendered import Value
from gpuspec.spec.source import Source
from gpuspec.spec.variable_files import FileVariables, read_variables
from gpuspec.spec.variable_names import is_variable_name
from gpuspec.spec.variable_offers import ENVIRON_PREFIX, Giver, Offer
from gpuspec.spec.variable_values import Unfit, inserted, typed, unfit


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedVariables:
    """What was given to each variable, a sensitive value as a secret; the offer that won comes first.

    A declared variable that nobody gave a value is not among them: using it is a fault at the place where it is used.
    """

    offers: Mapping[str, tuple[Offer, ...]]

    @property
    def values(self) -> Mapping[str, Value]:
        """The values by name."""
        return {name: offers[0].value for name, offers in self.offers.items()}

    @property
    def sources(self) -> Mapping[str, str]:
        """Where each value came from, in words."""
        return {name: offers[0].source(name) for name, offers in self.offers.items()}


def resolve_variables(
    project: Project,
    environment_name: str,
    *,
    given: Mapping[str, str],
    files: Sequence[tuple[str, Source]],
    environ: Mapping[str, str],
    test: FileVariables | None = None,
) -> ResolvedVariables | Problems:
    """Each variable's value: of `--var`, else the last `--var-file`, `GPUSPEC_VAR_…`, the environment, its default.

    Args:
        environment_name: Of the project's environments, which goes before those that it extends; one that is not
            declared sets nothing.
        given: Of `--var`, as typed.
        files: Of `--var-file`, each with its name as typed, in the order given.
        environ: `GPUSPEC_VAR_…` without the prefix.
        test: What a test gives; it goes before all else.
    """
    found = _Found(project=project)
    for variable in project.variables.values():
        if variable.has_default:
            found.put(variable.name, variable.default, _Source(Giver.DEFAULT))
    for environment in reversed(project.chain(environment_name)):
        for name, value in environment.variables.items():
            found.put(name, value, _Source(Giver.ENVIRONMENT, environment.name))
    for name, text in environ.items():
        found.put_text(name, text, _Source(Giver.PROCESS))
    for name, source in files:
        found.put_file(read_variables(source), _Source(Giver.FILE, name))
    for name, text in given.items():
        found.put_given(name, text)
    if test is not None:
        found.put_file(test, _Source(Giver.TEST))
    if found.problems:
        return Problems(items=merged(found.problems))
    return ResolvedVariables(offers={name: tuple(reversed(offers)) for name, offers in found.offers.items()})


class _Source(NamedTuple):
    """A giver, and the name of its file or environment."""

    giver: Giver
    name: str = ""

    def of(self, variable: str) -> str:
        """In words, for a variable."""
        return Offer(giver=self.giver, value=None, name=self.name).source(variable)


@dataclass(slots=True, kw_only=True)
class _Found:
    """What was found so far; later offers win."""

    project: Project
    offers: dict[str, list[Offer]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def put(self, name: str, value: JsonValue, source: _Source) -> None:
        """A value that is known to fit."""
        fitting = inserted(self.project.variables.get(name), value)
        self.offers.setdefault(name, []).append(Offer(giver=source.giver, value=fitting, name=source.name))

    def put_given(self, name: str, text: str) -> None:
        """A value of `--var`."""
        variable = self.project.variables.get(name)
        if variable is None or not variable.sensitive:
            self.put_text(name, text, _Source(Giver.OPTION))
            return
        message = f"`{name}` is sensitive, and other people on this machine can read what is on a command line."
        hint = f"set `{ENVIRON_PREFIX}{name}`, or write it into a file for `--var-file`."
        self.problems.append(Problem(code="variable-sensitive", message=message, hint=hint))

    def put_text(self, name: str, text: str, source: _Source) -> None:
        """A value as text, typed by its declaration."""
        problem = self._not_allowed(name, source.of(name))
        if problem:
            self.problems.append(problem)
            return
        if not _is_text(text):
            self.problems.append(_wrong(name, source.of(name), "takes text, and this is not UTF-8."))
            return
        variable = self.project.variables.get(name)
        value = text if variable is None else typed(variable, text)
        if isinstance(value, Unfit):
            self.problems.append(_wrong(name, source.of(name), value.why))
        else:
            self.put(name, value, source)

    def put_file(self, read: FileVariables | Problems, source: _Source) -> None:
        """All values of a file."""
        if isinstance(read, Problems):
            self.problems += read.items
            return
        checked = {name: self._fault(name, value, source.of(name)) for name, value in read.values.items()}
        faults = [(name, problem) for name, problem in checked.items() if problem]
        self.problems += read.placed(faults)
        for name, value in read.values.items():
            if checked[name] is None:
                self.put(name, value, source)

    def _fault(self, name: str, value: JsonValue, source: str) -> Problem | None:
        problem = self._not_allowed(name, source)
        variable = self.project.variables.get(name)
        why = unfit(variable, value) if variable and not problem else ""
        return _wrong(name, source, why) if why else problem

    def _not_allowed(self, name: str, source: str) -> Problem | None:
        declared = self.project.variables
        if self.project.declares_variables and name not in declared:
            meant = nearest(name, declared)
            hint = f"did you mean `{meant}`?" if meant else f"declare it in {self.project.file or 'gpuspec.yaml'}."
            message = f"{source} sets `{name}`, which is not among the variables that the project declares."
            return Problem(code="variable-undeclared", message=message, hint=hint)
        if not is_variable_name(name):
            message = f"{source} sets `{name}`, which templates can't use as a variable's name."
            hint = "a name has letters, digits and underscores, and is none of the template language's own words."
            return Problem(code="variable-reserved", message=message, hint=hint)
        return None


def _is_text(text: str) -> bool:
    """Whether the bytes that the text came from were UTF-8: those that were not stand in it as half characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _wrong(name: str, source: str, why: str) -> Problem:
    return Problem(code="variable-wrong", message=f"{source}: `{name}` {why}", hint="change the value there.")
