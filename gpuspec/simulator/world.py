"""The world behind the simulated service: accounts, instances, GPUs, money, time.

Every change is one event in the log before it is true, and replaying the events makes the same world again.
"""

import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gpuspec.errors import Bug, DamagedState, GpuspecError
from gpuspec.simulator.admission import admit
from gpuspec.simulator.event_log import EventLog
from gpuspec.simulator.holdings import Holdings
from gpuspec.simulator.instance import Asked, Instance, born, changed, changes
from gpuspec.simulator.refusals import not_found
from gpuspec.simulator.requests import ReceivedRequest
from gpuspec.simulator.settings import Settings
from gpuspec.simulator.statuses import Standing, standing


class World:
    """A world of instances that several clients, and tests from outside, may look at and change.

    Args:
        now: The time in seconds since 1970. Worlds that are kept in a file need a clock that goes on between processes.
        identities: Makes the ids of instances, none twice.
    """

    def __init__(
        self, log: EventLog, *, now: Callable[[], float], identities: Callable[[], str], settings: Settings
    ) -> None:
        self._log = log
        self._now = now
        self._identities = identities
        self.settings = settings
        self._accounts: dict[str, Holdings] = {}
        self._home: dict[str, str] = {}
        self._held: Counter[str] = Counter()
        self._capacity = dict(settings.capacity)
        self.balance = settings.balance
        self._received: deque[ReceivedRequest] = deque(maxlen=settings.requests_kept)
        # The service runs in a thread of its own when it has a port; tests look in from another.
        self.lock = threading.RLock()

    @classmethod
    def open(
        cls,
        path: Path | None,
        *,
        now: Callable[[], float],
        identities: Callable[[], str],
        settings: Settings | None = None,
    ) -> Self:
        """The world that is kept in a file, or one of its own without a path.

        Raises:
            StateError: The file can't be read, or is no world.
        """
        log = EventLog(path)
        world = cls(log, now=now, identities=identities, settings=settings or Settings())
        for number, event in enumerate(log.read(), start=2):
            world._replay(event, number)
        return world

    def close(self) -> None:
        self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # What the service does

    def now(self) -> float:
        return self._now()

    def standing(self, instance: Instance) -> Standing:
        """The status of an instance now."""
        elapsed_s = (self._now() - instance.ordered_at) * self.settings.speed
        return standing(
            instance.order,
            instance.rests_at,
            elapsed_s=elapsed_s,
            pace=self.settings.pace,
            stuck_at=instance.stuck_at,
        )

    def is_saving(self, instance: Instance) -> bool:
        """Whether a job is saving its image now."""
        return self._now() < instance.job_ends_at

    def holdings(self, account: str) -> Holdings:
        """What an account has now."""
        held = self._accounts.setdefault(account, Holdings())
        for instance_id in held.due(self._now()):
            self._drop(account, instance_id)
        return held

    def find(self, account: str, instance_id: str) -> Instance:
        """An instance of this account.

        Raises:
            Refusal: RESOURCE_NOT_FOUND.
        """
        instance = self.holdings(account).instances.get(instance_id)
        if instance is None:
            raise not_found(instance_id)
        return instance

    def create(self, account: str, asked: Asked, *, fate: Callable[[Instance], Instance] | None = None) -> Instance:
        """Make an instance, if the account may have it.

        Args:
            fate: What a fault makes of the instance at its birth.

        Raises:
            Refusal: The product, the cluster, the money or the quota stand against it.
        """
        admitted = admit(asked, world=self, account=account)
        instance_id = self._identities()
        if instance_id in self._home:
            raise Bug(f"The simulator was given the id {instance_id} twice.")
        instance = born(admitted, instance_id=instance_id, account=account, at=self._now())
        return self.put("create", None, fate(instance) if fate else instance)

    def put(self, event: str, before: Instance | None, after: Instance) -> Instance:
        """Write down what became of an instance, and hold it.

        Raises:
            OSError: It could not be written, and has not happened.
        """
        entry = {"at": self._now(), "event": event, "account": after.account, "id": after.id}
        self._log.append({**entry, "set": changes(before, after)})
        self._hold(before, after)
        return after

    def free_gpus(self, product_id: str) -> int:
        """How many GPUs of a product nobody has."""
        product = self.settings.catalogue.products.get(product_id)
        capacity = self._capacity.get(product_id, product.capacity_gpus if product else 0)
        return capacity - self._held[product_id]

    def price(self, product_id: str) -> int:
        """What a GPU of this product costs in an hour, on demand, in 1e-5 USD."""
        product = self.settings.catalogue.products.get(product_id)
        return product.price if product else 0

    def after_s(self, simulated_s: float) -> float:
        """The time on the clock when so many simulated seconds will have passed."""
        return self._now() + simulated_s / self.settings.speed

    def received(self, request: ReceivedRequest) -> None:
        """Remember what was asked."""
        self._received.append(request)

    # For tests and other onlookers

    @property
    def requests(self) -> tuple[ReceivedRequest, ...]:
        """What the service was asked, in order."""
        with self.lock:
            return tuple(self._received)

    @property
    def mutating_requests(self) -> tuple[ReceivedRequest, ...]:
        return tuple(request for request in self.requests if request.mutating)

    @property
    def instances(self) -> Mapping[str, Instance]:
        """Id -> instance of every account, with those that are removed but still shown."""
        with self.lock:
            accounts = list(self._accounts)
            return {id_: instance for account in accounts for id_, instance in self.holdings(account).instances.items()}

    def status(self, instance_id: str) -> str:
        """The status that an instance shows now."""
        return self.standing(self._any(instance_id)).status

    def alter(self, instance_id: str, change: Callable[[Instance], Instance]) -> Instance:
        """Change an instance behind everybody's back: `world.alter(id, lambda it: replace(it, image="x"))`."""
        with self.lock:
            before = self._any(instance_id)
            return self.put("alter", before, change(before))

    def vanish(self, instance_id: str) -> None:
        """Let an instance be gone at once, without a trace, behind everybody's back."""
        with self.lock:
            account = self._any(instance_id).account
            self._log.append({"at": self._now(), "event": "vanish", "account": account, "id": instance_id})
            self._drop(account, instance_id)

    def set_capacity(self, product_id: str, gpus: int) -> None:
        """Let there be so many GPUs of a product, those in use among them."""
        self._capacity[product_id] = gpus

    def _any(self, instance_id: str) -> Instance:
        return self.find(self._home.get(instance_id, ""), instance_id)

    def _hold(self, before: Instance | None, after: Instance) -> None:
        held = self._accounts.setdefault(after.account, Holdings())
        held.put(before, after, price=self.price(after.product_id))
        self._home[after.id] = after.account
        self._held[after.product_id] += after.gpus_held - (before.gpus_held if before else 0)
        if after.leaving and not (before and before.leaving):
            pace = self.settings.pace
            gone_after_s = (pace.length_s("remove") + pace.lingering_s) / self.settings.speed
            held.plan_vanishing(after.id, at=after.ordered_at + gone_after_s)

    def _drop(self, account: str, instance_id: str) -> None:
        held = self._accounts[account]
        instance = held.instances.get(instance_id)
        if instance is not None:
            self._held[instance.product_id] -= instance.gpus_held
            held.vanish(instance_id, price=self.price(instance.product_id))
            del self._home[instance_id]

    def _replay(self, event: Mapping[str, Any], number: int) -> None:
        try:
            account, instance_id = event["account"], event["id"]
            if event["event"] == "vanish":
                self._drop(account, instance_id)
                return
            before = self._accounts.setdefault(account, Holdings()).instances.get(instance_id)
            self._hold(before, changed(before, event["set"]))
        except (KeyError, TypeError, AttributeError) as error:
            raise _unreadable(number) from error


def _unreadable(number: int) -> GpuspecError:
    message = f"Line {number} of the simulated world names what the simulator doesn't know."
    return DamagedState(message, hint="remove the file to begin with an empty world")
