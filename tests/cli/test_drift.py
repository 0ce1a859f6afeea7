"""`gpuspec drift`: what changed without us; it takes no lock and writes nothing."""

import json
import time
from pathlib import Path

from gpuspec.cli.simulation import KEY, SETTINGS, WORLD_FILE
from gpuspec.simulator.world import World
from tests.builders.shell import Shell, a_project, a_spec, files_below
from tests.builders.simulator import an_app, ask, identities

IN_STEP = """\
demo at simulator, state serial 2

can't be verified:
  diskSize  the API never shows it  trainer

Drift: 0 drifted, 0 missing, 1 in step; 0 pending, 0 unresolved, 0 stray, 0 can't be told
"""
PENDING = """\
demo at simulator, state serial 2

pending, no drift:
  ~   trainer  update: `command`: ID is changed in place by upgrade; the container restarts; what is saved of its \
root disk may fail to come back if the image does not fit it
      command  (absent) → run
  +   other  create: not made yet

can't be verified:
  diskSize  the API never shows it  trainer

Drift: 0 drifted, 0 missing, 1 in step; 2 pending, 0 unresolved, 0 stray, 0 can't be told
"""
DRIFTED = """\
demo at simulator, state serial 2

drifted:
  ~   trainer  ID
      ports  with 9000/http

can't be verified:
  diskSize  the API never shows it  trainer

Drift: 1 drifted, 0 missing, 0 in step; 0 pending, 0 unresolved, 0 stray, 0 can't be told
"""


BOTH_PORTS = [{"port": 8080, "type": "http"}, {"port": 9000, "type": "http"}]


def a_running_project(folder: Path, **fields: object) -> Shell:
    """A project whose one instance was made."""
    shell = a_project(folder, a_spec("trainer", **fields))
    assert shell("apply", "--yes").status == 0
    return shell


def in_the_console(folder: Path, call: str, **body: object) -> None:
    """Do this to the project's one simulated instance, as somebody else would."""
    path = folder / ".gpuspec" / "simulator" / WORLD_FILE
    with World.open(path, now=time.time, identities=identities(), settings=SETTINGS) as world:
        app = an_app(world)
        (row,) = ask(app, "list", key=KEY.text).json()["instances"]
        answer = ask(app, call, {"instanceId": row["id"], **body}, key=KEY.text)
    assert answer.status_code == 200, answer.text


def test_what_nobody_touched_is_in_step(tmp_path: Path) -> None:
    """What can't be verified is named all the same, and nothing is written."""
    shell = a_running_project(tmp_path)
    before = files_below(tmp_path)

    said = shell("drift")

    assert (said.status, said.out, said.err) == (0, IN_STEP, "")
    assert before == files_below(tmp_path)


def test_a_spec_that_is_not_applied_is_pending(tmp_path: Path) -> None:
    """Exit status 0: nobody has changed anything behind our back."""
    shell = a_running_project(tmp_path)
    shell.write("instances.yaml", a_spec("trainer", command="run") + a_spec("other").partition("instances:\n")[2])
    said = shell("drift")

    assert (said.status, said.out) == (0, PENDING)


def test_what_was_changed_behind_our_back_is_drift(tmp_path: Path) -> None:
    """A port that somebody added in the console; as text and as a document."""
    shell = a_running_project(tmp_path, ports="[8080/http]")
    in_the_console(tmp_path, "edit", ports=BOTH_PORTS, expandRootDisk=0)
    said, document = shell("drift"), json.loads(shell("drift", "--json").raw)

    assert (said.status, said.out) == (8, DRIFTED)
    assert (document["command"], document["exitStatus"], document["inStep"]) == ("drift", 8, 0)
    assert document["drifted"][0]["changes"] == [
        {"field": "ports", "before": "8080/http", "after": "8080/http,9000/http", "certainty": "different"}
    ]


def test_drift_is_annotated_where_the_spec_has_it(tmp_path: Path) -> None:
    """At the line of the field; what is missing and what is pending at its stanza."""
    shell = a_running_project(tmp_path, ports="[8080/http]")
    in_the_console(tmp_path, "edit", ports=BOTH_PORTS, expandRootDisk=0)
    shell.write("instances.yaml", a_spec("trainer", "other", ports="[8080/http]"))

    said = shell("drift", "--format", "github")
    totals = shell("drift").out.splitlines()[-1]

    assert said.status == 8
    assert said.out.splitlines() == [
        "::warning file=instances.yaml,line=9,col=12,title=drift trainer::ports: with 9000/http",
        f"::notice title=gpuspec drift::{totals}",
        "::notice file=instances.yaml,line=10,col=3,title=pending other::create: not made yet",
    ]


def test_faults_are_annotated_in_place_of_drift(tmp_path: Path) -> None:
    """As with `plan` and `validate`."""
    shell = a_project(tmp_path, a_spec("trainer", gpuNumm=2))

    said = shell("drift", "--format", "github")

    assert said.status == 1
    assert said.out.startswith("::error file=instances.yaml,line=9,col=5,title=unknown field::")


def test_what_is_left_out_is_not_looked_at(tmp_path: Path) -> None:
    """And that is said."""
    shell = a_running_project(tmp_path, ports="[8080/http]")
    in_the_console(tmp_path, "edit", ports=BOTH_PORTS, expandRootDisk=0)
    said = shell("drift", "--exclude", "trainer")

    assert said.status == 0
    assert "Left out by `--only` and `--exclude`: 1 address." in said.out


def test_a_state_of_somebody_else_is_not_compared(tmp_path: Path) -> None:
    """As with every command, exit status 6."""
    shell = a_running_project(tmp_path)
    shell.write("gpuspec.yaml", "version: 1\nproject: other\ncloud: simulator\n")

    assert shell("drift").status == 6
