"""The note that a state leaves where it was."""

import pytest

from gpuspec.codec.forwarding import Forwarding, encode_forwarding, forwarding_in
from gpuspec.codec.state import decode_state, encode_state
from gpuspec.errors import DamagedState
from tests.builders.recorded import LINEAGE, a_state

NOTE = Forwarding(to="s3://team/gpu", lineage=LINEAGE, serial=7, at=1.5)


def test_a_note_comes_back_as_it_was() -> None:
    """It ends with a newline, as every document of ours does."""
    content = encode_forwarding(NOTE)

    assert forwarding_in(content) == NOTE
    assert content.endswith(b"}\n")


def test_a_note_is_never_taken_for_a_state() -> None:
    """A gpuspec that knows no notes stops at it."""
    with pytest.raises(DamagedState):
        decode_state(encode_forwarding(NOTE), where="it")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no json, movedTo",
        b'{"movedTo": "x"}',
        b'{"version": 1, "movedTo": "", "lineage": "l", "serial": 1, "movedAt": 1}',
        b'{"version": 1, "movedTo": "x", "lineage": "l", "serial": -1, "movedAt": 1}',
        b'["movedTo"]',
        encode_state(a_state()),
        encode_forwarding(NOTE) + b" " * 4096,
    ],
)
def test_anything_else_is_no_note(content: bytes) -> None:
    """It is read as the state that it may be, and named as damage if it is none."""
    assert forwarding_in(content) is None
