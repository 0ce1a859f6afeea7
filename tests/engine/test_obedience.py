"""What one look tells about an order whose answer was lost, enumerated."""

import dataclasses
from itertools import product
from typing import Any

import pytest

from gpuspec.engine.obedience import Finding, Obedience, obeyed
from gpuspec.errors import Bug
from gpuspec.model.live import LiveInstance, NotFound, Phase, Seen, Unreadable
from gpuspec.model.secret import Sealed
from gpuspec.model.state import Call, Order, Record
from gpuspec.model.values import Env, FieldValue, Mount, Port, Tool
from tests.builders.recorded import a_record, an_order

DONE, UNDER_WAY, NOT_DONE, GONE, UNTOLD = Obedience
ORDERS = tuple(call for call in Call if call is not Call.CREATE)
WEB, SSH, JUPYTER = (
    Port(number=8080, protocol="http"),
    Port(number=22, protocol="tcp"),
    Port(number=8888, protocol="http"),
)
DATA, CACHE = Mount(id="vol-1", mount_point="/data"), Mount(id="vol-2", mount_point="/cache")


def seal(text: str) -> Sealed:
    """A seal that tests can predict."""
    return Sealed(key_id="k1", digest=f"digest of {text}")


FIRST = (Env(key="RUN", value="nightly"), Env(key="TOKEN", value=seal("first")))
BEFORE: dict[str, FieldValue] = {
    "name": "trainer",
    "imageUrl": "pytorch:2.6",
    "imageAuthId": "",
    "envs": FIRST,
    "command": "train",
    "networkStorages": (DATA,),
    "ports": (WEB,),
    "rootfsSize": 60,
    "billingMode": "onDemand",
}
# How the service shows the machine before.
LIVE: dict[str, FieldValue] = {
    **BEFORE,
    "envs": (Env(key="RUN", value="nightly"), Env(key="TOKEN", value="first"), Env(key="PLATFORM", value="x")),
    "entrypoint": "",
}


def a_live(phase: Phase = Phase.RUNNING, *, under_way: Call | None = None, **facts: Any) -> LiveInstance:
    """A machine in this phase."""
    fields = facts.pop("fields", LIVE)
    facts = {"name": "trainer", "status": phase.value, "envs_shown": True, **facts}
    return LiveInstance(id="id-1", phase=phase, fields=fields, under_way=under_way, **facts)


def found(
    call: Call,
    sight: Seen | NotFound | Unreadable | LiveInstance,
    *,
    before: dict[str, FieldValue] | None = None,
    shown: dict[str, FieldValue] | None = None,
    **changes: FieldValue,
) -> Finding:
    """What a look tells of an order that changes these fields."""
    fields = BEFORE if before is None else before
    record = dataclasses.replace(a_record(fields=fields), shown=shown or {})
    order = an_order(record, call)
    if order.after is not None:
        order = dataclasses.replace(order, after=dataclasses.replace(order.after, fields={**fields, **changes}))
    return obeyed(order, Seen(instance=sight) if isinstance(sight, LiveInstance) else sight, before=record, seal=seal)


def told(call: Call, sight: Seen | NotFound | Unreadable | LiveInstance, **facts: Any) -> Obedience:
    """The word alone."""
    return found(call, sight, **facts).obedience


@pytest.mark.parametrize("call", ORDERS)
def test_a_machine_that_is_not_there(call: Call) -> None:
    """A deletion is done, and anything else is over with the machine."""
    expected = DONE if call is Call.DELETE else GONE

    assert told(call, NotFound()) is expected
    assert told(call, a_live(Phase.REMOVED)) is expected


@pytest.mark.parametrize("call", ORDERS)
def test_a_look_that_failed_tells_nothing(call: Call) -> None:
    """And why."""
    assert found(call, Unreadable(reason="Status 502.")) == Finding(obedience=UNTOLD, reason="Status 502.")


@pytest.mark.parametrize("call", [call for call in ORDERS if call not in {Call.EDIT, Call.CONVERT}])
def test_a_status_of_the_call_says_that_it_was_taken(call: Call) -> None:
    """Whatever the fields show meanwhile."""
    phase = Phase.LEAVING if call is Call.DELETE else Phase.BUSY

    assert told(call, a_live(phase, under_way=call), command="test") is UNDER_WAY


BY_PHASE = {
    (Call.DELETE, Phase.LEAVING): UNDER_WAY,
    (Call.DELETE, Phase.RUNNING): NOT_DONE,
    (Call.DELETE, Phase.STOPPED): NOT_DONE,
    (Call.DELETE, Phase.BUSY): NOT_DONE,
    (Call.START, Phase.RUNNING): DONE,
    (Call.START, Phase.STOPPED): NOT_DONE,
    (Call.STOP, Phase.STOPPED): DONE,
    (Call.STOP, Phase.RUNNING): NOT_DONE,
}
POWER = (Call.DELETE, Call.START, Call.STOP, Call.RESTART)


@pytest.mark.parametrize(("call", "phase"), [*product(POWER, [each for each in Phase if each is not Phase.REMOVED])])
def test_the_phase_tells_of_power_and_deletion(call: Call, phase: Phase) -> None:
    """What is on its way elsewhere, or unknown, tells nothing; of a restart no phase does."""
    finding = found(call, a_live(phase))

    assert finding.obedience is BY_PHASE.get((call, phase), UNTOLD)
    assert bool(finding.reason) is (finding.obedience is UNTOLD)


def test_a_status_that_is_not_shown_is_said_to_be() -> None:
    """Nobody reads two empty quotes."""
    assert found(Call.START, a_live(Phase.UNKNOWN, status="")).reason == "The service shows no status of it."
    assert found(Call.START, a_live(Phase.BUSY, status="migrating")).reason == "Its status is `migrating`."


def live_with(**changes: FieldValue | None) -> dict[str, FieldValue]:
    """The live fields with these changes; None for one that is not shown."""
    return {name: value for name, value in {**LIVE, **changes}.items() if value is not None}


# What the edit changes, what is shown, and what that tells.
EDITS: dict[str, tuple[dict[str, FieldValue], dict[str, FieldValue], Obedience]] = {
    "ports as asked for": ({"ports": (WEB, SSH)}, live_with(ports=(SSH, WEB)), DONE),
    "ports as before": ({"ports": (WEB, SSH)}, LIVE, NOT_DONE),
    "other ports": ({"ports": (WEB, SSH)}, live_with(ports=(SSH,)), UNTOLD),
    "ports not shown": ({"ports": (WEB, SSH)}, live_with(ports=None), UNTOLD),
    "every port closed": ({"ports": ()}, live_with(ports=()), DONE),
    "no port closed": ({"ports": ()}, LIVE, NOT_DONE),
    "a larger disk": ({"rootfsSize": 80}, live_with(rootfsSize=80), DONE),
    "the same disk": ({"rootfsSize": 80}, LIVE, NOT_DONE),
    "a disk between": ({"rootfsSize": 80}, live_with(rootfsSize=70), UNTOLD),
    "a disk that is not shown": ({"rootfsSize": 80}, live_with(rootfsSize=None), UNTOLD),
    "both": ({"ports": (SSH,), "rootfsSize": 80}, live_with(ports=(SSH,), rootfsSize=80), DONE),
    "neither": ({"ports": (SSH,), "rootfsSize": 80}, LIVE, NOT_DONE),
    "a larger disk and the ports before": (
        {"ports": (SSH,), "rootfsSize": 80},
        live_with(rootfsSize=80),
        UNTOLD,
    ),
    "a larger disk and other ports": (
        {"ports": (SSH,), "rootfsSize": 80},
        live_with(rootfsSize=80, ports=()),
        UNTOLD,
    ),
    "the same disk and other ports": ({"ports": (SSH,), "rootfsSize": 80}, live_with(ports=()), NOT_DONE),
    "the same ports and a disk that is not shown": (
        {"ports": (SSH,), "rootfsSize": 80},
        live_with(rootfsSize=None),
        NOT_DONE,
    ),
    "drifted ports mended": ({}, LIVE, DONE),
    "drifted ports not mended": ({}, live_with(ports=(SSH,)), NOT_DONE),
    "drifted ports not shown": ({}, live_with(ports=None), UNTOLD),
}


@pytest.mark.parametrize("name", EDITS)
def test_ports_and_size_tell_of_an_edit(name: str) -> None:
    """As asked for, as before, or neither: then a person decides, for a disk must not grow twice."""
    changes, live, expected = EDITS[name]

    assert told(Call.EDIT, a_live(fields=live), **changes) is expected


def test_ports_of_tools_among_the_others_say_nothing() -> None:
    """Unless they are asked for as ports too."""
    tools = (Tool(name="Jupyter", port="8888", type="http"),)
    before = {**BEFORE, "tools": tools}
    asked, was = live_with(ports=(WEB, SSH, JUPYTER)), live_with(ports=(WEB, JUPYTER))

    assert told(Call.EDIT, a_live(fields=asked), before=before, ports=(WEB, SSH)) is DONE
    assert told(Call.EDIT, a_live(fields=was), before=before, ports=(WEB, SSH)) is NOT_DONE
    assert told(Call.EDIT, a_live(fields=was), before=before, ports=(WEB, JUPYTER)) is DONE
    assert told(Call.EDIT, a_live(fields=was), before=before, shown={"ports": (WEB, JUPYTER)}) is DONE


def envs(*, token: str = "first", **plain: str) -> tuple[Env, ...]:
    """Envs as the service shows them."""
    return (*(Env(key=key, value=value) for key, value in plain.items()), Env(key="TOKEN", value=token))


ROTATED = (Env(key="RUN", value="nightly"), Env(key="TOKEN", value=seal("second")))
OTHER_KEY = (Env(key="RUN", value="nightly"), Env(key="TOKEN", value=Sealed(key_id="k2", digest="?")))
UPGRADES: dict[str, tuple[dict[str, FieldValue], dict[str, FieldValue], Obedience]] = {
    "the image asked for": ({"imageUrl": "pytorch:2.7"}, live_with(imageUrl="pytorch:2.7"), DONE),
    "the image before": ({"imageUrl": "pytorch:2.7"}, LIVE, NOT_DONE),
    "another image": ({"imageUrl": "pytorch:2.7"}, live_with(imageUrl="ubuntu"), UNTOLD),
    "an image that is not shown": ({"imageUrl": "pytorch:2.7"}, live_with(imageUrl=None), UNTOLD),
    "registry credentials": ({"imageAuthId": "a1"}, live_with(imageAuthId="a1"), DONE),
    "no registry credentials": ({"imageAuthId": "a1"}, LIVE, NOT_DONE),
    "an entry point": ({"entrypoint": "/bin/sh"}, live_with(entrypoint="/bin/sh"), DONE),
    "no entry point": ({"entrypoint": "/bin/sh"}, LIVE, NOT_DONE),
    "a command cleared": ({"command": ""}, live_with(command=""), DONE),
    "a command not cleared": ({"command": ""}, LIVE, NOT_DONE),
    "a command that is not shown": ({"command": ""}, live_with(command=None), UNTOLD),
    "mounts in another order": (
        {"networkStorages": (DATA, CACHE)},
        live_with(networkStorages=(CACHE, DATA)),
        DONE,
    ),
    "a mount missing": ({"networkStorages": (DATA, CACHE)}, LIVE, NOT_DONE),
    "a secret that was sent": ({"envs": ROTATED}, live_with(envs=envs(RUN="nightly", token="second")), DONE),
    "a secret from before": ({"envs": ROTATED}, LIVE, NOT_DONE),
    "another secret": ({"envs": ROTATED}, live_with(envs=envs(RUN="nightly", token="third")), UNTOLD),
    "a secret under another key, which may be the same one": ({"envs": OTHER_KEY}, LIVE, UNTOLD),
    "a secret under another key, and a command": (
        {"envs": OTHER_KEY, "command": "run"},
        live_with(command="run"),
        DONE,
    ),
    "an env added under another key": (
        {"envs": (*FIRST, Env(key="NEW", value=Sealed(key_id="k2", digest="?")))},
        live_with(envs=envs(RUN="nightly", NEW="1")),
        UNTOLD,
    ),
    "envs that are not shown": ({"envs": ROTATED}, live_with(envs=None), UNTOLD),
    "an env added": (
        {"envs": (*ROTATED, Env(key="NEW", value="1"))},
        live_with(envs=envs(RUN="nightly", NEW="1", token="second")),
        DONE,
    ),
    "an env not removed": ({"envs": ROTATED[1:]}, live_with(envs=envs(RUN="nightly", token="second")), UNTOLD),
    "an env removed": ({"envs": ROTATED[1:]}, live_with(envs=envs(token="second")), DONE),
    "an image whose name the service rewrites": (
        {"imageUrl": "pytorch:2.7", "command": "run"},
        live_with(imageUrl="docker.io/pytorch:2.7", command="run"),
        DONE,
    ),
    "half of it": ({"imageUrl": "pytorch:2.7", "command": "run"}, live_with(command="run"), UNTOLD),
    "a command alone that is shown": (
        {"imageUrl": "pytorch:2.7", "command": "run"},
        live_with(imageUrl=None, command="run"),
        DONE,
    ),
    "a drifted env mended": ({}, LIVE, DONE),
    "a drifted env not mended": ({}, live_with(envs=envs(RUN="weekly")), NOT_DONE),
    "an env that is gone not mended": ({}, live_with(envs=envs()), NOT_DONE),
    "a drifted secret not mended": ({}, live_with(envs=envs(RUN="nightly", token="x")), NOT_DONE),
    "drift that is not shown": ({}, live_with(imageUrl=None), UNTOLD),
    "nothing where nothing was asked for": ({}, live_with(imageAuthId=None, entrypoint=None), DONE),
}


@pytest.mark.parametrize("name", UPGRADES)
def test_the_fields_tell_of_an_upgrade(name: str) -> None:
    """Only those that it changes; envs one by one, secrets by their seals."""
    changes, live, expected = UPGRADES[name]

    assert told(Call.UPGRADE, a_live(fields=live), **changes) is expected


def test_what_the_service_showed_all_along_counts_as_before() -> None:
    """It may have rewritten what it was sent: that it shows the same still says that nothing was done."""
    live = live_with(imageUrl="docker.io/pytorch:2.6")
    shown: dict[str, FieldValue] = {"imageUrl": "docker.io/pytorch:2.6"}

    assert told(Call.UPGRADE, a_live(fields=live), imageUrl="pytorch:2.7") is UNTOLD
    assert told(Call.UPGRADE, a_live(fields=live), shown=shown, imageUrl="pytorch:2.7") is NOT_DONE
    assert told(Call.UPGRADE, a_live(fields=live), shown=shown) is DONE
    assert told(Call.UPGRADE, a_live(fields={**live, "command": "x"}), shown=shown) is NOT_DONE


def test_a_secret_that_can_not_be_compared_leaves_mending_open() -> None:
    """It may be what had drifted."""
    before = {**BEFORE, "envs": OTHER_KEY}

    assert told(Call.UPGRADE, a_live(fields=LIVE), before=before) is UNTOLD


def test_what_is_in_doubt_is_named_without_its_value() -> None:
    """For whoever has to decide."""
    live = live_with(envs=envs(RUN="nightly", token="third"))
    finding = found(Call.UPGRADE, a_live(fields=live), envs=ROTATED)

    assert "`envs.TOKEN`" in finding.reason
    assert "third" not in finding.reason


BILLING = [
    ({"billingMode": "monthly"}, None, DONE),
    ({"billingMode": "onDemand"}, None, NOT_DONE),
    ({"billingMode": "spot"}, 1_800_000_000, NOT_DONE),
    ({"billingMode": ""}, 1_800_000_000, DONE),
    ({"billingMode": ""}, 0, NOT_DONE),
    ({}, 1_800_000_000, DONE),
    ({}, None, UNTOLD),
]


@pytest.mark.parametrize(("fields", "end_time", "expected"), BILLING)
def test_billing_tells_of_a_conversion(
    fields: dict[str, FieldValue], end_time: int | None, expected: Obedience
) -> None:
    """Its mode, and where that is not shown, whether there is an end."""
    assert told(Call.CONVERT, a_live(fields=fields, end_time=end_time), billingMode="monthly") is expected


@pytest.mark.parametrize("phase", [Phase.BUSY, Phase.LEAVING, Phase.UNKNOWN])
@pytest.mark.parametrize(
    ("call", "changes", "live"),
    [
        (Call.EDIT, {"rootfsSize": 80}, live_with(rootfsSize=80)),
        (Call.UPGRADE, {"command": "run"}, live_with(command="run")),
        (Call.CONVERT, {"billingMode": "monthly"}, live_with(billingMode="monthly")),
    ],
)
def test_of_a_machine_that_is_not_at_rest_only_what_was_done_is_believed(
    phase: Phase, call: Call, changes: dict[str, FieldValue], live: dict[str, FieldValue]
) -> None:
    """What it does not show yet may come."""
    assert told(call, a_live(phase, fields=live), **changes) is DONE
    assert told(call, a_live(phase, fields=LIVE), **changes) is UNTOLD


def an_odd_order(call: Call) -> tuple[Order, Record]:
    """An order that can't be recorded."""
    record = a_record(fields=BEFORE)
    return dataclasses.replace(an_order(record), call=call, after=None), record


@pytest.mark.parametrize("call", [Call.CREATE, Call.EDIT])
def test_an_order_that_can_not_be_is_a_bug(call: Call) -> None:
    """A journal refuses it before anything is sent."""
    order, record = an_odd_order(call)

    with pytest.raises(Bug):
        obeyed(order, Seen(instance=a_live()), before=record, seal=seal)
