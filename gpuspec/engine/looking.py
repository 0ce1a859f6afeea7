"""Looks at machines that a run is about to tell something, or has told something."""

from collections.abc import Mapping, Sequence

from gpuspec.engine.halt import Halt
from gpuspec.engine.observe import is_missing, look, sights
from gpuspec.engine.standing import Standing, standing
from gpuspec.engine.work import Work
from gpuspec.model.live import Seen, Sight, Unreadable
from gpuspec.model.state import Record


async def stands(work: Work, halt: Halt, record: Record, id_: str, *, deletes: bool = True) -> Standing | None:
    """How a machine stands right before a call; None when the run is to end. Not found counts when it is so twice.

    Args:
        deletes: Whether the call is to delete it.

    Raises:
        CredentialsError: The key was refused, or this client is blocked.
    """
    sight = await halt.unless_called(work.cloud.get(id_))
    if sight is not None and is_missing(sight):
        await halt.sleep(work.settings.gone_spacing_s)
        again = await halt.unless_called(work.cloud.get(id_))
        sight = again if again is None or is_missing(again) else Unreadable(reason="It is there again.")
    if sight is None or halt:
        return None
    row = None if work.observation is None else work.observation.rows.get(id_)
    return standing(sight, record, id_, planned=row, now=work.clock.now(), settings=work.settings, deletes=deletes)


async def sighted(work: Work, ids: Sequence[str], halt: Halt) -> Mapping[str, Sight] | None:
    """What is seen of each machine: its row, or what GET tells of one that the list does not show.

    Returns:
        None when the run is to end.

    Raises:
        CredentialsError: The key was refused, or this client is blocked.
    """
    seen = await halt.unless_called(look(work.cloud, state=work.state(), markers=False))
    if seen is None:
        return None
    rows = {**seen.removed, **seen.observation.rows}
    asked = await halt.unless_called(sights(work.cloud, [id_ for id_ in ids if id_ not in rows]))
    if asked is None:
        return None
    return {**{id_: Seen(instance=rows[id_]) for id_ in ids if id_ in rows}, **asked}
