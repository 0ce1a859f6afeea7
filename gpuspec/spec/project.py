"""The project file to a `Project`; no templating."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, cast

from gpuspec.model.marker import MarkerMode
from gpuspec.model.place import Place
from gpuspec.model.problem import Problem, Problems, Severity
from gpuspec.model.project import CloudKind, Environment, Limits, Project, Tuning
from gpuspec.model.state_url import is_url, state_url
from gpuspec.spec.check.project import check_project
from gpuspec.spec.excerpt import merged, with_excerpts
from gpuspec.spec.hidden import Hidden, leaves, parts, without_hidden
from gpuspec.spec.plain import plain
from gpuspec.spec.source import Source
from gpuspec.spec.text import decode
from gpuspec.spec.tree import Data, Path, Tree
from gpuspec.spec.variable_values import variable_of
from gpuspec.spec.version import Version, unmet, version_of
from gpuspec.spec.yamltext.read import read


def read_project(source: Source, *, version: str) -> Project | Problems:
    """What the project file says, or all its faults, each with its line.

    Args:
        version: This program's own. If the file requires another one, that is the only fault reported: what else is
            wrong may be right for that version.
    """
    rendered = plain(source)
    tree = rendered if isinstance(rendered, Problems) else read(rendered)
    if isinstance(tree, Problems):
        return _shown(tree.items, source)
    unusable = _requires_another(tree, version)
    problems = (unusable,) if unusable else (*tree.problems, *check_project(tree))
    if any(problem.severity is Severity.ERROR for problem in problems):
        return _shown(problems, source, hidden=_sensitive_texts(tree))
    return _project(source.file, cast("dict[str, Any]", tree.data))


def _shown(problems: tuple[Problem, ...], source: Source, *, hidden: Iterable[Hidden] = ()) -> Problems:
    """The problems with their lines, but for lines that hold one of the hidden texts."""
    text = decode(source)
    texts = {source.file: text} if isinstance(text, str) else {}
    return Problems(items=without_hidden(with_excerpts(merged(problems), texts), hidden))


def _sensitive_texts(tree: Tree) -> Iterator[Hidden]:
    """Every text in a value of a sensitive variable, as far as the file can be understood, and URLs with a password."""
    data = tree.data if isinstance(tree.data, dict) else {}
    yield from _state_urls(tree, (), data)
    rows = [(name, row) for name, row in parts(data.get("variables")) if isinstance(row, dict) and row.get("sensitive")]
    for name, row in rows:
        for key in ("default", "enum"):
            yield from leaves(tree, ("variables", name, key), row.get(key))
    for environment, given in parts(data.get("environments")):
        yield from _state_urls(tree, ("environments", environment), given)
        values = given.get("variables") if isinstance(given, dict) else None
        for name, _ in rows:
            if isinstance(values, dict) and isinstance(name, str):
                yield from leaves(tree, ("environments", environment, "variables", name), values.get(name))


def _state_urls(tree: Tree, path: Path, data: Data) -> Iterator[Hidden]:
    state = data.get("state") if isinstance(data, dict) else None
    if isinstance(state, str) and is_url(state) and state_url(state) is None:
        yield tree, (*path, "state"), state


def _requires_another(tree: Tree, version: str) -> Problem | None:
    wanted = tree.data.get("requires") if isinstance(tree.data, dict) else None
    ours: Version = version_of(version)
    missed = unmet(wanted, ours) if isinstance(wanted, str) else ""
    if not missed:
        return None
    message = f"This project requires gpuspec {wanted}; this is {version}."
    hint = "use an earlier gpuspec." if missed.startswith("<") else "install a gpuspec that fits."
    place: Place = tree.place(("requires",))
    return Problem(code="requires-later", message=message, place=place, path="requires", hint=hint)


def _project(file: str, data: dict[str, Any]) -> Project:
    variables = {name: variable_of(name, row or {}) for name, row in (data.get("variables") or {}).items()}
    environments = {name: _environment(name, row or {}) for name, row in (data.get("environments") or {}).items()}
    return Project(
        file=file,
        name=data.get("project", ""),
        requires=data.get("requires", ""),
        cloud=CloudKind(data.get("cloud", CloudKind.NOVITA.value)),
        endpoint=_origin(data),
        specs=tuple(data.get("specs", Project().specs)),
        variables=variables,
        declares_variables=bool(variables),
        environments=environments,
        state=data.get("state", ""),
        marker=MarkerMode(data.get("marker", MarkerMode.ENV.value)),
        tuning=_tuning(data),
        limits=_limits(data.get("limits") or {}),
        policy=tuple(data.get("policy", ())),
    )


def _environment(name: str, data: dict[str, Any]) -> Environment:
    return Environment(
        name=name,
        extends=data.get("extends", ""),
        abstract=data.get("abstract", False),
        variables=data.get("variables") or {},
        state=data.get("state", ""),
        endpoint=_origin(data),
        cloud=CloudKind(data["cloud"]) if "cloud" in data else None,
        marker=MarkerMode(data["marker"]) if "marker" in data else None,
        tuning=_tuning(data),
        limits=_limits(data.get("limits") or {}),
        policy=tuple(data.get("policy", ())),
    )


def _origin(data: dict[str, Any]) -> str:
    return re.sub("/$", "", data.get("endpoint", ""))


def _tuning(data: dict[str, Any]) -> Tuning:
    return Tuning(
        settle_window_s=data.get("settleWindow"),
        request_timeout_s=data.get("requestTimeout"),
        parallelism=data.get("parallelism"),
        rate=data.get("rate"),
    )


def _limits(data: dict[str, Any]) -> Limits:
    return Limits(
        max_instances=data.get("maxInstances"),
        max_gpus=data.get("maxGpus"),
        allowed_products=_globs(data, "allowedProducts"),
        allowed_clusters=_globs(data, "allowedClusters"),
        max_deletes_per_run=data.get("maxDeletesPerRun"),
    )


def _globs(data: dict[str, Any], name: str) -> tuple[str, ...] | None:
    return tuple(data[name]) if name in data else None
