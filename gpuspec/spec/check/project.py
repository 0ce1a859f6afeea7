"""Check a project file: its schema, and the rules between its parts."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from gpuspec.model.address import SLUG
from gpuspec.model.problem import Problem
from gpuspec.model.project import VariableType
from gpuspec.model.secret_names import looks_secret
from gpuspec.model.state_url import is_url, state_url
from gpuspec.spec.check.broken import broken
from gpuspec.spec.check.environments import environment_faults
from gpuspec.spec.check.faults import at_key, at_value
from gpuspec.spec.check.holes import punched
from gpuspec.spec.check.policy_files import policy_file_faults
from gpuspec.spec.check.quick import Accepts, Schema, predicate
from gpuspec.spec.check.values_in_words import as_written
from gpuspec.spec.check.wording import Words, worded
from gpuspec.spec.nearest import nearest
from gpuspec.spec.pattern import BadPattern, compiled
from gpuspec.spec.schema import schema
from gpuspec.spec.tree import HOLE, Data, Path, Tree
from gpuspec.spec.variable_names import RESERVED
from gpuspec.spec.variable_values import unfit, variable_of

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def check_project(tree: Tree) -> tuple[Problem, ...]:
    """Every fault of the project file beyond those that reading it found."""
    root, accepts = _project()
    if accepts(tree.data):
        return tuple(_between(tree, tree.data))
    words = Words(
        tree=tree,
        owner=_owner,
        hidden=lambda path: _is_hidden(tree.data, path),
        text_rules={
            "project": _bad_slug,
            "environments": _bad_slug,
            "variables": bad_variable,
            "requires": _bad_requires,
            "endpoint": _bad_endpoint,
        },
    )
    rules = broken(root, tree.data)
    return (*(worded(rule, words) for rule in rules), *_between(tree, punched(tree.data, rules)))


def bad_variable(text: str) -> tuple[str, str, str]:
    """Code, message and hint for a text that can't be a variable's name."""
    message = f"A variable's name has letters, digits and underscores; this is {as_written(text)}."
    return "wrong-pattern", message, "templates could not use any other name."


def _owner(path: Path) -> str:
    if path[:-1] == ("limits",) or (path[:1] == ("environments",) and path[2:-1] == ("limits",)):
        return "`limits`"
    parts = {"variables": "A variable", "environments": "An environment"}
    return "A project file" if len(path) <= 1 else parts.get(str(path[0]), "A project file")


def _is_hidden(data: Data, path: Path) -> bool:
    """Whether the value may be a secret: of a sensitive variable, or of one whose name looks like it."""
    name = path[1] if path[:1] == ("variables",) and len(path) > 1 else path[3] if len(path) > 3 else None
    if not isinstance(name, str):
        return False
    return looks_secret(name) or _part(_part(_part(data, "variables"), name), "sensitive") is True


def _part(data: Data, key: str) -> Data:
    """What is under a key; nothing where there is no map."""
    return data.get(key) if isinstance(data, dict) else None


def _bad_slug(text: str) -> tuple[str, str, str]:
    rule = "lower-case letters, digits and hyphens, at most 63, beginning with a letter or digit"
    better = "".join(character if SLUG.fullmatch(f"a{character}") else "-" for character in text.lower())[:63].strip(
        "-"
    )
    hint = f"write `{better}`." if better else "as in `trainers`."
    return "wrong-pattern", f"The name has {rule}; this is {as_written(text)}.", hint


def _bad_requires(text: str) -> tuple[str, str, str]:
    return "wrong-pattern", f"{as_written(text)} says no version of gpuspec.", 'as in `requires: ">=0.1"`.'


def _bad_endpoint(text: str) -> tuple[str, str, str]:
    shown = "This" if "@" in text else as_written(text)
    message = f"{shown} is no origin: `https://`, a host, and nothing behind it but a port."
    return "wrong-pattern", message, "as in `endpoint: https://api.novita.ai`."


def _between(tree: Tree, data: Data) -> Iterator[Problem]:
    """Rules between the parts; holes are skipped."""
    declared = _part(data, "variables")
    variables = declared if isinstance(declared, dict) else {}
    for name, row in variables.items():
        yield from _variable(tree, name, row if isinstance(row, dict) else {})
    yield from _plain_http(tree, data, ())
    yield from _no_state_url(tree, data, ())
    yield from policy_file_faults(tree, _part(data, "policy"))
    declared = _part(data, "environments")
    environments = declared if isinstance(declared, dict) else {}
    yield from environment_faults(tree, environments)
    for name, environment in environments.items():
        path: Path = ("environments", name)
        yield from _plain_http(tree, environment, path)
        yield from _no_state_url(tree, environment, path)
        yield from policy_file_faults(tree, _part(environment, "policy"), path)
        values = _part(environment, "variables")
        if isinstance(values, dict):
            yield from _values(tree, (*path, "variables"), values, variables)


def _plain_http(tree: Tree, data: Data, path: Path) -> Iterator[Problem]:
    endpoint = _part(data, "endpoint")
    if isinstance(endpoint, str) and endpoint.startswith("http:") and urlsplit(endpoint).hostname not in _LOOPBACK:
        message = "Over plain http the API key would be there for all to read; it is for loopback only."
        yield at_value(tree, (*path, "endpoint"), code="wrong-pattern", message=message, hint="write `https://`.")


def _no_state_url(tree: Tree, data: Data, path: Path) -> Iterator[Problem]:
    state = _part(data, "state")
    if isinstance(state, str) and is_url(state) and state_url(state) is None:
        # The text is not repeated: it may have a password in it.
        message = "A state's URL is a scheme (`s3`, `gs` or `az`), a bucket, and a prefix at most."
        hint = "as in `s3://bucket/prefix`; credentials come from the environment or a profile."
        yield at_value(tree, (*path, "state"), code="wrong-pattern", message=message, hint=hint)


def _variable(tree: Tree, name: str, row: Mapping[str, Data]) -> Iterator[Problem]:
    path: Path = ("variables", name)
    kind, pattern = row.get("type", VariableType.STRING.value), row.get("pattern")
    if name in RESERVED:
        message = f"`{name}` means something else in templates, so no variable can have this name."
        yield at_key(tree, path, code="variable-reserved", message=message, hint="give it another name.")
    if kind not in (VariableType.STRING.value, HOLE):
        for key, what in (("sensitive", "be sensitive"), ("pattern", "have a pattern")):
            if row.get(key) not in (None, False, HOLE):
                message = f"Only text can {what}; `{name}` is declared with `type: {kind}`."
                hint = f"take `{key}` out, or write `type: string`."
                yield at_key(tree, (*path, key), code="project-invalid", message=message, hint=hint)
    ready = compiled(pattern) if isinstance(pattern, str) else None
    if isinstance(ready, BadPattern):
        message = f"The pattern {ready.reason}."
        hint = "use characters, sets, groups, `|`, `*`, `+`, `?` and `{m,n}`."
        yield at_value(tree, (*path, "pattern"), code="project-invalid", message=message, hint=hint)
        return
    if kind is not HOLE:
        yield from _declared_values(tree, path, name, row)


def _declared_values(tree: Tree, path: Path, name: str, row: Mapping[str, Data]) -> Iterator[Problem]:
    """The default and the choices against what is declared beside them."""
    variable = variable_of(name, {key: value for key, value in row.items() if value is not HOLE})
    choices = row.get("enum")
    for at, choice in enumerate(choices if isinstance(choices, list) else ()):
        why = unfit(variable, choice, choices=False)
        if why:
            yield _wrong(tree, (*path, "enum", at), name, why)
    if row.get("default", HOLE) is not HOLE:
        why = unfit(variable, row["default"])
        if why:
            yield _wrong(tree, (*path, "default"), name, why)


def _values(tree: Tree, path: Path, values: Mapping[str, Data], declared: Mapping[str, Data]) -> Iterator[Problem]:
    """What an environment sets against what is declared."""
    for name, value in values.items():
        row = declared.get(name)
        if declared and name not in declared:
            meant = nearest(name, declared)
            hint = f"did you mean `{meant}`?" if meant else f"declare it: `variables: {{{name}: {{}}}}`."
            message = f"The variable `{name}` is not among those that the project declares."
            yield at_key(tree, (*path, name), code="variable-undeclared", message=message, hint=hint)
        elif name in RESERVED and not declared:
            message = f"`{name}` means something else in templates, so no variable can have this name."
            yield at_key(tree, (*path, name), code="variable-reserved", message=message, hint="give it another name.")
        elif declared and value is not HOLE and (row is None or isinstance(row, dict)):
            known: Mapping[str, Any] = {key: part for key, part in (row or {}).items() if part is not HOLE}
            why = unfit(variable_of(name, known), value)
            if why:
                yield _wrong(tree, (*path, name), name, why)


def _wrong(tree: Tree, path: Path, name: str, why: str) -> Problem:
    hint = "change the value, or what is declared for the variable."
    return at_value(tree, path, code="variable-wrong", message=f"`{name}` {why}", hint=hint)


@cache
def _project() -> tuple[Schema, Accepts]:
    root = schema("project")
    return root, predicate(root, root)
