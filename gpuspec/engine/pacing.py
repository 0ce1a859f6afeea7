"""How fast requests that change something may go out. All of it is pure: time comes in as monotonic seconds."""

from collections.abc import Callable

from gpuspec.model.settings import Settings

_BACKOFF_BASE_S = 1.0
_BACKOFF_CAP_S = 60.0
_RETRY_AFTER_CAP_S = 300.0
_SHORTEST_POLL_S = 0.05
_LONGEST_REST_S = 15.0
# The slots open one by one within this time. Requests that go out at once are answered at once, and their senders get
# in each other's way again and again.
_OPENING_S = 0.05


def backoff_s(tries: int, *, jitter: float) -> float:
    """How long to wait after this many tries: doubles up to a minute; `jitter` (0 to 1) takes off up to a half."""
    # Beyond some twenty doublings the power alone would be astronomically large.
    return min(_BACKOFF_CAP_S, _BACKOFF_BASE_S * 2.0 ** min(tries - 1, 20)) * (1 - jitter / 2)


def throttle_s(tries: int, *, retry_after_s: float | None, jitter: float) -> float:
    """How long to wait after a 429: never less than the service asks for, but at most five minutes."""
    return max(backoff_s(tries, jitter=jitter), min(max(retry_after_s or 0.0, 0.0), _RETRY_AFTER_CAP_S))


class Poll:
    """How long to wait between looks: from a fifth of `poll_s`, doubling, up to `poll_s` or a multiple of it.

    Long looks are followed by three times as long a rest, up to `_LONGEST_REST_S` and never shorter than the look:
    looking at many instances must not crowd out making them.
    """

    def __init__(self, settings: Settings) -> None:
        self._poll_s = max(settings.poll_s, _SHORTEST_POLL_S)
        self._next_s = self._poll_s / 5

    def restart(self) -> None:
        """There is something else to look for: be quick again."""
        self._next_s = self._poll_s / 5

    def next_s(self, *, took_s: float, slowest: int = 1) -> float:
        """The wait after a look that took that long."""
        wait_s = min(self._next_s, self._poll_s * slowest)
        self._next_s = wait_s * 2
        return max(wait_s, took_s, min(3 * took_s, _LONGEST_REST_S))


class TokenBucket:
    """`rate` tokens a second, at most `burst` saved up. A rate of 0 means that there is no limit."""

    def __init__(self, *, rate: float, burst: int, now: float) -> None:
        self._rate = rate
        self._burst = float(max(burst, 1))
        self._tokens = self._burst
        self._at = now

    def wait_s(self, now: float) -> float:
        """How long until a token is there."""
        if self._rate <= 0:
            return 0.0
        self._refill(now)
        # A token that lacks only a rounding error is there; otherwise the wait could be too short to move the clock.
        missing = 1.0 - self._tokens
        return missing / self._rate if missing > 1e-9 else 0.0

    def take(self, now: float) -> None:
        """Take a token; only when `wait_s` is 0."""
        if self._rate > 0:
            self._refill(now)
            self._tokens -= 1.0

    def _refill(self, now: float) -> None:
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now


class Pacer:
    """Decides when the next request may go out: a token, a free slot that has opened, and no 429 to wait for.

    A 429 halves the slots and holds everything back for as long as it asks; each success brings back a part of a slot.
    Several may share one: `freed` are told whenever a slot comes back. `on_worn_out` is told when a 429 comes although
    everything was held back for all of `throttled_s` since the last success: more addresses would only wait longer.
    """

    def __init__(self, settings: Settings, *, now: float) -> None:
        self._bucket = TokenBucket(rate=settings.rate, burst=settings.burst, now=now)
        self._most = max(settings.parallelism, 1)
        self._limit = float(self._most)
        self._held_until = now
        self._held_s = 0.0
        self._longest_held_s = settings.throttled_s
        self._halved_at = -1.0
        self._under_way = 0
        self._began: float | None = None
        self.freed: list[Callable[[], None]] = []
        self.on_worn_out: Callable[[], None] = lambda: None

    @property
    def slots(self) -> int:
        """How many requests may be under way at once."""
        return int(self._limit)

    def wait_s(self, now: float) -> float | None:
        """How long until a request may go out; None when one that is under way has to come back first."""
        if self._under_way >= self.slots:
            return None
        return max(self._held_until - now, self._bucket.wait_s(now), self._opening_s(now), 0.0)

    def start(self, now: float) -> None:
        """A request goes out."""
        self._bucket.take(now)
        self._began = now if self._began is None else self._began
        self._under_way += 1

    def _opening_s(self, now: float) -> float:
        """How long until the next slot opens for the first time; not positive once it did."""
        return 0.0 if self._began is None else self._began + self._under_way * _OPENING_S / self._most - now

    def end(self) -> None:
        """A request came back, whatever its answer."""
        self._under_way -= 1
        for tell in self.freed:
            tell()

    def succeeded(self) -> None:
        """The service did what it was asked."""
        self._held_s = 0.0
        self._limit = min(float(self._most), self._limit + 1.0 / self._limit)

    def throttled(self, *, sent_at: float, now: float, delay_s: float) -> None:
        """The service answered 429 to a request sent at that time.

        Requests that were under way together are throttled together: they halve the slots once.
        """
        held_until = max(self._held_until, now)
        # Without what still lies ahead: several that were under way together may come back at once.
        if self._held_s - (held_until - now) >= self._longest_held_s:
            self.on_worn_out()
        self._held_until = max(held_until, now + delay_s)
        self._held_s += self._held_until - held_until
        if sent_at > self._halved_at:
            self._limit = max(1.0, self._limit / 2)
            self._halved_at = now
