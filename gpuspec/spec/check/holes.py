"""Documents with holes where their faults are, so that later rules see the rest and report nothing twice."""

from collections.abc import Iterable

from gpuspec.spec.check.broken import UNKNOWN_KEY, Broken
from gpuspec.spec.tree import HOLE, Data, Path


def punched(data: Data, rules: Iterable[Broken], *, below: Path = ()) -> Data:
    """The data with a hole at each broken rule's place, and without the keys that nobody knows.

    Args:
        below: The path at which `data` stands in its document; what is not broken is shared.
    """
    for rule in rules:
        data = _without(data, rule.path[len(below) :], drop=rule.keyword == UNKNOWN_KEY)
    return data


def _without(data: Data, path: Path, *, drop: bool) -> Data:
    if not path:
        return HOLE
    step, rest = path[0], path[1:]
    match data:
        case dict() if drop and not rest:
            return {key: value for key, value in data.items() if key != step}
        case dict() if isinstance(step, str):
            return {**data, step: _without(data.get(step), rest, drop=drop)}
        case list() if isinstance(step, int):
            return [_without(item, rest, drop=drop) if at == step else item for at, item in enumerate(data)]
        case _:
            return data
