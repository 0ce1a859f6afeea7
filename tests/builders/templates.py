"""Renders templates from strings, and reads what came out of them."""

from collections.abc import Mapping

from gpuspec.model.problem import Problem, Problems
from gpuspec.ports import NotReadable
from gpuspec.spec.rendered import TOKEN, Rendered, Value
from gpuspec.spec.source import Source
from gpuspec.spec.template.bounds import Bounds
from gpuspec.spec.template.render import render
from gpuspec.spec.template.values import text_of


class Files:
    """An include reader over strings."""

    def __init__(self, files: Mapping[str, str | bytes] | None = None) -> None:
        self._files = files or {}

    def read(self, name: str) -> bytes | NotReadable:
        if name.startswith(".."):
            return NotReadable(code="outside-project", message=f"`{name}` lies outside the project folder.")
        if name not in self._files:
            return NotReadable(code="include-missing", message=f"There is no file `{name}`.")
        content = self._files[name]
        return content if isinstance(content, bytes) else content.encode()


def a_source(text: str | bytes, *, file: str = "spec.yaml", inside: str = "spec.yaml") -> Source:
    """A spec file with this text."""
    return Source(file=file, inside=inside, content=text if isinstance(text, bytes) else text.encode())


def outcome(
    text: str | bytes,
    files: Mapping[str, str | bytes] | None = None,
    *,
    variables: Mapping[str, Value] | None = None,
    bounds: Bounds | None = None,
    whole_lines: bool = True,
) -> Rendered | Problems:
    """What rendering this text gives, whichever way it ends."""
    return render(
        a_source(text),
        variables=variables or {},
        includes=Files(files),
        bounds=bounds or Bounds(),
        whole_lines=whole_lines,
    )


def rendered(text: str | bytes, files: Mapping[str, str | bytes] | None = None, **variables: Value) -> Rendered:
    """What rendering this text gives; it must have no faults."""
    made = outcome(text, files, variables=variables)
    assert isinstance(made, Rendered), made
    return made


def problems(
    text: str | bytes,
    files: Mapping[str, str | bytes] | None = None,
    *,
    bounds: Bounds | None = None,
    **variables: Value,
) -> tuple[Problem, ...]:
    """The faults that rendering this text ends with."""
    made = outcome(text, files, variables=variables, bounds=bounds)
    assert isinstance(made, Problems), made
    return made.items


def the_problem(
    text: str | bytes,
    files: Mapping[str, str | bytes] | None = None,
    *,
    bounds: Bounds | None = None,
    **variables: Value,
) -> Problem:
    """The one fault that rendering this text ends with."""
    (problem,) = problems(text, files, bounds=bounds, **variables)
    return problem


def spoken(made: Rendered) -> str:
    """The text with each token replaced by its value's text, as if it had simply been written there."""
    return TOKEN.sub(lambda found: text_of(made.inserted[int(found[1])].value), made.text)


def values(made: Rendered) -> list[object]:
    """What the expressions gave, in the order of their tokens."""
    return [inserted.value for inserted in made.inserted]
