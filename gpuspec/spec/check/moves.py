"""`moved`: which address an instance had before, and whether that can be."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from gpuspec.model.address import ADDRESS, Address
from gpuspec.model.problem import Problem
from gpuspec.model.secret import Secret
from gpuspec.spec.check.faults import at_value
from gpuspec.spec.check.names import Files
from gpuspec.spec.tree import Path, Tree


class Move(NamedTuple):
    """One entry of `moved`, with its place in the tree."""

    path: Path
    address: Address
    to: Address


def moves(tree: Tree) -> Iterator[Move]:
    """The entries of a file; those that are not well-formed are left out."""
    entries = tree.data.get("moved") if isinstance(tree.data, dict) else None
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        address, to = (entry.get("from"), entry.get("to")) if isinstance(entry, dict) else (None, None)
        if isinstance(address, str) and isinstance(to, str) and ADDRESS.fullmatch(address) and ADDRESS.fullmatch(to):
            yield Move(path=("moved", number), address=address, to=to)


def moves_by_target(trees: Collection[Tree]) -> Mapping[Address, Address]:
    """Address -> the one that it had before, of files without faults."""
    return {move.to: move.address for tree in trees for move in moves(tree)}


def move_faults(files: Files) -> Iterator[Problem]:
    """Moves that lead nowhere, or away from what is still there, or twice from or to the same address.

    What is moved to is an instance and what is moved from is none, so there are no chains and no circles.
    """
    there = {address for tree, _ in files for address in _stanzas(tree)}
    used: set[tuple[str, Address]] = set()
    for tree, _ in files:
        yield from _secret_ends(tree)
        for move in moves(tree):
            if move.to not in _stanzas(tree):
                message = f"This file has no instance `{move.to}` that something could have moved to."
                hint = "a move stands in the file of its instance; take it out when that has gone."
                yield at_value(tree, (*move.path, "to"), code="moved-nowhere", message=message, hint=hint)
            if move.address in there:
                message = f"`{move.address}` is still an instance of its own."
                hint = "take its stanza out, or the move."
                yield at_value(tree, (*move.path, "from"), code="moved-and-there", message=message, hint=hint)
            for end, address in (("from", move.address), ("to", move.to)):
                if (end, address) in used:
                    message = f"Another move has `{end}: {address}` too; an address holds one instance."
                    hint = "leave one of them."
                    yield at_value(tree, (*move.path, end), code="moved-twice", message=message, hint=hint)
                used.add((end, address))


def _secret_ends(tree: Tree) -> Iterator[Problem]:
    entries = tree.data.get("moved") if isinstance(tree.data, dict) else None
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        for end, value in entry.items() if isinstance(entry, dict) else ():
            if isinstance(value, Secret):
                message = "An address can't be secret: it stands in plans and in the state."
                path = ("moved", number, end)
                yield at_value(tree, path, code="secret-misused", message=message, hint="write it out.")


def _stanzas(tree: Tree) -> Collection[Address]:
    stanzas = tree.data.get("instances") if isinstance(tree.data, dict) else None
    return stanzas if isinstance(stanzas, dict) else ()
