"""Whether too much time passed between a durable note and its request: the machine may have slept meanwhile."""

from dataclasses import dataclass

from gpuspec.model.answer import NotSent
from gpuspec.ports import Clock

# A note is written under a lock that is proven at that moment. On a shared store the lock can be broken while this
# machine sleeps, and another run may then send the same request; so nothing is sent on the word of an older note.
# A younger one is safe: no run judges its request absent before the request's time-out and the settle window, which is
# longer than that by 60 s, have passed since the note.
LONGEST_S = 60.0
STALE = NotSent(reason=f"More than {LONGEST_S:.0f} s passed between its note and its request; the note is made anew.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A moment on both clocks."""

    wall_s: float
    monotonic_s: float

    @classmethod
    def now(cls, clock: Clock) -> "Moment":
        """This one."""
        return cls(wall_s=clock.now(), monotonic_s=clock.monotonic())

    def is_long_ago(self, clock: Clock) -> bool:
        """Whether either clock says so: one stands still while a machine sleeps, the other can be set back."""
        return max(clock.now() - self.wall_s, clock.monotonic() - self.monotonic_s) > LONGEST_S
