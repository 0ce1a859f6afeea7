"""Events, ledgers, problems and errors as data."""

from gpuspec.codec.canonical import fields_digest
from gpuspec.codec.events import event_line
from gpuspec.codec.ledger import ledger_document
from gpuspec.codec.problems import error_document, problem_document
from gpuspec.errors import Refused, UsageError
from gpuspec.model.event import Event, EventKind
from gpuspec.model.outcome import Ledger, Outcome, Result, Stop
from gpuspec.model.place import Place
from gpuspec.model.problem import Problem, Related
from tests.builders.recorded import all_fields


def test_an_event_is_a_line_without_what_it_does_not_say() -> None:
    """Empty texts and None are left out, a zero is not."""
    event = Event(kind=EventKind.SETTLING, at=1.5, address="trainer", seconds=0.0)

    expected = b'{"address":"trainer","at":1.5,"kind":"settling","seconds":0.0,"version":1}\n'
    assert expected == event_line(event)


def test_a_ledger_names_every_address_and_the_exit_status() -> None:
    """Unrecorded ids are in it, and the status follows from all of it."""
    ledger = Ledger(
        outcomes=(Outcome(address="trainer", result=Result.DONE, id="id-1", endpoints=("ssh -p 1 root@host",)),),
        stop=Stop.STORE,
        stop_message="disk full",
        unrecorded=(("worker", "id-2"),),
        warnings=("Careful.",),
    )

    expected = {
        "version": 1,
        "command": "apply",
        "exitStatus": 7,
        "stop": "the state could not be written",
        "stopMessage": "disk full",
        "outcomes": [
            {
                "address": "trainer",
                "result": "done",
                "id": "id-1",
                "status": "",
                "reason": "",
                "message": "",
                "endpoints": ["ssh -p 1 root@host"],
            }
        ],
        "unrecorded": [{"address": "worker", "id": "id-2"}],
        "warnings": ["Careful."],
    }
    assert expected == ledger_document(ledger, command="apply")


def test_a_problem_has_its_place_and_the_calls_that_led_there() -> None:
    """Related places come first, then macros and includes."""
    call = Place(file="macros.j2", line=3, column=1)
    problem = Problem(
        code="unknown-field",
        message="An instance has no field `imageUlr`.",
        place=Place(file="instances.yaml", line=14, column=5, width=8, calls=(call,)),
        path="instances.trainer.imageUlr",
        hint="did you mean `imageUrl`?",
        related=(Related(label="first written here", place=Place(file="instances.yaml", line=2, column=1)),),
        count=4,
    )

    expected = {
        "file": "instances.yaml",
        "line": 14,
        "column": 5,
        "path": "instances.trainer.imageUlr",
        "code": "unknown-field",
        "severity": "error",
        "summary": "unknown field",
        "message": "An instance has no field `imageUlr`.",
        "hint": "did you mean `imageUrl`?",
        "count": 4,
        "related": [
            {"label": "first written here", "file": "instances.yaml", "line": 2, "column": 1},
            {"label": "called here", "file": "macros.j2", "line": 3, "column": 1},
        ],
    }
    assert expected == problem_document(problem)


def test_a_problem_without_a_file_has_no_place() -> None:
    """A variable of the command line stands in no file."""
    document = problem_document(Problem(code="variable-undeclared", message="No variable is called `x`."))

    assert (document["file"], document["line"], document["column"]) == (None, None, None)


def test_a_refusal_names_its_guard() -> None:
    """Programs can tell guards apart by `reason`; other errors have none."""
    refusal = error_document(Refused("It is protected.", reason="protected", hint="unprotect it"), command="apply")
    wrong_usage = error_document(UsageError("What?"), command="plan")

    assert refusal == {
        "version": 1,
        "command": "apply",
        "error": {
            "code": "refused",
            "summary": "refused",
            "message": "It is protected.",
            "hint": "unprotect it",
            "command": "",
            "reason": "protected",
        },
        "problems": [],
    }
    assert isinstance(wrong_usage["error"], dict)
    assert "reason" not in wrong_usage["error"]


def test_equal_fields_have_equal_digests_whatever_their_order() -> None:
    """The digest is of the values, not of the order in which they were filled in."""
    fields = dict(all_fields())
    shuffled = dict(reversed(fields.items()))

    assert fields_digest(fields) == fields_digest(shuffled)
    assert fields_digest(fields) != fields_digest({**fields, "gpuNum": 3})
