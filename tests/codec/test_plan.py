"""The plan document and its receipt."""

import dataclasses
import json
from pathlib import Path

import pytest

from gpuspec.codec.plan import decode_plan, encode_plan, plan_document, receipt
from gpuspec.errors import Bug, PlanUnreadable
from gpuspec.model.plan import Absence, Action, ActionKind, Certainty, Change, Outside, Plan
from gpuspec.model.project import JsonValue
from gpuspec.model.secret import OutOfReach, Revealed, SecretRef
from gpuspec.model.values import Port
from tests.builders.recorded import NOON, a_birth, all_fields, sealed

CASES = Path(__file__).parent.parent / "cases" / "codec"

REPLACE = Action(
    kind=ActionKind.REPLACE,
    address="trainer",
    reason="fixed-field",
    explanation="`productId` can't change.",
    id="id-1",
    changes=(
        Change(field="productId", before="4090.16c62g", after="a100"),
        Change(field="ports", before=(), after=(Port(number=8080, protocol="tcp"),)),
        Change(field="clusterId", before=Absence.UNKNOWN, after=Absence.ABSENT),
        Change(field="envs.HF_TOKEN", before=sealed("before"), after=sealed("after")),
        Change(
            field="imageAuth",
            before=sealed("registry"),
            after=OutOfReach(refs=()),
            certainty=Certainty.CANNOT_TELL,
        ),
    ),
    drift=(Change(field="gpuNum", before=1, after=2),),
    restarts=True,
    data_lost="the root disk",
    prepaid=True,
    hint="allow it:",
    command="gpuspec apply --allow-destroy",
)
CREATE = Action(
    kind=ActionKind.CREATE,
    address="worker-1",
    reason="missing",
    explanation="It is not recorded.",
    changes=tuple(
        Change(field=name, before=Absence.ABSENT, after=value) for name, value in sorted(all_fields().items())
    ),
)


def a_plan(*actions: Action) -> Plan:
    """A plan of these actions with its receipt."""
    birth = a_birth()
    return Plan(
        birth=birth,
        serial=41,
        made_at=NOON,
        actions=actions,
        receipt=receipt(birth, actions),
        outside=Outside(count=3, lost_files=(("gone.yaml", 2),), excluded=1),
        warnings=("No stock.",),
    )


def test_what_was_written_is_read_back() -> None:
    """Every corner of a plan survives its document."""
    plan = a_plan(CREATE, REPLACE)

    assert plan == decode_plan(encode_plan(plan), where="plan.json")


def test_the_document_is_this() -> None:
    """What reviewers and programs read."""
    assert (CASES / "full.plan.json").read_text(encoding="utf-8") == encode_plan(a_plan(CREATE, REPLACE)).decode()


def test_a_secret_out_of_reach_says_so_and_no_more() -> None:
    """A plan shows that a secret could not be read, not what it is."""
    change = Change(field="imageAuth", before=Absence.ABSENT, after=OutOfReach(refs=(SecretRef(kind="env", name="A"),)))
    document = plan_document(a_plan(dataclasses.replace(CREATE, changes=(change,))))

    assert '"after": {"secret": "not at hand"}' in json.dumps(document)


def test_a_revealed_secret_in_a_plan_is_a_bug() -> None:
    """It is never written."""
    change = Change(field="imageAuth", before=Absence.ABSENT, after=Revealed(text="hunter2"))

    with pytest.raises(Bug, match="not sealed"):
        a_plan(dataclasses.replace(CREATE, changes=(change,)))


@pytest.mark.parametrize(
    "action",
    [
        dataclasses.replace(REPLACE, kind=ActionKind.UPDATE),
        dataclasses.replace(REPLACE, address="other"),
        dataclasses.replace(REPLACE, id="id-2"),
        dataclasses.replace(REPLACE, changes=REPLACE.changes[1:]),
        dataclasses.replace(
            REPLACE, changes=(*REPLACE.changes[:3], dataclasses.replace(REPLACE.changes[3], after=sealed("other")))
        ),
    ],
    ids=["kind", "address", "id", "changes", "seal"],
)
def test_the_receipt_moves_with_what_would_be_done(action: Action) -> None:
    """Kind, address, id and changes are what a reviewer agreed to."""
    assert receipt(a_birth(), [REPLACE]) != receipt(a_birth(), [action])


def test_the_receipt_stays_when_a_secret_is_not_at_hand() -> None:
    """What can't be told causes no call: planning with the secrets and without them gives one receipt."""
    told = [change for change in REPLACE.changes if change.certainty is Certainty.DIFFERENT]

    assert receipt(a_birth(), [REPLACE]) == receipt(a_birth(), [dataclasses.replace(REPLACE, changes=tuple(told))])


def test_the_receipt_moves_with_the_state() -> None:
    """The same deeds on another state are another plan."""
    assert receipt(a_birth(lineage="a"), [REPLACE]) != receipt(a_birth(lineage="b"), [REPLACE])


def test_the_receipt_stays_when_only_words_move() -> None:
    """Order, explanations, drift and warnings are no part of it."""
    reworded = dataclasses.replace(REPLACE, explanation="Else.", drift=(), hint="", reason="else", data_lost="")

    assert receipt(a_birth(), [CREATE, REPLACE]) == receipt(a_birth(), [reworded, CREATE])


def _with(**changes: JsonValue) -> bytes:
    return json.dumps({**plan_document(a_plan(REPLACE)), **changes}).encode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not JSON"),
        (b"[1]", "is a list where a map belongs"),
        (b"{}", "`version` is missing"),
        (_with(version=2), "`version` is 2, and this gpuspec reads versions up to 1"),
        (_with(actions={}), "`actions` is a map where a list belongs"),
        (_with(actions=[{"kind": "dance"}]), "`actions[0].address` is missing"),
        (_with(madeAt=None), "`madeAt` is null where a number belongs"),
        (_with(records={}), "`records` is a key that this version"),
        (_with(outside={"count": 1, "lostFiles": [{"file": 1, "count": 1}]}), "lostFiles[0].file` is an integer"),
    ],
)
def test_what_is_no_plan_is_refused_with_a_reason(content: bytes, message: str) -> None:
    """Any other file is named as such, with what is odd about it."""
    with pytest.raises(PlanUnreadable) as caught:
        decode_plan(content, where="plan.json")

    assert caught.value.message.startswith("plan.json is no plan that this gpuspec can read. ")
    assert message in caught.value.message or "is none of" in caught.value.message
