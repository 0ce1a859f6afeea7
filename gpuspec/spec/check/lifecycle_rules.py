"""Rules within `lifecycle`, beyond what a schema can say."""

from collections.abc import Iterator

from gpuspec.model.fields import FIELDS
from gpuspec.model.problem import Problem
from gpuspec.spec.check.faults import at_value
from gpuspec.spec.nearest import nearest
from gpuspec.spec.tree import Data, Path, Tree

_ENV = "envs."


def lifecycle_faults(tree: Tree, path: Path, value: Data) -> Iterator[Problem]:
    """What `ignoreChanges` names has to be there to be ignored: a slip of the pen would let a change through."""
    ignored = value.get("ignoreChanges") if isinstance(value, dict) else None
    for at, name in enumerate(ignored if isinstance(ignored, list) else ()):
        if isinstance(name, str) and name and not _is_known(name):
            yield _unknown(tree, (*path, "ignoreChanges", at), name)


def _is_known(name: str) -> bool:
    return name in FIELDS or (name.startswith(_ENV) and len(name) > len(_ENV))


def _unknown(tree: Tree, path: Path, name: str) -> Problem:
    meant = nearest(name, FIELDS)
    hint = f"did you mean `{meant}`?" if meant else "name a field, or one variable as `envs.KEY`."
    message = "`ignoreChanges` names what is no field of an instance."
    return at_value(tree, path, code="unknown-field", message=message, hint=hint)
