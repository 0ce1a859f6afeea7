"""What fuzzing begins with: the good and bad files of the tests and examples, and a document of each other kind."""

import hashlib
import json
import random
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from gpuspec.codec.canonical import canonical
from gpuspec.codec.journal import encode_entry
from gpuspec.model.fields import FIELDS
from gpuspec.model.journal import Entry, Forgotten, MarkerWitnessed, Moved, Noted, Obeyed, Ordered
from gpuspec.model.state import Call, MarkerSeen
from gpuspec.spec.rendered import Value
from tests.builders.recorded import NOON, a_record, all_fields, an_order, creation, nonce
from tests.campaigns import inputs
from tests.campaigns.mutants import TOKENS, mutated_json, mutated_text

_ROOT = Path(__file__).parents[2]
_CASES = _ROOT / "tests" / "cases"
_EXAMPLES = _ROOT / "examples"
STATE = (_CASES / "codec" / "full.state.json").read_bytes()
VARIABLES: Mapping[str, Value] = {
    "image": "pytorch/pytorch:latest",
    "product": "4090.16c62g",
    "workers": 2,
    "v": {"a": [1, 2.5, None, True], "b": "text: # {{"},
}
_INCLUDING = b"""\
#% from 'macros.yaml' import text
version: 1
instances:
  a:
    productId: "{{ text(1) | upper }}"
    imageUrl: {{ v.b }}
#% include 'part.yaml'
    diskSize: {{ v.a | sum if false else [60, 70] | max }}
    rootfsSize: 60
    command: |
      {% set n = namespace(x=1) %}{% filter indent(2) %}{{ n.x ~ v.a | join(',') }}{% endfilter %}
"""
_REFUSALS = (
    b'400\n{"code": 400, "reason": "BALANCE_NOT_ENOUGH", "message": "no \\u001b[31m money", "metadata": {}}',
    b'400\n{"code": 400, "reason": "RESOURCE_NOT_FOUND", "message": ""}',
    b'403\n{"code": "403", "reason": "FORBIDDEN", "message": "sk_0123456789abcdef"}',
    b"429 Wed, 21 Oct 2026 07:28:00 GMT\nslow down",
    b"429 12.5\n{}",
    b"503 3600\n<html>",
)
_CREATED = b'200\n{"id": "0123456789abcdef"}'


@cache
def seeds(reader: str) -> tuple[bytes, ...]:
    """The good and bad inputs of a reader, from which others are made."""
    return tuple(_SEEDS[reader]())


def mutant(reader: str, chance: random.Random) -> bytes:
    """One of a reader's seeds, gone wrong."""
    return mutated(chance.choice(seeds(reader)), chance)


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Bytes gone wrong: as a document where they are one, else as text."""
    if content[:1] == b"{" and chance.random() < 0.7:
        try:
            return mutated_json(content, chance)
        except (ValueError, RecursionError):
            pass
    return mutated_text(content, chance)


def words() -> tuple[bytes, ...]:
    """What means something to a reader, for a fuzzer to put in."""
    return (*TOKENS, *(name.encode() for name in FIELDS), b"version: 1\n", b"instances:\n", b"defaults:\n")


def journal_line(entry: bytes, *, seq: int) -> bytes:
    """The text of an entry as a line of the journal, whatever it holds; see `gpuspec.codec.journal`."""
    checksum = hashlib.sha256(b"%d\n" % seq + entry).hexdigest()[:16].encode()
    return b'{"seq":%d,"sum":"%s","entry":%s}' % (seq, checksum, entry)


def _specs() -> Iterator[bytes]:
    yield inputs.SPEC.encode()
    yield _INCLUDING
    for folder in (_CASES / "bad", _EXAMPLES):
        yield from (path.read_bytes() for path in sorted(folder.rglob("*.yaml")) if path.is_file())


def _projects() -> Iterator[bytes]:
    yield inputs.PROJECT.encode()
    yield from (path.read_bytes() for path in sorted(_EXAMPLES.rglob("gpuspec.yaml")))
    yield from (path.read_bytes() for path in sorted((_CASES / "bad").glob("*.yaml")))


def _values() -> Iterator[bytes]:
    yield inputs.VARIABLES.encode()
    yield json.dumps(VARIABLES).encode()
    yield from (path.read_bytes() for path in sorted((_CASES / "bad").glob("*.yaml")))


def _policies() -> Iterator[bytes]:
    yield from (path.read_bytes() for path in sorted((_EXAMPLES / "policy" / "policy").rglob("*.json")))


def _entries() -> Iterator[bytes]:
    record = a_record(fields=all_fields())
    entries: tuple[Entry, ...] = (
        *creation("worker-9", number=20),
        Noted(record=record),
        *(Ordered(order=an_order(record, call, number=30)) for call in Call if call is not Call.CREATE),
        Obeyed(nonce=nonce(10), at=NOON),
        Moved(address="trainer", to="teacher", id="id-1", at=NOON),
        Forgotten(address="trainer", id="id-1", at=NOON, reason="gone"),
        MarkerWitnessed(seen=MarkerSeen.LIST),
    )
    lines = [canonical(encode_entry(entry)) for entry in entries]
    yield from lines
    yield b"\n".join(lines[:4])
    yield b"\n".join(journal_line(line, seq=seq) for seq, line in enumerate(lines, start=1008))


def _answers() -> Iterator[bytes]:
    yield from (b"200\n" + body for body in inputs.ANSWERS)
    yield from (_CREATED, *_REFUSALS)


_SEEDS = {
    "spec": _specs,
    "project": _projects,
    "variables": _values,
    "policy": _policies,
    "tests": lambda: (path.read_bytes() for path in sorted(_EXAMPLES.rglob("tests/*.yaml"))),
    "layout": _specs,
    "state": lambda: (STATE,),
    "journal": _entries,
    "plan": lambda: ((_CASES / "codec" / "full.plan.json").read_bytes(),),
    "answer": _answers,
}
