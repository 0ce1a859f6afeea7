"""The change policy as a Markdown table: what a change of each field costs, from the field table alone."""

from gpuspec.model.field import Change, Field, ReadBack, Unset
from gpuspec.model.fields import FIELDS

_HEAD = ("field", "a change", "the container", "the root disk", "its line removed", "drift")
_WAYS = {
    Change.EDIT: ("in place, by `edit`", "may restart", "stays"),
    Change.GROW: ("grows in place, by `edit`; a smaller value replaces the machine", "may restart", "stays"),
    Change.UPGRADE: ("in place, by `upgrade`", "restarts", "stays, unless `lifecycle.save` is false"),
    Change.CONVERT: (
        "from `onDemand` to `monthly` by `convert`; to or from `spot` replaces the machine; no way back from `monthly`",
        "goes on",
        "stays",
    ),
    Change.REPLACE: ("replaces the machine", "is another one", "is lost"),
}
_REMOVED = {Unset.KEEP: "stays as it is", Unset.CLEAR: "clears it"}


def change_policy_table() -> str:
    """One row a field, in the order of the API's page; ends with a newline."""
    rows = (_HEAD, ("---",) * len(_HEAD), *map(_row, FIELDS.values()))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(field: Field) -> tuple[str, ...]:
    return (f"`{field.name}`", *_WAYS[field.change], _REMOVED[field.unset], _drift(field))


def _drift(field: Field) -> str:
    if field.read_back is ReadBack.NEVER:
        return "is not shown"
    return "is set back" if field.repairable else "is told"
