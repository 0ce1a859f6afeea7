"""What a test expects against what its specs come to."""

from collections.abc import Iterator, Sequence
from typing import Any

from gpuspec.model.fields import FIELDS
from gpuspec.model.lifecycle_fields import LIFECYCLE
from gpuspec.model.problem import Problem, Severity
from gpuspec.model.project import JsonValue
from gpuspec.model.secret_names import looks_secret
from gpuspec.model.spec_test import Difference, Expectation, ExpectedField, ExpectedInstance, ExpectedProblem
from gpuspec.spec.excerpt import MASK
from gpuspec.spec.load import SpecSet
from gpuspec.spec.rendered_document import rendered_document
from gpuspec.spec.testing.normal import normal_fields

_SECRET = frozenset(name for name, row in FIELDS.items() if row.secret)
# Nobody reads more of one kind.
_MOST = 20


def differences(
    expect: Expectation, specs: SpecSet | None, problems: Sequence[tuple[Problem, str]]
) -> tuple[Difference, ...]:
    """Everything that is not as expected.

    Args:
        specs: None where the specs have faults.
        problems: What was found, warnings too; each with its file relative to the project folder.
    """
    found = [*_problems(expect, problems)]
    if specs is not None:
        found += _instances(expect, specs)
    elif not found and (expect.instances or expect.count is not None or expect.only):
        found.append(_difference(expect, "instances", "some", "none: the specs have faults"))
    return tuple(found)


def _problems(expect: Expectation, problems: Sequence[tuple[Problem, str]]) -> Iterator[Difference]:
    for wanted in expect.problems:
        if not any(_fits(wanted, problem, file) for problem, file in problems):
            found = "; ".join(_said(problem) for problem, _ in problems[:3]) or None
            yield Difference(what="problem", expected=str(wanted), found=found, place=wanted.place)
    unexpected = [
        problem
        for problem, file in problems
        if problem.severity is Severity.ERROR and not any(_fits(wanted, problem, file) for wanted in expect.problems)
    ]
    for problem in unexpected[:_MOST]:
        yield Difference(
            what="problem", expected=None, found=_said(problem), place=expect.place, found_place=problem.place
        )


def _fits(wanted: ExpectedProblem, problem: Problem, file: str) -> bool:
    place = problem.place
    pairs = (
        (wanted.code, problem.code),
        (wanted.file, file),
        (wanted.line, place.line if place else None),
        (wanted.column, place.column if place else None),
        (wanted.path, problem.path),
    )
    return all(asked in {None, found} for asked, found in pairs) and (wanted.message or "") in problem.message


def _said(problem: Problem) -> str:
    return f"{problem.code}: {problem.message}"


def _instances(expect: Expectation, specs: SpecSet) -> Iterator[Difference]:
    stanzas = rendered_document(specs)["instances"]
    for address, wanted in expect.instances.items():
        if address in stanzas:
            yield from _fields(address, wanted, stanzas[address], specs)
        else:
            others = ", ".join([*stanzas][:_MOST]) or "no instances"
            yield Difference(
                what=f"instances.{address}", expected="an instance", found=f"not there: {others}", place=wanted.place
            )
    if expect.count not in {None, len(stanzas)}:
        yield _difference(expect, "count", expect.count, len(stanzas))
    extra = [address for address in stanzas if address not in expect.instances] if expect.only else []
    for address in extra[:_MOST]:
        place = specs.place(address)
        yield Difference(
            what=f"instances.{address}", expected=None, found="an instance", place=expect.place, found_place=place
        )


def _fields(address: str, wanted: ExpectedInstance, stanza: dict[str, Any], specs: SpecSet) -> Iterator[Difference]:
    found: dict[str, JsonValue] = {f"lifecycle.{name}": row.default for name, row in LIFECYCLE.items()}
    for name, value in stanza.items():
        found |= normal_fields(name, value)
    for field in wanted.fields:
        value = found.get(field.name)
        if not _same(field.value, value):
            yield Difference(
                what=f"instances.{address}.{field.name}",
                expected=_shown(field),
                found=value,
                place=field.place,
                found_place=specs.place(address, field.name) if value is not None else specs.place(address),
            )


def _shown(field: ExpectedField) -> JsonValue:
    """What was expected; a text where a secret may stand could be one that should not be in this file."""
    hidden = field.name in _SECRET or (field.name.startswith("envs.") and looks_secret(field.name[len("envs.") :]))
    return MASK if hidden and field.value and not str(field.value).startswith("(secret") else field.value


def _same(expected: JsonValue, found: JsonValue) -> bool:
    if expected is None:
        return found in (None, "", [])
    return type(expected) is type(found) and expected == found


def _difference(expect: Expectation, what: str, expected: JsonValue, found: JsonValue) -> Difference:
    return Difference(what=what, expected=expected, found=found, place=expect.place)
