"""Journal lines: what is written is what is read, and a changed byte is noticed."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from gpuspec.codec.canonical import canonical
from gpuspec.codec.journal import decode_line, encode_entry, encode_line, opened
from gpuspec.errors import Bug, DamagedState
from gpuspec.model.journal import (
    Absent,
    Adopted,
    Doubted,
    Entry,
    Forgotten,
    How,
    Intended,
    Judge,
    KeyUsed,
    Made,
    MarkerWitnessed,
    Moved,
    Noted,
    Obeyed,
    Ordered,
    OutgoingGone,
    TombstoneCleared,
    Undone,
)
from gpuspec.model.secret import Revealed
from gpuspec.model.state import Call, MarkerSeen
from tests.builders.recorded import NOON, a_record, all_fields, an_intent, an_order, nonce

ENTRIES: tuple[Entry, ...] = (
    Intended(intent=an_intent(fields=all_fields())),
    *(Ordered(order=an_order(a_record(fields=all_fields()), call)) for call in Call if call is not Call.CREATE),
    Obeyed(nonce=nonce(1), at=NOON),
    Doubted(nonce=nonce(1), at=NOON, reason="timed out"),
    Made(nonce=nonce(1), id="id-1", at=NOON, how=How.FOUND),
    Undone(nonce=nonce(1), at=NOON, reason="BALANCE_NOT_ENOUGH"),
    Absent(nonce=nonce(1), at=NOON, judge=Judge.PERSON),
    Noted(record=a_record(fields=all_fields())),
    Adopted(record=a_record(fields=all_fields())),
    Moved(address="trainer", to="teacher", id="id-1", at=NOON),
    Forgotten(address="trainer", id="id-1", at=NOON, reason="gone"),
    OutgoingGone(address="trainer", id="id-0", at=NOON, reason="replaced"),
    TombstoneCleared(nonce=nonce(1), at=NOON),
    MarkerWitnessed(seen=MarkerSeen.LIST),
    KeyUsed(key_digest="k1"),
)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: type(entry).__name__)
def test_an_entry_survives_its_line(entry: Entry) -> None:
    """Every kind of entry is read back as it was written, with its number."""
    assert (17, entry) == decode_line(encode_line(entry, seq=17), where="the journal")


def _line(content: bytes, *, seq: int) -> bytes:
    """A line as the format says: the checksum is over number, newline and content."""
    checksum = hashlib.sha256(b"%d\n" % seq + content).hexdigest()[:16].encode()
    return b'{"seq":%d,"sum":"%s","entry":%s}' % (seq, checksum, content)


def test_a_line_looks_like_this() -> None:
    """One JSON map a line: number, checksum, entry."""
    expected = _line(b'{"keyDigest":"k1","kind":"key-used"}', seq=3)

    assert expected == encode_line(KeyUsed(key_digest="k1"), seq=3)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: type(entry).__name__)
def test_a_changed_byte_is_noticed(entry: Entry) -> None:
    """No byte of a line can change without the checksum telling."""
    line = encode_line(entry, seq=17)

    for position in range(len(line)):
        changed = line[:position] + bytes([line[position] ^ 1]) + line[position + 1 :]
        assert opened(changed) is None, position


def test_a_line_under_another_number_is_noticed() -> None:
    """The checksum covers the number too."""
    line = encode_line(KeyUsed(key_digest="k1"), seq=3).replace(b'"seq":3', b'"seq":4')

    with pytest.raises(DamagedState, match="doesn't fit its checksum"):
        decode_line(line, where="the journal")


@given(some.text())
def test_text_of_any_kind_stays_on_one_line(reason: str) -> None:
    """Newlines and line separators in a reason don't break the line."""
    entry = Doubted(nonce=nonce(1), at=NOON, reason=reason)
    line = encode_line(entry, seq=1)

    assert (1, entry) == decode_line(line, where="the journal")
    assert b"\n" not in line


@given(some.binary())
def test_no_bytes_cause_a_traceback(line: bytes) -> None:
    """Any bytes are no line, in order."""
    assert opened(line) is None


def test_a_secret_is_never_journaled() -> None:
    """A revealed secret on its way into the journal is a bug."""
    with pytest.raises(Bug, match="not sealed"):
        encode_line(Intended(intent=an_intent(fields={"imageAuth": Revealed(text="hunter2")})), seq=1)
    with pytest.raises(Bug, match="not sealed"):
        encode_line(Ordered(order=an_order(a_record(fields={"command": Revealed(text="hunter2")}))), seq=1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"kind":"danced"}', "`kind` is `danced`, which this gpuspec doesn't know"),
        (b'{"kind":7}', "`kind` is an integer where a text belongs"),
        (b"{}", "`kind` is missing"),
        (b'{"kind":"key-used","keyDigest":"x","more":1}', "`more` is a key"),
        (b'{"kind":"made","nonce":"n","id":"","at":1,"how":"found"}', "`id` is empty"),
        (b'{"kind":"made","nonce":"n","id":"i","at":1,"how":"dreamt"}', "`how` is none of: answered, found, decided"),
        (b'{"kind":"ordered","nonce":"n","order":[]}', "`order` is a list where a map belongs"),
        (b'{"kind":"ordered","nonce":"","order":{}}', "`nonce` is empty"),
        (b'{"kind":"obeyed","nonce":"n","at":1,"id":"i"}', "`id` is a key"),
        (b'{"kind":"outgoing-gone","address":"a","id":"","at":1,"reason":""}', "`id` is empty"),
        (b'{"kind":"intended","nonce":"n","intent":[]}', "`intent` is a list where a map belongs"),
        (b'{"kind":' + b'{"a":' * 50_000 + b"}" * 50_001, "is nested too deeply"),
    ],
)
def test_an_entry_that_is_not_understood_is_refused(content: bytes, message: str) -> None:
    """A whole line with an odd entry is refused with what is odd about it, and whose it may be."""
    line = _line(content, seq=5)

    with pytest.raises(DamagedState, match="Entry 5 of the journal can't be read") as caught:
        decode_line(line, where="the journal")

    assert message in caught.value.message
    assert caught.value.hint == "use the gpuspec that wrote it, or a later one"


def test_equal_entries_give_equal_bytes() -> None:
    """Canonical: the order in which a map was filled doesn't show."""
    assert canonical({"b": 1, "a": [1, {"d": None, "c": "ä"}]}) == '{"a":[1,{"c":"ä","d":null}],"b":1}'.encode()
    assert b'"kind"' in canonical(encode_entry(KeyUsed(key_digest="k1")))
