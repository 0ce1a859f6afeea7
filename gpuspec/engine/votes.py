"""What each field that an order sets shows: what was asked for, what was there before, something else, or nothing."""

from collections.abc import Iterable, Mapping
from enum import Enum

from gpuspec.model.plan import Absence, Certainty
from gpuspec.model.state import Call, Record
from gpuspec.model.values import Fields, Port, Tool
from gpuspec.planning.normal import Compared, Seal, difference, env_values, present
from gpuspec.planning.updating import SETS


class Vote(Enum):
    """What a field shows; SILENT where it is not shown, or where two seals can't be compared."""

    AFTER = "after"
    BEFORE = "before"
    ELSE = "something else"
    SILENT = "silent"


def votes(call: Call, live: Fields, *, before: Record, after: Record, seal: Seal) -> Mapping[str, Vote]:
    """The vote of each field, or env as `envs.KEY`, that the order changes.

    An order that changes nothing recorded mends what had drifted. Of its fields one that shows something else votes
    for BEFORE, and a field that is silent leaves it open whether it had drifted; what the service showed all along
    for what was sent is as good as that.
    """
    sides = _Sides(call, live, before=before, after=after, seal=seal)
    changed = [name for name in sides.names if sides.differ(sides.before[name], sides.after[name]) is not None]
    if changed:
        return {name: sides.vote(name) for name in changed}
    return _mended({name: sides.mending_vote(name) for name in sides.names})


def _mended(cast: Mapping[str, Vote]) -> Mapping[str, Vote]:
    if Vote.BEFORE in cast.values():
        return {name: vote for name, vote in cast.items() if vote is Vote.BEFORE}
    silent = {name: vote for name, vote in cast.items() if vote is Vote.SILENT}
    return silent or cast


class _Sides:
    """The same items of the records before and after, of what was shown when they were recorded, and of what is live.

    A live item that is missing is not shown.
    """

    def __init__(self, call: Call, live: Fields, *, before: Record, after: Record, seal: Seal) -> None:
        fields = SETS[call]
        self._seal = seal
        kept = set(_ports(before.fields)) | set(_ports(after.fields))
        tools = after.fields.get("tools", ())
        live, shown = (_without_tools(each, tools=tools, kept=kept) for each in (live, before.shown))
        recorded = [_items(record.fields, fields) for record in (before, after)]
        self.names = tuple(dict.fromkeys(name for items in recorded for name in items))
        self.before, self.after = ({name: _item(items, name) for name in self.names} for items in recorded)
        self._live = _shown_items(live, fields, self.names)
        self._shown = _shown_items(shown, fields, self.names)

    def differ(self, one: Compared, other: Compared) -> Certainty | None:
        """How sure it is that two values differ."""
        return difference(one, other, self._seal)

    def vote(self, name: str) -> Vote:
        """What the item shows of a change."""
        live = self._live.get(name)
        if live is None or self.differ(self.before[name], self.after[name]) is Certainty.CANNOT_TELL:
            return Vote.SILENT
        if (as_after := self.differ(self.after[name], live)) is None:
            return Vote.AFTER
        if self.differ(self.before[name], live) is None or self._as_shown(name, live):
            return Vote.BEFORE
        return Vote.SILENT if as_after is Certainty.CANNOT_TELL else Vote.ELSE

    def mending_vote(self, name: str) -> Vote:
        """What the item shows where nothing recorded changes."""
        live = self._live.get(name)
        if live is None:
            return Vote.SILENT if self.after[name] is not Absence.ABSENT else Vote.AFTER
        match self.differ(self.after[name], live):
            case Certainty.DIFFERENT if not self._as_shown(name, live):
                return Vote.BEFORE
            case Certainty.CANNOT_TELL:
                return Vote.SILENT
            case _:
                return Vote.AFTER

    def _as_shown(self, name: str, live: Compared) -> bool:
        shown = self._shown.get(name)
        return shown is not None and self.differ(shown, live) is None


def _items(fields: Fields, names: Iterable[str]) -> dict[str, Compared]:
    """Each field, and each env on its own."""
    items: dict[str, Compared] = {}
    for name in names:
        if name == "envs":
            items |= {f"envs.{key}": value for key, value in env_values(present(fields.get(name))).items()}
        else:
            items[name] = present(fields.get(name))
    return items


def _item(items: Mapping[str, Compared], name: str) -> Compared:
    return items.get(name, Absence.ABSENT)


def _shown_items(fields: Fields, names: Iterable[str], wanted: Iterable[str]) -> dict[str, Compared]:
    """Of what an answer showed, the items that are wanted: envs of the platform's own are nothing to us."""
    items = _items(fields, [name for name in names if name in fields])
    return {name: _item(items, name) for name in wanted if name.partition(".")[0] in fields}


def _ports(fields: Fields) -> tuple[Port, ...]:
    value = fields.get("ports", ())
    return tuple(port for port in value if isinstance(port, Port)) if isinstance(value, tuple) else ()


def _without_tools(live: Fields, *, tools: object, kept: set[Port]) -> Fields:
    """The live fields without the ports of the tools, which the service may list among the others."""
    if "ports" not in live or not isinstance(tools, tuple):
        return live
    theirs = {(tool.port, tool.type) for tool in tools if isinstance(tool, Tool)}
    ports = tuple(port for port in _ports(live) if port in kept or (str(port.number), port.protocol) not in theirs)
    return {**live, "ports": ports}
