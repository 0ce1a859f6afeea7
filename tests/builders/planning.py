"""Instances, records, states and observations in which a test says only what matters to it."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gpuspec.codec.receipt import receipt
from gpuspec.model.instance import Handling, Instance, Lifecycle
from gpuspec.model.live import LiveInstance, Observation, Phase
from gpuspec.model.marker import Marker, MarkerMode, Trace
from gpuspec.model.plan import Plan
from gpuspec.model.secret import Sealed
from gpuspec.model.state import Birth, Call, Intent, OpenIntent, Record, State, Tombstone
from gpuspec.model.values import Env, FieldValue
from gpuspec.planning.planner import make_plan
from gpuspec.planning.scope import Scope

BIRTH = Birth(
    lineage="0badcafe-0000-4000-8000-000000000000",
    origin="https://api.novita.ai",
    project="demo",
    environment="default",
    marker=MarkerMode.ENV,
)
SOURCE = "instances.yaml"
NONCE = "00000000000000aa"

BASE: Mapping[str, FieldValue] = {
    "productId": "4090.16c62g",
    "gpuNum": 1,
    "diskSize": 60,
    "rootfsSize": 60,
    "imageUrl": "pytorch/pytorch:latest",
}
FILLED: Mapping[str, FieldValue] = {"ports": "", "command": "", "kind": "gpu"}


def seal(text: str, key_id: str = "key1") -> Sealed:
    """A seal that tests can predict."""
    return Sealed(key_id=key_id, digest=hashlib.sha256(f"{key_id}{text}".encode()).hexdigest()[:12])


def envs(**values: Any) -> tuple[Env, ...]:
    """Env entries from keyword arguments."""
    return tuple(Env(key=key, value=value) for key, value in values.items())


def an_instance(
    address: str = "trainer",
    *,
    source: str = SOURCE,
    lifecycle: Lifecycle | None = None,
    handling: Handling = Handling(),  # noqa: B008 - frozen
    **fields: FieldValue,
) -> Instance:
    """An instance as the spec asks for it; what is given stands in the spec."""
    filled = {"name": address, **FILLED}
    return Instance(
        address=address,
        fields={**filled, **BASE, **fields},
        named=frozenset({*BASE, *fields}),
        lifecycle=lifecycle or Lifecycle(),
        source=source,
        handling=handling,
    )


def a_record(address: str = "trainer", *, nonce: str = NONCE, ready: bool = True, **fields: Any) -> Record:
    """A record of an instance made as `an_instance` asks for it."""
    instance = an_instance(address, **fields)
    return Record(
        address=address,
        id=f"id-{address}",
        nonce=nonce,
        source=instance.source,
        fields=instance.fields,
        named=instance.named,
        lifecycle=instance.lifecycle,
        created_at=1.0,
        updated_at=1.0,
        ready=ready,
    )


def a_state(*records: Record, birth: Birth = BIRTH, **parts: Any) -> State:
    """A state with these records."""
    return State(birth=birth, serial=41, records={record.address: record for record in records}, **parts)


def an_intent(address: str = "trainer", *, nonce: str = NONCE, source: str = SOURCE) -> OpenIntent:
    """An intent whose outcome is not known."""
    instance = an_instance(address)
    intent = Intent(
        nonce=nonce,
        call=Call.CREATE,
        address=address,
        marker=a_marker(address, nonce=nonce),
        digest="sha256:0",
        at=1.0,
        timeout_s=60.0,
        source=source,
        fields=instance.fields,
        named=instance.named,
        lifecycle=instance.lifecycle,
    )
    return OpenIntent(intent=intent, doubted_at=2.0, reason="no answer within 60 s")


def a_tombstone(address: str = "trainer", *, nonce: str = NONCE) -> Tombstone:
    """An intent that was judged absent."""
    return Tombstone(intent=an_intent(address, nonce=nonce).intent, judged_at=3.0)


def a_marker(
    address: str = "trainer", *, nonce: str = NONCE, lineage: str = BIRTH.lineage8, project: str = "demo"
) -> Marker:
    """What an instance of this address carries."""
    return Marker(lineage=lineage, project=project, environment="default", address=address, nonce=nonce)


def a_live(
    instance_id: str = "id-trainer",
    *,
    phase: Phase = Phase.RUNNING,
    trace: Trace | None = None,
    name: str = "trainer",
    **fields: Any,
) -> LiveInstance:
    """A row of the list."""
    return LiveInstance(
        id=instance_id,
        name=name,
        status=phase.value,
        phase=phase,
        fields=fields,
        envs_shown="envs" in fields,
        trace=trace,
    )


def marked(marker: Marker, *, in_name: bool = False) -> Trace:
    """What is read of a marker."""
    return marker.trace if in_name else replace(marker.trace, marker=marker)


def an_observation(*rows: LiveInstance, **parts: Any) -> Observation:
    """A complete list with these rows."""
    return Observation(rows={row.id: row for row in rows}, **parts)


def a_plan(
    *instances: Instance,
    state: State | None = None,
    observation: Observation | None = None,
    scope: Scope | None = None,
) -> Plan:
    """The plan for these instances; without a state, nothing is recorded and nothing is live."""
    return make_plan(
        {instance.address: instance for instance in instances},
        state or a_state(),
        observation or an_observation(),
        scope=scope or Scope(),
        seal=seal,
        receipt=receipt,
        made_at=100.0,
    )
