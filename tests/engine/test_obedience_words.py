"""What is said of an order that a look does not tell of: whoever has to decide reads it as it stands."""

import dataclasses

import pytest

from gpuspec.engine.obedience import obeyed
from gpuspec.model.live import LiveInstance, Phase, Seen
from gpuspec.model.secret import Sealed
from gpuspec.model.state import Call
from gpuspec.model.values import Fields, Port
from tests.builders.recorded import a_record, an_order

BEFORE: Fields = {"ports": (Port(number=80, protocol="http"),), "rootfsSize": 60}
ASKED: Fields = {"ports": (Port(number=81, protocol="http"),), "rootfsSize": 80}
NEITHER: Fields = {"ports": (Port(number=82, protocol="http"),), "rootfsSize": 70}
DOUBT = "What the service shows is neither wholly what was asked for nor what was there before: "


def said(call: Call, live: Fields, *, phase: Phase) -> str:
    """The reason that a look gives."""
    record = a_record(fields=BEFORE)
    order = an_order(record, call)
    assert order.after is not None
    order = dataclasses.replace(order, after=dataclasses.replace(order.after, fields=ASKED))
    row = LiveInstance(id=record.id, name="trainer", status="migrating", phase=phase, fields=live, envs_shown=True)
    return obeyed(order, Seen(instance=row), before=record, seal=seal).reason


def seal(text: str) -> Sealed:
    """A seal that tests can predict."""
    return Sealed(key_id="k1", digest=f"digest of {text}")


@pytest.mark.parametrize(
    ("call", "live", "phase", "reason"),
    [
        (Call.RESTART, BEFORE, Phase.RUNNING, "A restart leaves no trace that could be read."),
        (Call.CONVERT, {}, Phase.RUNNING, "The service does not show how the machine is paid for."),
        (Call.EDIT, BEFORE, Phase.BUSY, "Its status is `migrating`."),
        (Call.EDIT, NEITHER, Phase.RUNNING, f"{DOUBT}`ports`, `rootfsSize`."),
        (Call.EDIT, {**NEITHER, "ports": ASKED["ports"]}, Phase.RUNNING, f"{DOUBT}`rootfsSize`."),
    ],
    ids=["restart", "billing not shown", "busy", "neither", "one of two"],
)
def test_why_a_look_does_not_tell_is_said(call: Call, live: Fields, phase: Phase, reason: str) -> None:
    """In a sentence of its own, which names what is in doubt."""
    assert said(call, live, phase=phase) == reason
