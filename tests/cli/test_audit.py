"""`gpuspec audit`: whose every instance of the account is."""

import json
import re
from pathlib import Path

from tests.builders.shell import Shell, a_project, a_spec, files_below

TABLE = """\
demo at simulator, state serial 2

OWNER    ADDRESS  ID  NAME     STATUS   AGE  WHAT TO DO
managed  trainer  ID  trainer  running  AGE

Audit: 1 managed
"""


def a_running_project(folder: Path) -> Shell:
    """A project whose one instance was made."""
    shell = a_project(folder, a_spec("trainer"))
    assert shell("apply", "--yes").status == 0
    return shell


def test_what_is_recorded_is_managed(tmp_path: Path) -> None:
    """The whole table, and nothing written."""
    shell = a_running_project(tmp_path)
    before = files_below(tmp_path)

    said = shell("audit")
    text = re.sub(r"AGE +WHAT", "AGE  WHAT", re.sub(r"\d+ s\b", "AGE", said.out))
    text = re.sub(r"ID +NAME", "ID  NAME", text)

    assert (said.status, text, said.err) == (0, TABLE, "")
    assert before == files_below(tmp_path)


def test_without_the_state_it_is_ours_and_lost(tmp_path: Path) -> None:
    """The marker says whose it is; exit status 7, as money is running."""
    shell = a_running_project(tmp_path)
    for path in (tmp_path / ".gpuspec" / "simulator").iterdir():
        if path.name != "world.ndjson" and path.is_file():
            path.unlink()
    said = shell("audit", "--json")
    document = json.loads(said.raw)

    (machine,) = document["instances"]
    assert (said.status, document["complete"]) == (7, True)
    assert (machine["owner"], machine["address"], machine["project"]) == (
        "ours, not recorded",
        "trainer",
        "demo/default",
    )


def test_an_incomplete_listing_is_said_loudly(tmp_path: Path) -> None:
    """Exit status 4, although all that is shown is well."""
    said = a_running_project(tmp_path)("audit", "--fault", "missing-total:1")

    assert said.status == 4
    assert said.out.count("INCOMPLETE: there may be machines that are not shown here.") == 2
    assert said.out.endswith("Audit: 1 managed (incomplete)\n")


def test_what_is_not_recorded_has_the_command_that_records_it(tmp_path: Path) -> None:
    """Word for word, and it works; what gpuspec deletes has to be recorded first."""
    shell = a_project(tmp_path, a_spec("trainer", "worker"))
    shell("apply", "--yes")
    shell("state", "rm", "worker", "--yes")
    table = re.sub(r" +", " ", shell("audit").out)
    (id_,) = re.findall(r"`gpuspec import worker ([0-9a-f]+)`", shell("audit", "--json").raw)

    imported = shell("import", "worker", id_, "--yes")
    deleted = shell("destroy", "--only", "worker", "--yes", "--allow-destroy")

    assert "let go: take it back with `gpuspec import worker ID`, or look after it in the console\n" in table
    assert "once one is imported (`--write FILE` adds it to a spec):\n gpuspec destroy --only ADDRESS\n" in table
    assert (imported.status, deleted.status) == (0, 0)
    assert shell("audit").out.endswith("Audit: 1 managed\n")
