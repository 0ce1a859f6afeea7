"""Births, records, intents and states as tests need them: `a_record("trainer")` says only what matters."""

import dataclasses
from collections.abc import Iterable

from gpuspec.model.address import Address
from gpuspec.model.instance import Lifecycle
from gpuspec.model.journal import Entry, How, Intended, Made
from gpuspec.model.marker import Marker, MarkerMode
from gpuspec.model.secret import Sealed
from gpuspec.model.state import (
    Birth,
    Call,
    Intent,
    OpenIntent,
    OpenOrder,
    Order,
    Record,
    Released,
    State,
    Tombstone,
)
from gpuspec.model.values import Env, Fields, Mount, Port, Tool

LINEAGE = "0f3c9a52-7d1e-4b86-9a60-3e5b7c1d2f48"
NOON = 1_780_000_000.0


def a_birth(
    *,
    lineage: str = LINEAGE,
    origin: str = "https://api.novita.ai",
    project: str = "trainers",
    environment: str = "default",
    marker: MarkerMode = MarkerMode.ENV,
) -> Birth:
    """A birth in the environment `default` of a project `trainers`."""
    return Birth(lineage=lineage, origin=origin, project=project, environment=environment, marker=marker)


def nonce(number: int) -> str:
    """The nonce with this number."""
    return f"{number:016x}"


def sealed(text: str) -> Sealed:
    """A seal that a reader of the test can tell apart."""
    return Sealed(key_id="0badcafe", digest=f"digest of {text}")


def all_fields() -> Fields:
    """A field of every form, a secret in each place where one can stand."""
    return {
        "name": "trainer",
        "productId": "4090.16c62g",
        "gpuNum": 2,
        "imageAuth": sealed("registry"),
        "autoRenew": True,
        "command": "",
        "ports": (Port(number=8080, protocol="tcp"), Port(number=8081, protocol="http")),
        "envs": (Env(key="RUN", value="nightly"), Env(key="HF_TOKEN", value=sealed("token"))),
        "tools": (Tool(name="Jupyter", port="8888", type="http"),),
        "networkStorages": (Mount(id="e797ce8f", mount_point="/data"),),
    }


def an_intent(address: Address = "trainer", *, number: int = 1, fields: Fields | None = None) -> Intent:
    """An intent to create an instance, with the nonce of this number."""
    birth = a_birth()
    marker = Marker(
        lineage=birth.lineage8,
        project=birth.project,
        environment=birth.environment,
        address=address,
        nonce=nonce(number),
    )
    chosen: Fields = {"name": address, "gpuNum": 1} if fields is None else fields
    return Intent(
        nonce=nonce(number),
        call=Call.CREATE,
        address=address,
        marker=marker,
        digest="d1",
        at=NOON,
        timeout_s=60.0,
        source="instances.yaml",
        fields=chosen,
        named=frozenset(chosen),
        lifecycle=Lifecycle(),
    )


def a_record(address: Address = "trainer", *, number: int = 1, fields: Fields | None = None) -> Record:
    """The record that `a_made` of the same address and number makes of `an_intent`."""
    intent = an_intent(address, number=number, fields=fields)
    return Record(
        address=address,
        id=f"id-{number}",
        nonce=intent.nonce,
        source=intent.source,
        fields=intent.fields,
        named=intent.named,
        lifecycle=intent.lifecycle,
        created_at=NOON + 1,
        updated_at=NOON + 1,
    )


def an_order(record: Record, call: Call = Call.EDIT, *, number: int = 8, id: str = "") -> Order:  # noqa: A002
    """An order to the record's machine, or another one of its address, with the nonce of this number.

    What changes something leaves the record with a time of its own, so that it can be told from the one before.
    """
    return Order(
        nonce=nonce(number),
        call=call,
        address=record.address,
        id=id or record.id,
        at=NOON,
        timeout_s=60.0,
        digest="d2",
        after=None if call is Call.DELETE else dataclasses.replace(record, updated_at=NOON + 100),
    )


def a_made(number: int = 1, *, id: str = "", how: How = How.ANSWERED) -> Made:  # noqa: A002
    """The outcome that the intent of this number made `id-NUMBER`."""
    return Made(nonce=nonce(number), id=id or f"id-{number}", at=NOON + 1, how=how)


def creation(address: Address = "trainer", *, number: int = 1) -> tuple[Entry, Entry]:
    """The two entries of a create that went well."""
    return Intended(intent=an_intent(address, number=number)), a_made(number)


def a_state(
    *records: Record,
    intents: Iterable[OpenIntent] = (),
    orders: Iterable[OpenOrder] = (),
    tombstones: Iterable[Tombstone] = (),
    released: Iterable[Released] = (),
    serial: int = 1,
    seq: int = 0,
    birth: Birth | None = None,
) -> State:
    """A state with these records."""
    return State(
        birth=a_birth() if birth is None else birth,
        serial=serial,
        seq=seq,
        records={record.address: record for record in records},
        intents={open_intent.intent.nonce: open_intent for open_intent in intents},
        orders={open_order.order.nonce: open_order for open_order in orders},
        tombstones={tombstone.intent.nonce: tombstone for tombstone in tombstones},
        released={one.id: one for one in released},
    )
