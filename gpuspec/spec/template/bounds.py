"""How much a template may do, and the meter that counts it."""

from collections.abc import Callable
from dataclasses import dataclass

# Answers whether time is over.
Deadline = Callable[[], bool]

# How many steps pass between two looks at the deadline.
_STEPS_PER_LOOK = 1024


class BoundExceeded(BaseException):
    """Rendering reached a bound and must end at once; `render` turns it into a problem with a place.

    Not an `Exception`: Jinja's own `except Exception` must not swallow it. A handler that a timer calls may raise
    it too, at any instruction of a rendering.
    """

    def __init__(self, message: str = "It ran out of time.", *, code: str = "template-too-long") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one rendering may use.

    `max_steps` counts entered block bodies and, beside them, the items that filters go through. `max_output` bounds,
    in characters, the text and each string made on the way. `max_nodes` bounds the items of all lists and maps that
    are inserted, and of each list made on the way. `deadline` is asked every 1,024 steps.
    """

    max_steps: int = 10_000_000
    max_output: int = 64_000_000
    max_nodes: int = 1_000_000
    deadline: Deadline | None = None


class Meter:
    """Counts what one rendering uses."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self._steps = 0
        self._next_look = min(_STEPS_PER_LOOK, bounds.max_steps + 1)
        self._nodes = 0

    def tick(self) -> bool:
        """Count one step; true, so that it can stand in a condition."""
        self._steps += 1
        if self._steps >= self._next_look:
            self._look()
        return True

    def spend(self, steps: int) -> None:
        """Count work of many steps before it is done."""
        self._steps += steps
        if self._steps >= self._next_look:
            self._look()

    def insert(self, nodes: int) -> None:
        """Count items of lists and maps that are inserted."""
        self._nodes += nodes
        if self._nodes > self.bounds.max_nodes:
            message = f"The inserted lists and maps have more than {self.bounds.max_nodes:,} items."
            raise BoundExceeded(message, code="template-too-big")

    def text(self, characters: int) -> None:
        """Refuse a string of this length before it is made."""
        if characters > self.bounds.max_output:
            message = f"It would make a text of more than {self.bounds.max_output:,} characters."
            raise BoundExceeded(message, code="template-too-big")

    def items(self, count: int) -> None:
        """Refuse a list of this length before it is made."""
        if count > self.bounds.max_nodes:
            message = f"It would make a list of more than {self.bounds.max_nodes:,} items."
            raise BoundExceeded(message, code="template-too-big")

    def _look(self) -> None:
        if self._steps > self.bounds.max_steps:
            raise BoundExceeded(f"It takes more than {self.bounds.max_steps:,} steps.")
        if self.bounds.deadline is not None and self.bounds.deadline():
            raise BoundExceeded
        self._next_look = min(self._steps + _STEPS_PER_LOOK, self.bounds.max_steps + 1)
