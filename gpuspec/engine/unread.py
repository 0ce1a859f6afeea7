"""What a record does not know of what the service shows, since the run that changed it ended before it looked. Pure."""

from dataclasses import replace

from gpuspec.model.live import LiveInstance, Phase
from gpuspec.model.state import Record
from gpuspec.planning.compare import shown_of
from gpuspec.planning.normal import Seal
from gpuspec.planning.updating import SETS

_AT_REST = frozenset({Phase.RUNNING, Phase.STOPPED})
_CHANGEABLE = frozenset(name for names in SETS.values() for name in names)


def read_up(record: Record, row: LiveInstance | None, seal: Seal) -> Record:
    """The record with what is shown of fields that a call may set and that were not shown since: itself, if none are.

    What was shown before stays, or drift would be taken for what was always there. A machine that was never ready is
    left to whoever waits for it.
    """
    if row is None or not record.ready or row.phase not in _AT_REST:
        return record
    lacking = (record.fields.keys() & row.fields.keys() & _CHANGEABLE) - record.shown.keys()
    if not lacking:
        return record
    shown = shown_of(row.fields, record.fields, seal=seal)
    return replace(record, shown={**record.shown, **{name: shown[name] for name in sorted(lacking)}})
