"""The last line of defence: no problem shows a line in which a secret text of the document itself stands.

Masking by the look of a line knows the file's text only; here the document's structure is known.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from gpuspec.model.fields import FIELDS
from gpuspec.model.problem import Problem
from gpuspec.model.secret_names import looks_secret
from gpuspec.spec.tree import Data, Path, Tree

# Shorter ones would take away every line, and say little.
SHORTEST = 4
# A line with so many secrets is taken away without a look.
MANY = 100
# What quotes make YAML write in another way, and what it never does.
_WRITTEN_OTHERWISE = re.compile(r"""["'\\/]|[^ -~]""")
_PLAIN = re.compile(r"[A-Za-z0-9]+")

Hidden = tuple[Tree, Path, str]
_Lines = Mapping[tuple[str, int], set[str]]


def without_hidden(problems: tuple[Problem, ...], hidden: Iterable[Hidden]) -> tuple[Problem, ...]:
    """The problems, without the line where it holds a hidden text that stands there."""
    if not problems:
        return ()
    lines: dict[tuple[str, int], set[str]] = {}
    for tree, path, text in hidden:
        place = tree.place(path)
        lines.setdefault((place.file, place.line), set()).update(
            line for line in text.splitlines() if len(line) >= SHORTEST
        )
    return tuple(_without_line(problem) if _shows(problem, lines) else problem for problem in problems)


def secret_texts(tree: Tree) -> Iterator[Hidden]:
    """Every text of a spec that is secret by the field or the name that it belongs to, however it is nested."""
    for path, stanza in _stanzas(tree.data):
        for name, value in stanza.items():
            if name in FIELDS and FIELDS[name].secret:
                yield from leaves(tree, (*path, name), value)
        yield from _of_envs(tree, (*path, "envs"), stanza.get("envs"))


def leaves(tree: Tree, path: Path, value: Data) -> Iterator[Hidden]:
    """Every text and number in a value, as text."""
    match value:
        case str():
            yield tree, path, value
        case bool() | None:
            return
        case int() | float():
            yield tree, path, str(value)
        case _:
            for step, part in parts(value):
                yield from leaves(tree, (*path, step), part)


def parts(value: Data) -> list[tuple[str | int, Data]]:
    """What is in a list or map, each with the step that leads to it; nothing in anything else."""
    match value:
        case dict():
            return list(value.items())
        case list():
            return list(enumerate(value))
        case _:
            return []


def _without_line(problem: Problem) -> Problem:
    return replace(problem, excerpt="", excerpt_column=0)


def _shows(problem: Problem, lines: _Lines) -> bool:
    place = problem.place
    texts = lines.get((place.file, place.line), ()) if place else ()
    return len(texts) > MANY or any(_telling(text) in problem.excerpt for text in texts)


def _telling(text: str) -> str:
    """The part of a text that YAML has no other way to write, where it has one for the whole: `\\"`, `''`, `\\xe9`."""
    if _WRITTEN_OTHERWISE.search(text) is None:
        return text
    return max(_PLAIN.findall(text), key=len, default="")


def _stanzas(data: Data) -> Iterator[tuple[Path, dict[str, Data]]]:
    top = data if isinstance(data, dict) else {}
    found: list[tuple[Path, Data]] = [(("defaults",), top.get("defaults"))]
    found += [(("instances", step), stanza) for step, stanza in parts(top.get("instances"))]
    yield from ((path, stanza) for path, stanza in found if isinstance(stanza, dict))


def _of_envs(tree: Tree, path: Path, envs: Data) -> Iterator[Hidden]:
    match envs:
        case dict():
            for name, value in envs.items():
                if looks_secret(name):
                    yield from leaves(tree, (*path, name), value)
        case list():
            for at, item in enumerate(envs):
                yield from _of_item(tree, (*path, at), item)
        case _:
            yield from leaves(tree, path, envs)


def _of_item(tree: Tree, path: Path, item: Data) -> Iterator[Hidden]:
    """An item of the list form; all of it where its key can't be read."""
    key = item.get("key") if isinstance(item, dict) else None
    if not isinstance(key, str):
        yield from leaves(tree, path, item)
    elif looks_secret(key):
        for step, part in parts(item):
            yield from leaves(tree, (*path, step), part) if step != "key" else ()
