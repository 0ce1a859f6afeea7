"""Is what would be done what was agreed to: a table of what may differ between a review and its apply."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from gpuspec.codec.receipt import receipt
from gpuspec.errors import PlanForeign, PlanMoved
from gpuspec.model.marker import MarkerMode
from gpuspec.model.plan import Absence, Action, ActionKind, Change, Plan
from gpuspec.model.secret import Sealed
from gpuspec.model.state import Birth
from gpuspec.workflow.agreement import (
    Agreement,
    differences,
    refuse_aged,
    refuse_foreign,
    refuse_moved,
)
from tests.builders.recorded import NOON, a_birth, sealed

HOUR = 3600.0


def an_action(kind: ActionKind = ActionKind.CREATE, *changes: Change, machine: str = "") -> Action:
    """An action at the address `a`."""
    return Action(kind=kind, address="a", reason="any", explanation="in words", id=machine, changes=changes)


def setting(field: str, after: str | Sealed) -> Change:
    """A field that was not there."""
    return Change(field=field, before=Absence.ABSENT, after=after)


def a_plan(*actions: Action, **facts: Any) -> Plan:
    """A plan of these actions, made at noon."""
    birth = a_birth()
    plan = Plan(birth=birth, serial=1, made_at=NOON, actions=actions, receipt=receipt(birth, actions))
    return dataclasses.replace(plan, **facts)


STRAY = an_action(ActionKind.STRAY, machine="i-2")


@pytest.mark.parametrize(
    ("planned", "now", "words"),
    [
        ((), (), ()),
        ((an_action(),), (an_action(),), ()),
        ((an_action(),), (), ("a: create, which is not to be done any more",)),
        ((), (an_action(),), ("a: create, which is not in the plan",)),
        ((an_action(),), (an_action(ActionKind.KEEP),), ("a: create in the plan, now keep (in words)",)),
        (
            (an_action(ActionKind.KEEP, machine="i-1"),),
            (an_action(ActionKind.KEEP, machine="i-2"),),
            ("a: keep of i-1 in the plan, now of i-2",),
        ),
        (
            (an_action(ActionKind.UNRESOLVED),),
            (an_action(ActionKind.UNRESOLVED, machine="i-2"),),
            ("a: unresolved of no machine in the plan, now of i-2",),
        ),
        (
            (an_action(ActionKind.CREATE, setting("x", "1"), setting("y", "1"), setting("z", "1")),),
            (an_action(ActionKind.CREATE, setting("x", "2"), setting("y", "1"), setting("w", "1")),),
            ("a: create with another `x`, `z`, `w`",),
        ),
        (
            (an_action(ActionKind.CREATE, setting("imageAuth", sealed("one"))),),
            (an_action(ActionKind.CREATE, setting("imageAuth", sealed("two"))),),
            ("a: create with another `imageAuth`",),
        ),
        (
            (an_action(ActionKind.CREATE, setting("imageAuth", sealed("one"))),),
            (an_action(ActionKind.CREATE, setting("imageAuth", Sealed(key_id="fresh", digest="d"))),),
            (),
        ),
        ((an_action(), STRAY), (STRAY, an_action()), ()),
        ((an_action(),), (an_action(), STRAY), ("a: stray, which is not in the plan",)),
    ],
)
def test_what_differs_is_told_by_address(
    planned: tuple[Action, ...], now: tuple[Action, ...], words: tuple[str, ...]
) -> None:
    """A line an address; none where the same would be done, and then nothing stands in the way."""
    reviewed, made = a_plan(*planned), a_plan(*now)

    assert words == tuple(differences(reviewed, made))
    if words:
        with pytest.raises(PlanMoved, match="Planned anew, it is not the same"):
            refuse_moved(Agreement(plan=reviewed), made)
    else:
        refuse_moved(Agreement(plan=reviewed), made)


def test_another_receipt_is_refused_without_words_for_it() -> None:
    """The words explain; the receipt binds."""
    made = a_plan(an_action(), receipt="sha256:else")

    with pytest.raises(PlanMoved):
        refuse_moved(Agreement(plan=a_plan(an_action())), made)


def test_nothing_agreed_binds_to_nothing() -> None:
    """An apply of specs is as free as it is without any of this."""
    refuse_aged(Agreement(), now=NOON)
    refuse_foreign(Agreement(), a_birth())
    refuse_moved(Agreement(), a_plan(an_action()))


@pytest.mark.parametrize(
    ("after_s", "words"),
    [
        (24 * HOUR + 360, "made 24.1 h ago, and a plan is good for 24 h"),
        (1200 * HOUR, "made 1,200 h ago"),
        (-301, "made 5 min ahead of this machine's clock"),
        (-48 * HOUR, "made 48 h ahead"),
    ],
)
def test_an_age_that_does_not_hold_is_refused(after_s: float, words: str) -> None:
    """Too old, or from a clock that can't be trusted."""
    with pytest.raises(PlanMoved) as caught:
        refuse_aged(Agreement(plan=a_plan()), now=NOON + after_s)

    assert words in caught.value.message


@pytest.mark.parametrize("after_s", [0.0, 24 * HOUR, -300.0])
def test_an_age_that_holds_passes(after_s: float) -> None:
    """Up to the limit, and within what clocks differ by."""
    refuse_aged(Agreement(plan=a_plan()), now=NOON + after_s)


def test_a_short_age_is_told_in_seconds() -> None:
    """`--max-age 30s` is told as it was meant."""
    with pytest.raises(PlanMoved, match="made 90 s ago, and a plan is good for 30 s"):
        refuse_aged(Agreement(plan=a_plan(), max_age_s=30), now=NOON + 90)


@pytest.mark.parametrize(
    ("birth", "error", "hint"),
    [
        (lambda: a_birth(project="other"), PlanForeign, "folder of its project"),
        (lambda: a_birth(environment="prod"), PlanForeign, "leave `-e` out"),
        (lambda: a_birth(origin="simulator"), PlanForeign, "with `--simulate` or `--endpoint`"),
        (lambda: a_birth(lineage="other"), PlanForeign, "bring the state"),
        (lambda: a_birth(lineage=""), PlanForeign, "bring the state"),
        (lambda: a_birth(marker=MarkerMode.NAME), PlanMoved, "plan again"),
    ],
    ids=["project", "environment", "origin", "lineage", "unborn", "marker"],
)
def test_a_plan_of_something_else_is_refused(
    birth: Callable[[], Birth], error: type[PlanForeign | PlanMoved], hint: str
) -> None:
    """Each fact of a state's birth, with a way on."""
    with pytest.raises(error) as caught:
        refuse_foreign(Agreement(plan=a_plan()), birth())

    assert hint in caught.value.hint
