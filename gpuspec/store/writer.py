"""The engine's journal: whoever waits at the same time shares one sync, and the event loop goes on meanwhile."""

import asyncio
from dataclasses import dataclass

from gpuspec.codec.journal import encode_line
from gpuspec.errors import Bug, StoreFailed
from gpuspec.model.journal import Entry
from gpuspec.ports import StateStore
from gpuspec.store.replay import Contradiction, Recording
from gpuspec.store.snapshot import put_snapshot


@dataclass(slots=True, kw_only=True)
class _Waiter:
    """A call that waits for its entries to be durable; `fault` is why the rest of them was not taken."""

    entries: tuple[Entry, ...]
    done: "asyncio.Future[None]"
    fault: Bug | None = None


class JournalWriter:
    """A `Journal` over a store whose lock is held.

    An entry that changes nothing is not written. One that contradicts what is recorded, or holds a secret, is a bug
    and is not written either: on disk it would stop every later run.
    """

    def __init__(self, store: StateStore, recording: Recording, *, snapshot_every: int) -> None:
        self._store = store
        self._recording = recording
        self._snapshot_every = snapshot_every
        self._snapshot_seq = recording.seq
        self._ended = False
        self._waiting: list[_Waiter] = []
        self._task: asyncio.Task[None] | None = None
        self._failure: StoreFailed | None = None

    async def append(self, *entries: Entry) -> None:
        """Write the entries, in order; durable on return. See `Journal`.

        A caller that is cancelled while it waits has its entries written all the same.
        """
        if self._ended:
            raise Bug("Something was to be journaled after the run had given its lock back.")
        if self._failure is not None:
            raise _again(self._failure)
        waiter = _Waiter(entries=entries, done=asyncio.get_running_loop().create_future())
        self._waiting.append(waiter)
        if self._task is None:
            self._task = asyncio.create_task(self._write_all(), name="journal writer")
        await waiter.done

    async def finish(self) -> None:
        """Wait for what is being written, then put a snapshot if anything was. Nothing after a failure.

        Raises:
            StoreFailed: The snapshot could not be written; the journal has all of it.
        """
        self._ended = True
        while self._task is not None:
            await asyncio.wait([self._task])
        if self._failure is None and self._recording.seq != self._snapshot_seq:
            await self._put_snapshot()

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                waiters, self._waiting = self._waiting, []
                await self._write(waiters)
        except StoreFailed as failure:
            self._fail(failure)
        except BaseException:
            self._fail(StoreFailed("Writing the journal was cut short."))
            raise
        finally:
            self._task = None

    async def _write(self, waiters: list[_Waiter]) -> None:
        first_seq = self._recording.seq + 1
        lines: list[bytes] = []
        for waiter in waiters:
            waiter.fault = self._take(waiter.entries, lines)
        try:
            if lines:
                await asyncio.to_thread(self._store.append, lines, first_seq=first_seq)
        except BaseException:
            self._waiting = [*waiters, *self._waiting]
            raise
        for waiter in waiters:
            _settle(waiter.done, waiter.fault)
        # No more often than the state doubles: 10,000 creates would otherwise write the growing state again and again.
        if self._recording.seq - self._snapshot_seq >= max(self._snapshot_every, len(self._recording.records)):
            await self._put_snapshot()

    def _take(self, entries: tuple[Entry, ...], lines: list[bytes]) -> Bug | None:
        recording = self._recording
        for entry in entries:
            try:
                line = encode_line(entry, seq=recording.seq + 1)
                changed = recording.apply(entry)
            except Bug as bug:
                return bug
            except Contradiction as contradiction:
                return Bug(str(contradiction))
            if changed:
                recording.seq += 1
                lines.append(line)
        return None

    async def _put_snapshot(self) -> None:
        await asyncio.to_thread(put_snapshot, self._store, self._recording)
        self._snapshot_seq = self._recording.seq

    def _fail(self, failure: StoreFailed) -> None:
        self._failure = failure
        waiters, self._waiting = self._waiting, []
        for waiter in waiters:
            _settle(waiter.done, _again(failure))


def _settle(done: "asyncio.Future[None]", error: Bug | StoreFailed | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)


def _again(failure: StoreFailed) -> StoreFailed:
    return StoreFailed(failure.message, hint=failure.hint, command=failure.command)
