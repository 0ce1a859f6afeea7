"""The names in `policy`: files or globs below the project folder."""

from collections.abc import Iterator

from gpuspec.model.problem import Problem
from gpuspec.spec.check.faults import at_value
from gpuspec.spec.check.values_in_words import as_written
from gpuspec.spec.tree import Data, Path, Tree

_HINT = "as in `policy/*.schema.json`: it counts from the folder of this file."


def policy_file_faults(tree: Tree, policy: Data, path: Path = ()) -> Iterator[Problem]:
    """Entries that could not name a file below the project folder; holes are skipped.

    Args:
        path: Of the part of the project file that has this `policy`.
    """
    for at, entry in enumerate(policy if isinstance(policy, list) else ()):
        why = _unfit(entry) if isinstance(entry, str) else ""
        if why:
            message = f"{as_written(entry)} {why}."
            yield at_value(tree, (*path, "policy", at), code="project-invalid", message=message, hint=_HINT)


def _unfit(entry: str) -> str:
    parts = entry.split("/")
    if entry.startswith(("/", "~")) or ".." in parts:
        return "leads outside the project folder"
    if "**" in entry:
        return "would look through every folder below; name them"
    if parts[-1] in ("", "."):
        return "names a folder, and a policy is a file"
    return ""
