"""What the words for a spec's faults depend on: who owns a key, what is secret, where a key belongs."""

from gpuspec.model.fields import FIELDS
from gpuspec.model.lifecycle_fields import LIFECYCLE
from gpuspec.model.secret_names import looks_secret
from gpuspec.spec.check.address_words import bad_address_words
from gpuspec.spec.check.values_in_words import as_written
from gpuspec.spec.check.wording import Words
from gpuspec.spec.port_text import parsed, port_entries, port_hint
from gpuspec.spec.tree import Data, Path, Tree

_ITEMS = {"envs": "An item of `envs`", "tools": "A tool", "networkStorages": "A network storage"}


def spec_words(tree: Tree) -> Words:
    """The words for this document."""
    return Words(
        tree=tree,
        owner=_owner,
        hidden=lambda path: _is_hidden(tree.data, path),
        elsewhere=_elsewhere,
        text_rules={"ports": _bad_port, "from": bad_address_words, "to": bad_address_words},
    )


def _owner(path: Path) -> str:
    field = _field_of(path)
    if path[:1] == ("moved",) and len(path) > 1:
        return "A move"
    if field == "lifecycle":
        return "`lifecycle`"
    if field in _ITEMS and len(path) > _depth(path) + 1:
        return _ITEMS[field]
    return "A spec" if len(path) <= 1 else "An instance"


def _depth(path: Path) -> int:
    """How many steps lead to the name of a field."""
    return 2 if path[:1] == ("defaults",) else 3


def _field_of(path: Path) -> str:
    """The field in which the path ends; empty for a path to the field's own key."""
    depth = _depth(path)
    return str(path[depth - 1]) if len(path) > depth else ""


def _is_hidden(data: Data, path: Path) -> bool:
    """Whether the value may be secret: a secret field, or a variable whose name looks like one."""
    depth = _depth(path)
    field = str(path[depth - 1]) if len(path) >= depth else ""
    if field in FIELDS and FIELDS[field].secret:
        return True
    if field != "envs" or len(path) == depth:
        return field == "envs"
    step = path[depth]
    return looks_secret(step) if isinstance(step, str) else _item_looks_secret(data, path[: depth + 1])


def _item_looks_secret(data: Data, path: Path) -> bool:
    """Whether the item of a list of variables has a name that looks like a secret's, or none that can be read."""
    item = data
    for step in path:
        item = item[step]  # type: ignore[index]
    key = item.get("key") if isinstance(item, dict) else None
    return not isinstance(key, str) or looks_secret(key)


def _elsewhere(path: Path) -> str:
    name, depth = str(path[-1]), _depth(path)
    if len(path) == 1 and (name in FIELDS or name == "lifecycle"):
        return f"`{name}` belongs to an instance: put it under `defaults`, or under an address in `instances`."
    if len(path) == depth and name in LIFECYCLE:
        return f"`{name}` stands under `lifecycle`."
    if len(path) == depth:
        return "`gpuspec explain` lists the fields."
    return ""


def _bad_port(written: str) -> tuple[str, str, str]:
    wrong = [entry for entry in port_entries(written) if parsed(entry) is None]
    entry = wrong[0] if wrong else written
    if not entry:
        return "bad-port", "There is an empty entry among the ports.", "take the extra comma out."
    return "bad-port", f"{as_written(entry)} is no port.", port_hint(entry)
