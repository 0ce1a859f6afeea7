"""The ways into machines: GET where the list does not tell them, a few at a time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from gpuspec.engine.observe import sights
from gpuspec.model.live import LiveInstance, Observation, Phase, Seen, Sight, Unreadable
from gpuspec.model.reach import Reach
from gpuspec.ports import CloudReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Closer:
    """An observation after a closer look. `unread` says of running machines why GET did not tell more."""

    observation: Observation
    unread: Mapping[str, str] = field(default_factory=dict)


async def look_closer(
    cloud: CloudReader, observation: Observation, ids: Iterable[str], *, known: Mapping[str, Reach]
) -> Closer:
    """Ask for what the list left open of these machines: where SSH listens, and whether those it lacks are there.

    Args:
        known: Ways that need not be asked for again, as long as their machines run.

    Raises:
        CredentialsError: The key was refused, or this client is blocked.
    """
    rows = {id_: _with_known(row, known) for id_, row in observation.rows.items()}
    found = await sights(cloud, [id_ for id_ in ids if _is_open(id_, rows.get(id_), observation)])
    seen = {id_: sight.instance for id_, sight in found.items() if isinstance(sight, Seen)}
    for id_, instance in seen.items():
        if instance.phase is not Phase.REMOVED:
            rows[id_] = _merged(rows.get(id_), instance)
    return Closer(
        observation=replace(
            observation,
            rows=rows,
            unproven={id_: why for id_, why in observation.unproven.items() if id_ not in rows},
        ),
        unread={id_: _why(sight) for id_, sight in found.items() if id_ in rows and id_ not in seen},
    )


def _with_known(row: LiveInstance, known: Mapping[str, Reach]) -> LiveInstance:
    found = known.get(row.id)
    return row if found is None or row.phase is not Phase.RUNNING else replace(row, reach=found)


def _is_open(id_: str, row: LiveInstance | None, observation: Observation) -> bool:
    if row is None:
        return id_ in observation.unproven
    return row.phase is Phase.RUNNING and row.reach.ssh is None


def _merged(row: LiveInstance | None, instance: LiveInstance) -> LiveInstance:
    """What the list showed, with the ways and the status of GET, which was asked later."""
    if row is None:
        return instance
    urls = instance.reach.urls or row.reach.urls
    reach = Reach(ssh=instance.reach.ssh or row.reach.ssh, urls=urls)
    return replace(row, status=instance.status, phase=instance.phase, reach=reach)


def _why(sight: Sight) -> str:
    return sight.reason if isinstance(sight, Unreadable) else "GET does not find what the list shows."
