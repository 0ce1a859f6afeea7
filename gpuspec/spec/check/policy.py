"""Rendered instances against the policies of their project; checked by jsonschema, told in the policies' own words."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import islice
from typing import Any, NamedTuple

from gpuspec.model.address import Address
from gpuspec.model.lifecycle_fields import LIFECYCLE
from gpuspec.model.place import whole_file
from gpuspec.model.problem import MOST_ERRORS, Problem, Related, Severity
from gpuspec.spec.check.faults import gathered
from gpuspec.spec.check.policy_keywords import DESCRIPTION, SEVERITY, TITLE
from gpuspec.spec.check.policy_pointers import pointer_to
from gpuspec.spec.check.policy_reading import Policies
from gpuspec.spec.load import Guard, SpecSet
from gpuspec.spec.pattern import Pattern, searching
from gpuspec.spec.rendered_document import rendered_document
from gpuspec.spec.template.bounds import BoundExceeded, Deadline

Document = Mapping[str, Any]
Path = tuple[str | int, ...]

# So many instances are checked within one bound of time, so that the bound says something about the policy.
_BATCH = 50
_LONGEST = 500


class _Violation(NamedTuple):
    """A rule that an instance breaks: where in the rendered document, which keyword, what the policy says."""

    path: Path
    keyword: str
    said: Mapping[str, str]


def policy_faults(specs: SpecSet, policies: Policies, *, environment: str, guard: Guard) -> tuple[Problem, ...]:
    """Every violation, in the order of policies and instances; equal ones from one place are one, counted.

    Args:
        environment: Its name, which policies see as `x-environment`.
        guard: Put round the checking of some instances at a time.
    """
    documents = policy_documents(specs, environment=environment)
    found = (problem for file in policies.files for problem in _of_file(file, policies, specs, documents, guard=guard))
    return gathered(found)


def policy_documents(specs: SpecSet, *, environment: str) -> Mapping[Address, Document]:
    """What policies see: each instance as `render` shows it, `lifecycle` complete, and where it belongs."""
    plain = {name: row.default for name, row in LIFECYCLE.items() if row.default is not None}
    return {
        address: {
            **stanza,
            "lifecycle": {**plain, **stanza.get("lifecycle", {})},
            "x-address": address,
            "x-environment": environment,
        }
        for address, stanza in rendered_document(specs)["instances"].items()
    }


def _of_file(
    file: str, policies: Policies, specs: SpecSet, documents: Mapping[Address, Document], *, guard: Guard
) -> Iterator[Problem]:
    name = policies.names[file]
    checker = _dialect()({**policies.bundle, "$ref": pointer_to(file)})
    waiting = list(documents.items())
    for at in range(0, len(waiting), _BATCH):
        try:
            found = guard(_checking(checker, waiting[at : at + _BATCH]))
        except (BoundExceeded, RecursionError, MemoryError):
            yield _endless(name)
            return
        for address, violation in found:
            yield _problem(violation, specs, address, documents[address], file=name)


def _checking(
    checker: Any, documents: Sequence[tuple[Address, Document]]
) -> Callable[[Deadline], list[tuple[Address, _Violation]]]:
    def check(deadline: Deadline) -> list[tuple[Address, _Violation]]:
        found: list[tuple[Address, _Violation]] = []
        for address, document in documents:
            if deadline():
                raise BoundExceeded("It takes too long.")
            found += ((address, _violation(error)) for error in islice(checker.iter_errors(document), MOST_ERRORS))
        return found

    return check


def _violation(error: Any) -> _Violation:
    return _Violation(path=tuple(error.absolute_path), keyword=str(error.validator), said=error.said)


def _problem(found: _Violation, specs: SpecSet, address: Address, document: Document, *, file: str) -> Problem:
    field = _field(found.path, document)
    what = f"`{field}`" if field else "The instance"
    said = found.said.get(TITLE, "").strip()
    untold = f"{what} doesn't keep `{found.keyword}` of this policy, which has no `title` that would say more."
    hint = found.said.get(DESCRIPTION, "").strip() or "change it, or agree on another policy."
    return Problem(
        code="policy-broken",
        message=said[:_LONGEST] or untold,
        place=specs.place(address, field),
        path=".".join(filter(None, ("instances", address, field))),
        hint=hint[:_LONGEST],
        severity=Severity(found.said.get(SEVERITY, Severity.ERROR.value)),
        related=(Related(label="policy", place=whole_file(file)),),
    )


def _field(path: Path, document: Document) -> str:
    """What the user wrote for a spot of the rendered document: `gpuNum`, `envs.RUN`; empty for the whole instance."""
    match path:
        case ("envs", int() as at, *_):
            return f"envs.{document['envs'][at]['key']}"
        case ("lifecycle", str() as name, *_):
            return f"lifecycle.{name}"
        case (str() as name, *_) if not name.startswith("x-"):
            return name
        case _:
            return ""


def _endless(file: str) -> Problem:
    message = "The policy takes too long, or too much memory, so whether the instances keep it can't be told."
    return Problem(code="policy-unusable", message=message, place=whole_file(file), hint="make it simpler.")


@cache
def _dialect() -> Any:
    from jsonschema import Draft202012Validator, validators

    rules = {**Draft202012Validator.VALIDATORS, "pattern": _pattern}
    told = {keyword: _telling(rule) for keyword, rule in rules.items()}
    return validators.extend(Draft202012Validator, told)  # type: ignore[no-untyped-call]


def _telling(rule: Callable[..., Iterable[Any] | None]) -> Callable[..., Iterator[Any]]:
    """The rule, each of its errors with what the innermost schema round it says that has a title, or a severity."""

    def check(validator: Any, limit: Any, value: Any, schema: Any) -> Iterator[Any]:
        for error in rule(validator, limit, value, schema) or ():
            if not hasattr(error, "said"):
                error.said = {}
            if TITLE in schema and TITLE not in error.said:
                error.said.update({TITLE: schema[TITLE], DESCRIPTION: schema.get(DESCRIPTION, "")})
            if SEVERITY in schema:
                error.said.setdefault(SEVERITY, schema[SEVERITY])
            yield error

    return check


def _pattern(_: Any, pattern: str, value: Any, __: Any) -> Iterator[Any]:
    from jsonschema import ValidationError

    if isinstance(value, str) and not _found(pattern, value):
        yield ValidationError("pattern")


@lru_cache(maxsize=4096)
def _found(pattern: str, text: str) -> bool:
    ready = _ready(pattern)
    return isinstance(ready, Pattern) and ready.fits_however_long(text)


@lru_cache(maxsize=256)
def _ready(pattern: str) -> object:
    return searching(pattern)
