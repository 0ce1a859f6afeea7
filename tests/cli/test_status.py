"""`gpuspec status`: how every recorded machine stands, and how it is reached."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders.shell import Shell, a_project, a_run_in_progress, a_spec, files_below

HOST = "proxy.us-ca-6.gpu-instance.simulator.invalid"
TABLE = f"""\
demo at simulator, state serial 2

ADDRESS  ID  STATUS   SINCE  SSH                                                      URLS
trainer  ID  running  TIME  root@{HOST}:PORT  \
https://ID-8888.us-ca-6.gpu-instance.simulator.invalid

Status: 1 running
"""
BRIEF = """\
demo at simulator, state serial 2

ADDRESS  ID  STATUS   SINCE  SSH  URLS
trainer  ID  running  TIME  -    https://ID-8888.us-ca-6.gpu-instance.simulator.invalid

Status: 1 running
"""
UNKNOWN = """\
error: wrong usage
  Nothing is recorded at `tariner`.

hint: see what is:
    gpuspec state list
"""


def a_running_project(folder: Path) -> Shell:
    """A project whose one instance was made."""
    shell = a_project(folder, a_spec("trainer", ports="[8888/http]"))
    assert shell("apply", "--yes").status == 0
    return shell


def as_table(text: str) -> str:
    """The text with ports replaced, and columns as wide as what stands for their values."""
    text = re.sub(r":\d{5}\b", ":PORT", text)
    return re.sub(r"(?m)^(ADDRESS  ID) +(STATUS +SINCE) +(SSH)", r"\1  \2  \3", text)


def test_the_table_shows_ids_statuses_and_ways_in(tmp_path: Path) -> None:
    """The password that the service shows beside them is nowhere."""
    shell = a_running_project(tmp_path)
    before = files_below(tmp_path)

    said = shell("status")

    assert (said.status, as_table(said.out), said.err) == (0, TABLE, "")
    assert "password" not in said.out
    assert before == files_below(tmp_path)


def test_a_brief_table_asks_the_list_only(tmp_path: Path) -> None:
    """Where SSH listens is left out."""
    said = a_running_project(tmp_path)("status", "--brief", "--debug")

    assert (said.status, as_table(said.out)) == (0, BRIEF)
    assert "/gpu/instance?" not in said.err


def test_the_document_has_the_ways_in_parts(tmp_path: Path) -> None:
    """One document, for one address."""
    said = a_running_project(tmp_path)("status", "tr*", "--json")
    document = json.loads(said.raw)

    (row,) = document["instances"]
    assert (document["version"], document["command"], document["exitStatus"]) == (1, "status", 0)
    assert (row["address"], row["standing"], row["status"]) == ("trainer", "seen", "running")
    assert (row["ssh"]["host"], row["ssh"]["user"]) == (HOST, "root")
    assert isinstance(row["ssh"]["port"], int)
    assert row["urls"] == [f"https://{row['id']}-8888.us-ca-6.gpu-instance.simulator.invalid"]
    assert "password" not in said.raw


def test_an_address_that_nobody_knows_is_wrong_usage(tmp_path: Path) -> None:
    """A typing mistake is no machine that is gone."""
    said = a_running_project(tmp_path)("status", "tariner")

    assert (said.status, said.out, said.err) == (64, "", UNKNOWN)


def test_without_a_state_nothing_is_recorded(tmp_path: Path) -> None:
    """And nothing is written."""
    said = a_project(tmp_path, a_spec("trainer"))("status")

    assert said.status == 0
    assert said.out == "demo at simulator, state serial 0\n\nNothing is recorded.\n\nStatus: nothing recorded\n"


def test_a_run_in_progress_is_named(tmp_path: Path) -> None:
    """What is open may be under way just now; no lock is taken."""
    shell = a_running_project(tmp_path)
    with a_run_in_progress(tmp_path):
        said = shell("status")

    assert said.status == 0
    assert said.err == "warning: ci@runner-7 (process 4242) is running `apply` on this state now.\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--watch", "--json"), "`--json` prints one document, and `--watch` never ends."),
        (("--watch", "--interval", "0"), "`--interval` is 0.2 s at least."),
    ],
)
def test_a_watch_that_cannot_be_meant_is_wrong_usage(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    """Before anything is asked."""
    said = a_project(tmp_path, a_spec("trainer"))("status", *arguments)

    assert said.status == 64
    assert words in said.err


def test_a_watch_without_a_terminal_is_lines_until_a_signal(tmp_path: Path) -> None:
    """The first look is told whole, then only what changes; SIGTERM ends it in good order."""
    a_running_project(tmp_path)
    arguments = [sys.executable, "-m", "gpuspec", "status", "--brief", "--watch", "--interval", "0.2"]
    with subprocess.Popen(arguments, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watch:
        assert watch.stdout is not None
        assert watch.stderr is not None
        first = watch.stdout.readline()
        watch.send_signal(signal.SIGTERM)
        rest, errors = watch.communicate(timeout=30)

    assert re.fullmatch(r"\S+ \S+ UTC  trainer  [0-9a-f]{16}  running  .*8888.*\n", first)
    assert (rest, errors, watch.returncode) == ("", "", 143)


def test_a_watch_on_a_terminal_is_drawn_anew_until_ctrl_c(tmp_path: Path) -> None:
    """The cursor is there again at the end."""
    a_running_project(tmp_path)
    terminal, its_end = pty.openpty()
    arguments = [sys.executable, "-m", "gpuspec", "status", "--brief", "--watch", "--interval", "0.2"]
    with subprocess.Popen(arguments, cwd=tmp_path, stdin=its_end, stdout=its_end, stderr=its_end) as watch:
        os.close(its_end)
        drawn = _until(terminal, lambda text: text.count(b"ADDRESS") >= 2)
        watch.send_signal(signal.SIGINT)
        drawn += _until(terminal, lambda _: False)
    os.close(terminal)

    assert watch.returncode == 130
    assert drawn.endswith(b"\x1b[?25h")
    assert b"Traceback" not in drawn


def _until(terminal: int, enough: Callable[[bytes], bool]) -> bytes:
    """What a terminal shows until it is enough, or ended."""
    shown, deadline = b"", time.monotonic() + 30.0
    while time.monotonic() < deadline and not enough(shown):
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            part = os.read(terminal, 65536)
        except OSError:
            return shown
        if not part:
            return shown
        shown += part
    return shown
