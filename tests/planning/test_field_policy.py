"""Desired × recorded × live × class of field: each combination with the action, the reason and the calls expected."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from gpuspec.model.field import Change
from gpuspec.model.fields import FIELDS
from gpuspec.model.instance import Handling, Lifecycle, Power
from gpuspec.model.live import Phase
from gpuspec.model.plan import Action, ActionKind
from gpuspec.model.secret import Sealed
from gpuspec.model.settings import Wait
from gpuspec.model.state import Call, Record
from gpuspec.model.values import FieldValue, Mount, Port, Tool
from gpuspec.planning.scope import Scope
from tests.builders.planning import a_live, a_plan, a_record, a_state, an_instance, an_observation, envs, seal

# Field -> a value as recorded and shown, and another one.
VALUES: dict[str, tuple[FieldValue, FieldValue]] = {
    "name": ("trainer", "teacher"),
    "productId": ("4090.16c62g", "other"),
    "gpuNum": (1, 2),
    "cpuNum": (16, 8),
    "memory": (62, 31),
    "diskSize": (60, 80),
    "rootfsSize": (60, 80),
    "imageUrl": ("a:1", "a:2"),
    "imageAuth": (seal("user:a"), seal("user:b")),
    "imageAuthId": ("one", "two"),
    "ports": ((Port(number=80, protocol="http"),), (Port(number=81, protocol="http"),)),
    "envs": (envs(RUN="1", KEPT="k"), envs(RUN="2", KEPT="k")),
    "tools": ((Tool(name="Jupyter", port="8888", type="http"),), (Tool(name="Jupyter", port="8889", type="http"),)),
    "command": ("run", "walk"),
    "entrypoint": ("/bin/sh", "/bin/bash"),
    "clusterId": ("us-ca-6", "us-ca-7"),
    "localStorageMountPoint": ("/a", "/b"),
    "networkStorages": ((Mount(id="s", mount_point="/a"),), (Mount(id="s", mount_point="/b"),)),
    "networkId": ("n1", "n2"),
    "kind": ("gpu", "cpu"),
    "billingMode": ("onDemand", "monthly"),
    "autoRenew": (False, True),
    "autoRenewMonth": (1, 2),
    "minCudaVersion": ("12.4", "12.8"),
}
# Months are no field of a machine that is not paid for ahead.
SINGLE = tuple(name for name in FIELDS if name != "month")
CALLS = {
    Change.EDIT: Call.EDIT,
    Change.GROW: Call.EDIT,
    Change.UPGRADE: Call.UPGRADE,
    Change.CONVERT: Call.CONVERT,
}
DRIFTS = (None, "other", "silent")
PHASES = (Phase.RUNNING, Phase.STOPPED, Phase.BUSY)
UNCHANGED = (ActionKind.KEEP, "unchanged", ())


def one(name: str, value: object) -> dict[str, Any]:
    """One field."""
    return {name: value}


def shown_record(name: str, value: FieldValue) -> Record:
    """A record of a machine that showed this value when it was last written."""
    return replace(a_record(**one(name, value)), shown={name: value})


def expected(name: str, *, changed: bool, drift: str | None, phase: Phase) -> tuple[ActionKind, str, tuple[Call, ...]]:
    """The policy of one field, in words of its own."""
    field = FIELDS[name]
    if changed and field.change is Change.REPLACE:
        return ActionKind.REPLACE, "fixed-field-changed", (Call.DELETE, Call.CREATE)
    if changed and name == "billingMode" and drift == "other":
        # It is paid for ahead by now, and no call does that twice.
        return ActionKind.REFUSED, "no-call", ()
    if changed:
        return ActionKind.UPDATE, "changed", (CALLS[field.change],)
    if drift == "other" and field.repairable and phase is not Phase.BUSY:
        return ActionKind.UPDATE, "drifted", (CALLS[field.change],)
    return UNCHANGED


@pytest.mark.parametrize("name", SINGLE)
def test_each_field_has_the_expected_action_whatever_is_live(name: str) -> None:
    """Desired as recorded or not, live as shown, otherwise or silent, at rest or busy."""
    before, after = VALUES[name]
    for changed, drift, phase in product((False, True), DRIFTS, PHASES):
        live = {} if drift == "silent" else one(name, before if drift is None else after)
        plan = a_plan(
            an_instance(**one(name, after if changed else before)),
            state=a_state(shown_record(name, before)),
            observation=an_observation(a_live(phase=phase, **live)),
        )

        (action,) = plan.actions
        combination = (name, changed, drift, phase)
        told = (action.kind, action.reason, action.calls)
        assert (combination, told) == (combination, expected(name, changed=changed, drift=drift, phase=phase))


@pytest.mark.parametrize("name", SINGLE)
def test_what_is_ignored_causes_nothing(name: str) -> None:
    """Neither a change nor drift is seen in it."""
    before, after = VALUES[name]
    plan = a_plan(
        an_instance(**one(name, after), handling=Handling(ignore_changes=frozenset({name}))),
        state=a_state(shown_record(name, before)),
        observation=an_observation(a_live(**one(name, after))),
    )

    (action,) = plan.actions
    assert (action.reason, action.changes, action.drift) == ("unchanged", (), ())


def test_one_env_can_be_ignored_and_the_others_not() -> None:
    """`envs.KEY` names it."""
    ignoring = Handling(ignore_changes=frozenset({"envs.RUN"}))
    record = shown_record("envs", envs(RUN="1", LR="1"))
    live = an_observation(a_live(envs=envs(RUN="3", LR="1")))

    kept = a_plan(an_instance(envs=envs(RUN="2", LR="1"), handling=ignoring), state=a_state(record), observation=live)
    changed = a_plan(
        an_instance(envs=envs(RUN="2", LR="2"), handling=ignoring), state=a_state(record), observation=live
    )

    assert [action.reason for action in kept.actions] == ["unchanged"]
    assert [[change.field for change in action.changes] for action in changed.actions] == [["envs.LR"]]


def decided(desired: dict[str, Any], recorded: dict[str, Any], **parts: Any) -> Action:
    """The one action of a running machine that was made with these fields."""
    instance = an_instance(**desired, **parts)
    plan = a_plan(instance, state=a_state(a_record(**recorded)), observation=an_observation(a_live()))
    return plan.actions[0]


MONTHLY: dict[str, Any] = {"billingMode": "monthly", "month": 1}


@pytest.mark.parametrize(
    ("recorded", "desired", "reason", "calls"),
    [
        ({}, MONTHLY, "changed", (Call.CONVERT,)),
        ({}, {"month": 3}, "changed", (Call.CONVERT,)),
        ({"billingMode": "onDemand"}, {"month": 3}, "changed", (Call.CONVERT,)),
        ({}, {"billingMode": "onDemand"}, "unchanged", ()),
        ({"billingMode": "onDemand"}, {}, "unchanged", ()),
        ({"billingMode": "onDemand"}, {"month": 0}, "unchanged", ()),
        ({}, {"billingMode": "spot"}, "fixed-field-changed", (Call.DELETE, Call.CREATE)),
        ({"billingMode": "spot"}, {"billingMode": "onDemand"}, "fixed-field-changed", (Call.DELETE, Call.CREATE)),
        ({"billingMode": "spot"}, MONTHLY, "fixed-field-changed", (Call.DELETE, Call.CREATE)),
        ({"billingMode": "spot"}, {"month": 1}, "fixed-field-changed", (Call.DELETE, Call.CREATE)),
        ({"billingMode": "spot"}, {}, "unchanged", ()),
        ({}, {**MONTHLY, "autoRenew": True}, "fixed-field-changed", (Call.DELETE, Call.CREATE)),
        (MONTHLY, {**MONTHLY, "month": 3}, "no-call", ()),
        (MONTHLY, {"billingMode": "onDemand"}, "no-call", ()),
        ({"month": 1}, {"billingMode": "onDemand"}, "no-call", ()),
        ({"month": 1}, MONTHLY, "unchanged", ()),
        (MONTHLY, {"billingMode": "spot"}, "no-call", ()),
        (MONTHLY, {**MONTHLY, "autoRenew": True}, "no-call", ()),
        (MONTHLY, {**MONTHLY, "gpuNum": 2}, "no-call", ()),
        (MONTHLY, {**MONTHLY, "imageUrl": "b"}, "changed", (Call.UPGRADE,)),
        (MONTHLY, {}, "unchanged", ()),
    ],
)
def test_how_a_machine_is_paid_for_is_looked_at_as_a_whole(
    recorded: dict[str, Any], desired: dict[str, Any], reason: str, calls: tuple[Call, ...]
) -> None:
    """Only from paying as one goes to months ahead there is a call; from and to spot a machine is replaced."""
    action = decided(desired, recorded)

    assert (reason, calls) == (action.reason, action.calls)
    assert action.prepaid is (Call.CONVERT in calls or (Call.CREATE in calls and desired.get("month", 0) > 0))


def test_a_machine_that_is_paid_for_ahead_is_not_replaced_on_request() -> None:
    """The service would refuse to delete it, whether the record says so or only the API does."""
    asked = Scope(replace=frozenset({"trainer"}))
    cases: list[tuple[Record, dict[str, Any]]] = [
        (a_record(**MONTHLY), {}),
        (a_record(), {"billingMode": "monthly"}),
    ]
    for record, live in cases:
        fields = {name: value for name, value in MONTHLY.items() if name in record.fields}
        instance = an_instance(**fields)
        plan = a_plan(instance, state=a_state(record), observation=an_observation(a_live(**live)), scope=asked)

        (action,) = plan.actions
        assert (action.kind, action.reason) == (ActionKind.REFUSED, "no-call")
        assert "`gpuspec state rm trainer`" in action.hint


@pytest.mark.parametrize(
    ("desired", "reason"),
    [({**MONTHLY, "gpuNum": 2}, "fixed-field-changed"), ({"billingMode": "onDemand"}, "no-call"), ({}, "unchanged")],
)
def test_months_that_have_ended_hinder_no_replacement(desired: dict[str, Any], reason: str) -> None:
    """The API shows how it is paid for now; no call brings it from months to anything all the same."""
    live = an_observation(a_live(billingMode="onDemand"))

    (action,) = a_plan(an_instance(**desired), state=a_state(a_record(**MONTHLY)), observation=live).actions

    assert (reason, Call.CONVERT in action.calls) == (action.reason, False)


@pytest.mark.parametrize("shown", ["", None])
def test_billing_that_is_not_shown_is_as_it_is_recorded(shown: str | None) -> None:
    """The service has been seen to show it as an empty text."""
    fields: dict[str, Any] = {} if shown is None else {"billingMode": shown}
    live = an_observation(a_live(**fields))
    instance = an_instance(**MONTHLY, gpuNum=2)

    (action,) = a_plan(instance, state=a_state(a_record(**MONTHLY)), observation=live).actions

    assert action.reason == "no-call"


@pytest.mark.parametrize(
    ("desired", "phase", "reason", "calls"),
    [
        (None, Phase.STOPPED, "unchanged", ()),
        (None, Phase.RUNNING, "unchanged", ()),
        (Power.RUNNING, Phase.RUNNING, "unchanged", ()),
        (Power.RUNNING, Phase.STOPPED, "power", (Call.START,)),
        (Power.RUNNING, Phase.BUSY, "unchanged", ()),
        (Power.STOPPED, Phase.RUNNING, "power", (Call.STOP,)),
        (Power.STOPPED, Phase.STOPPED, "unchanged", ()),
        (Power.STOPPED, Phase.BUSY, "unchanged", ()),
    ],
)
def test_power_is_compared_only_where_it_is_set_and_at_rest(
    desired: Power | None, phase: Phase, reason: str, calls: tuple[Call, ...]
) -> None:
    """A stopped machine stays stopped; what is on its way is left alone."""
    lifecycle = Lifecycle(desired=desired)
    plan = a_plan(
        an_instance(lifecycle=lifecycle),
        state=a_state(a_record(lifecycle=lifecycle)),
        observation=an_observation(a_live(phase=phase)),
    )

    (action,) = plan.actions
    assert (reason, calls) == (action.reason, action.calls)


def test_calls_of_several_kinds_go_out_in_order() -> None:
    """The machine is on before what only a running one takes; what the record has to know goes along."""
    lifecycle = Lifecycle(desired=Power.RUNNING, protect=True)
    plan = a_plan(
        an_instance(lifecycle=lifecycle, rootfsSize=80, imageUrl="b", month=1),
        state=a_state(a_record()),
        observation=an_observation(a_live(phase=Phase.STOPPED)),
    )

    (action,) = plan.actions
    assert action.calls == (Call.EDIT, Call.UPGRADE, Call.START, Call.CONVERT)


@pytest.mark.parametrize("first", [False, True], ids=["delete first", "create first"])
def test_a_replacement_says_what_goes_and_what_comes(first: bool) -> None:
    """Which of them is first is the spec's to say."""
    action = decided({"gpuNum": 2}, {}, handling=Handling(create_before_destroy=first))

    turns = "another is made, then id-trainer is deleted" if first else "id-trainer is deleted, then another is made"
    calls = (Call.CREATE, Call.DELETE) if first else (Call.DELETE, Call.CREATE)
    assert action.explanation == f"`gpuNum` can't be changed in place: {turns}"
    assert (action.id, action.calls, action.data_lost) == ("id-trainer", calls, "its root disk is lost")
    assert not action.restarts


def test_another_machine_can_be_asked_for() -> None:
    """Nothing has to differ for it; where something does, the machine is made as the spec says now."""
    asked = Scope(replace=frozenset({"trainer"}))
    changes: list[dict[str, Any]] = [{}, {"imageUrl": "b"}]
    for fields in changes:
        plan = a_plan(
            an_instance(**fields), state=a_state(a_record()), observation=an_observation(a_live()), scope=asked
        )

        (action,) = plan.actions
        assert (action.kind, action.reason, action.id) == (ActionKind.REPLACE, "replace-asked", "id-trainer")
        assert action.explanation.startswith("`imageUrl` can't" if fields else "`--replace` asks for another machine: ")


@pytest.mark.parametrize(
    ("fields", "scope"), [({"gpuNum": 2}, Scope()), ({}, Scope(replace=frozenset({"trainer"})))], ids=["field", "asked"]
)
def test_protection_refuses_a_replacement_and_no_update(fields: dict[str, Any], scope: Scope) -> None:
    """It outlives the block of its instance; an update leaves the machine there."""
    protected = Lifecycle(protect=True)
    state, live = a_state(a_record(lifecycle=protected)), an_observation(a_live())

    refused = a_plan(an_instance(lifecycle=protected, **fields), state=state, observation=live, scope=scope)
    updated = a_plan(an_instance(lifecycle=protected, imageUrl="b"), state=state, observation=live)
    removed = a_plan(state=state, observation=live)

    assert [(action.kind, action.reason) for action in refused.actions] == [(ActionKind.REFUSED, "protected")]
    assert [action.kind for action in updated.actions] == [ActionKind.UPDATE]
    assert [action.reason for action in removed.actions] == ["removed-protected"]


UPGRADED = "the container restarts; what is saved of its root disk may fail to come back if the image does not fit it"
CONVERTED = "months are paid ahead, and there is no way back"


@pytest.mark.parametrize(
    ("fields", "handling", "says", "lost"),
    [
        (
            {"imageUrl": "b"},
            Handling(),
            f"`imageUrl`: id-trainer is changed in place by upgrade; {UPGRADED}",
            "",
        ),
        (
            {"imageUrl": "b"},
            Handling(save=False),
            "`imageUrl`: id-trainer is changed in place by upgrade; the container restarts",
            "what is on its root disk is lost",
        ),
        (
            {"rootfsSize": 80, "command": "run"},
            Handling(),
            f"`rootfsSize`, `command`: id-trainer is changed in place by edit and upgrade; {UPGRADED}",
            "",
        ),
        (
            {"rootfsSize": 80},
            Handling(),
            "`rootfsSize`: id-trainer is changed in place by edit; the container may restart",
            "",
        ),
        (
            {"month": 2},
            Handling(),
            f"`billingMode`, `month`: id-trainer is changed in place by convert; {CONVERTED}",
            "",
        ),
    ],
    ids=["upgrade", "without save", "both", "edit", "convert"],
)
def test_an_update_says_its_calls_and_what_they_mean(
    fields: dict[str, Any], handling: Handling, says: str, lost: str
) -> None:
    """Which calls, whether the container restarts or may, and what may be lost."""
    action = decided(fields, {}, handling=handling)

    assert (says, lost) == (action.explanation, action.data_lost)


def test_a_stop_says_that_the_gpus_are_given_back() -> None:
    """Of what is wanted stopped, and of what left the spec."""
    told = "its container ends and its GPUs are given back: a start may find none free"
    wanted = decided({}, {}, lifecycle=Lifecycle(desired=Power.STOPPED))

    assert wanted.explanation == f"`lifecycle.desired` is stopped, and id-trainer is `running`: stop; {told}"
    assert wanted.restarts


def test_a_drift_says_what_is_set_back() -> None:
    """Beside a change as well."""
    record = replace(a_record(ports=VALUES["ports"][0]), shown={"imageUrl": "pytorch/pytorch:latest"})
    live = an_observation(a_live(imageUrl="other"))

    drifted = a_plan(an_instance(ports=VALUES["ports"][0]), state=a_state(record), observation=live).actions[0]
    both = a_plan(an_instance(ports=VALUES["ports"][1]), state=a_state(record), observation=live).actions[0]

    told = "drift in `imageUrl`: id-trainer is set back by upgrade; the container"
    assert drifted.explanation.startswith(told)
    assert both.explanation.startswith(
        "`ports`, drift in `imageUrl`: id-trainer is changed in place by edit and upgrade"
    )


def test_an_instance_that_is_to_be_stopped_is_made_and_then_stopped() -> None:
    """A create makes what runs, in the place of another one too; the stop that follows is a call of the same action."""
    stopped = Lifecycle(desired=Power.STOPPED)
    (created,) = a_plan(an_instance(lifecycle=stopped)).actions
    replaced = decided({"gpuNum": 2}, {}, lifecycle=stopped)

    assert (created.calls, created.restarts) == ((Call.CREATE, Call.STOP), False)
    assert created.explanation == "not made yet; it runs at first, and is stopped once it does"
    assert replaced.calls == (Call.DELETE, Call.CREATE, Call.STOP)
    assert replaced.explanation.endswith("then another is made; it runs at first, and is stopped once it does")


def test_an_instance_that_is_not_waited_for_is_stopped_by_the_next_apply() -> None:
    """A stop is refused before the machine runs, and the spec says not to wait until then."""
    wanted = an_instance(lifecycle=Lifecycle(desired=Power.STOPPED), handling=Handling(wait=Wait.NONE))
    (created,) = a_plan(wanted).actions

    assert created.calls == (Call.CREATE,)
    assert created.explanation == "not made yet; it runs at first, and the next apply stops it"


def test_what_the_service_writes_otherwise_causes_no_call() -> None:
    """A rewritten image name, numbers as texts, platform envs and ports of tools: it was shown so from the start."""
    tools = (Tool(name="Jupyter", port="8888", type="http"),)
    fields: dict[str, Any] = {"cpuNum": 16, "envs": envs(RUN="1"), "tools": tools, "ports": VALUES["ports"][0]}
    ports = (Port(number=80, protocol="http"), Port(number=8888, protocol="http"))
    live: dict[str, Any] = {
        "imageUrl": "docker.io/pytorch/pytorch:latest",
        "envs": envs(RUN="1", NOVITA_HOST="x"),
        "ports": ports,
    }
    shown = {**live, "envs": envs(RUN="1")}
    record = replace(a_record(**fields), shown=shown)

    plan = a_plan(an_instance(**fields), state=a_state(record), observation=an_observation(a_live(**live)))

    assert [(action.reason, action.calls) for action in plan.actions] == [("unchanged", ())]


def test_a_colleague_without_the_digest_key_resets_nothing() -> None:
    """Seals of two keys can't be compared, live and shown ones no more than desired and recorded ones."""
    theirs: dict[str, Any] = {"envs": envs(TOKEN=seal("x", "key0")), "command": seal("run", "key0")}
    record = replace(a_record(**theirs), shown=theirs)
    mine = an_instance(envs=envs(TOKEN=seal("x")), command=Sealed(key_id="key1", digest="00"))
    live = an_observation(a_live(envs=envs(TOKEN="x"), command="run"))

    (action,) = a_plan(mine, state=a_state(record), observation=live).actions

    assert (action.kind, action.reason, action.calls) == (ActionKind.KEEP, "unchanged", ())
    assert {change.field for change in action.changes} == {"envs.TOKEN", "command"}
