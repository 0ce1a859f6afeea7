"""Pauses creating when too many answers are in doubt, and gives up when pauses bring nothing."""

from gpuspec.model.settings import Settings


class Breaker:
    """Counts the answers in doubt that are not settled.

    At the limit it pauses; it goes on, and counts anew, once none of them is being settled any longer. A pause was
    worth it if an instance was found, or if doubts were settled as absent while other creates succeed: a service that
    makes nothing at all ends the run as surely as one that settles nothing.
    """

    def __init__(self, settings: Settings) -> None:
        self._limit = max(settings.breaker_limit, 1)
        self._pauses_allowed = max(settings.breaker_pauses, 1)
        self._unsettled = 0
        self._being_settled = 0
        self._fruitless_pauses = 0
        self._found = self._absent = self._made = False
        self.paused = False

    @property
    def broken(self) -> bool:
        """Whether so many pauses in a row were worth nothing that the run has to stop."""
        return self._fruitless_pauses >= self._pauses_allowed

    def made(self) -> None:
        """A create was answered with an id."""
        self._made = True

    def doubted(self) -> None:
        """An answer is in doubt, and is being settled from now on."""
        self._unsettled += 1
        self._being_settled += 1
        self.paused = self.paused or self._unsettled >= self._limit

    def found(self) -> None:
        """A doubt is settled: its instance was found."""
        self._found = True
        self._unsettled -= 1
        self._end_one()

    def absent(self) -> None:
        """A doubt is settled: it made nothing."""
        self._absent = True
        self._unsettled -= 1
        self._end_one()

    def given_up(self) -> None:
        """A doubt stays unresolved in this run: it counts until the next pause is over."""
        self._end_one()

    def _end_one(self) -> None:
        self._being_settled -= 1
        if self._being_settled or not self.paused:
            return
        worth_it = self._found or (self._absent and self._made)
        self._fruitless_pauses = 0 if worth_it else self._fruitless_pauses + 1
        self._found = self._absent = self._made = False
        self._unsettled = 0
        self.paused = False
