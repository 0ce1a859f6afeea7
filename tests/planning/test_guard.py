"""What is refused before anything is sent, and what has to be agreed to."""

from dataclasses import replace

import pytest

from gpuspec.model.instance import Handling, Instance, Lifecycle, Power
from gpuspec.model.live import Observation, Phase
from gpuspec.model.marker import MarkerMode
from gpuspec.model.state import State
from gpuspec.planning.guard import (
    Allowances,
    Consent,
    needed_consents,
    refusals,
    replace_refusals,
    settling_refusals,
    stock_refusals,
)
from gpuspec.planning.scope import Scope
from gpuspec.ports import Catalogue, Product
from tests.builders.planning import BIRTH, a_live, a_plan, a_record, a_state, an_instance, an_intent, an_observation

TWO = (an_instance("a"), an_instance("b"))
TWO_RECORDS = (a_record("a"), a_record("b"))


def reasons(
    *instances: Instance, state: State, observation: Observation, key_digest: str = "", **allowed: bool
) -> list[str]:
    """The guards that refuse."""
    found = refusals(
        a_plan(*instances, state=state, observation=observation),
        {instance.address: instance for instance in instances},
        state,
        observation=observation,
        key_digest=key_digest,
        allowances=Allowances(**allowed),
    )
    return [refusal.reason for refusal in found]


def gone(*addresses: str) -> frozenset[str]:
    return frozenset(f"id-{address}" for address in addresses)


def test_nothing_stands_in_the_way_of_a_first_create() -> None:
    """An empty state and a spec."""
    assert reasons(*TWO, state=a_state(), observation=an_observation()) == []


def test_losing_every_recorded_instance_is_refused() -> None:
    """Two records, none there: probably another account."""
    observation = an_observation(gone=gone("a", "b"))

    assert reasons(*TWO, state=a_state(*TWO_RECORDS), observation=observation) == ["wrong-account"]
    assert reasons(*TWO, state=a_state(*TWO_RECORDS), observation=observation, recreate_lost=True) == []


def test_losing_some_or_the_only_one_is_not_refused() -> None:
    """One of two, or one of one, is made again."""
    some = an_observation(a_live("id-a"), gone=gone("b"))

    assert reasons(*TWO, state=a_state(*TWO_RECORDS), observation=some) == []
    assert reasons(TWO[0], state=a_state(TWO_RECORDS[0]), observation=an_observation(gone=gone("a"))) == []


@pytest.mark.parametrize(
    ("used", "refused"), [("other", ["wrong-account"]), ("same", []), ("", [])], ids=["other", "same", "none"]
)
def test_losing_one_under_another_key_is_refused(used: str, refused: list[str]) -> None:
    """Another key may be another account."""
    observation = an_observation(a_live("id-a"), gone=gone("b"))
    state = a_state(*TWO_RECORDS, key_digest="same")

    assert refused == reasons(*TWO, state=state, observation=observation, key_digest=used)


@pytest.mark.parametrize(
    "observation",
    [an_observation(incomplete="Page 0 could not be read."), an_observation(unproven={"id-a": "status 500"})],
    ids=["incomplete list", "unreadable answer"],
)
def test_nothing_is_done_under_another_key_before_the_records_are_seen(observation: Observation) -> None:
    """To go on would take that key's account for the state's own, and nothing would be amiss there the next time."""
    state = a_state(TWO_RECORDS[0], key_digest="one")

    assert reasons(TWO[0], state=state, observation=observation, key_digest="two") == ["wrong-account"]
    assert reasons(TWO[0], state=state, observation=observation, key_digest="one") == []


def test_another_key_with_everything_there_is_fine() -> None:
    """Keys are renewed."""
    observation = an_observation(a_live("id-a"), a_live("id-b"))

    assert reasons(*TWO, state=a_state(*TWO_RECORDS, key_digest="one"), observation=observation, key_digest="two") == []


def test_a_spec_that_renders_to_nothing_is_refused() -> None:
    """An empty loop would remove everything."""
    state, observation = a_state(TWO_RECORDS[0]), an_observation(gone=gone("a"))

    assert reasons(state=state, observation=observation) == ["empty-set"]
    assert reasons(state=state, observation=observation, allow_empty=True) == []
    assert reasons(state=a_state(), observation=an_observation()) == []


def test_one_refused_address_refuses_the_set() -> None:
    """Nothing is sent, and the first refusal says how to go on."""
    state, observation = a_state(a_record("a")), an_observation(a_live("id-a"))
    protected = Lifecycle(protect=True)
    instances = {"a": an_instance("a", gpuNum=2, lifecycle=protected), "b": an_instance("b")}
    (refusal,) = refusals(
        a_plan(*instances.values(), state=state, observation=observation),
        instances,
        state,
        observation=observation,
        key_digest="",
        allowances=Allowances(),
    )

    assert (refusal.reason, refusal.exit_status) == ("protected", 5)
    assert refusal.message.startswith("Nothing is sent because of a. a: `gpuNum` can't be changed in place")
    assert "--exclude 'a'" in refusal.hint


def test_many_refused_addresses_are_counted() -> None:
    """Ten by name, the rest counted; different reasons are `several`."""
    names = [f"w{number:02}" for number in range(12)]
    state = a_state(a_record(names[0], month=1), *(a_record(name) for name in names[1:]))
    observation = an_observation(*(a_live(f"id-{name}") for name in names))
    instances = [an_instance(name, gpuNum=2, lifecycle=Lifecycle(protect=True)) for name in names[1:]]
    instances.append(an_instance(names[0], month=2))

    assert reasons(*instances, state=state, observation=observation) == ["several"]


def test_a_name_without_room_for_its_marker_is_refused() -> None:
    """Only where the marker goes into the name, and only for what is created."""
    long = an_instance("a", name="n" * 230)
    by_name = a_state(birth=replace(BIRTH, marker=MarkerMode.NAME))

    assert reasons(long, state=by_name, observation=an_observation()) == ["name-too-long"]
    assert reasons(long, state=a_state(), observation=an_observation()) == []
    assert reasons(an_instance("a"), state=by_name, observation=an_observation()) == []


def test_consents_follow_from_what_a_plan_does() -> None:
    """Creates need a yes, months paid ahead their own."""
    kept = a_plan(an_instance(), state=a_state(a_record()), observation=an_observation(a_live()))

    assert frozenset() == needed_consents(kept)
    assert {Consent.YES} == needed_consents(a_plan(an_instance()))
    assert {Consent.YES, Consent.PREPAID} == needed_consents(a_plan(an_instance(month=1)))


@pytest.mark.parametrize(
    ("desired", "consents"),
    [
        (an_instance(gpuNum=2), {Consent.YES, Consent.DESTROY}),
        (an_instance(gpuNum=2, month=1), {Consent.YES, Consent.DESTROY, Consent.PREPAID}),
        (an_instance(imageUrl="other"), {Consent.YES, Consent.RESTART}),
        (an_instance(rootfsSize=80), {Consent.YES, Consent.RESTART}),
        (an_instance(month=3), {Consent.YES, Consent.PREPAID}),
        (an_instance(lifecycle=Lifecycle(desired=Power.STOPPED)), {Consent.YES, Consent.RESTART}),
        (an_instance(lifecycle=Lifecycle(protect=True)), {Consent.YES}),
        (None, {Consent.YES, Consent.DESTROY}),
    ],
    ids=["replace", "replace monthly", "upgrade", "edit", "convert", "stop", "note", "delete"],
)
def test_what_restarts_destroys_or_pays_ahead_needs_a_consent_of_its_own(
    desired: Instance | None, consents: set[Consent]
) -> None:
    """An edit counts as a restart: nobody says that it is none."""
    instances = () if desired is None else (desired,)
    plan = a_plan(*instances, state=a_state(a_record()), observation=an_observation(a_live()))

    assert consents == needed_consents(plan)


def test_a_start_needs_no_consent_but_a_yes() -> None:
    """It interrupts nothing."""
    wanted = an_instance(lifecycle=Lifecycle(desired=Power.RUNNING))
    observation = an_observation(a_live(phase=Phase.STOPPED))

    assert {Consent.YES} == needed_consents(a_plan(wanted, state=a_state(a_record()), observation=observation))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("trainr", ("replace-unknown", "`--replace trainr`: the specs don't have it.", "did you mean `trainer`?")),
        ("other", ("replace-unknown", "`--replace other`: no machine is recorded there.", "see what is recorded:")),
        ("left", ("replace-left-out", "`--replace left`: `--only` and `--exclude` leave it out.", "")),
        ("trainer", ()),
    ],
)
def test_an_address_that_can_not_be_replaced_is_refused(asked: str, words: tuple[str, ...]) -> None:
    """A misspelt one would pass for done."""
    desired = {name: an_instance(name) for name in ("trainer", "other", "left")}
    state = a_state(a_record(), a_record("left"))
    scope = Scope(exclude=("left",), replace=frozenset({asked}))

    found = [(each.reason, each.message, each.hint) for each in replace_refusals(scope, desired, state)]

    assert len(found) == bool(words)
    assert all(each[:2] == words[:2] and (not words[2] or each[2] == words[2]) for each in found)


OUT_OF_STOCK = Product(id="4090.16c62g", name="4090", available=False)
ANOTHER = Product(id="another", name="another", available=True)


@pytest.mark.parametrize(
    ("products", "create_first", "reasons"),
    [
        ((OUT_OF_STOCK,), False, ["no-stock"]),
        ((ANOTHER,), False, ["no-stock"]),
        ((replace(OUT_OF_STOCK, available=True),), False, []),
        ((), False, []),
        ((OUT_OF_STOCK,), True, []),
    ],
    ids=["none in stock", "not listed", "in stock", "unread", "made first"],
)
def test_no_machine_is_deleted_for_one_that_is_not_to_be_had(
    products: tuple[Product, ...], create_first: bool, reasons: list[str]
) -> None:
    """Only where it goes first, and only where the list of products could be read."""
    desired = an_instance(gpuNum=2, handling=Handling(create_before_destroy=create_first))
    plan = a_plan(desired, an_instance("new"), state=a_state(a_record()), observation=an_observation(a_live()))
    catalogue = Catalogue(products={product.id: product for product in products}, clusters=frozenset())

    found = stock_refusals(plan, {"trainer": desired, "new": an_instance("new")}, catalogue)

    assert [refused.reason for refused in found] == reasons


def test_open_intents_are_not_settled_under_another_key() -> None:
    """Another account's list would prove absent what is there, and it would be made twice."""
    state = a_state(intents={"n": an_intent()}, key_digest="one")

    (refusal,) = settling_refusals(state, key_digest="two", allowances=Allowances())
    assert (refusal.reason, refusal.message[:47]) == (
        "wrong-account",
        "What became of requests for trainer is not know",
    )


@pytest.mark.parametrize(
    ("state", "key_digest", "allowances"),
    [
        (a_state(intents={"n": an_intent()}, key_digest="one"), "one", Allowances()),
        (a_state(intents={"n": an_intent()}), "two", Allowances()),
        (a_state(key_digest="one"), "two", Allowances()),
        (a_state(intents={"n": an_intent()}, key_digest="one"), "two", Allowances(recreate_lost=True)),
    ],
    ids=["same key", "no key known", "nothing open", "allowed"],
)
def test_open_intents_are_settled_otherwise(state: State, key_digest: str, allowances: Allowances) -> None:
    """The same key, a first key, nothing to settle, or a user who knows."""
    assert settling_refusals(state, key_digest=key_digest, allowances=allowances) == ()
