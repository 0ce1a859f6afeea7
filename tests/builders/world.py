"""A GPU service in memory, behind `ports.Cloud`: what goes wrong with which call is said beforehand."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gpuspec.errors import CredentialsError
from gpuspec.model.answer import Ambiguous, Answer, Denied, Done, NotSent, Rejected, Throttled
from gpuspec.model.live import Listing, LiveInstance, NotFound, Phase, Seen, Sight, Unreadable
from gpuspec.model.marker import Marker, MarkerMode, Trace
from gpuspec.model.order import Delete, OrderRequest, Upgrade, call_of
from gpuspec.model.reach import Reach
from gpuspec.model.secret import Revealed
from gpuspec.model.state import Birth, Call
from gpuspec.model.values import Env, FieldValue
from gpuspec.ports import Catalogue, CreateRequest
from tests.builders.obeying import UNDER_WAY, obeyed
from tests.builders.virtual_time import VirtualClock

BIRTH = Birth(
    lineage="0badcafe-0000-4000-8000-000000000000",
    origin="https://api.novita.ai",
    project="demo",
    environment="default",
    marker=MarkerMode.ENV,
)
PHASES = dict.fromkeys(("pending", *UNDER_WAY), Phase.BUSY) | {
    "running": Phase.RUNNING,
    "exited": Phase.STOPPED,
    "removing": Phase.LEAVING,
    "removed": Phase.REMOVED,
    "odd": Phase.UNKNOWN,
}


@dataclass(kw_only=True)
class Fault:
    """What happens to one call instead of success: an answer, and whether the service did it anyway.

    `shown_after_s` is when what a create made is shown.
    """

    answer: Answer | BaseException
    makes: bool = False
    shown_after_s: float = 0.0
    takes_s: float = 0.1


def lost(*, makes: bool = True, shown_after_s: float = 0.0, takes_s: float = 0.1) -> Fault:
    """The answer is lost."""
    answer = Ambiguous(reason="The service did not answer within 60 s.")
    return Fault(answer=answer, makes=makes, shown_after_s=shown_after_s, takes_s=takes_s)


def not_sent() -> Fault:
    """Nothing went out."""
    return Fault(answer=NotSent(reason="connection refused"))


def throttled(retry_after_s: float | None = None) -> Fault:
    """The service asks to slow down."""
    return Fault(answer=Throttled(retry_after_s=retry_after_s))


def rejected(reason: str = "IMAGE_NOT_FOUND") -> Fault:
    """The service refuses the call."""
    return Fault(answer=Rejected(status=400, reason=reason, message=f"{reason} in words"))


def denied(*, client_blocked: bool = False) -> Fault:
    """The service refuses the key, or the client."""
    return Fault(answer=Denied(message="key refused", client_blocked=client_blocked))


@dataclass(kw_only=True)
class Machine:
    """What the service has made; `statuses` are (seconds after it was made, status).

    Only GET shows `reach` and `jobs`.
    """

    id: str
    name: str
    made_at: float
    shown_at: float
    marker: Marker | None
    mode: MarkerMode
    fields: Mapping[str, FieldValue]
    statuses: Sequence[tuple[float, str]] = ((0.0, "creating"), (3.0, "running"))
    status_error: str = ""
    reach: Reach = Reach()  # noqa: RUF009 - frozen
    jobs: int = 0

    def status(self, now: float) -> str:
        return [status for after, status in self.statuses if now - self.made_at >= after][-1]


class World:
    """The service in memory, behind `ports.Cloud`.

    `faults` maps the number of a create (from 0), or an address, to what happens to it; an address's faults are used up
    in order. `order_faults` does so for the other calls, by the kind of the call or by the machine's id. `envs_in` says
    where envs are shown: "list", "get" or "nowhere".
    """

    origin = BIRTH.origin

    def __init__(self, *, latency_s: float = 0.1, list_lag_s: float = 0.0, envs_in: str = "list") -> None:
        self.clock = VirtualClock()
        self.latency_s = latency_s
        self.list_lag_s = list_lag_s
        self.envs_in = envs_in
        self.strips_marker = False
        self.statuses: Sequence[tuple[float, str]] = ((0.0, "creating"), (3.0, "running"))
        self.status_error = ""
        self.machines: dict[str, Machine] = {}
        self.requests: list[CreateRequest] = []
        self.sent_at: list[float] = []
        self.under_way = self.most_under_way = 0
        self.faults: dict[int | str, Fault | list[Fault]] = {}
        self.every_create: Fault | None = None
        self.orders: list[OrderRequest] = []
        self.order_faults: dict[Call | str, Fault | list[Fault]] = {}
        self.lists = self.gets = 0
        self.incomplete = ""
        self.credentials_refused = False
        self.unreadable: set[str] = set()
        self.hidden_from_list: set[str] = set()
        self.fields_hidden_in_list: set[str] = set()
        self.fields_hidden_in_get: set[str] = set()
        self.on_call: Callable[[str], None] = lambda _: None

    def add(self, name: str, *, marker: Marker | None = None, **options: Any) -> Machine:
        """A machine that is there already."""
        now = self.clock.monotonic()
        machine = Machine(
            id=options.pop("id", f"{len(self.machines) + 1:016x}"),
            name=name,
            made_at=now,
            shown_at=options.pop("shown_at", now),
            marker=marker,
            mode=options.pop("mode", MarkerMode.ENV),
            fields=options.pop("fields", {"name": name}),
            statuses=options.pop("statuses", ((0.0, "running"),)),
            **options,
        )
        self.machines[machine.id] = machine
        return machine

    def live_ids(self, address: str) -> list[str]:
        """The machines made for an address that are not removed."""
        now = self.clock.monotonic()
        return [
            machine.id
            for machine in self.machines.values()
            if machine.marker is not None and machine.marker.address == address and machine.status(now) != "removed"
        ]

    async def create(self, request: CreateRequest) -> Answer:
        self.on_call("create")
        number = len(self.requests)
        self.requests.append(request)
        self.sent_at.append(self.clock.monotonic())
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        fault = self._fault(number, request.address)
        try:
            return await self._answer(request, fault)
        finally:
            self.under_way -= 1

    async def _answer(self, request: CreateRequest, fault: Fault | None) -> Answer:
        # What was sent reaches the service, whether its sender lives to see the answer or not.
        machine = None
        if fault is None or fault.makes:
            at = self.clock.monotonic() + self.latency_s / 2
            lag = self.list_lag_s if fault is None else fault.shown_after_s
            machine = self.add(
                str(request.fields["name"]),
                marker=request.marker,
                mode=request.marker_mode,
                fields=request.fields,
                statuses=self.statuses,
                status_error=self.status_error,
                shown_at=at + lag,
            )
        await asyncio.sleep(self.latency_s if fault is None else fault.takes_s)
        self.on_call("created")
        if fault is not None:
            if isinstance(fault.answer, BaseException):
                raise fault.answer
            return fault.answer
        assert machine is not None
        return Done(id=machine.id)

    async def order(self, request: OrderRequest) -> Answer:
        """What was sent is done at once, whether its sender lives to see the answer or not."""
        self.on_call("order")
        self.orders.append(request)
        fault = _next(self.order_faults.get(call_of(request), self.order_faults.get(request.id)))
        refusal = self._obey(request) if fault is None or fault.makes else None
        await asyncio.sleep(self.latency_s if fault is None else fault.takes_s)
        self.on_call("ordered")
        if fault is None:
            return refusal or Done(id=request.id)
        if isinstance(fault.answer, BaseException):
            raise fault.answer
        return fault.answer

    def _obey(self, request: OrderRequest) -> Answer | None:
        """Do what is asked; why not, if the service refuses."""
        now = self.clock.monotonic()
        machine = self.machines.get(request.id)
        status = "removed" if machine is None else machine.status(now)
        if machine is None or status == "removed":
            reason = "RESOURCE_NOT_FOUND"
            return None if isinstance(request, Delete) else Rejected(status=400, reason=reason, message="")
        after = obeyed(request, status=status, fields=machine.fields)
        if after is None:
            return Rejected(status=400, reason="OPERATION_LIMIT", message=f"not in status {status}")
        if after.ahead:
            passed = now - machine.made_at
            behind = [at for at in machine.statuses if at[0] <= passed]
            machine.statuses = (*behind, *((passed + after_s, name) for after_s, name in after.ahead))
        machine.fields = {**machine.fields, **after.fields}
        if isinstance(request, Upgrade) and machine.mode is MarkerMode.ENV:
            machine.marker = request.marker
        return None

    async def list(self) -> Listing:
        self.on_call("list")
        self.lists += 1
        if self.credentials_refused:
            raise CredentialsError("The key was refused.")
        now = self.clock.monotonic()
        await asyncio.sleep(self.latency_s)
        rows = tuple(
            self._listed(self._row(machine, shows_envs=self.envs_in == "list"))
            for machine in self.machines.values()
            if machine.shown_at <= now and machine.id not in self.hidden_from_list
        )
        return Listing(rows=rows, incomplete=self.incomplete)

    async def get(self, instance_id: str) -> Sight:
        self.on_call("get")
        self.gets += 1
        await asyncio.sleep(self.latency_s)
        if instance_id in self.unreadable:
            return Unreadable(reason="The service answered with 502.")
        machine = self.machines.get(instance_id)
        if machine is None:
            return NotFound()
        row = self._row(machine, shows_envs=self.envs_in in {"list", "get"})
        fields = {name: value for name, value in row.fields.items() if name not in self.fields_hidden_in_get}
        return Seen(instance=replace(row, fields=fields, reach=machine.reach, jobs=machine.jobs))

    async def catalogue(self) -> Catalogue:
        return Catalogue(products={}, clusters=frozenset())

    def _fault(self, number: int, address: str) -> Fault | None:
        return _next(self.faults.get(number, self.faults.get(address, self.every_create)))

    def _listed(self, row: LiveInstance) -> LiveInstance:
        return replace(row, fields={k: v for k, v in row.fields.items() if k not in self.fields_hidden_in_list})

    def _row(self, machine: Machine, *, shows_envs: bool) -> LiveInstance:
        status = machine.status(self.clock.monotonic())
        marker = None if self.strips_marker else machine.marker
        in_name = machine.mode is MarkerMode.NAME and marker is not None
        shown = in_name or (shows_envs and machine.mode is MarkerMode.ENV)
        return LiveInstance(
            id=machine.id,
            name=marker.in_name(machine.name) if in_name and marker is not None else machine.name,
            status=status,
            phase=PHASES[status],
            fields=_in_clear(machine.fields),
            envs_shown=shows_envs,
            trace=_read(marker, in_name=in_name) if shown and marker is not None else None,
            status_error=machine.status_error,
            endpoints=(f"https://{machine.id}-8080.example",),
            under_way=UNDER_WAY.get(status),
        )


def _read(marker: Marker, *, in_name: bool) -> Trace:
    """What is read of a marker: only an env says the birthplace in words."""
    return marker.trace if in_name else replace(marker.trace, marker=marker)


def _next(planned: Fault | list[Fault] | None) -> Fault | None:
    """The fault that is due; a list is used up."""
    if isinstance(planned, list):
        return planned.pop(0) if planned else None
    return planned


def _in_clear(fields: Mapping[str, FieldValue]) -> Mapping[str, FieldValue]:
    """The fields as an API shows them: it does not know what is secret to us."""

    def shown(value: FieldValue) -> FieldValue:
        if not isinstance(value, tuple):
            return value
        return tuple(  # type: ignore[return-value]
            replace(item, value=item.value.text) if isinstance(item, Env) and isinstance(item.value, Revealed) else item
            for item in value
        )

    return {name: shown(value) for name, value in fields.items()}
