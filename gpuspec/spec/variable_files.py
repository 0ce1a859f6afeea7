"""Files with variables, YAML or JSON, to values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from gpuspec.model.place import Place
from gpuspec.model.problem import Problem, Problems, Severity
from gpuspec.model.project import JsonValue
from gpuspec.spec.plain import plain
from gpuspec.spec.source import Source
from gpuspec.spec.text import decode
from gpuspec.spec.tree import Path, Tree
from gpuspec.spec.variable_values import NotJson, read_json
from gpuspec.spec.yamltext.read import read

JSON_SUFFIX = ".json"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVariables:
    """The values in a file, and, for YAML, where they stand: below `path`."""

    values: Mapping[str, JsonValue]
    file: str
    tree: Tree | None
    path: Path = ()

    def placed(self, faults: Sequence[tuple[str, Problem]]) -> tuple[Problem, ...]:
        """Problems of single variables with their places.

        Without the line itself: a file of variables is where secrets are, whatever their names.
        """
        return tuple(replace(problem, place=self._place(name), path=name) for name, problem in faults)

    def _place(self, name: str) -> Place:
        return Place(file=self.file, line=1, column=1) if self.tree is None else self.tree.key_place((*self.path, name))


def read_variables(source: Source) -> FileVariables | Problems:
    """The variables in a file: JSON if its name ends so, else YAML; no templates in either."""
    if source.file.lower().endswith(JSON_SUFFIX):
        return _from_json(source)
    rendered = plain(source)
    tree = rendered if isinstance(rendered, Problems) else read(rendered)
    if isinstance(tree, Problems):
        return tree
    errors = tuple(problem for problem in tree.problems if problem.severity is Severity.ERROR)
    if errors:
        return Problems(items=errors)
    if not isinstance(tree.data, dict):
        return _no_map(source)
    return FileVariables(values=cast("dict[str, JsonValue]", tree.data), file=source.file, tree=tree)


def _from_json(source: Source) -> FileVariables | Problems:
    text = decode(source)
    if isinstance(text, Problems):
        return text
    try:
        values = read_json(text)
    except NotJson as error:
        message = f"The file can't be read as JSON: {error}."
        place = Place(file=source.file, line=error.line, column=error.column)
        hint = "JSON has double quotes round each key and text, and no comma behind the last one; YAML is taken too."
        return Problems(items=(Problem(code="json-syntax", message=message, place=place, hint=hint),))
    if not isinstance(values, dict):
        return _no_map(source)
    return FileVariables(values=values, file=source.file, tree=None)


def _no_map(source: Source) -> Problems:
    message = "A file of variables is a map from names to values; this is something else."
    place = Place(file=source.file, line=1, column=1)
    problem = Problem(code="not-a-map", message=message, place=place, hint="as in `image: pytorch/pytorch:latest`.")
    return Problems(items=(problem,))
