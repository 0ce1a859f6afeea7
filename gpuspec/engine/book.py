"""Keeps what became of each action of a run, and makes the ledger of it."""

from collections.abc import Callable

from gpuspec.engine.halt import Halt
from gpuspec.model.address import Address
from gpuspec.model.outcome import Ledger, Outcome


class Book:
    """One outcome an action, and what turned up beside the plan."""

    def __init__(self) -> None:
        self._outcomes: dict[int, Outcome] = {}
        self._beside: list[Outcome] = []
        self._unrecorded: list[tuple[Address, str]] = []
        self._warnings: list[str] = []
        self._relays: dict[int, list[Callable[[Outcome], None]]] = {}

    def close(self, index: int, outcome: Outcome) -> None:
        """The action at this place of the plan ended so, or the step of it that is relayed."""
        relays = self._relays.get(index)
        if relays:
            relays.pop()(outcome)
        else:
            self._outcomes[index] = outcome

    def relay(self, index: int, to: Callable[[Outcome], None]) -> None:
        """What closes this action next is the end of one of its steps: it is told there, and is no outcome yet.

        Where several asked for it, whoever did so last is told first.
        """
        self._relays.setdefault(index, []).append(to)

    def add(self, outcome: Outcome) -> None:
        """Something turned up that no action of the plan is about."""
        self._beside.append(outcome)

    def unrecorded(self, address: Address, instance_id: str) -> None:
        """The service gave this id, and it could not be written down."""
        self._unrecorded.append((address, instance_id))

    def warn(self, sentence: str) -> None:
        """The reader of the ledger should know this."""
        self._warnings.append(sentence)

    def ledger(self, halt: Halt) -> Ledger:
        """Every outcome, in plan order, then what turned up beside it."""
        return Ledger(
            outcomes=(*(self._outcomes[index] for index in sorted(self._outcomes)), *self._beside),
            stop=halt.stop,
            stop_message=halt.message,
            unrecorded=tuple(self._unrecorded),
            warnings=tuple(self._warnings),
        )
