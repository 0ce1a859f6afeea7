"""Faults are ordered in a small language, and struck by a repeatable chance."""

import pytest

from gpuspec.errors import UsageError
from gpuspec.simulator.calls import CALL_NAMES, MUTATING, READING
from gpuspec.simulator.fault_kinds import KINDS
from gpuspec.simulator.faults import NO_FAULTS, Dice, parse_faults


def test_a_kind_alone_strikes_every_create() -> None:
    """Unless the kind has calls of its own."""
    (lost,), (pages,) = (parse_faults([text]).rules for text in ("lost-response", "missing-total"))

    assert (lost.calls, lost.rate, lost.times) == (frozenset({"create"}), 1.0, None)
    assert pages.calls == frozenset({"list"})


def test_an_order_names_call_rate_and_seconds() -> None:
    """In this order."""
    (rule,) = parse_faults(["slow@get,list:0.25:3.5"]).rules

    assert (rule.kind.name, rule.calls, rule.rate, rule.seconds) == ("slow", frozenset({"get", "list"}), 0.25, 3.5)


def test_an_order_can_be_for_so_many_calls() -> None:
    """`2x` strikes the first two."""
    dice = Dice(parse_faults(["500-after:2x"]))

    assert [len(dice.draw("create")) for _ in range(4)] == [1, 1, 0, 0]


GROUPS = [
    ("any", frozenset(CALL_NAMES)),
    ("mutating", MUTATING),
    ("reading", READING),
    ("delete", frozenset({"delete"})),
]


@pytest.mark.parametrize(("name", "calls"), GROUPS)
def test_calls_can_be_named_in_groups(name: str, calls: frozenset[str]) -> None:
    """`any`, `mutating`, `reading`, or a call's own name."""
    assert parse_faults([f"429@{name}"]).rules[0].calls == calls


def test_a_fault_of_lists_strikes_only_lists() -> None:
    """Whatever group is named."""
    assert parse_faults(["missing-total@any"]).rules[0].calls == frozenset({"list"})


BAD = {
    "an unknown kind": ("lost-answer", "no fault `lost-answer`"),
    "nothing": ("", "no order"),
    "an unknown call": ("429@destroy", "the call `destroy`"),
    "a call that it can't strike": ("missing-total@create", "can only strike list"),
    "a rate above 1": ("429:1.5", "no rate"),
    "a rate that is no number": ("429:often", "no rate"),
    "an endless rate": ("429:nan", "no rate"),
    "a negative rate": ("429:-1", "no rate"),
    "digits of another script": ("429:٠", "no rate"),
    "seconds that are no number": ("slow:1:soon", "no number of seconds"),
    "too many seconds": ("slow:1:999999", "no number of seconds"),
    "too many parts": ("slow:1:1:1", "no order"),
    "no kind": (":0.5", "no order"),
    "no call": ("429@:0.5", "no order"),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_an_order_that_is_not_understood_is_refused(text: str, message: str) -> None:
    """With the way to write it."""
    with pytest.raises(UsageError, match=message) as caught:
        parse_faults([text])

    assert caught.value.hint


def test_an_unknown_kind_is_told_all_kinds_and_the_nearest() -> None:
    """So that nobody has to look them up."""
    with pytest.raises(UsageError) as caught:
        parse_faults(["lost-respond"])

    assert "did you mean `lost-response`?" in caught.value.hint
    assert all(name in caught.value.hint for name in KINDS)


def test_the_same_seed_strikes_the_same_calls() -> None:
    """Another seed strikes others."""

    def strikes(seed: int) -> list[int]:
        dice = Dice(parse_faults(["500-after:0.3"], seed=seed))
        return [len(dice.draw("create")) for _ in range(200)]

    assert strikes(1) == strikes(1)
    assert strikes(1) != strikes(2)
    assert 40 <= sum(strikes(1)) <= 80


def test_calls_that_a_fault_cannot_strike_do_not_move_its_chance() -> None:
    """So a client may list as often as it likes between creates."""
    busy, quiet = (Dice(parse_faults(["500-after:0.3"])) for _ in range(2))

    def between(dice: Dice, lists: int) -> list[int]:
        drawn = []
        for _ in range(50):
            drawn.append(len(dice.draw("create")))
            for _ in range(lists):
                dice.draw("list")
        return drawn

    assert between(busy, 3) == between(quiet, 0)


def test_only_one_fault_answers_in_the_services_place() -> None:
    """The first that was ordered; a fate and a delay come on top."""
    dice = Dice(parse_faults(["late-listing", "500-after", "slow", "lost-response", "429"]))

    assert [rule.kind.name for rule in dice.draw("create")] == ["late-listing", "500-after", "slow"]


def test_faults_of_the_wire_are_named() -> None:
    """So that they can be refused where there is no wire."""
    plan = parse_faults(["429", "half-body", "slow", "half-body@get"])

    assert (plan.wire_kinds, NO_FAULTS.wire_kinds) == (("half-body", "slow"), ())


def test_every_kind_says_what_it_does() -> None:
    """In a few words, for the command line's help."""
    assert all(kind.about and kind.name == name for name, kind in KINDS.items())
