"""Specs in a few words, through the real template engine and reader."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gpuspec.model.marker import MarkerMode
from gpuspec.model.problem import Problem, Problems
from gpuspec.ports import NotReadable
from gpuspec.spec.check.check import check
from gpuspec.spec.load import SpecSet, load
from gpuspec.spec.rendered import Value
from gpuspec.spec.source import Source
from gpuspec.spec.template.bounds import Bounds
from gpuspec.spec.template.render import render
from gpuspec.spec.tree import Tree
from gpuspec.spec.yamltext.read import read

NEEDED = {"productId": "p", "gpuNum": "1", "diskSize": "60", "rootfsSize": "60", "imageUrl": "img"}


@dataclass(frozen=True, slots=True)
class Files:
    """Files that templates may include, by name."""

    contents: Mapping[str, bytes] = field(default_factory=dict)

    def read(self, name: str) -> bytes | NotReadable:
        """The file, or that there is none."""
        missing = NotReadable(code="include-missing", message=f"There is no file `{name}`.")
        return self.contents.get(name, missing)


def a_source(text: str, *, file: str = "i.yaml") -> Source:
    """A spec file."""
    return Source(file=file, inside=file, content=text.encode())


def an_instance(address: str = "a", **fields: str) -> str:
    """One instance with what every instance needs, a field a line; `fields` are YAML, an empty one takes a line out."""
    lines = [f"    {name}: {text}\n" for name, text in {**NEEDED, **fields}.items() if text]
    return f"  {address}:\n" + "".join(lines)


def a_spec(**fields: str) -> str:
    """A spec of one instance `a`: its stanza begins in line 2, its first field stands in line 3."""
    return "instances:\n" + an_instance(**fields)


def tree_of(text: str, **variables: Value) -> Tree:
    """The document of a text without faults in template or YAML."""
    rendered = render(a_source(text), variables=variables, includes=Files(), bounds=Bounds())
    assert not isinstance(rendered, Problems), rendered
    tree = read(rendered)
    assert isinstance(tree, Tree), tree
    return tree


def problems_of(text: str, *, marker: MarkerMode = MarkerMode.ENV, **variables: Value) -> tuple[Problem, ...]:
    """What checking the text finds."""
    return check(tree_of(text, **variables), marker=marker)


def loaded(
    *sources: Source, includes: Mapping[str, bytes] | None = None, variables: Mapping[str, Value] | None = None
) -> SpecSet | Problems:
    """What the files ask for, or their faults."""
    return load(sources, variables=variables or {}, includes=Files(includes or {}), bounds=Bounds())


def spec_set(text: str, **variables: Value) -> SpecSet:
    """What a text without faults asks for."""
    result = loaded(a_source(text), variables=variables)
    assert isinstance(result, SpecSet), result
    return result
