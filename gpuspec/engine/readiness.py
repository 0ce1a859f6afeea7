"""Whether an instance reached what the run waits for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gpuspec.engine.observe import Look, is_missing, sights
from gpuspec.model.address import Address
from gpuspec.model.live import LiveInstance, Phase, Seen, Sight
from gpuspec.model.outcome import Result
from gpuspec.model.settings import Settings
from gpuspec.ports import CloudReader

# A list may lag behind: only an instance that it did not show so many times in a row is asked for by id.
_LOOKS_UNSEEN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An instance that is waited for; times are monotonic seconds.

    `result` is its outcome once it is ready. `unseen` counts the looks in a row that did not show it; `missed_at` is
    when GET first did not find it either.
    """

    index: int
    address: Address
    id: str
    since: float
    result: Result
    status: str = ""
    unseen: int = 0
    missed_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """It runs."""

    waiting: Waiting
    instance: LiveInstance


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReady:
    """It does not run, and is not waited for any longer."""

    waiting: Waiting
    reason: str
    message: str
    status: str = ""


Progress = Waiting | Ready | NotReady


def progress(waiting: Waiting, instance: LiveInstance | None, *, now: float, settings: Settings) -> Progress:
    """How far an instance is, from the row that was seen of it; None when no row was."""
    if instance is None:
        return _timed_out(replace(waiting, unseen=waiting.unseen + 1), now, settings)
    seen = replace(waiting, status=instance.status, unseen=0, missed_at=None)
    match instance.phase:
        case Phase.RUNNING:
            return Ready(waiting=seen, instance=instance)
        case Phase.STOPPED | Phase.LEAVING | Phase.REMOVED:
            words = instance.status_error or f"It went to `{instance.status}` instead of running."
            return NotReady(waiting=seen, reason=instance.phase.value, message=words, status=instance.status)
        case Phase.BUSY | Phase.UNKNOWN if instance.status_error:
            return NotReady(waiting=seen, reason="status-error", message=instance.status_error, status=instance.status)
        case Phase.BUSY | Phase.UNKNOWN:
            return _timed_out(seen, now, settings)


def after_get(waiting: Waiting, sight: Sight, *, now: float, settings: Settings) -> Progress:
    """How far an instance is that the list does not show, from what GET tells."""
    if isinstance(sight, Seen):
        return progress(waiting, sight.instance, now=now, settings=settings)
    if not is_missing(sight):
        return waiting
    if waiting.missed_at is None:
        return replace(waiting, missed_at=now)
    if now - waiting.missed_at < settings.gone_spacing_s:
        return waiting
    return NotReady(waiting=waiting, reason="gone", message="It is neither in the list nor found by its id any more.")


def _timed_out(waiting: Waiting, now: float, settings: Settings) -> Waiting | NotReady:
    if now - waiting.since < settings.wait_timeout_s:
        return waiting
    what = f"It is `{waiting.status}`" if waiting.status else "It was not seen yet"
    words = f"{what} after {settings.wait_timeout_s:.0f} s; the next apply waits for it again."
    return NotReady(waiting=waiting, reason="timeout", message=words, status=waiting.status)


class Readiness:
    """The instances that one run waits for."""

    def __init__(self, cloud: CloudReader, settings: Settings) -> None:
        self._cloud = cloud
        self._settings = settings
        self._waiting: dict[int, Waiting] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """What is not ready yet."""
        return tuple(self._waiting.values())

    def add(self, waiting: Waiting) -> None:
        """Wait for another one."""
        self._waiting[waiting.index] = waiting

    def done(self, waiting: Waiting) -> None:
        """Wait for it no longer."""
        self._waiting.pop(waiting.index, None)

    async def after(self, seen: Look, *, now: float) -> tuple[Progress, ...]:
        """How far each instance is after a look; GET is asked for those that the list keeps not showing.

        Only who is still `Waiting` is kept up to date here; for the others call `done` once it is written down.

        Raises:
            CredentialsError: The key was refused, or this client is blocked.
        """
        rows: Mapping[str, LiveInstance] = {**seen.removed, **seen.observation.rows}
        found = [progress(waiting, rows.get(waiting.id), now=now, settings=self._settings) for waiting in self.waiting]
        unseen = [item for item in found if isinstance(item, Waiting) and item.unseen >= _LOOKS_UNSEEN]
        if unseen:
            asked = await sights(self._cloud, [item.id for item in unseen])
            again = {item.index: after_get(item, asked[item.id], now=now, settings=self._settings) for item in unseen}
            found = [again.get(item.index, item) if isinstance(item, Waiting) else item for item in found]
        for item in found:
            if isinstance(item, Waiting):
                self._waiting[item.index] = item
        return tuple(found)
