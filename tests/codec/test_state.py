"""The state file: what is written is what is read, and damage gets a message."""

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from gpuspec.codec.state import Upgrade, decode_state, encode_state, state_document
from gpuspec.errors import Bug, DamagedState, NewerState
from gpuspec.model.instance import Lifecycle, OnRemove, Power
from gpuspec.model.marker import MarkerMode
from gpuspec.model.project import JsonValue
from gpuspec.model.secret import Literal, OutOfReach, Revealed, Secret
from gpuspec.model.state import Call, MarkerSeen, OpenIntent, OpenOrder, Released, State, Tombstone
from gpuspec.model.values import Env, FieldValue
from tests.builders.recorded import NOON, a_birth, a_record, a_state, all_fields, an_intent, an_order

CASES = Path(__file__).parent.parent / "cases" / "codec"


def a_full_state() -> State:
    """A state with something in every corner."""
    record = dataclasses.replace(
        a_record("trainer", fields=all_fields()),
        shown={"name": "trainer", "envs": (Env(key="RUN", value="nightly"),)},
        lifecycle=Lifecycle(protect=True, on_remove=OnRemove.STOP, desired=Power.STOPPED),
        ready=True,
        outgoing=("id-0",),
    )
    state = a_state(
        record,
        a_record("worker-1", number=2),
        a_record("worker-5", number=6),
        intents=[
            OpenIntent(intent=dataclasses.replace(an_intent("worker-2", number=3), replaces="id-8")),
            OpenIntent(intent=an_intent("worker-3", number=4), doubted_at=NOON + 60.25, reason="timed out"),
        ],
        orders=[
            OpenOrder(order=an_order(record, Call.UPGRADE, number=10), doubted_at=NOON + 60, reason="timed out"),
            OpenOrder(order=an_order(a_record("worker-5", number=6), Call.DELETE, number=11), obeyed_at=NOON + 1),
        ],
        tombstones=[Tombstone(intent=an_intent("worker-4", number=5), judged_at=NOON + 400)],
        released=[Released(id="id-9", address="worker-9", at=NOON, reason="removed")],
        serial=41,
        seq=1007,
        birth=a_birth(environment="prod", marker=MarkerMode.NAME),
    )
    return dataclasses.replace(state, key_digest="k" * 64, marker_seen=MarkerSeen.GET)


def test_what_was_written_is_read_back() -> None:
    """Every corner of a state survives its file."""
    state = a_full_state()

    assert state == decode_state(encode_state(state), where="the state")


def test_the_text_of_the_file_is_this() -> None:
    """Keys sorted, one field a line, two blanks a level, a newline at the end: what people see in a diff."""
    assert (CASES / "full.state.json").read_text(encoding="utf-8") == encode_state(a_full_state()).decode()


def test_a_lone_surrogate_survives() -> None:
    """A name that has no UTF-8, as a service may send it, comes back as it was."""
    state = a_state(a_record(fields={"name": "broken \ud800 name", "command": "größer"}))

    assert state == decode_state(encode_state(state), where="the state")


@given(some.dictionaries(some.text(), some.one_of(some.text(), some.integers(-(2**63), 2**63 - 1), some.booleans())))
def test_any_scalar_field_survives(fields: dict[str, str | int | bool]) -> None:
    """Whatever characters a field has, it is read back as it was written."""
    lists = {"ports", "envs", "tools", "networkStorages"}
    state = a_state(a_record(fields={name: value for name, value in fields.items() if name not in lists}))

    assert state == decode_state(encode_state(state), where="the state")


@pytest.mark.parametrize(
    "value",
    [
        Secret(parts=(Literal(text="hunter2"),)),
        Revealed(text="hunter2"),
        OutOfReach(refs=()),
        (Env(key="TOKEN", value=Revealed(text="hunter2")),),
    ],
    ids=["secret", "revealed", "out of reach", "in an env"],
)
def test_a_secret_that_is_not_sealed_is_never_written(value: FieldValue) -> None:
    """Writing one is a bug, and the message doesn't tell it."""
    field = "envs" if isinstance(value, tuple) else "imageAuth"

    with pytest.raises(Bug, match="not sealed") as caught:
        encode_state(a_state(a_record(fields={field: value})))

    assert "hunter2" not in str(caught.value)


def test_a_later_version_is_refused() -> None:
    """What a later gpuspec wrote is not guessed at."""
    with pytest.raises(NewerState, match="has version 2 of the format, and this gpuspec reads versions up to 1"):
        decode_state(b'{"version": 2, "whatever": []}', where="my.state.json")


def test_an_earlier_version_is_upgraded_step_by_step() -> None:
    """A document of version 1 goes through every upgrade, in order."""
    document = {key: value for key, value in state_document(a_state()).items() if key != "serial"}
    document["number"] = 41
    upgrades: tuple[Upgrade, ...] = (_renamed("number", "count"), _renamed("count", "serial"))

    state = decode_state(json.dumps(document).encode(), where="the state", upgrades=upgrades)

    assert state.serial == 41


def _renamed(before: str, after: str) -> Upgrade:
    def upgrade(document: dict[str, JsonValue]) -> dict[str, JsonValue]:
        return {after if key == before else key: value for key, value in document.items()}

    return upgrade


def _with(path: str, value: JsonValue) -> bytes:
    """The full state with something else at a path; `...` for nothing."""
    document = json.loads(encode_state(a_full_state()))
    *steps, last = path.split("/")
    spot = document
    for step in steps:
        spot = spot[int(step)] if isinstance(spot, list) else spot[step]
    spot[last] = value
    return json.dumps(document).encode()


DAMAGED = {
    "empty": (b"", "is not JSON: Expecting value in line 1, column 1"),
    "torn": (encode_state(a_full_state())[:-200], "is not JSON"),
    "not a map": (b"[]", "is a list where a map belongs"),
    "not UTF-8": (b'{"version": "\xff"}', "is not UTF-8 text"),
    "UTF-16 in disguise": (b"\xff\xfe{", "is not"),
    "no version": (b"{}", "`version` is missing"),
    "version zero": (b'{"version": 0}', "`version` is out of range"),
    "version is a text": (b'{"version": "1"}', "`version` is a text where an integer belongs"),
    "version is true": (b'{"version": true}', "`version` is a boolean where an integer belongs"),
    "deep nesting": (b'{"version":' + b"[" * 100_000, "is nested too deeply"),
    "deep maps": (b'{"a":' * 100_000, "is nested too deeply"),
    "huge integer": (b'{"version": ' + b"9" * 5000 + b"}", "too many digits"),
    "integer beyond 64 bits": (_with("serial", 2**63), "`serial` is out of range"),
    "negative serial": (_with("serial", -1), "`serial` is out of range"),
    "NaN": (b'{"version": NaN}', "holds NaN"),
    "infinite time": (b'{"version": -Infinity}', "holds -Infinity"),
    "key twice": (b'{"version": 1, "version": 1}', "`version` stands twice in one map"),
    "unknown key": (_with("surprise", 1), "`surprise` is a key that this version"),
    "unknown key in a record": (_with("records/trainer/colour", "red"), "`records.trainer.colour` is a key"),
    "records is a list": (_with("records", []), "`records` is a list where a map belongs"),
    "record is null": (_with("records/trainer", None), "`records.trainer` is null where a map belongs"),
    "id is empty": (_with("records/trainer/id", ""), "`records.trainer.id` is empty"),
    "id is a number": (_with("records/trainer/id", 7), "`records.trainer.id` is an integer where a text belongs"),
    "ready is a number": (_with("records/trainer/ready", 1), "`records.trainer.ready` is an integer where a boolean"),
    "named is a text": (_with("records/trainer/named", "x"), "`records.trainer.named` is a text where a list"),
    "named has a number": (_with("records/trainer/named", [1]), "named[0]` is an integer where a text belongs"),
    "time is a text": (_with("records/trainer/createdAt", "noon"), "createdAt` is a text where a number belongs"),
    "time is huge": (_with("records/trainer/createdAt", 10**400), "createdAt` is an integer where a number belongs"),
    "time overflows": (b'{"version": 1, "x": 1e999}', "`x` is a key"),
    "no such choice": (_with("marker", "tattoo"), "`marker` is none of: env, name, off"),
    "ports are a list": (_with("records/trainer/fields/ports", []), "fields.ports` is a list where a text belongs"),
    "ports are odd": (_with("records/trainer/fields/ports", "80"), "fields.ports` is no list of ports"),
    "env without key": (_with("records/trainer/fields/envs", [{"value": ""}]), "fields.envs[0].key` is missing"),
    "env value is a number": (
        _with("records/trainer/fields/envs", [{"key": "A", "value": 1}]),
        "envs[0].value` is an integer where a text belongs",
    ),
    "a field is a float": (_with("records/trainer/fields/gpuNum", 1.5), "gpuNum` is no value that a field can have"),
    "a field is huge": (_with("records/trainer/fields/gpuNum", 2**64), "gpuNum` is no value that a field can have"),
    "half a seal": (_with("records/trainer/fields/imageAuth", {"key": "x"}), "imageAuth.sealed` is missing"),
    "tool with more": (
        _with("records/trainer/fields/tools", [{"name": "", "port": "", "type": "", "x": 1}]),
        "fields.tools[0].x` is a key",
    ),
    "an intent to delete": (
        _with("intents/0000000000000003/intent/call", "delete"),
        "intents.0000000000000003.intent.call` is `delete`, which has an order and no intent",
    ),
    "an order to create": (
        _with("orders/000000000000000a/order/call", "create"),
        "orders.000000000000000a.order.call` is `create`, which has an intent and no order",
    ),
    "an order of no kind": (_with("orders/000000000000000a/order/call", "dance"), "order.call` is none of: create, "),
    "a deletion with a record after it": (
        _with("orders/000000000000000a/order/call", "delete"),
        "orders.000000000000000a.order.after` is null for every `delete`, and for nothing else",
    ),
    "an upgrade with no record after it": (
        _with("orders/000000000000000a/order/after", None),
        "orders.000000000000000a.order.after` is null for every `delete`, and for nothing else",
    ),
    "a record after it with more": (
        _with("orders/000000000000000a/order/after/colour", "red"),
        "orders.000000000000000a.order.after.colour` is a key",
    ),
    "an obeyed upgrade that is open": (
        _with("orders/000000000000000a/obeyedAt", 1),
        "orders.000000000000000a.obeyedAt` is set, and only a `delete` stays open",
    ),
    "obeyed at a text": (_with("orders/000000000000000b/obeyedAt", "noon"), "obeyedAt` is a text where a number"),
    "an order for no machine": (_with("orders/000000000000000b/order/id", ""), "order.id` is empty"),
    "marker is a text": (
        _with("tombstones/0000000000000005/intent/marker", "x"),
        "tombstones.0000000000000005.intent.marker` is a text where a map belongs",
    ),
}


@pytest.mark.parametrize(("content", "message"), DAMAGED.values(), ids=DAMAGED.keys())
def test_damage_is_named_with_its_place(content: bytes, message: str) -> None:
    """Whatever is wrong with the file, the message says what and where; there is no traceback."""
    with pytest.raises(DamagedState) as caught:
        decode_state(content, where="my.state.json")

    assert message in caught.value.message
    assert caught.value.message.startswith("my.state.json can't be read. ")


def test_an_infinite_time_is_damage() -> None:
    """A number beyond all floats is not taken for a time."""
    content = encode_state(a_full_state()).replace(b'"judgedAt": 1780000400.0', b'"judgedAt": 1e999')

    with pytest.raises(DamagedState, match="judgedAt` is out of range"):
        decode_state(content, where="the state")


@given(some.binary(max_size=60))
def test_no_bytes_cause_a_traceback(content: bytes) -> None:
    """Any bytes are refused in order."""
    with pytest.raises(DamagedState):
        decode_state(content, where="the state")


@given(position=some.integers(0, 4000), byte=some.integers(0, 255))
def test_one_changed_byte_is_read_or_refused(position: int, byte: int) -> None:
    """A flipped byte gives a state or a message, never a traceback."""
    content = bytearray(encode_state(a_full_state()))
    content[position % len(content)] = byte

    try:
        decode_state(bytes(content), where="the state")
    except (DamagedState, NewerState) as error:
        assert error.message  # noqa: PT017
