"""`--refresh-only`: records follow what is live, and nothing is asked of any machine."""

from dataclasses import replace
from typing import Any

import pytest

from gpuspec.model.instance import Handling, Instance
from gpuspec.model.live import Observation, Phase
from gpuspec.model.plan import ActionKind, Plan
from gpuspec.model.state import Record
from gpuspec.model.values import Port, Tool
from gpuspec.planning.noting import accepted
from gpuspec.planning.scope import Scope
from tests.builders.planning import a_live, a_plan, a_record, a_state, an_instance, an_observation, envs, seal

REFRESH = Scope(refresh_only=True)
GONE = an_observation(gone=frozenset({"id-trainer"}))


def refreshed(*instances: Instance, record: Record | None, observation: Observation) -> Plan:
    """The plan of a mere refresh."""
    state = a_state() if record is None else a_state(record)
    return a_plan(*instances, state=state, observation=observation, scope=REFRESH)


def decided(plan: Plan) -> list[tuple[ActionKind, str]]:
    return [(action.kind, action.reason) for action in plan.actions]


SHOWN = replace(a_record(), shown={"rootfsSize": 60, "imageUrl": "a"})
TOOLS = (Tool(name="Jupyter", port="8888", type="http"),)
WEB, JUPYTER = Port(number=8080, protocol="http"), Port(number=8888, protocol="http")


def test_drift_in_any_field_is_accepted() -> None:
    """Also where no call could set it back; only the record is written."""
    plan = refreshed(an_instance(), record=SHOWN, observation=an_observation(a_live(rootfsSize=80, imageUrl="a")))

    (action,) = plan.actions
    assert (action.kind, action.reason, action.calls) == (ActionKind.NOTE, "drift-accepted", ())
    assert action.explanation == "what the API shows in `rootfsSize` is taken for what it is; no request is sent"


def test_drift_of_what_left_the_spec_is_accepted() -> None:
    """It is compared in the fields that its spec named last, and in no others."""
    live = an_observation(a_live(rootfsSize=80, imageUrl="a"))

    assert decided(refreshed(record=SHOWN, observation=live)) == [(ActionKind.NOTE, "drift-accepted")]
    unnamed = replace(SHOWN, named=frozenset({"imageUrl"}))
    assert decided(refreshed(record=unnamed, observation=live)) == [(ActionKind.KEEP, "refresh-only")]


def test_drift_is_accepted_in_what_the_spec_names_now() -> None:
    """Whatever it named when the machine was made."""
    record = replace(SHOWN, named=frozenset())
    plan = refreshed(an_instance(), record=record, observation=an_observation(a_live(rootfsSize=80, imageUrl="a")))

    assert decided(plan) == [(ActionKind.NOTE, "drift-accepted")]


@pytest.mark.parametrize("instances", [(an_instance(tools=TOOLS, ports=(WEB,)),), ()], ids=["wanted", "left the spec"])
def test_the_ports_of_tools_are_nothing_to_accept(instances: tuple[Instance, ...]) -> None:
    """The service may show them among the others or not."""
    record = replace(a_record(tools=TOOLS, ports=(WEB,)), shown={"ports": (WEB,)})
    plan = refreshed(*instances, record=record, observation=an_observation(a_live(ports=(WEB, JUPYTER))))

    assert decided(plan) == [(ActionKind.KEEP, "refresh-only")]


def test_what_is_gone_shows_no_changes() -> None:
    """What the spec asks of it is asked of nothing that is there."""
    (action,) = refreshed(an_instance(gpuNum=2, command="run"), record=SHOWN, observation=GONE).actions

    assert (action.reason, action.changes) == ("gone-accepted", ())


@pytest.mark.parametrize("instances", [(an_instance(),), (an_instance("other"),)], ids=["wanted", "left the spec"])
def test_what_is_gone_is_forgotten(instances: tuple[Instance, ...]) -> None:
    """It is neither made again nor looked for."""
    plan = refreshed(*instances, record=a_record(), observation=GONE)

    assert decided(plan) == [(ActionKind.FORGET, "gone-accepted")]


def test_a_record_with_a_replaced_machine_is_not_dropped() -> None:
    """That machine is still to be deleted, and would be forgotten with it."""
    plan = refreshed(an_instance(), record=replace(a_record(), outgoing=("id-8",)), observation=GONE)

    assert decided(plan) == [(ActionKind.KEEP, "refresh-only")]


@pytest.mark.parametrize(
    ("instances", "record", "live"),
    [
        ((an_instance(gpuNum=2),), SHOWN, a_live(rootfsSize=60)),
        ((an_instance(imageUrl="b"),), SHOWN, a_live(rootfsSize=60, imageUrl="a")),
        ((), SHOWN, a_live(rootfsSize=60)),
        ((an_instance(),), SHOWN, a_live(phase=Phase.BUSY, rootfsSize=80)),
        ((an_instance(),), replace(a_record(), outgoing=("id-8",)), a_live()),
        ((an_instance(source="b.yaml"),), SHOWN, a_live()),
        (
            (an_instance(handling=Handling(ignore_changes=frozenset({"rootfsSize"}))),),
            SHOWN,
            a_live(rootfsSize=80),
        ),
    ],
    ids=["fixed field", "in place", "removed", "busy", "outgoing", "another file", "ignored"],
)
def test_everything_else_is_kept(instances: tuple[Instance, ...], record: Record, live: Any) -> None:
    """What the spec asks for beside waits for another apply."""
    plan = refreshed(*instances, record=record, observation=an_observation(live))

    assert decided(plan) == [(ActionKind.KEEP, "refresh-only")]
    assert plan.actions[0].changes == ()


def test_what_is_not_recorded_is_left_out() -> None:
    """It is for another apply to make."""
    assert refreshed(an_instance(), record=None, observation=an_observation()).actions == ()


@pytest.mark.parametrize(
    ("observation", "reason"),
    [
        (an_observation(incomplete="Page 2 gave an error."), "unproven"),
        (an_observation(a_live(phase=Phase.UNKNOWN)), "unknown-status"),
        (an_observation(a_live(phase=Phase.LEAVING)), "leaving"),
    ],
)
def test_doubts_are_told_as_ever(observation: Observation, reason: str) -> None:
    """What can't be told is not accepted either."""
    assert [found for _, found in decided(refreshed(an_instance(), record=SHOWN, observation=observation))] == [reason]


def test_an_accepted_record_differs_in_what_is_shown_alone() -> None:
    """Fields without drift keep what they showed; a secret is sealed; once accepted, there is no drift."""
    record = replace(
        a_record(envs=envs(TOKEN=seal("x"), RUN="1")),
        shown={"rootfsSize": 60, "imageUrl": "a", "envs": envs(TOKEN=seal("x"), RUN="1")},
    )
    instance = an_instance(envs=envs(TOKEN=seal("x"), RUN="1"))
    live = a_live(rootfsSize=80, envs=envs(TOKEN="y"))
    observation = an_observation(live)
    (action,) = refreshed(instance, record=record, observation=observation).actions

    after = accepted(record, live.fields, action.drift, seal=seal)

    assert after == replace(record, shown={"rootfsSize": 80, "imageUrl": "a", "envs": envs(TOKEN=seal("y"))})
    assert decided(a_plan(instance, state=a_state(after), observation=observation)) == [(ActionKind.KEEP, "unchanged")]
