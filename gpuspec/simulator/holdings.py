"""What one account has: its instances, in which order they are listed, and when they appear and vanish.

Appearing and vanishing stand in an agenda, so that no call walks over all instances to see who is due.
"""

from collections.abc import Callable, Mapping, Sequence
from heapq import heappop, heappush
from types import MappingProxyType

from gpuspec.simulator.instance import Instance


class Holdings:
    """The instances of one account."""

    def __init__(self) -> None:
        self._instances: dict[str, Instance] = {}
        self._listed: dict[str, None] = {}
        self._order: list[str] | None = None
        self._agenda: list[tuple[float, str, str]] = []
        self.alive = 0
        self.hourly_cost = 0

    @property
    def instances(self) -> Mapping[str, Instance]:
        """Id -> instance, in the order of creation, with those that are removed but still shown."""
        return MappingProxyType(self._instances)

    def put(self, before: Instance | None, after: Instance, *, price: int) -> None:
        """Hold what became of an instance.

        Args:
            price: What one of its GPUs costs in an hour.
        """
        self._instances[after.id] = after
        if before is None:
            heappush(self._agenda, (after.listed_at, "appear", after.id))
        self.alive += (not after.removed) - (before is not None and not before.removed)
        self.hourly_cost += price * (after.gpus_held - (before.gpus_held if before else 0))

    def vanish(self, instance_id: str, *, price: int) -> None:
        """Show this instance to nobody any more, however alive it was."""
        gone = self._instances.pop(instance_id, None)
        if gone is None:
            return
        self.alive -= not gone.removed
        self.hourly_cost -= price * gone.gpus_held
        if instance_id in self._listed:
            del self._listed[instance_id]
            self._order = None

    def plan_vanishing(self, instance_id: str, *, at: float) -> None:
        heappush(self._agenda, (at, "vanish", instance_id))

    def due(self, now: float) -> Sequence[str]:
        """Let instances appear that are due, and say which are to vanish."""
        vanishing = []
        while self._agenda and self._agenda[0][0] <= now:
            _, what, instance_id = heappop(self._agenda)
            if what == "vanish":
                vanishing.append(instance_id)
            elif instance_id in self._instances:
                self._list(instance_id)
        return vanishing

    def page(
        self, start: int, size: int, matches: Callable[[Instance], bool] | None = None
    ) -> tuple[Sequence[Instance], int]:
        """So many of the listed instances from a position on, and how many there are in all.

        Without a filter it costs what the page holds; the order is made again only after an instance has vanished.
        """
        if matches is not None:
            rows = [instance for instance in map(self._instances.__getitem__, self._listed) if matches(instance)]
            return rows[start : start + size], len(rows)
        if self._order is None:
            self._order = list(self._listed)
        page = self._order[start : start + size]
        return [self._instances[instance_id] for instance_id in page], len(self._order)

    def _list(self, instance_id: str) -> None:
        self._listed[instance_id] = None
        if self._order is not None:
            self._order.append(instance_id)
