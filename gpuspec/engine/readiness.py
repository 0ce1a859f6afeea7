"""Whether an instance reached what the run waits for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gpuspec.engine.observe import Look, is_missing, sights
from gpuspec.model.address import Address
from gpuspec.model.instance import Handling
from gpuspec.model.live import LiveInstance, Phase, Seen, Sight
from gpuspec.model.outcome import Result
from gpuspec.model.settings import Settings, Wait
from gpuspec.model.values import Fields, Port
from gpuspec.ports import CloudReader

# A list may lag behind: only an instance that it did not show so many times in a row is asked for by id.
_LOOKS_UNSEEN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """What is waited for, and how long."""

    wait: Wait
    timeout_s: float

    @classmethod
    def of(cls, handling: Handling, settings: Settings) -> "Patience":
        """What the instance's spec says, and the run where it says nothing."""
        timeout_s = settings.wait_timeout_s if handling.wait_timeout_s is None else handling.wait_timeout_s
        return cls(wait=handling.wait or settings.wait, timeout_s=timeout_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An instance that is waited for; times are monotonic seconds.

    `result` is its outcome once it is ready. `ports` are those that it was asked to open, and `lacking` those of them
    that still have no way in, as far as that is waited for. `unseen` counts the looks in a row that did not show it;
    `missed_at` is when GET first did not find it either.
    """

    index: int
    address: Address
    id: str
    since: float
    result: Result
    patience: Patience
    ports: frozenset[Port] = frozenset()
    lacking: frozenset[Port] = frozenset()
    status: str = ""
    unseen: int = 0
    missed_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """It runs, and has what else is waited for."""

    waiting: Waiting
    instance: LiveInstance


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReady:
    """It does not run, or lacks a way in, and is not waited for any longer."""

    waiting: Waiting
    reason: str
    message: str
    status: str = ""


Progress = Waiting | Ready | NotReady


def wanted_ports(fields: Fields) -> frozenset[Port]:
    """The ports that are to have a way in; SSH and the ports of tools are not among them."""
    value = fields.get("ports", ())
    return frozenset(port for port in value if isinstance(port, Port)) if isinstance(value, tuple) else frozenset()


def progress(waiting: Waiting, instance: LiveInstance | None, *, now: float) -> Progress:
    """How far an instance is, from the row that was seen of it; None when no row was."""
    if instance is None:
        return _timed_out(replace(waiting, unseen=waiting.unseen + 1), now)
    lacking = _lacking(waiting, instance)
    seen = replace(waiting, status=instance.status, lacking=lacking, unseen=0, missed_at=None)
    match instance.phase:
        case Phase.RUNNING if not lacking:
            return Ready(waiting=seen, instance=instance)
        case Phase.STOPPED | Phase.LEAVING | Phase.REMOVED:
            words = instance.status_error or f"It went to `{instance.status}` instead of running."
            return NotReady(waiting=seen, reason=instance.phase.value, message=words, status=instance.status)
        case Phase.RUNNING | Phase.BUSY | Phase.UNKNOWN if instance.status_error:
            return NotReady(waiting=seen, reason="status-error", message=instance.status_error, status=instance.status)
        case Phase.RUNNING | Phase.BUSY | Phase.UNKNOWN:
            return _timed_out(seen, now)


def after_get(waiting: Waiting, sight: Sight, *, now: float, settings: Settings) -> Progress:
    """How far an instance is of which the list does not show enough, from what GET tells."""
    if isinstance(sight, Seen):
        return progress(waiting, sight.instance, now=now)
    if not is_missing(sight):
        return waiting
    if waiting.missed_at is None:
        return replace(waiting, missed_at=now)
    if now - waiting.missed_at < settings.gone_spacing_s:
        return waiting
    return NotReady(waiting=waiting, reason="gone", message="It is neither in the list nor found by its id any more.")


def _lacking(waiting: Waiting, instance: LiveInstance) -> frozenset[Port]:
    """The ports without a way in, of an instance that runs and whose ways in are waited for."""
    if waiting.patience.wait is not Wait.ENDPOINT or instance.phase is not Phase.RUNNING:
        return frozenset()
    return waiting.ports - instance.open_ports


def _timed_out(waiting: Waiting, now: float) -> Waiting | NotReady:
    timeout_s = waiting.patience.timeout_s
    if now - waiting.since < timeout_s:
        return waiting
    what = f"It is `{waiting.status}`" if waiting.status else "It was not seen yet"
    lacking = f" without a way in to {', '.join(map(str, sorted(waiting.lacking)))}" if waiting.lacking else ""
    words = f"{what}{lacking} after {timeout_s:.0f} s; the next apply waits for it again."
    return NotReady(waiting=waiting, reason="timeout", message=words, status=waiting.status)


def _is_hidden(waiting: Waiting) -> bool:
    """Whether GET may show more than the list did, which is not documented to show endpoints."""
    return waiting.unseen >= _LOOKS_UNSEEN or bool(waiting.lacking)


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
        """How far each instance is after a look; GET is asked for those of which the list does not show enough.

        Only who is still `Waiting` is kept up to date here; for the others call `done` once it is written down.

        Raises:
            CredentialsError: The key was refused, or this client is blocked.
        """
        rows: Mapping[str, LiveInstance] = {**seen.removed, **seen.observation.rows}
        found = [progress(waiting, rows.get(waiting.id), now=now) for waiting in self.waiting]
        hidden = [item for item in found if isinstance(item, Waiting) and _is_hidden(item)]
        if hidden:
            asked = await sights(self._cloud, [item.id for item in hidden])
            again = {item.index: after_get(item, asked[item.id], now=now, settings=self._settings) for item in hidden}
            found = [again.get(item.index, item) if isinstance(item, Waiting) else item for item in found]
        for item in found:
            if isinstance(item, Waiting):
                self._waiting[item.index] = item
        return tuple(found)
