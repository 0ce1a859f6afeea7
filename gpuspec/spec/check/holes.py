"""Documents with holes where their faults are, so that later rules see the rest and report nothing twice."""

from collections.abc import Iterable, Sequence

from gpuspec.spec.check.broken import UNKNOWN_KEY, Broken
from gpuspec.spec.tree import HOLE, Data, Path

# A path that is left to go, and whether the key at its end is dropped.
_Cut = tuple[Path, bool]


def punched(data: Data, rules: Iterable[Broken], *, below: Path = ()) -> Data:
    """The data with a hole at each broken rule's place, and without the keys that nobody knows.

    Args:
        below: The path at which `data` stands in its document; what is not broken is shared.
    """
    cuts = [(rule.path[len(below) :], rule.keyword == UNKNOWN_KEY) for rule in rules]
    return _without(data, cuts) if cuts else data


def _without(data: Data, cuts: Sequence[_Cut]) -> Data:
    """All cuts of one list or map at once: it is copied once, not once a fault."""
    if any(not path for path, _ in cuts):
        return HOLE
    steps: dict[str | int, list[_Cut]] = {}
    for path, drop in cuts:
        steps.setdefault(path[0], []).append((path[1:], drop))
    match data:
        case dict():
            return _map_without(data, steps)
        case list():
            return [_without(item, steps[at]) if at in steps else item for at, item in enumerate(data)]
        case _:
            return data


def _map_without(data: dict[str, Data], steps: dict[str | int, list[_Cut]]) -> Data:
    rest = dict(data)
    for step, cuts in steps.items():
        if any(drop and not path for path, drop in cuts):
            rest.pop(str(step), None)
        elif isinstance(step, str):
            rest[step] = _without(data.get(step), cuts)
    return rest
