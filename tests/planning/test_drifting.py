"""What drifted, what is merely pending, what can't be told, what can't be verified: each is listed as what it is."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from gpuspec.model.drift import Drifted, DriftReport, Unseen, Unverified
from gpuspec.model.instance import Instance, Lifecycle, Power
from gpuspec.model.live import LiveInstance, Observation, Phase
from gpuspec.model.marker import MarkerMode
from gpuspec.model.plan import Certainty, Change
from gpuspec.model.state import Call, OpenOrder, Order, Record, State
from gpuspec.model.values import Port, Tool
from gpuspec.planning.drifting import drift_report
from tests.builders.planning import (
    BASE,
    BIRTH,
    a_live,
    a_marker,
    a_plan,
    a_record,
    a_state,
    a_tombstone,
    an_instance,
    an_intent,
    an_observation,
    envs,
    marked,
    seal,
)

SHOWN: dict[str, Any] = {name: BASE[name] for name in ("productId", "gpuNum", "rootfsSize", "imageUrl")}
DISK = Unverified(field="diskSize", why=Unseen.NEVER_SHOWN, addresses=("trainer",))


def a_shown_record(shown: dict[str, Any] | None = None, **fields: Any) -> Record:
    """A record that was read back when it was made."""
    return replace(a_record(**fields), shown={**SHOWN, **(shown or {})})


def a_row(**fields: Any) -> LiveInstance:
    """The row as it was shown, but for these fields; a field that is None is not shown."""
    shown = {name: value for name, value in {**SHOWN, **fields}.items() if value is not None}
    return a_live(**shown)


def report(instances: Iterable[Instance], state: State, *rows: LiveInstance, **parts: Any) -> DriftReport:
    """The drift of these instances."""
    desired = {instance.address: instance for instance in instances}
    observation: Observation = an_observation(*rows, **parts)
    return drift_report(a_plan(*desired.values(), state=state, observation=observation), desired, state, observation)


def test_what_is_shown_as_before_is_in_step() -> None:
    """A field that the API never shows is told of."""
    found = report([an_instance()], a_state(a_shown_record()), a_row())

    assert (found.drifted, found.pending, found.doubts) == ((), (), ())
    assert (found.in_step, found.unverified, found.exit_status) == (1, (DISK,), 0)


def test_what_is_shown_otherwise_has_drifted() -> None:
    """Before is what was shown when we last wrote, after what is live."""
    found = report([an_instance()], a_state(a_shown_record()), a_row(gpuNum=2, imageUrl="other"))

    changes = (
        Change(field="gpuNum", before=1, after=2),
        Change(field="imageUrl", before="pytorch/pytorch:latest", after="other"),
    )
    assert found.drifted == (Drifted(address="trainer", id="id-trainer", changes=changes),)
    assert (found.in_step, found.pending, found.exit_status) == (0, (), 8)


def test_an_unapplied_spec_is_pending_and_no_drift() -> None:
    """A changed field, a new address, an address that left the spec."""
    state = a_state(a_shown_record(), a_record("left", nonce="00000000000000bb"))
    found = report([an_instance(gpuNum=2), an_instance("new")], state, a_row(), a_live("id-left"))

    assert {action.address: action.reason for action in found.pending} == {
        "trainer": "fixed-field-changed",
        "left": "removed",
        "new": "new",
    }
    assert (found.drifted, found.in_step, found.exit_status) == ((), 1, 0)


def test_an_instance_may_be_drifted_and_pending() -> None:
    """Both are told."""
    found = report([an_instance(command="run")], a_state(a_shown_record()), a_row(imageUrl="other"))

    assert [drifted.address for drifted in found.drifted] == ["trainer"]
    assert [action.reason for action in found.pending] == ["changed"]
    assert found.exit_status == 8


def test_a_drift_that_is_to_be_set_back_is_drift_and_nothing_pending() -> None:
    """The next apply mends it; the spec asks for nothing else than before."""
    found = report([an_instance()], a_state(a_shown_record()), a_row(imageUrl="other"))

    assert ([drifted.address for drifted in found.drifted], found.pending) == (["trainer"], ())


def test_a_machine_in_another_power_than_desired_is_pending() -> None:
    """What it shows is nothing that was recorded, so that it is no drift."""
    wanted = an_instance(lifecycle=Lifecycle(desired=Power.STOPPED))
    found = report([wanted], a_state(replace(a_shown_record(), lifecycle=wanted.lifecycle)), a_row())

    assert ([action.reason for action in found.pending], found.exit_status) == (["power"], 0)


@pytest.mark.parametrize("wanted", [True, False])
def test_an_instance_that_is_proven_gone_is_missing(wanted: bool) -> None:
    """Whether the spec still has it or not; that it would be made anew is nothing else."""
    instances = [an_instance()] if wanted else [an_instance("other")]
    state = a_state(a_shown_record(), a_record("other", nonce="00000000000000bb"))
    found = report(instances, state, a_live("id-other"), gone=frozenset({"id-trainer"}))

    assert found.drifted == (Drifted(address="trainer", id="id-trainer", missing=True),)
    assert [action.address for action in found.pending] == ([] if not wanted else ["other"])
    assert found.exit_status == 8


def test_an_instance_that_we_have_deleted_is_not_missing() -> None:
    """Its order is open until its end is proven."""
    order = Order(
        nonce="00000000000000cc",
        call=Call.DELETE,
        address="trainer",
        id="id-trainer",
        at=1.0,
        timeout_s=60.0,
        digest="d",
        after=None,
    )
    state = a_state(a_shown_record(), orders={order.nonce: OpenOrder(order=order, obeyed_at=2.0)})

    assert report([an_instance()], state, gone=frozenset({"id-trainer"})).drifted == ()


@pytest.mark.parametrize(
    ("row", "parts"),
    [
        (None, {"incomplete": "Page 2 could not be read."}),
        (None, {"unproven": {"id-trainer": "The service answered with 502."}}),
        (a_live(phase=Phase.UNKNOWN, **{**SHOWN, "gpuNum": 2}), {}),
        (a_live(phase=Phase.LEAVING, **{**SHOWN, "gpuNum": 2}), {}),
    ],
    ids=["incomplete list", "unreadable", "unknown status", "leaving"],
)
def test_doubt_is_never_drift(row: LiveInstance | None, parts: dict[str, Any]) -> None:
    """It is told as what it is, and the exit status says that something can't be told."""
    found = report([an_instance()], a_state(a_shown_record()), *((row,) if row else ()), **parts)

    assert (found.drifted, found.in_step, len(found.doubts), found.exit_status) == ((), 0, 1, 4)


def test_an_instance_on_the_move_may_show_anything() -> None:
    """What it shows while it restarts proves nothing; what is shown as before is in step all the same."""
    moving = a_live(phase=Phase.BUSY, **{**SHOWN, "gpuNum": 2})
    still = a_live(phase=Phase.BUSY, **SHOWN)
    found = report([an_instance()], a_state(a_shown_record()), moving)

    assert [(action.reason, action.explanation) for action in found.doubts] == [
        ("busy", "id-trainer is `busy`, so `gpuNum` may be on the move")
    ]
    assert found.exit_status == 4
    assert report([an_instance()], a_state(a_shown_record()), still).exit_status == 0


@pytest.mark.parametrize("phase", [Phase.RUNNING, Phase.STOPPED])
def test_a_machine_at_rest_shows_what_it_is(phase: Phase) -> None:
    """A stopped one too; that it is stopped is its status, and no field of the spec."""
    state = a_state(a_shown_record())

    assert report([an_instance()], state, a_live(phase=phase, **SHOWN)).exit_status == 0
    assert report([an_instance()], state, a_live(phase=phase, **{**SHOWN, "gpuNum": 2})).exit_status == 8


def test_open_requests_and_strays_weigh_most() -> None:
    """Drift beside them is listed."""
    intent, tombstone = an_intent("open"), a_tombstone("late", nonce="00000000000000bb")
    state = a_state(
        a_shown_record(nonce="00000000000000cc"),
        intents={intent.intent.nonce: intent},
        tombstones={"00000000000000bb": tombstone},
    )
    stray = a_live("id-9", trace=marked(a_marker("late", nonce="00000000000000bb")))
    found = report([an_instance()], state, a_row(gpuNum=2), stray)

    assert sorted((action.kind.value, action.address) for action in found.doubts) == [
        ("stray", "late"),
        ("unresolved", "open"),
    ]
    assert ([drifted.address for drifted in found.drifted], found.exit_status) == (["trainer"], 7)


def test_what_the_platform_adds_is_no_drift() -> None:
    """Envs that the spec does not name, and the ports of its tools."""
    fields: dict[str, Any] = {
        "envs": envs(RUN="nightly"),
        "ports": (Port(number=8080, protocol="tcp"),),
        "tools": (Tool(name="Jupyter", port="8888", type="http"),),
    }
    shown = {name: fields[name] for name in ("envs", "ports")}
    row = a_row(
        envs=envs(RUN="nightly", NVIDIA_VISIBLE_DEVICES="all"),
        ports=(Port(number=8888, protocol="http"), Port(number=8080, protocol="tcp")),
    )
    found = report([an_instance(**fields)], a_state(a_shown_record(shown, **fields)), row)

    assert (found.drifted, found.in_step) == ((), 1)


def test_a_field_that_the_spec_does_not_name_is_not_compared() -> None:
    """The service chose the cluster itself."""
    record = a_shown_record({"clusterId": "us-ca-6"}, clusterId="")
    instance = replace(an_instance(clusterId=""), named=frozenset(BASE))

    assert report([instance], a_state(record), a_row(clusterId="eu-gb-1")).exit_status == 0


def test_what_was_not_shown_can_not_be_verified() -> None:
    """Then, now, never, or blanked; each with its addresses."""
    fields: dict[str, Any] = {"clusterId": "us-ca-6", "billingMode": "onDemand", "networkId": "vpc-1", "command": "run"}
    record = a_shown_record({"clusterId": "us-ca-6", "billingMode": "onDemand", "command": "run"}, **fields)
    found = report([an_instance(**fields)], a_state(record), a_row(billingMode="", networkId="vpc-1", command="run"))

    assert [(each.field, each.why) for each in found.unverified] == [
        ("diskSize", Unseen.NEVER_SHOWN),
        ("clusterId", Unseen.NOT_SHOWN_NOW),
        ("networkId", Unseen.NOT_SHOWN_THEN),
        ("billingMode", Unseen.NOT_SHOWN_NOW),
    ]
    assert found.exit_status == 0


def test_one_variable_that_was_not_shown_is_named() -> None:
    """One that is empty may be left out."""
    fields: dict[str, Any] = {"envs": envs(RUN="nightly", HIDDEN="x", EMPTY="")}
    record = a_shown_record({"envs": envs(RUN="nightly")}, **fields)
    found = report([an_instance(**fields)], a_state(record), a_row(envs=envs(RUN="nightly")))

    assert Unverified(field="envs.HIDDEN", why=Unseen.NOT_SHOWN_THEN, addresses=("trainer",)) in found.unverified
    assert not [each for each in found.unverified if each.field == "envs.EMPTY"]


def test_secrets_of_another_key_can_not_be_verified() -> None:
    """Neither against what is live nor against the spec; with one key they drift like any text."""
    sealed: dict[str, Any] = {"envs": envs(TOKEN=seal("hush"))}
    other: dict[str, Any] = {"envs": envs(TOKEN=seal("hush", "key2"))}
    live = a_row(envs=envs(TOKEN="hush"))
    doubtful = report([an_instance(**sealed)], a_state(a_shown_record(other, **other)), live)
    drifted = report([an_instance(**sealed)], a_state(a_shown_record(sealed, **sealed)), a_row(envs=envs(TOKEN="loud")))

    assert (doubtful.drifted, doubtful.pending, doubtful.exit_status) == ((), (), 0)
    assert Unverified(field="envs.TOKEN", why=Unseen.SECRET, addresses=("trainer",)) in doubtful.unverified
    (change,) = drifted.drifted[0].changes
    assert (change.field, change.certainty) == ("envs.TOKEN", Certainty.DIFFERENT)
    assert "loud" not in repr(drifted)


def test_equal_reasons_are_gathered() -> None:
    """One line a field, not one an instance."""
    records = [replace(a_record(name, nonce=f"{at:016x}"), shown=SHOWN) for at, name in enumerate("abc")]
    found = report(
        [an_instance(name) for name in "abc"], a_state(*records), *(a_live(f"id-{name}", **SHOWN) for name in "abc")
    )

    assert found.unverified == (Unverified(field="diskSize", why=Unseen.NEVER_SHOWN, addresses=("a", "b", "c")),)


def test_without_markers_a_namesake_is_a_doubt() -> None:
    """Whether it is there already can't be told."""
    state = a_state(birth=replace(BIRTH, marker=MarkerMode.OFF))

    assert report([an_instance()], state, a_live("id-7")).exit_status == 4
