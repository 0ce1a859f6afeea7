"""From desired, recorded and live to actions: which facts are gathered, and what each action says."""

from dataclasses import replace
from typing import Any

import pytest

from gpuspec.model.instance import Instance, Lifecycle, OnRemove
from gpuspec.model.live import LiveInstance, Phase
from gpuspec.model.marker import MarkerMode
from gpuspec.model.plan import Absence, Action, ActionKind, Change, Outside, Plan
from gpuspec.model.secret import Sealed
from gpuspec.model.state import Call, MarkerSeen, OpenOrder, Order, Record, Released
from gpuspec.planning.noting import noted
from gpuspec.planning.scope import Scope
from tests.builders.planning import (
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

OTHER = "00000000000000bb"
OFF = replace(BIRTH, marker=MarkerMode.OFF)
NAMED = replace(BIRTH, marker=MarkerMode.NAME)


def only_action(plan: Plan) -> Action:
    """The plan's one action."""
    (action,) = plan.actions
    return action


def decided(plan: Plan) -> list[tuple[ActionKind, str, str]]:
    """Kind, address and reason of each action."""
    return [(action.kind, action.address, action.reason) for action in plan.actions]


def test_an_instance_without_a_record_is_created() -> None:
    """A create says all that it sends."""
    action = only_action(a_plan(an_instance(gpuNum=2, envs=envs(TOKEN=seal("x")))))

    assert (action.kind, action.reason, action.id) == (ActionKind.CREATE, "new", "")
    assert Change(field="gpuNum", before=Absence.ABSENT, after=2) in action.changes
    assert Change(field="envs.TOKEN", before=Absence.ABSENT, after=seal("x")) in action.changes
    assert not action.prepaid


@pytest.mark.parametrize("fields", [{"billingMode": "monthly"}, {"month": 3}])
def test_a_create_that_pays_ahead_says_so(fields: dict[str, Any]) -> None:
    """Monthly billing, or a number of months, is money at once."""
    assert only_action(a_plan(an_instance(**fields))).prepaid


def test_nothing_is_created_when_the_list_is_incomplete() -> None:
    """What is not in an incomplete list may be there."""
    plan = a_plan(an_instance(), observation=an_observation(incomplete="Page 2 gave an error."))

    assert decided(plan) == [(ActionKind.BLOCKED, "trainer", "absence-unproven")]
    assert only_action(plan).explanation.endswith("can't be told: Page 2 gave an error")
    assert plan.warnings == ("Nothing counts as missing in this run. Page 2 gave an error.",)


def test_nothing_is_created_while_a_marker_may_be_hidden() -> None:
    """A row whose envs nobody can read may be the instance."""
    plan = a_plan(an_instance(), observation=an_observation(hidden="No envs are shown for id-9."))

    assert decided(plan) == [(ActionKind.BLOCKED, "trainer", "absence-unproven")]


def test_hidden_markers_matter_only_where_markers_are_used() -> None:
    """With markers off a complete list is enough."""
    plan = a_plan(an_instance(), state=a_state(birth=OFF), observation=an_observation(hidden="No envs are shown."))

    assert decided(plan) == [(ActionKind.CREATE, "trainer", "new")]


@pytest.mark.parametrize("in_name", [False, True])
def test_a_live_instance_with_the_addresss_marker_is_never_doubled(in_name: bool) -> None:
    """The state lost its record: refused, and reported there only."""
    row = a_live("id-9", trace=marked(a_marker(), in_name=in_name))
    plan = a_plan(an_instance(), state=a_state(birth=NAMED if in_name else BIRTH), observation=an_observation(row))

    assert decided(plan) == [(ActionKind.REFUSED, "trainer", "marker-unrecorded")]
    assert only_action(plan).explanation.startswith("the marker of this address is on id-9")


def test_an_instance_that_another_state_made_is_refused() -> None:
    """Same project, environment and address, another lineage."""
    row = a_live("id-9", trace=marked(a_marker(lineage="12345678")))
    plan = a_plan(an_instance(), observation=an_observation(row))

    assert decided(plan) == [(ActionKind.REFUSED, "trainer", "marker-elsewhere")]
    assert plan.warnings == ("Made under this project's name from another state, and not looked after here: id-9.",)


@pytest.mark.parametrize(
    "row",
    [
        a_live("id-9", trace=marked(a_marker(project="other"))),
        a_live("id-9", trace=marked(a_marker("evaluator", lineage="12345678"))),
        a_live("id-9", name="trainer"),
    ],
    ids=["other project", "other address", "no marker"],
)
def test_other_instances_are_not_ours(row: LiveInstance) -> None:
    """A marker of another project or address, or a mere name, keeps nothing from being made."""
    assert decided(a_plan(an_instance(), observation=an_observation(row))) == [(ActionKind.CREATE, "trainer", "new")]


def test_a_released_machine_does_not_count() -> None:
    """Whoever forgot a machine may make its address anew."""
    released = {"id-9": Released(id="id-9", address="trainer", at=1.0, reason="forgotten")}
    row = a_live("id-9", trace=marked(a_marker()))
    plan = a_plan(an_instance(), state=a_state(released=released), observation=an_observation(row))

    assert decided(plan) == [(ActionKind.CREATE, "trainer", "new")]


@pytest.mark.parametrize("reason", ["gone", "gone-accepted", "lost"])
def test_a_machine_that_was_judged_gone_and_is_back_is_ours(reason: str) -> None:
    """Its address is not made a second time while it is there; beside the one made anew it is reported."""
    released = {"id-9": Released(id="id-9", address="trainer", at=1.0, reason=reason)}
    observation = an_observation(a_live("id-9", trace=marked(a_marker())), a_live())

    wanted = a_plan(an_instance(), state=a_state(released=released), observation=observation)
    made_anew = a_state(a_record(nonce=OTHER), released=released)
    beside = a_plan(an_instance(), state=made_anew, observation=observation)

    assert decided(wanted) == [(ActionKind.REFUSED, "trainer", "marker-unrecorded")]
    assert decided(beside) == [
        (ActionKind.STRAY, "trainer", "stray-unrecorded"),
        (ActionKind.KEEP, "trainer", "unchanged"),
    ]


def test_with_markers_off_a_same_name_blocks() -> None:
    """Nothing is taken as ours, and nothing is made that may be there."""
    rows = [a_live(f"id-{number}", name="trainer") for number in range(5)]
    plan = a_plan(an_instance(), state=a_state(birth=OFF), observation=an_observation(*rows))

    assert decided(plan) == [(ActionKind.BLOCKED, "trainer", "same-name")]
    assert "id-0, id-1, id-2 and 2 more has the same name" in only_action(plan).explanation


def test_an_open_intent_is_unresolved() -> None:
    """Whatever is live, the intent is settled first."""
    intent = an_intent()
    plan = a_plan(an_instance(), state=a_state(intents={intent.intent.nonce: intent}))

    assert decided(plan) == [(ActionKind.UNRESOLVED, "trainer", "open-intent")]
    assert only_action(plan).explanation.endswith("not known (no answer within 60 s)")


def test_an_open_intent_names_the_machine_that_answers_it() -> None:
    """A marker with the intent's nonce is evidence, not a stranger."""
    intent = an_intent()
    row = a_live("id-9", trace=marked(a_marker()))
    state = a_state(intents={intent.intent.nonce: intent})
    plan = a_plan(an_instance(), state=state, observation=an_observation(row))

    action = only_action(plan)
    assert (action.id, action.reason) == ("id-9", "open-intent")
    assert "id-9 carries its marker" in action.explanation


def test_an_open_intent_lists_same_names_where_markers_are_off() -> None:
    """A person has to choose among the candidates."""
    intent = an_intent()
    state = a_state(birth=OFF, intents={intent.intent.nonce: intent})
    plan = a_plan(an_instance(), state=state, observation=an_observation(a_live("id-9", name="trainer")))

    assert only_action(plan).explanation.endswith("; of the same name: id-9")


def test_an_open_intent_outside_the_spec_is_still_unresolved() -> None:
    """Money may be running, whatever the spec says now."""
    intent = an_intent("forgotten")
    plan = a_plan(an_instance(), state=a_state(intents={intent.intent.nonce: intent}), scope=Scope(whole=False))

    assert (ActionKind.UNRESOLVED, "forgotten", "open-intent") in decided(plan)


def test_an_open_intent_is_unresolved_whatever_the_globs() -> None:
    """What is left out may still cost."""
    intent = an_intent("forgotten")
    state = a_state(a_record("left"), intents={intent.intent.nonce: intent})
    plan = a_plan(an_instance(), an_instance("left"), state=state, scope=Scope(only=("trainer",)))

    assert decided(plan) == [(ActionKind.CREATE, "trainer", "new"), (ActionKind.UNRESOLVED, "forgotten", "open-intent")]
    assert plan.outside == Outside(excluded=1)


def test_an_unchanged_instance_is_kept() -> None:
    """Equal, there, shown as before."""
    plan = a_plan(an_instance(), state=a_state(a_record()), observation=an_observation(a_live()))

    assert decided(plan) == [(ActionKind.KEEP, "trainer", "unchanged")]
    assert not plan.changes_something


def test_a_lost_instance_is_created_again() -> None:
    """Gone by proof: missing from a complete list and not found twice."""
    plan = a_plan(an_instance(), state=a_state(a_record()), observation=an_observation(gone=frozenset({"id-trainer"})))

    action = only_action(plan)
    assert (action.kind, action.reason, action.id) == (ActionKind.CREATE, "lost", "")
    assert action.explanation.startswith("id-trainer is gone")


def test_a_lost_instance_whose_marker_is_on_another_machine_is_not_doubled() -> None:
    """A record of an older copy of the state may be wrong about the id."""
    row = a_live("id-9", trace=marked(a_marker(nonce=OTHER)))
    observation = an_observation(row, gone=frozenset({"id-trainer"}))

    plan = a_plan(an_instance(), state=a_state(a_record()), observation=observation)
    assert decided(plan) == [(ActionKind.REFUSED, "trainer", "marker-unrecorded")]


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"unproven": {"id-trainer": "GET gave status 500."}}, "GET gave status 500"),
        ({"incomplete": "Page 2 gave an error."}, "Page 2 gave an error"),
        ({}, "it was not looked for"),
    ],
    ids=["get failed", "list incomplete", "not looked for"],
)
def test_a_missing_instance_without_proof_blocks_its_address(parts: dict[str, Any], why: str) -> None:
    """Doubt about one address says why."""
    plan = a_plan(an_instance(), state=a_state(a_record()), observation=an_observation(**parts))

    assert decided(plan) == [(ActionKind.BLOCKED, "trainer", "unproven")]
    assert f"whether id-trainer is still there can't be told: {why}" == only_action(plan).explanation


def test_an_instance_in_an_incomplete_list_is_there() -> None:
    """What is seen is seen."""
    observation = an_observation(a_live(), incomplete="Page 2 gave an error.")

    plan = a_plan(an_instance(), state=a_state(a_record()), observation=observation)
    assert decided(plan) == [(ActionKind.KEEP, "trainer", "unchanged")]


@pytest.mark.parametrize(
    ("phase", "kind", "reason"),
    [
        (Phase.STOPPED, ActionKind.KEEP, "unchanged"),
        (Phase.BUSY, ActionKind.KEEP, "unchanged"),
        (Phase.LEAVING, ActionKind.WAIT, "leaving"),
        (Phase.REMOVED, ActionKind.WAIT, "leaving"),
        (Phase.UNKNOWN, ActionKind.BLOCKED, "unknown-status"),
    ],
)
def test_each_phase_means_its_own(phase: Phase, kind: ActionKind, reason: str) -> None:
    """Stopped and busy machines are there; leaving is neither alive nor gone; an unknown status proves nothing."""
    plan = a_plan(an_instance(), state=a_state(a_record()), observation=an_observation(a_live(phase=phase)))

    assert [(kind, "trainer", reason)] == decided(plan)


@pytest.mark.parametrize(
    ("phase", "reason"), [(Phase.BUSY, "not-ready"), (Phase.RUNNING, "unchanged")], ids=["busy", "running"]
)
def test_an_instance_that_never_ran_is_not_ready(phase: Phase, reason: str) -> None:
    """Made, but not seen running: kept, and said so."""
    plan = a_plan(an_instance(), state=a_state(a_record(ready=False)), observation=an_observation(a_live(phase=phase)))

    assert [(ActionKind.KEEP, "trainer", reason)] == decided(plan)


def test_a_secret_that_cannot_be_compared_is_shown_and_changes_nothing() -> None:
    """Another key's seal is no change."""
    sealed = Sealed(key_id="another", digest="00")
    plan = a_plan(
        an_instance(envs=envs(TOKEN=sealed)),
        state=a_state(a_record(envs=envs(TOKEN=seal("x")))),
        observation=an_observation(a_live()),
    )

    action = only_action(plan)
    assert (action.kind, action.reason) == (ActionKind.KEEP, "unchanged")
    assert tuple(change.field for change in action.changes) == ("envs.TOKEN",)


@pytest.mark.parametrize(
    ("instance", "what"),
    [
        (an_instance(command="run", lifecycle=Lifecycle(protect=True)), "lifecycle"),
        (an_instance(command="run", source="other.yaml"), "its file is now other.yaml"),
        (an_instance(command="run", source=""), "its file is now standard input"),
        (an_instance(command=seal("run")), "how its values are kept"),
    ],
    ids=["lifecycle", "file", "stdin", "secret"],
)
def test_what_only_the_record_has_to_know_is_a_note(instance: Instance, what: str) -> None:
    """No request is sent for it, and once noted it is at rest."""
    record = a_record(command="run")
    plan = a_plan(instance, state=a_state(record), observation=an_observation(a_live()))

    assert decided(plan) == [(ActionKind.NOTE, "trainer", "record-only")]
    assert f"only the record changes ({what}); no request is sent" == only_action(plan).explanation
    after = a_plan(instance, state=a_state(noted(record, instance, seal)), observation=an_observation(a_live()))
    assert decided(after) == [(ActionKind.KEEP, "trainer", "unchanged")]


def test_a_note_seals_an_env_that_became_secret_and_leaves_the_others() -> None:
    """The state keeps no text that the spec calls secret."""
    record = a_record(envs=envs(A="1", TOKEN="x", GONE="2"), shoeSize=43)
    instance = an_instance(envs=envs(TOKEN=seal("x"), A="3"))

    after = noted(record, instance, seal).fields
    assert envs(A="1", TOKEN=seal("x"), GONE="2") == after["envs"]
    assert "shoeSize" not in after


def test_a_file_that_is_still_there_and_was_not_read_keeps_its_address() -> None:
    """Two files claim one address."""
    scope = Scope(whole=False, named=frozenset({"b.yaml"}), existing=frozenset({"instances.yaml"}))
    plan = a_plan(
        an_instance(source="b.yaml"), state=a_state(a_record()), observation=an_observation(a_live()), scope=scope
    )

    assert decided(plan) == [(ActionKind.REFUSED, "trainer", "contested")]
    assert only_action(plan).explanation.startswith("b.yaml has it, but it was made from instances.yaml,")


@pytest.mark.parametrize(
    "scope",
    [
        Scope(whole=False, named=frozenset({"b.yaml"})),
        Scope(whole=False, named=frozenset({"b.yaml", "instances.yaml"}), existing=frozenset({"instances.yaml"})),
        Scope(existing=frozenset({"instances.yaml"})),
    ],
    ids=["file gone", "file read", "whole project"],
)
def test_a_record_moves_to_the_file_that_has_its_address(scope: Scope) -> None:
    """Its own file is gone, or was read and no longer has it."""
    plan = a_plan(
        an_instance(source="b.yaml"), state=a_state(a_record()), observation=an_observation(a_live()), scope=scope
    )

    assert decided(plan) == [(ActionKind.NOTE, "trainer", "record-only")]


def test_records_of_files_that_were_not_named_are_counted() -> None:
    """A plan says nothing about what it was not asked about; files that are gone are named."""
    state = a_state(a_record("a", source="a.yaml"), a_record("b", source="lost.yaml"), a_record("c", source=""))
    scope = Scope(whole=False, named=frozenset({"b.yaml"}), existing=frozenset({"a.yaml"}))
    plan = a_plan(state=state, scope=scope)

    assert plan.actions == ()
    assert Outside(count=3, lost_files=(("lost.yaml", 1),)) == plan.outside


@pytest.mark.parametrize(
    ("lifecycle", "kind", "reason"),
    [
        (Lifecycle(), ActionKind.DELETE, "removed"),
        (Lifecycle(on_remove=OnRemove.STOP), ActionKind.UPDATE, "removed-stop"),
        (Lifecycle(on_remove=OnRemove.STOP, protect=True), ActionKind.UPDATE, "removed-stop"),
        (Lifecycle(on_remove=OnRemove.FORGET), ActionKind.FORGET, "removed-forget"),
        (Lifecycle(protect=True), ActionKind.REFUSED, "removed-protected"),
    ],
)
def test_what_happens_to_a_removed_instance_is_the_records_lifecycle(
    lifecycle: Lifecycle, kind: ActionKind, reason: str
) -> None:
    """The spec no longer says anything: what it said last counts."""
    record = replace(a_record(), lifecycle=lifecycle)
    plan = a_plan(state=a_state(record), observation=an_observation(a_live()))

    assert [(kind, "trainer", reason)] == decided(plan)


def test_a_removed_instance_that_is_gone_is_forgotten() -> None:
    """Its record is dropped."""
    plan = a_plan(state=a_state(a_record()), observation=an_observation(gone=frozenset({"id-trainer"})))

    assert decided(plan) == [(ActionKind.FORGET, "trainer", "gone")]


def test_a_replaced_machine_that_is_still_held_is_deleted() -> None:
    """It goes before anything else is done at its address; what is gone as well is for the engine to prove."""
    record = replace(a_record(), outgoing=("id-8",))
    plan = a_plan(an_instance(), state=a_state(record), observation=an_observation(a_live(), a_live("id-8")))

    assert decided(plan) == [(ActionKind.DELETE, "trainer", "outgoing")]
    assert plan.actions[0].id == "id-8"


def test_a_delete_shows_nothing_that_differs() -> None:
    """What is asked of the machine in its place, and what has drifted there, is for another apply."""
    record = replace(a_record(), outgoing=("id-8",), shown={"rootfsSize": 60})
    observation = an_observation(a_live(rootfsSize=80), a_live("id-8"))
    action = only_action(a_plan(an_instance(gpuNum=2), state=a_state(record), observation=observation))

    assert (action.reason, action.changes, action.drift) == ("outgoing", (), ())


@pytest.mark.parametrize(
    ("taken", "words"),
    [
        (None, "a request to delete id-trainer was sent and what became of it is not known (no answer)"),
        (5.0, "a request to delete id-trainer was sent and the service took it; that it is through is not proven yet"),
    ],
)
def test_an_order_that_is_not_through_leaves_its_address_unresolved(taken: float | None, words: str) -> None:
    """Whatever else holds: an address takes one call at a time, and the next apply settles it first."""
    order = Order(
        nonce="00000000000000bb",
        call=Call.DELETE,
        address="trainer",
        id="id-trainer",
        at=1.0,
        timeout_s=60.0,
        digest="0",
        after=None,
    )
    held = OpenOrder(
        order=order, doubted_at=None if taken else 2.0, obeyed_at=taken, reason="" if taken else "no answer."
    )
    state = a_state(a_record(), orders={order.nonce: held})
    plan = a_plan(state=state, observation=an_observation(gone=frozenset({"id-trainer"})))

    assert decided(plan) == [(ActionKind.UNRESOLVED, "trainer", "open-order")]
    assert (plan.actions[0].explanation, plan.actions[0].id) == (words, "id-trainer")


def test_a_stray_is_reported_although_its_address_is_made_anew() -> None:
    """Judged absent, and there after all: two actions for one address."""
    tombstone = a_tombstone()
    row = a_live("id-9", trace=marked(a_marker()))
    state = a_state(a_record(nonce=OTHER), tombstones={tombstone.intent.nonce: tombstone})
    plan = a_plan(an_instance(), state=state, observation=an_observation(a_live(), row))

    assert decided(plan) == [(ActionKind.STRAY, "trainer", "stray"), (ActionKind.KEEP, "trainer", "unchanged")]
    assert plan.actions[0].id == "id-9"


def test_a_stray_is_reported_whatever_the_globs() -> None:
    """It costs money."""
    tombstone = a_tombstone()
    row = a_live("id-9", trace=marked(a_marker()))
    state = a_state(tombstones={tombstone.intent.nonce: tombstone})
    plan = a_plan(state=state, observation=an_observation(row), scope=Scope(exclude=("*",)))

    assert decided(plan) == [(ActionKind.STRAY, "trainer", "stray")]


@pytest.mark.parametrize("records", [(), (a_record(nonce=OTHER),)], ids=["no record", "a lost one"])
def test_an_address_whose_request_was_answered_late_is_not_doubled(records: tuple[Record, ...]) -> None:
    """Judged absent, not made anew yet, and there after all: it is left to a person, and reported once."""
    tombstone = a_tombstone()
    row = a_live("id-9", trace=marked(a_marker()))
    state = a_state(*records, tombstones={tombstone.intent.nonce: tombstone})
    observation = an_observation(row, gone=frozenset(record.id for record in records))

    plan = a_plan(an_instance(), state=state, observation=observation)

    assert decided(plan) == [(ActionKind.UNRESOLVED, "trainer", "answered-late")]
    assert plan.actions[0].id == "id-9"
    assert plan.actions[0].explanation.startswith("id-9 turned up")


def test_a_stray_that_was_recorded_is_none() -> None:
    """Adopted: its id is in a record."""
    tombstone = a_tombstone()
    state = a_state(a_record(), tombstones={tombstone.intent.nonce: tombstone})
    plan = a_plan(an_instance(), state=state, observation=an_observation(a_live(trace=marked(a_marker()))))

    assert decided(plan) == [(ActionKind.KEEP, "trainer", "unchanged")]


@pytest.mark.parametrize("in_name", [False, True])
def test_a_second_machine_of_a_recorded_address_is_a_stray(in_name: bool) -> None:
    """It carries our marker and nothing accounts for it."""
    row = a_live("id-9", trace=marked(a_marker(nonce=OTHER), in_name=in_name))
    plan = a_plan(an_instance(), state=a_state(a_record()), observation=an_observation(a_live(), row))

    assert decided(plan) == [
        (ActionKind.STRAY, "trainer", "stray-unrecorded"),
        (ActionKind.KEEP, "trainer", "unchanged"),
    ]


def test_a_machine_of_ours_at_no_known_address_is_a_stray() -> None:
    """Neither the spec nor the state knows its address; the marker says it."""
    row = a_live("id-9", trace=marked(a_marker("vanished")))
    unknown = a_live("id-8", trace=marked(a_marker("nobody"), in_name=True))
    plan = a_plan(an_instance(), observation=an_observation(row, unknown))

    assert decided(plan) == [(ActionKind.CREATE, "trainer", "new"), (ActionKind.STRAY, "vanished", "stray-unrecorded")]


def test_offline_everything_recorded_counts_as_there() -> None:
    """Without asking, creates are creates and records are instances."""
    observation = an_observation(asked=False)
    plan = a_plan(an_instance(), an_instance("second"), state=a_state(a_record()), observation=observation)

    assert decided(plan) == [(ActionKind.CREATE, "second", "new"), (ActionKind.KEEP, "trainer", "unchanged")]
    assert not plan.asked


def test_globs_choose_and_leave_out_addresses() -> None:
    """Case counts; what is left out is counted; a glob that matches nothing is said."""
    instances = [an_instance(address) for address in ("a-1", "a-2", "b-1")]
    plan = a_plan(*instances, scope=Scope(only=("a-*",), exclude=("a-2", "A-1")))

    assert decided(plan) == [(ActionKind.CREATE, "a-1", "new")]
    assert Outside(excluded=2) == plan.outside
    assert plan.warnings == ("`--exclude A-1` matches no address.",)


def test_records_come_before_requests_and_what_stays_comes_last() -> None:
    """The order of a plan."""
    records = [
        *(
            a_record(address)
            for address in ("kept", "gone", "noted", "changed", "replaced", "unknown", "leaving", "left")
        ),
        a_record("stopped", lifecycle=Lifecycle(on_remove=OnRemove.STOP)),
    ]
    tombstone = a_tombstone("kept", nonce="00000000000000cc")
    intent = an_intent("open", nonce="00000000000000dd")
    state = a_state(
        *records,
        tombstones={tombstone.intent.nonce: tombstone},
        intents={intent.intent.nonce: intent},
    )
    observation = an_observation(
        a_live("id-kept"),
        a_live("id-noted"),
        a_live("id-changed"),
        a_live("id-replaced"),
        a_live("id-left"),
        a_live("id-stopped"),
        a_live("id-unknown", phase=Phase.UNKNOWN),
        a_live("id-leaving", phase=Phase.LEAVING),
        a_live("id-9", trace=marked(a_marker("kept", nonce="00000000000000cc"))),
        gone=frozenset({"id-gone"}),
    )
    plan = a_plan(
        an_instance("kept"),
        an_instance("z-first"),
        an_instance("replaced", gpuNum=2),
        an_instance("changed", command="run"),
        an_instance("unknown"),
        an_instance("noted", lifecycle=Lifecycle(protect=True)),
        an_instance("leaving"),
        an_instance("a-second"),
        state=state,
        observation=observation,
    )

    assert [(action.kind, action.address) for action in plan.actions] == [
        (ActionKind.FORGET, "gone"),
        (ActionKind.NOTE, "noted"),
        (ActionKind.DELETE, "left"),
        (ActionKind.UPDATE, "stopped"),
        (ActionKind.UPDATE, "changed"),
        (ActionKind.REPLACE, "replaced"),
        (ActionKind.CREATE, "z-first"),
        (ActionKind.CREATE, "a-second"),
        (ActionKind.WAIT, "leaving"),
        (ActionKind.UNRESOLVED, "open"),
        (ActionKind.STRAY, "kept"),
        (ActionKind.BLOCKED, "unknown"),
        (ActionKind.KEEP, "kept"),
    ]


def test_a_marker_that_the_service_hides_is_a_warning() -> None:
    """The first instance did not show it."""
    (warning,) = a_plan(state=a_state(marker_seen=MarkerSeen.NOWHERE)).warnings

    assert "`marker: name`" in warning
