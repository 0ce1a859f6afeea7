"""How machines stand, as a user reads it, whole."""

from dataclasses import replace
from textwrap import dedent

from gpuspec.codec.status import status_document
from gpuspec.model.reach import Reach, Ssh
from gpuspec.model.status import Standing, Status, StatusRow
from gpuspec.report.status import change_lines, status_lines
from gpuspec.report.text import plain
from tests.builders.planning import BIRTH

SSH = Ssh(user="root", host="proxy.example", port=30022)
RUNNING = StatusRow(
    address="trainer",
    standing=Standing.SEEN,
    id="id-1",
    status="running",
    since=1.0,
    reach=Reach(ssh=SSH, urls=("https://one.example", "https://two.example")),
)


def a_status(*rows: StatusRow, **parts: object) -> Status:
    """The status of these rows."""
    return Status(**{"birth": BIRTH, "serial": 41, "at": 2.0, "rows": rows, **parts})  # type: ignore[arg-type]


def test_the_table_shows_each_row_as_what_it_is() -> None:
    """The whole text of `status`, with everything that can be open."""
    status = a_status(
        RUNNING,
        StatusRow(address="worker", standing=Standing.SEEN, id="id-2", status="exited", since=1.0),
        StatusRow(address="gone", standing=Standing.GONE, id="id-3", since=1.0, message="Not found."),
        StatusRow(address="open", standing=Standing.UNRESOLVED, since=1.0, message="Not known."),
        StatusRow(address="lost", standing=Standing.STRAY, id="id-4", status="running", message="It answers."),
        absent=(("late", 3.0),),
        warnings=("Careful.",),
    )

    expected = """\
        demo at https://api.novita.ai, state serial 41

        ADDRESS  ID    STATUS           SINCE                    SSH                       URLS
        trainer  id-1  running          1970-01-01 00:00:01 UTC  root@proxy.example:30022  https://one.example  https://two.example
        worker   id-2  exited           1970-01-01 00:00:01 UTC  -
        gone     id-3  gone             1970-01-01 00:00:01 UTC  -                         Not found.
        open     -     unresolved       1970-01-01 00:00:01 UTC  -                         Not known.
        lost     id-4  stray (running)  -                        -                         It answers.
        judged absent: late at 1970-01-01 00:00:03 UTC, still looked for

        warning: Careful.

        hint: one may be running; have it looked for, or decide with `gpuspec recover open --found ID` or `--absent`:
            gpuspec recover

        hint: a stray costs money until it is deleted in the console: id-4

        hint: apply makes what is gone anew; see first:
            gpuspec plan

        Status: 1 running, 1 exited, 1 gone, 1 unresolved, 1 stray (running)
        """
    assert plain(status_lines(status)) == dedent(expected)


def test_a_state_with_nothing_in_it_says_so() -> None:
    """Also in a named environment."""
    text = plain(status_lines(a_status(birth=replace(BIRTH, environment="prod"))))

    assert text == (
        "demo/prod at https://api.novita.ai, state serial 41\n\nNothing is recorded.\n\nStatus: nothing recorded\n"
    )


def test_text_of_the_service_is_made_harmless() -> None:
    """A status can't clear the screen."""
    row = StatusRow(address="a", standing=Standing.SEEN, id="id-1", status="run\x1b[2Jning", message="\u202eabc")
    text = plain(status_lines(a_status(row)))

    assert "run\\x1b[2Jning" in text
    assert "\\u202eabc" in text


def test_a_watch_tells_what_changed() -> None:
    """All rows at first, then those that differ, those that are no longer there, and warnings once."""
    gone = StatusRow(address="worker", standing=Standing.SEEN, id="id-2", status="running")
    runs = replace(RUNNING, reach=Reach(ssh=SSH))
    first = a_status(runs, gone, warnings=("Careful.",))
    second = a_status(replace(runs, status="exited", reach=Reach()), at=7.0, warnings=("Careful.",))

    expected_first = """\
        1970-01-01 00:00:02 UTC  trainer  id-1  running  1970-01-01 00:00:01 UTC  root@proxy.example:30022
        1970-01-01 00:00:02 UTC  worker   id-2  running  -                        -
        1970-01-01 00:00:02 UTC  warning: Careful.
        """
    expected_second = """\
        1970-01-01 00:00:07 UTC  trainer  id-1  exited  1970-01-01 00:00:01 UTC  -
        1970-01-01 00:00:07 UTC  worker  id-2  no longer listed
        """
    assert plain(change_lines(first, None)) == dedent(expected_first)
    assert plain(change_lines(second, first)) == dedent(expected_second)
    assert change_lines(second, second) == ()


def test_the_document_has_the_ways_in_parts() -> None:
    """Id, status, SSH host and port, URLs, and never a password."""
    document = status_document(a_status(RUNNING, absent=(("late", 3.0),), warnings=("Careful.",)))

    assert document == {
        "version": 1,
        "command": "status",
        "exitStatus": 0,
        "project": "demo",
        "environment": "default",
        "origin": "https://api.novita.ai",
        "serial": 41,
        "at": 2.0,
        "instances": [
            {
                "address": "trainer",
                "standing": "seen",
                "id": "id-1",
                "status": "running",
                "since": 1.0,
                "ssh": {"host": "proxy.example", "port": 30022, "user": "root"},
                "urls": ["https://one.example", "https://two.example"],
                "message": "",
            }
        ],
        "absent": [{"address": "late", "judgedAt": 3.0}],
        "warnings": ["Careful."],
    }


def test_a_way_that_is_not_known_is_null() -> None:
    """A program can tell it from a host that is empty."""
    document = status_document(a_status(replace(RUNNING, reach=Reach())))
    assert isinstance(document["instances"], list)
    (row,) = document["instances"]
    assert isinstance(row, dict)

    assert (row["ssh"], row["urls"]) == (None, [])
