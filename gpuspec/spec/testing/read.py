"""A file of tests to the tests in it, or every fault of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from gpuspec.model.fields import FIELDS
from gpuspec.model.problem import Problem, Problems, Severity
from gpuspec.model.problem_codes import SUMMARIES
from gpuspec.model.secret_names import looks_secret
from gpuspec.model.spec_test import Expectation, ExpectedField, ExpectedInstance, ExpectedProblem, SpecTest
from gpuspec.spec.check.address_words import bad_address_words
from gpuspec.spec.check.broken import broken
from gpuspec.spec.check.faults import at_value
from gpuspec.spec.check.project import bad_variable
from gpuspec.spec.check.quick import Accepts, Schema, predicate
from gpuspec.spec.check.values_in_words import as_written
from gpuspec.spec.check.wording import Words, worded
from gpuspec.spec.excerpt import merged, with_excerpts
from gpuspec.spec.nearest import nearest
from gpuspec.spec.plain import plain
from gpuspec.spec.schema import schema
from gpuspec.spec.source import Source
from gpuspec.spec.testing.normal import normal_fields
from gpuspec.spec.text import decode
from gpuspec.spec.tree import Data, Path, Tree
from gpuspec.spec.variable_files import FileVariables
from gpuspec.spec.yamltext.read import read

_OWNERS = {"variables": "A test", "instances": "An instance", "problems": "A problem"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTest:
    """A test with the variables that it gives."""

    test: SpecTest
    variables: FileVariables


def read_tests(source: Source) -> tuple[ReadTest, ...] | Problems:
    """The tests of a file in their order."""
    rendered = plain(source)
    tree = rendered if isinstance(rendered, Problems) else read(rendered)
    if isinstance(tree, Problems):
        return _shown(tree.items, source)
    problems = (*tree.problems, *_check(tree))
    if _errors(problems):
        return _shown(problems, source)
    data = cast("dict[str, Any]", tree.data)
    return tuple(_test(tree, ("tests", at), test, source.file) for at, test in enumerate(data["tests"]))


def _errors(problems: Iterable[Problem]) -> bool:
    return any(problem.severity is Severity.ERROR for problem in problems)


def _shown(problems: tuple[Problem, ...], source: Source) -> Problems:
    text = decode(source)
    return Problems(items=with_excerpts(merged(problems), {source.file: text} if isinstance(text, str) else {}))


def _check(tree: Tree) -> tuple[Problem, ...]:
    root, accepts = _tests()
    if accepts(tree.data):
        # What reading found wrong left a hole, and there may be one anywhere.
        return () if _errors(tree.problems) else tuple(_unknown_codes(tree))
    rules = {
        "environment": _bad_environment,
        "code": _bad_code,
        "instances": bad_address_words,
        "variables": bad_variable,
    }
    words = Words(tree=tree, owner=_owner, hidden=_is_hidden, text_rules=rules)
    return tuple(worded(rule, words) for rule in broken(root, tree.data))


@cache
def _tests() -> tuple[Schema, Accepts]:
    root = schema("tests")
    return root, predicate(root, root)


def _owner(path: Path) -> str:
    if len(path) <= 1:
        return "A file of tests"
    if len(path) <= 3 or path[2] != "expect":
        return "A test"
    return _OWNERS.get(str(path[3]), "`expect`") if len(path) > 4 else "`expect`"


def _is_hidden(path: Path) -> bool:
    return any(
        isinstance(step, str) and (looks_secret(step) or (step in FIELDS and FIELDS[step].secret)) for step in path
    )


def _bad_environment(text: str) -> tuple[str, str, str]:
    message = f"No environment can be called {as_written(text)}."
    return "wrong-pattern", message, "name one that gpuspec.yaml declares."


def _bad_code(text: str) -> tuple[str, str, str]:
    meant = nearest(text, SUMMARIES)
    hint = f"did you mean `{meant}`?" if meant else "`gpuspec validate --json` shows the code of every fault."
    return "not-in-list", f"No problem has the code {as_written(text)}.", hint


def _unknown_codes(tree: Tree) -> Iterator[Problem]:
    """Codes that have the form of one and stand in no table."""
    data = cast("dict[str, Any]", tree.data)
    for at, test in enumerate(data["tests"]):
        for number, problem in enumerate(test["expect"].get("problems", ())):
            text = problem.get("code")
            if text is not None and text not in SUMMARIES:
                code, message, hint = _bad_code(text)
                path: Path = ("tests", at, "expect", "problems", number, "code")
                yield at_value(tree, path, code=code, message=message, hint=hint)


def _test(tree: Tree, path: Path, data: dict[str, Any], file: str) -> ReadTest:
    at = (*path, "environment") if "environment" in data else (*path, "name")
    test = SpecTest(
        name=data["name"],
        place=tree.place((*path, "name")),
        specs=tuple(data.get("specs", ())),
        environment=data.get("environment", ""),
        environment_place=tree.place(at),
        expect=_expectation(tree, (*path, "expect"), data["expect"]),
    )
    values = data.get("variables") or {}
    return ReadTest(test=test, variables=FileVariables(values=values, file=file, tree=tree, path=(*path, "variables")))


def _expectation(tree: Tree, path: Path, data: dict[str, Any]) -> Expectation:
    stanzas = data.get("instances", {})
    return Expectation(
        instances={
            address: _instance(tree, (*path, "instances", address), stanza) for address, stanza in stanzas.items()
        },
        problems=tuple(
            ExpectedProblem(place=tree.place((*path, "problems", at)), **said)
            for at, said in enumerate(data.get("problems", ()))
        ),
        place=tree.key_place(path),
        only=data.get("only", False),
        count=data.get("count"),
    )


def _instance(tree: Tree, path: Path, stanza: dict[str, Any] | None) -> ExpectedInstance:
    return ExpectedInstance(fields=tuple(_fields(tree, path, stanza or {})), place=tree.key_place(path))


def _fields(tree: Tree, path: Path, stanza: dict[str, Data]) -> Iterator[ExpectedField]:
    """One for each field, environment variable and choice of `lifecycle` that the test names."""
    for name, value in stanza.items():
        place = tree.key_place((*path, name))
        for label, part in normal_fields(name, value).items():
            yield ExpectedField(name=label, value=part, place=tree.key_place((*path, *label.split(".", 1))) or place)
