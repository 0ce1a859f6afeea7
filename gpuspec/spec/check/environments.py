"""Rules between the environments of a project file: what they extend, and that no two of them share a state."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import replace

from gpuspec.model.problem import Problem, Related
from gpuspec.spec.check.faults import at_key, at_value
from gpuspec.spec.nearest import nearest
from gpuspec.spec.tree import Data, Path, Tree

Environments = Mapping[str, Data]


def environment_faults(tree: Tree, environments: Environments) -> Iterator[Problem]:
    """Every fault between these environments; holes are skipped."""
    for name in environments:
        yield from _unknown(tree, name, environments)
    yield from _circles(tree, environments)
    yield from _abstract(tree, environments)
    yield from _shared_states(tree, environments)


def _said(environments: Environments, name: str, key: str) -> Data:
    row = environments.get(name)
    return row.get(key) if isinstance(row, dict) else None


def _path(name: str, key: str) -> Path:
    return ("environments", name, key)


def _unknown(tree: Tree, name: str, environments: Environments) -> Iterator[Problem]:
    extended = _said(environments, name, "extends")
    if not isinstance(extended, str) or extended in environments:
        return
    meant = nearest(extended, environments)
    known = ", ".join(f"`{each}`" for each in environments if each != name) or "no other environment"
    hint = f"did you mean `{meant}`?" if meant not in (None, name) else f"there is {known}."
    message = f"`{name}` extends `{extended}`, and there is no environment of that name."
    yield at_value(tree, _path(name, "extends"), code="environment-unknown", message=message, hint=hint)


def _circles(tree: Tree, environments: Environments) -> Iterator[Problem]:
    """One fault a circle, at its first environment in the file, with the places of the others."""
    seen: set[str] = set()
    for start in environments:
        way: list[str] = []
        name: Data = start
        while isinstance(name, str) and name in environments and name not in seen:
            seen.add(name)
            way.append(name)
            name = _said(environments, name, "extends")
        if isinstance(name, str) and name in way:
            yield _circle(tree, [each for each in environments if each in way[way.index(name) :]], way, name)


def _circle(tree: Tree, members: list[str], way: list[str], name: str) -> Problem:
    ring = way[way.index(name) :]
    # Told from its first member in the file on, so that it reads the same wherever it was entered.
    ring = [*ring[ring.index(members[0]) :], *ring[: ring.index(members[0])]]
    steps = " extends ".join(f"`{each}`" for each in (*ring, ring[0]))
    message = f"Environments extend each other in a circle: {steps}."
    path = _path(ring[0], "extends")
    problem = at_value(tree, path, code="environment-circle", message=message, hint="take one `extends` out.")
    others = (Related(label="then", place=tree.place(_path(each, "extends"))) for each in ring[1:])
    return replace(problem, related=tuple(others))


def _abstract(tree: Tree, environments: Environments) -> Iterator[Problem]:
    abstract = [name for name in environments if _said(environments, name, "abstract") is True]
    for name in abstract:
        if _said(environments, name, "state") is not None:
            message = f"`{name}` is abstract: nothing is made in it, so it has no state."
            hint = "take `state` out; an environment never takes another one's state."
            yield at_key(tree, _path(name, "state"), code="project-invalid", message=message, hint=hint)
    if environments and len(abstract) == len(environments):
        message = "All environments are abstract, so no command could work on any."
        path = _path(abstract[-1], "abstract")
        yield at_value(tree, path, code="project-invalid", message=message, hint="take one `abstract` out.")


def _shared_states(tree: Tree, environments: Environments) -> Iterator[Problem]:
    """What one of two environments has made, the other one would make again, or delete."""
    owners: dict[str, str] = {}
    for name in environments:
        state = _said(environments, name, "state")
        if not isinstance(state, str):
            continue
        same = posixpath.normpath(state)
        if same in owners:
            message = f"`{name}` and `{owners[same]}` have the same state file, and each environment has its own."
            path = _path(name, "state")
            problem = at_value(tree, path, code="project-invalid", message=message, hint="name another file.")
            first = Related(label="the other one", place=tree.place(_path(owners[same], "state")))
            yield replace(problem, related=(first,))
        owners.setdefault(same, name)
