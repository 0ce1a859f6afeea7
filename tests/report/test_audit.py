"""Whose every machine is, as a user reads it, whole."""

from textwrap import dedent
from typing import Any

import pytest

from gpuspec.codec.audit import audit_document
from gpuspec.model.audit import Audit, Audited, Owner
from gpuspec.report.audit import age, audit_lines
from gpuspec.report.text import plain
from tests.builders.planning import BIRTH

STRAY = Audited(
    owner=Owner.STRAY,
    id="id-9",
    name="trainer",
    status="running",
    created_at=100_000.0 - 7_500.0,
    address="trainer",
    project="demo/default",
    advice="delete it in the console",
)
THEIRS = Audited(
    owner=Owner.ELSEWHERE, id="id-2", name="web\x1b[2J", address="web", project="other/prod", advice="leave it"
)
NOBODYS = Audited(owner=Owner.UNMANAGED, id="id-3", status="exited", created_at=100_000.0)


def an_audit(*machines: Audited, **parts: Any) -> Audit:
    """The audit of these machines."""
    return Audit(birth=BIRTH, serial=41, at=100_000.0, machines=machines, **parts)


def test_every_machine_is_a_row_with_what_to_do() -> None:
    """The whole text; a name of the API is made harmless."""
    expected = """\
        demo at https://api.novita.ai, state serial 41

        OWNER              ADDRESS            ID    NAME         STATUS   AGE          WHAT TO DO
        stray              trainer            id-9  trainer      running  2 h 05 min   delete it in the console
        another project's  web of other/prod  id-2  web\\x1b[2J  -        -            leave it
        unmanaged          -                  id-3  -            exited   0 s

        hint: gpuspec deletes only what is recorded; once one is imported (`--write FILE` adds it to a spec):
            gpuspec destroy --only ADDRESS

        Audit: 1 stray, 1 another project's, 1 unmanaged
        """
    text = plain(audit_lines(an_audit(STRAY, THEIRS, NOBODYS)))
    assert text.split() == dedent(expected).split()
    assert "\x1b" not in text


def test_an_incomplete_listing_is_said_loudly() -> None:
    """Above the table, below it, and in the last line."""
    text = plain(audit_lines(an_audit(NOBODYS, incomplete="Page 2 could not be read.", warnings=("Careful.",))))

    words = "INCOMPLETE: there may be machines that are not shown here. Page 2 could not be read.\n"
    assert text.startswith(f"demo at https://api.novita.ai, state serial 41\n\n{words}warning: Careful.\n\nOWNER")
    assert text.endswith(f"\n\n{words}\nAudit: 1 unmanaged (incomplete)\n")


def test_an_empty_account_says_so() -> None:
    """In one line."""
    assert plain(audit_lines(an_audit())) == (
        "demo at https://api.novita.ai, state serial 41\n\nThe account shows no instance.\n\nAudit: nothing\n"
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5.0, "0 s"), (59.0, "59 s"), (7_500.0, "2 h 05 min"), (86_400.0, "1 d 0 h"), (1e6, "11 d 13 h")],
)
def test_ages_are_told_in_days(seconds: float, words: str) -> None:
    """A clock that is behind the service's makes no machine younger than new."""
    assert age(seconds) == words


def test_the_document_has_every_machine_and_the_counts() -> None:
    """Whether it is complete is a flag of its own."""
    document: Any = audit_document(an_audit(STRAY, incomplete="Page 2 could not be read."))

    assert document["instances"] == [
        {
            "owner": "stray",
            "id": "id-9",
            "name": "trainer",
            "status": "running",
            "createdAt": 92_500.0,
            "address": "trainer",
            "project": "demo/default",
            "advice": "delete it in the console",
        }
    ]
    assert (document["counts"]["stray"], document["counts"]["managed"]) == (1, 0)
    assert (document["complete"], document["incomplete"]) == (False, "Page 2 could not be read.")
    assert (document["command"], document["exitStatus"]) == ("audit", 7)
