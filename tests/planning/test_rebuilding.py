"""From live machines to the records of a lost state."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from gpuspec.errors import Refused
from gpuspec.model.field import ReadBack
from gpuspec.model.fields import FIELDS
from gpuspec.model.instance import Lifecycle
from gpuspec.model.live import LiveInstance, Phase
from gpuspec.model.marker import MarkerMode
from gpuspec.model.rebuilding import Rebuilding
from gpuspec.model.state import Record
from gpuspec.planning.rebuilding import awaits_spec, rebuilding
from gpuspec.planning.recognising import Claimants, claimants, lineage_after, looked_at, of_lineage
from tests.builders.planning import (
    BIRTH,
    a_live,
    a_marker,
    a_plan,
    a_state,
    an_instance,
    an_observation,
    envs,
    marked,
    seal,
)

B = "00000000000000bb"
LIVE: dict[str, Any] = {
    "name": "trainer",
    "productId": "4090.16c62g",
    "gpuNum": 1,
    "rootfsSize": 60,
    "imageUrl": "pytorch/pytorch:latest",
    "ports": (),
    "envs": (),
    "command": "",
    "kind": "gpu",
    "clusterId": "us-ca-6",
    "billingMode": "",
    "networkId": "",
}
IN_NAMES = replace(BIRTH, marker=MarkerMode.NAME)


def a_machine(
    id_: str = "i-1", address: str = "trainer", *, lineage: str = BIRTH.lineage8, **parts: Any
) -> LiveInstance:
    """A machine that carries the marker of this address; fields that are None are not shown."""
    phase, nonce = parts.pop("phase", Phase.RUNNING), parts.pop("nonce", f"{id_[-1]:0>16}")
    fields = {name: value for name, value in {**LIVE, **parts}.items() if value is not None}
    trace = marked(a_marker(address, nonce=nonce, lineage=lineage))
    return a_live(id_, phase=phase, trace=trace, **fields)


def a_named_machine(id_: str, name: str, *, address: str) -> LiveInstance:
    """A machine whose name carries the marker of this address, and that shows no envs."""
    row = a_machine(id_, envs=None)
    in_name = a_marker(address, nonce=B)
    return replace(row, name=in_name.in_name(name), trace=marked(in_name, in_name=True))


def found(*rows: LiveInstance) -> Claimants:
    """What these machines claim in the project of the builders."""
    return claimants(rows, BIRTH, ())


def rebuilt(*rows: LiveInstance) -> Rebuilding:
    """What is made of them."""
    return rebuilding(of_lineage(found(*rows), ""), BIRTH, at=9.0, seal=seal)


def the_record(row: LiveInstance) -> Record:
    """The record of one machine."""
    (one,) = rebuilt(row).recognised
    return one.record


def ids(rows: Iterable[LiveInstance]) -> list[str]:
    """Their ids."""
    return [row.id for row in rows]


def test_what_is_shown_is_recorded_and_the_rest_is_unknown() -> None:
    """Fields that are never shown, and those that are shown blank though they can't be; none is both."""
    record = the_record(a_machine(imageUrl=None))
    never = {name for name, field in FIELDS.items() if field.read_back is ReadBack.NEVER}

    assert never <= record.unknown
    assert {"imageUrl", "billingMode"} <= record.unknown
    assert record.fields.keys() | record.unknown == FIELDS.keys()
    assert not record.fields.keys() & record.unknown
    assert (record.fields["gpuNum"], record.fields["networkId"]) == (1, "")


def test_every_text_that_may_be_a_secret_is_seal() -> None:
    """Which is one only the spec would tell; what is empty is none, and what was shown is sealed alike."""
    record = the_record(a_machine(command="run", entrypoint="", envs=envs(RUN="a", NONE="")))

    assert record.fields["command"] == record.shown["command"] == seal("run")
    assert record.fields["envs"] == record.shown["envs"] == envs(RUN=seal("a"), NONE="")
    assert record.fields["entrypoint"] == ""


def test_nobody_has_said_that_it_may_go() -> None:
    """It is protected, of no file, and no spec has named a field of it."""
    record = the_record(a_machine())

    assert (record.lifecycle, record.source, record.named) == (Lifecycle(protect=True), "", frozenset())
    assert (record.id, record.nonce, record.created_at, record.updated_at) == ("i-1", f"{1:016}", 9.0, 9.0)
    assert awaits_spec(record)


@pytest.mark.parametrize(("phase", "ready"), [(Phase.RUNNING, True), (Phase.STOPPED, True), (Phase.BUSY, False)])
def test_a_stopped_machine_was_ready_once(phase: Phase, ready: bool) -> None:
    """No run waits for it; one that is on its way is waited for."""
    record = the_record(replace(a_machine(phase=phase), created_at=7))

    assert (record.ready, record.created_at) == (ready, 7.0)


def test_hidden_envs_are_unknown() -> None:
    """A name tells the marker, and the envs nothing."""
    claims = claimants([a_named_machine("i-1", "trainer", address="trainer")], IN_NAMES, ())
    (one,) = rebuilding(of_lineage(claims, ""), IN_NAMES, at=9.0, seal=seal).recognised

    assert "envs" in one.record.unknown
    assert one.record.nonce == B


def test_a_marker_in_a_name_is_placed_by_the_name_or_the_specs() -> None:
    """What nothing explains is told apart; a marker in the envs is none of a project that has them in names."""
    rows = (
        a_named_machine("i-1", "trainer", address="trainer"),
        a_named_machine("i-2", "my node", address="b"),
        a_named_machine("i-3", "my node", address="c"),
        a_machine("i-4"),
    )
    claims = claimants(rows, IN_NAMES, ["b"])

    assert {one.address: one.row.id for one in claims.staying} == {"trainer": "i-1", "b": "i-2"}
    assert ids(claims.unplaced) == ["i-3"]
    assert claimants(rows[:1], BIRTH, ["trainer"]) == Claimants(staying=())


def test_only_this_project_and_environment_count() -> None:
    """Others' machines are others' affair, and so are those without a marker."""
    other = replace(a_machine("i-2"), trace=marked(a_marker("trainer", project="other")))

    assert [one.row.id for one in found(a_machine(), other, a_live("i-3")).staying] == ["i-1"]


def test_get_may_know_that_it_is_being_removed() -> None:
    """Then it is not recorded; what only GET shows is."""
    rows = (a_machine("i-1", "a"), a_machine("i-2", "b"), a_machine("i-3", "c"))
    shown = {"i-1": replace(rows[0], phase=Phase.REMOVED), "i-2": replace(rows[1], fields={"networkId": "n"})}

    claims = looked_at(found(*rows), shown)

    assert {one.row.id: one.row.fields["networkId"] for one in claims.staying} == {"i-2": "n", "i-3": ""}
    assert [one.row.id for one in claims.leaving] == ["i-1"]


def test_a_choice_among_lineages_is_a_persons() -> None:
    """Every one is named with its machines; a long list is cut."""
    many = [a_machine(f"i-{n}", f"w{n}", lineage="aaaaaaaa") for n in range(12)]
    claims = found(a_machine(), *many)

    with pytest.raises(Refused) as refused:
        of_lineage(claims, "")

    assert refused.value.reason == "several-lineages"
    assert "0badcafe: `trainer` (i-1)." in refused.value.message
    assert "`w7` (i-7) and 2 more." in refused.value.message
    chosen = of_lineage(claims, "aaaaaaaa")
    assert (len(chosen.staying), [one.address for one in chosen.passed_over]) == (12, ["trainer"])


def test_a_leaving_machine_is_no_reason_to_choose() -> None:
    """And of another lineage it is nobody's concern here."""
    leaving = a_machine("i-2", "b", lineage="aaaaaaaa", phase=Phase.LEAVING)

    assert of_lineage(found(a_machine(), leaving), "").leaving == ()


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        (Claimants(staying=()), "carries a marker of this project and environment."),
        (found(a_machine(phase=Phase.LEAVING)), "Being removed: i-1."),
        (Claimants(staying=(), unplaced=(a_machine(),)), "they may be of this project: i-1."),
    ],
)
def test_nothing_to_rebuild_from_is_refused(claims: Claimants, words: str) -> None:
    """With what there is beside."""
    with pytest.raises(Refused) as refused:
        of_lineage(claims, "")

    assert refused.value.reason == "no-markers"
    assert words in refused.value.message


def test_a_lineage_goes_on_with_the_markers() -> None:
    """The first digits are theirs; where they tell none, it is a fresh one."""
    fresh = "ffffffff-0000-4000-8000-000000000000"

    assert lineage_after(fresh, "0badcafe") == "0badcafe-0000-4000-8000-000000000000"
    assert lineage_after(fresh, "") == fresh


def test_a_rebuilt_machine_that_the_specs_lack_refuses_with_the_way_on() -> None:
    """One that a spec has named since then refuses as ever."""
    rows = (a_machine("i-1", "a"), a_machine("i-2", "b"))
    records = [one.record for one in rebuilt(*rows).recognised]
    seen = replace(records[1], named=frozenset({"gpuNum"}))

    plan = a_plan(an_instance("c"), state=a_state(records[0], seen), observation=an_observation(*rows))
    told = {action.address: action for action in plan.actions}

    assert told["a"].reason == told["b"].reason == "removed-protected"
    assert "its record was rebuilt: i-1 is not touched" in told["a"].explanation
    assert "gpuspec state rm a" in told["a"].hint
    assert "`lifecycle.protect` forbids to touch i-2" in told["b"].explanation
