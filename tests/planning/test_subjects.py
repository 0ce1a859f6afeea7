"""Single facts that the table asks about: what differs, readiness, what is stopped, what needs another machine."""

from dataclasses import replace
from typing import Any

import pytest

from gpuspec.model.instance import Lifecycle, Power
from gpuspec.model.live import LiveInstance, Phase
from gpuspec.model.plan import Absence, ActionKind, Certainty, Change
from gpuspec.model.state import Record
from gpuspec.model.values import FieldValue
from gpuspec.planning.scope import Claim, Scope
from gpuspec.planning.sightings import sort_out
from gpuspec.planning.subjects import accepting, comparison, facts_of, needs_replacement, subject_of
from gpuspec.planning.table import Facts
from tests.builders.planning import a_live, a_plan, a_record, a_state, an_instance, an_observation, seal


def facts(*, record: Record, phase: Phase, desired: Power = Power.RUNNING, scope: Scope | None = None) -> Facts:
    """What the table asks about the one machine that is recorded and live."""
    observation = an_observation(a_live(phase=phase))
    instance = an_instance(lifecycle=Lifecycle(desired=desired), source=record.source)
    subject = subject_of(
        "trainer",
        instance,
        replace(record, lifecycle=instance.lifecycle),
        intent=None,
        observation=observation,
        seal=seal,
    )
    asked = scope or Scope()
    return facts_of(subject, sort_out(observation, a_state(record), asked.moved), asked)


@pytest.mark.parametrize(
    ("recorded_ready", "phase", "desired", "expected"),
    [
        (True, Phase.BUSY, Power.RUNNING, True),
        (False, Phase.RUNNING, Power.RUNNING, True),
        (False, Phase.BUSY, Power.RUNNING, False),
        (False, Phase.STOPPED, Power.RUNNING, False),
        (False, Phase.STOPPED, Power.STOPPED, True),
        (False, Phase.BUSY, Power.STOPPED, False),
    ],
)
def test_a_machine_is_ready_when_it_rests_where_the_spec_wants_it(
    recorded_ready: bool, phase: Phase, desired: Power, expected: bool
) -> None:
    """Or when it was ready before."""
    assert facts(record=a_record(ready=recorded_ready), phase=phase, desired=desired).ready is expected


@pytest.mark.parametrize("phase", [Phase.RUNNING, Phase.STOPPED])
def test_a_machine_is_stopped_when_the_service_shows_it_so(phase: Phase) -> None:
    """Whatever the spec asks for."""
    assert facts(record=a_record(), phase=phase).stopped is (phase is Phase.STOPPED)


@pytest.mark.parametrize(
    ("field", "before", "after", "expected"),
    [
        ("productId", "a", "b", True),
        ("rootfsSize", 60, 61, False),
        ("rootfsSize", 60, 60, True),
        ("rootfsSize", 60, 59, True),
        ("rootfsSize", Absence.ABSENT, 60, True),
        ("rootfsSize", 60, Absence.ABSENT, True),
        ("billingMode", "onDemand", "monthly", False),
        ("billingMode", "spot", "onDemand", True),
        ("ports", "", "80/http", False),
        ("envs.RUN", "a", "b", False),
    ],
)
def test_a_change_that_no_call_brings_about_needs_another_machine(
    field: str, before: FieldValue | Absence, after: FieldValue | Absence, expected: bool
) -> None:
    """A disk only grows, and from a size that is known to one that is."""
    assert needs_replacement(Change(field=field, before=before, after=after)) is expected


@pytest.mark.parametrize(("read", "expected"), [("instances.yaml", Claim.COVERED), ("more.yaml", Claim.LOST_FILE)])
def test_a_record_is_claimed_by_the_file_that_it_was_made_from(read: str, expected: Claim) -> None:
    """One whose file is not there any more, and was not named, is claimed by nobody."""
    scope = Scope(whole=False, named=frozenset({read}))

    assert facts(record=a_record(), phase=Phase.RUNNING, scope=scope).claim is expected


@pytest.mark.parametrize("live", [(), (a_live(),)], ids=["gone", "there"])
def test_nothing_is_asked_of_a_machine_that_is_only_followed(live: tuple[LiveInstance, ...]) -> None:
    """Neither a change nor a note; whether it is there or not."""
    subject = subject_of(
        "trainer",
        an_instance(gpuNum=2, lifecycle=Lifecycle(protect=True)),
        a_record(),
        intent=None,
        observation=an_observation(*live),
        seal=seal,
    )

    after = accepting(subject, seal)

    assert (bool(subject.changes), bool(subject.noted)) == (True, True)
    assert (after.changes, after.noted) == ((), ())


def test_a_text_that_became_a_secret_is_compared_sealed() -> None:
    """The same text is no change; another one is, and surely so."""
    record = a_record(command="run")

    assert comparison(record, an_instance(command=seal("run")), None, seal=seal).changes == ()
    (change,) = comparison(record, an_instance(command=seal("walk")), None, seal=seal).changes
    assert (change.field, change.certainty) == ("command", Certainty.DIFFERENT)


def test_what_is_unknown_of_a_machine_is_taken_to_be_as_the_spec_has_it() -> None:
    """A rebuilt record does not know what the service never shows."""
    record = replace(a_record(diskSize=10), unknown=frozenset({"diskSize"}))

    assert comparison(record, an_instance(diskSize=80), None, seal=seal).changes == ()


@pytest.mark.parametrize(("fields", "scope"), [({"gpuNum": 2}, Scope()), ({}, Scope(replace=frozenset({"trainer"})))])
def test_a_machine_that_nobody_asked_about_is_replaced_by_what_is_recorded_of_it(
    fields: dict[str, Any], scope: Scope
) -> None:
    """How it is paid for is known from the record where the service was not asked."""
    plan = a_plan(
        an_instance(**fields), state=a_state(a_record()), observation=an_observation(asked=False), scope=scope
    )

    assert [action.kind for action in plan.actions] == [ActionKind.REPLACE]


def test_a_replacement_of_what_was_never_made_is_a_create() -> None:
    """There is no machine whose payment could hinder it."""
    plan = a_plan(an_instance(), scope=Scope(replace=frozenset({"trainer"})))

    assert [action.kind for action in plan.actions] == [ActionKind.CREATE]
