"""What an action carries beside its kind: changes, drift, what secrets are read from, and the command that mends."""

from dataclasses import replace

from gpuspec.model.plan import Absence, Action, ActionKind, Change, Plan
from gpuspec.model.secret import SecretRef
from gpuspec.model.state import Record
from tests.builders.planning import (
    a_live,
    a_plan,
    a_record,
    a_state,
    an_instance,
    an_intent,
    an_observation,
    envs,
    seal,
)

REFERENCES = {"envs.TOKEN": (SecretRef(kind="env", name="TOKEN"),)}


def only_action(plan: Plan) -> Action:
    """The plan's one action."""
    (action,) = plan.actions
    return action


def drifted() -> Record:
    """A record that showed another command than is live."""
    record = a_record()
    return replace(record, shown={**record.fields, "command": "run"})


def test_a_change_of_a_secret_says_what_it_is_read_from() -> None:
    """And no other change does."""
    instance = replace(an_instance(envs=envs(TOKEN=seal("x"), RUN="nightly")), references=REFERENCES)

    changes = {change.field: change for change in only_action(a_plan(instance)).changes}

    assert changes["envs.TOKEN"] == Change(
        field="envs.TOKEN", before=Absence.ABSENT, after=seal("x"), references=REFERENCES["envs.TOKEN"]
    )
    assert [name for name, change in changes.items() if change.references] == ["envs.TOKEN"]


def test_an_instance_that_reads_no_secret_has_its_changes_as_they_are() -> None:
    """Nothing is looked up for it."""
    (change,) = only_action(
        a_plan(an_instance(command="run"), state=a_state(a_record()), observation=an_observation(a_live()))
    ).changes

    assert (change.field, change.before, change.after) == ("command", Absence.ABSENT, "run")


def test_a_delete_and_a_create_show_no_drift() -> None:
    """What becomes of the machine makes no difference to the one that was drawn from it."""
    state = a_state(drifted())

    deleted = only_action(a_plan(state=state, observation=an_observation(a_live(command="walk"))))

    assert (deleted.kind, deleted.changes, deleted.drift) == (ActionKind.DELETE, (), ())


def test_an_open_intent_of_which_nothing_is_seen_has_no_id() -> None:
    """There is none to tell."""
    action = only_action(a_plan(an_instance(), state=a_state(intents={"00000000000000aa": an_intent()})))

    assert (action.kind, action.reason, action.id) == (ActionKind.UNRESOLVED, "open-intent", "")
    assert action.command == "gpuspec apply"


def test_a_lost_machine_is_made_anew_without_its_drift() -> None:
    """The create says all that it sends, and has no id yet."""
    action = only_action(
        a_plan(an_instance(), state=a_state(drifted()), observation=an_observation(gone=frozenset({"id-trainer"})))
    )

    assert (action.kind, action.reason, action.id, action.drift) == (ActionKind.CREATE, "lost", "", ())
