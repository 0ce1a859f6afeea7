"""The limits of a project against a plan."""

from dataclasses import replace
from typing import Any

from gpuspec.model.instance import Instance
from gpuspec.model.plan import ActionKind
from gpuspec.model.project import Limits
from gpuspec.model.state import State
from gpuspec.planning.limits import limit_refusals
from gpuspec.planning.scope import Scope
from tests.builders.planning import (
    a_live,
    a_plan,
    a_record,
    a_state,
    an_instance,
    an_intent,
    an_observation,
)

OTHER_FILE = Scope(whole=False, named=frozenset({"instances.yaml"}), existing=frozenset({"other.yaml"}))


def refusals(*instances: Instance, state: State | None = None, scope: Scope | None = None, **limits: Any) -> list[str]:
    """The guards that refuse, each with its first sentence; every recorded machine is there."""
    recorded = state or a_state()
    observation = an_observation(*(a_live(record.id) for record in recorded.records.values()))
    plan = a_plan(*instances, state=recorded, observation=observation, scope=scope)
    desired = {instance.address: instance for instance in instances}
    found = limit_refusals(plan, desired, recorded, limits=Limits(**limits))
    assert {refusal.exit_status for refusal in found} <= {5}
    return [f"{refusal.reason}: {refusal.message}" for refusal in found]


def test_records_of_other_specs_count() -> None:
    """They are machines too, and the plan leaves them alone."""
    state = a_state(a_record("other", source="other.yaml", gpuNum=4))

    found = refusals(an_instance("a"), state=state, scope=OTHER_FILE, max_instances=1, max_gpus=4)

    assert found == [
        (
            "limit-instances: There would be 2 instances, and `maxInstances` is 1: "
            "1 that the specs ask for, and 1 recorded beside them."
        ),
        "limit-gpus: There would be 5 GPUs, and `maxGpus` is 4: 1 that the specs ask for, and 4 recorded beside them.",
    ]
    assert refusals(an_instance("a"), state=state, scope=OTHER_FILE, max_instances=2, max_gpus=5) == []


def test_what_the_plan_deletes_makes_room() -> None:
    """A removed instance is not there after the plan."""
    state = a_state(a_record("gone"))

    assert refusals(an_instance("a"), state=state, max_instances=1, max_gpus=1) == []


def test_what_the_globs_leave_out_stays() -> None:
    """A removal that is excluded is not done, and one whose address is not wanted is no room."""
    state = a_state(a_record("gone"))
    scope = Scope(exclude=("gone",))

    assert len(refusals(an_instance("a"), state=state, scope=scope, max_instances=1)) == 1


def test_a_request_without_an_answer_counts() -> None:
    """There may be a machine; once only where the spec still has it."""
    state = a_state(intents={"n": an_intent("lost")})

    assert len(refusals(an_instance("a"), state=state, max_instances=1)) == 1
    assert refusals(an_instance("a"), an_instance("lost"), state=state, max_instances=2) == []


def test_a_plan_that_makes_nothing_is_not_refused_for_what_there_is() -> None:
    """It may be the way down."""
    state = a_state(a_record("a"), a_record("other", source="other.yaml"), a_record("gone"))

    assert refusals(an_instance("a"), state=state, scope=OTHER_FILE, max_instances=0, max_gpus=0) == []


def test_deletes_are_counted() -> None:
    """All of a run; as many as the limit says may go."""
    state = a_state(a_record("a"), a_record("b"))

    assert refusals(state=state, max_deletes_per_run=2) == []
    assert refusals(state=state, max_deletes_per_run=1) == [
        "limit-deletes: 2 machines would be deleted or replaced, and `maxDeletesPerRun` is 1."
    ]
    assert refusals(state=a_state(a_record("a")), max_deletes_per_run=0) == [
        "limit-deletes: 1 machine would be deleted or replaced, and `maxDeletesPerRun` is 0."
    ]


def test_replacements_are_deletes() -> None:
    """A machine and its data go; and what is made in its place is measured as a create is."""
    desired = {"a": an_instance("a", gpuNum=8)}
    plan = a_plan(*desired.values())
    plan = replace(plan, actions=tuple(replace(each, kind=ActionKind.REPLACE) for each in plan.actions))

    found = limit_refusals(plan, desired, a_state(a_record("a")), limits=Limits(max_deletes_per_run=0, max_gpus=7))

    assert [refusal.reason for refusal in found] == ["limit-gpus", "limit-deletes"]
