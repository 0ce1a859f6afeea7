"""Names and addresses that several instances share, within a file and over files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from gpuspec.model.address import Address
from gpuspec.model.problem import Problem, Related
from gpuspec.spec.check.faults import at_key, warning
from gpuspec.spec.layers import Merged
from gpuspec.spec.tree import Path, Tree

Files = Sequence[tuple[Tree, Mapping[Address, Merged]]]


def duplicate_names(files: Files) -> Iterator[Problem]:
    """A warning for each instance whose name another one has before it."""
    seen: dict[str, tuple[Tree, Path]] = {}
    addresses: set[Address] = set()
    for tree, instances in files:
        for address, instance in instances.items():
            if address in addresses:
                # That is a fault of its own.
                continue
            addresses.add(address)
            written = instance.fields.get("name")
            name = address if written is None else written.value
            path = written.path if written is not None and written.path[0] == instance.path[0] else instance.path
            if not isinstance(name, str):
                continue
            if name in seen:
                message = "Two instances have the same name; the service allows it, but people will mix them up."
                hint = "leave `name` out: then the address is the name."
                problem = warning(at_key(tree, path, code="duplicate-name", message=message, hint=hint))
                yield _with(problem, *seen[name], "the first one")
            seen.setdefault(name, (tree, path))


def duplicate_addresses(files: Files) -> Iterator[Problem]:
    """A fault for each address that another file has before it."""
    seen: dict[Address, tuple[Tree, Path]] = {}
    for tree, instances in files:
        for address, instance in instances.items():
            if address in seen:
                message = f"The address `{address}` is in two files; an address stands for one instance."
                hint = "give one of them another address."
                problem = at_key(tree, instance.path, code="duplicate-address", message=message, hint=hint)
                yield _with(problem, *seen[address], "first used here")
            seen.setdefault(address, (tree, instance.path))


def _with(problem: Problem, tree: Tree, path: Path, label: str) -> Problem:
    return replace(problem, related=(*problem.related, Related(label=label, place=tree.key_place(path))))
