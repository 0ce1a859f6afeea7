"""The plan document and its receipt."""

import dataclasses
import json
from pathlib import Path

import pytest

from gpuspec.codec.plan import HEAD_BYTES, decode_plan, encode_plan, is_plan, plan_document
from gpuspec.codec.receipt import receipt
from gpuspec.errors import Bug, PlanUnreadable
from gpuspec.model.plan import Absence, Action, ActionKind, Basis, Certainty, Change, Outside, Plan
from gpuspec.model.project import JsonValue
from gpuspec.model.secret import OutOfReach, Revealed, Sealed, SecretRef
from gpuspec.model.state import Call
from gpuspec.model.values import Port
from tests.builders.recorded import NOON, a_birth, all_fields, sealed

CASES = Path(__file__).parent.parent / "cases" / "codec"

REPLACE = Action(
    calls=(Call.DELETE, Call.CREATE),
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
TOKEN = (SecretRef(kind="env", name="HF_TOKEN"),)
CREATE = Action(
    calls=(Call.CREATE,),
    kind=ActionKind.CREATE,
    address="worker-1",
    reason="missing",
    explanation="It is not recorded.",
    changes=(
        *(Change(field=name, before=Absence.ABSENT, after=value) for name, value in sorted(all_fields().items())),
        Change(field="envs.HF_TOKEN", before=Absence.ABSENT, after=sealed("token"), references=TOKEN),
    ),
)


def setting(secret: OutOfReach | Sealed, *references: SecretRef, before: Absence | Sealed = Absence.ABSENT) -> Action:
    """A create or, where something was before, an update that sets a secret and nothing else."""
    change = Change(field="envs.HF_TOKEN", before=before, after=secret, references=references)
    return dataclasses.replace(CREATE, changes=(change,))


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
        basis=Basis(
            files=("instances.yaml", "-"), only=("w*",), exclude=("*-2",), replace=("trainer",), allow_empty=True
        ),
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


@pytest.mark.parametrize("secret", [OutOfReach(refs=TOKEN), sealed("else"), Sealed(key_id="fresh", digest="d")])
def test_the_receipt_stays_whoever_has_the_secret_that_a_create_sets(secret: OutOfReach | Sealed) -> None:
    """A review is done without the secrets, and before the first run every plan has a digest key of its own."""
    assert receipt(a_birth(), [setting(sealed("token"), *TOKEN)]) == receipt(a_birth(), [setting(secret, *TOKEN)])


@pytest.mark.parametrize(
    "action",
    [
        setting(sealed("token"), SecretRef(kind="env", name="AWS_KEY")),
        setting(sealed("token"), SecretRef(kind="file", name="HF_TOKEN")),
        setting(sealed("token")),
        setting(sealed("token"), *TOKEN, before=sealed("before")),
    ],
    ids=["name", "kind", "no reference", "update"],
)
def test_the_receipt_moves_with_where_a_secret_is_read_from(action: Action) -> None:
    """Another secret would go to the machine than the one that was agreed to."""
    assert receipt(a_birth(), [setting(sealed("token"), *TOKEN)]) != receipt(a_birth(), [action])


@pytest.mark.parametrize("text", ["plan_document", "encode_plan"])
def test_a_plan_is_known_by_its_first_bytes(text: str) -> None:
    """As `--out` writes it, as `--json` prints it, and cut off after its head."""
    plan = a_plan(CREATE)
    content = encode_plan(plan) if text == "encode_plan" else json.dumps(plan_document(plan), indent=2).encode()

    assert [is_plan(content[:size]) for size in (HEAD_BYTES, 64, 20)] == [True, True, False]


@pytest.mark.parametrize("content", [b"", b"{}", b'{"version": 1, "instances": {}}', b"version: 1", b"[" * 99, b"\0"])
def test_a_spec_is_no_plan(content: bytes) -> None:
    """A spec in JSON is none either."""
    assert not is_plan(content)


def test_the_receipt_moves_with_the_state() -> None:
    """The same deeds on another state are another plan."""
    assert receipt(a_birth(lineage="a"), [REPLACE]) != receipt(a_birth(lineage="b"), [REPLACE])


def test_the_receipt_stays_when_only_words_move() -> None:
    """Order, explanations, drift and warnings are no part of it."""
    reworded = dataclasses.replace(REPLACE, explanation="Else.", drift=(), hint="", reason="else", data_lost="")

    assert receipt(a_birth(), [CREATE, REPLACE]) == receipt(a_birth(), [reworded, CREATE])


def _with(**changes: JsonValue) -> bytes:
    return json.dumps({**plan_document(a_plan(REPLACE)), **changes}).encode()


def _with_references(*references: str) -> bytes:
    document = plan_document(a_plan(setting(sealed("token"), *TOKEN)))
    text = json.dumps(document)
    return text.replace('["env:HF_TOKEN"]', json.dumps(references)).encode()


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
        (_with(receipt="sha256:" + 64 * "0"), "`receipt` is not the receipt of these actions: the document was edited"),
        (_with(lineage="else"), "`receipt` is not the receipt of these actions"),
        (_with(**{"$schema": "urn:gpuspec:schema:state:1"}), "`$schema` is not `urn:gpuspec:schema:plan:1`"),
        (_with(basis={"files": ["a"]}), "`basis.only` is missing"),
        (_with_references("HF_TOKEN"), "`actions[0].changes[0].references` holds what is no reference to a secret"),
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
