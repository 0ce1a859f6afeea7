"""The snapshot: all that is recorded, put where the journal began."""

from gpuspec.codec.state import encode_state
from gpuspec.ports import StateStore
from gpuspec.store.replay import Recording

SNAPSHOT_EVERY = 5_000


def put_snapshot(store: StateStore, recording: Recording) -> None:
    """Write the recording as the next serial, and then cut the journal.

    Raises:
        StoreFailed: It is not durable; the recording keeps its serial.
    """
    recording.serial += 1
    try:
        content = encode_state(recording.frozen())
        store.put_snapshot(content, lineage=recording.birth.lineage, serial=recording.serial)
    except BaseException:
        recording.serial -= 1
        raise
    store.cut(recording.seq)
