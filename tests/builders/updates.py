"""Recorded machines that are to be otherwise, and runs that update them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gpuspec.engine.run import run
from gpuspec.engine.work import Prepared, Work
from gpuspec.model.instance import Handling, Instance, Lifecycle
from gpuspec.model.outcome import Ledger
from gpuspec.model.plan import Action, ActionKind
from gpuspec.model.secret import Revealed
from gpuspec.model.state import Call
from gpuspec.model.values import Env, Fields, FieldValue, Port
from gpuspec.planning.subjects import comparison
from tests.builders.engine import Bench, a_marker, a_plan, a_record, an_action, seal
from tests.builders.world import Machine

HTTP, SSH = Port(number=8080, protocol="http"), Port(number=22, protocol="tcp")
FIELDS: Mapping[str, FieldValue] = {
    "name": "a",
    "productId": "4090.16c62g",
    "gpuNum": 1,
    "rootfsSize": 60,
    "imageUrl": "img:1",
    "command": "",
    "billingMode": "onDemand",
    "ports": (HTTP,),
    "envs": (Env(key="RUN", value="nightly"), Env(key="TOKEN", value=Revealed(text="hush"))),
}


def a_machine(bench: Bench, address: str = "a", *, status: str = "running", **options: Any) -> Machine:
    """A recorded machine that was read back."""
    nonce = f"{len(bench.world.machines) + 1:016x}"
    machine = bench.world.add(
        address, marker=a_marker(address, nonce), fields={**FIELDS, "name": address}, statuses=((0.0, status),)
    )
    fields = _sealed(machine.fields)
    facts = {"fields": fields, "shown": fields, "named": frozenset(fields), **options}
    bench.record(a_record(address, machine.id, nonce=nonce, **facts))
    return machine


def desired(
    address: str = "a", *, handling: Handling | None = None, lifecycle: Lifecycle | None = None, **fields: Any
) -> Prepared:
    """What the spec asks for; a field that is None is left out."""
    body = {name: value for name, value in {**FIELDS, "name": address, **fields}.items() if value is not None}
    instance = Instance(
        address=address,
        fields=_sealed(body),
        named=frozenset(body),
        lifecycle=lifecycle or Lifecycle(),
        source="instances.yaml",
        handling=handling or Handling(),
    )
    return Prepared(body=body, instance=instance)


def update(bench: Bench, *calls: Call, address: str = "a") -> Action:
    """The action that updates the recorded machine of an address."""
    return an_action(ActionKind.UPDATE, address, id=bench.state.records[address].id, calls=calls)


@dataclass(kw_only=True)
class Asked:
    """A plan of updates, and what they are to come to."""

    actions: list[Action] = field(default_factory=list)
    requests: dict[str, Prepared] = field(default_factory=dict)

    def to(self, action: Action, prepared: Prepared | None = None) -> "Asked":
        """This action too."""
        self.actions.append(action)
        if prepared is not None:
            self.requests[action.address] = prepared
        return self


async def work_for(bench: Bench, asked: Asked) -> Work:
    """What the run works with, planned from what is live now."""
    return replace(bench.work(observation=await bench.observed()), requests=asked.requests)


async def updated(bench: Bench, asked: Asked, *, work: Work | None = None) -> Ledger:
    """The ledger of a run that does these updates and nothing else."""
    work = work or await work_for(bench, asked)
    return await run(a_plan(*asked.actions), work=work)


async def differences(bench: Bench, prepared: Prepared) -> int:
    """How many changes and drifts a plan made now would show."""
    record = bench.state.records[prepared.instance.address]
    row = (await bench.observed()).rows[record.id]
    found = comparison(record, prepared.instance, row.fields, seal=seal)
    return len(found.changes) + len(found.drift)


def _sealed(fields: Fields) -> Fields:
    """The fields as a record keeps them."""
    return {name: _sealed_value(value) for name, value in fields.items()}


def _sealed_value(value: FieldValue) -> FieldValue:
    if not isinstance(value, tuple):
        return value
    return tuple(  # type: ignore[return-value]
        replace(item, value=seal(item.value.text))
        if isinstance(item, Env) and isinstance(item.value, Revealed)
        else item
        for item in value
    )
