"""`gpuspec apply` while the service misbehaves: each instance once, none forgotten; events and debug lines."""

import json
from pathlib import Path

import jsonschema

from tests.builders.shell import a_project, a_spec

FLEET = tuple(f"worker-{number:02}" for number in range(20))
LOGIN = "somebody:hunter2"


def made(folder: Path) -> list[str]:
    """The names of what the project's simulator made, in order."""
    world = (folder / ".gpuspec" / "simulator" / "world.ndjson").read_text().splitlines()[1:]
    return [event["set"]["name"] for event in map(json.loads, world) if event["event"] == "create"]


def test_lost_answers_double_nothing(tmp_path: Path) -> None:
    """Of 20 creates some answers are lost: each instance is found or made, and each is there once."""
    shell = a_project(tmp_path, a_spec(*FLEET))

    said = shell("apply", "--yes", "--wait", "none", "--fault", "lost-response:0.3", "--fault-seed", "1")
    again = shell("apply", "--yes", "--wait", "none")

    assert (said.status, again.status) == (0, 0)
    assert sorted(made(tmp_path)) == sorted(FLEET)
    assert "found: it had been made: ID\n" in said.err
    assert again.out.splitlines()[-1] == "Ledger: 20 kept"


def test_throttled_creates_are_sent_again(tmp_path: Path) -> None:
    """A 429 is a refusal: the create is tried again, and each instance is there once."""
    shell = a_project(tmp_path, a_spec(*FLEET[:6]))

    said = shell("apply", "--yes", "--wait", "none", "--fault", "429:0.3", "--fault-seed", "3")

    assert (said.status, said.out.splitlines()[-1]) == (0, "Ledger: 6 done")
    assert sorted(made(tmp_path)) == sorted(FLEET[:6])


def test_a_request_that_never_arrived_is_made_anew_in_the_same_run(tmp_path: Path) -> None:
    """The run waits until nothing can turn up any more, judges the request absent, and makes the instance."""
    shell = a_project(tmp_path, a_spec("trainer"), settings="settleWindow: 0.2\nrequestTimeout: 1\n")

    said = shell("apply", "--yes", "--wait", "none", "--fault", "lost-request:0.5", "--fault-seed", "4")

    assert (said.status, said.out) == (0, "  done  trainer  ID\n\nLedger: 1 done\n")
    assert "trainer  judged absent" in said.err
    assert made(tmp_path) == ["trainer"]


def test_a_run_that_does_not_wait_leaves_the_address_unresolved(tmp_path: Path) -> None:
    """7, with what to do next; the next run settles it first, and makes one instance."""
    shell = a_project(tmp_path, a_spec("trainer"))
    hidden = ("--fault", "lost-response:1", "--fault", "no-envs-in-list:1", "--fault", "no-envs-in-get:1")

    said = shell("apply", "--yes", "--wait", "none", "--settle", "0", *hidden)
    following = shell("apply", "--yes", "--wait", "none")

    assert (said.status, said.out.splitlines()[-1]) == (7, "Ledger: 1 unresolved")
    assert (following.status, following.out.splitlines()[-1]) == (0, "Ledger: 1 kept")
    assert made(tmp_path) == ["trainer"]


def test_a_create_that_the_service_refuses_fails_alone(tmp_path: Path) -> None:
    """4, with the service's own reason; nothing was made, and the next apply tries again."""
    shell = a_project(tmp_path, a_spec("trainer"))

    said = shell("apply", "--yes", "--wait", "none", "--fault", "no-capacity:1")

    assert (said.status, said.out.splitlines()[-1]) == (4, "Ledger: 1 failed")
    assert "hint: failed: what failed is not done; mend the reason and apply again:\n" in said.out
    assert shell("apply", "--yes", "--wait", "none").out.endswith("Ledger: 1 done\n")


def test_events_are_lines_of_their_schema(tmp_path: Path) -> None:
    """`--events FILE` gets one JSON line an event, from start to end."""
    schema = json.loads((Path(__file__).parents[2] / "schemas" / "events.schema.json").read_text())
    shell = a_project(tmp_path, a_spec(*FLEET))

    shell("apply", "--yes", "--fault", "lost-response:0.3", "--events", "events.ndjson")

    events = [json.loads(line) for line in (tmp_path / "events.ndjson").read_text().splitlines()]
    validator = jsonschema.Draft202012Validator(schema)
    for event in events:
        validator.validate(event)
    kinds = [event["kind"] for event in events]
    assert (kinds[0], kinds[-1]) == ("run-started", "run-ended")
    assert {"sending", "made", "doubted", "found", "ready"} <= set(kinds)
    assert kinds.count("made") + kinds.count("found") == len(FLEET)


def test_debug_lines_hold_no_value(tmp_path: Path) -> None:
    """Each request and answer is one line on standard error: what was sent by its keys, and no key of the API."""
    spec = a_spec("trainer", imageAuth="\"{{ secret('env:LOGIN') }}\"", command="run --quietly")
    shell = a_project(tmp_path, spec, LOGIN=LOGIN)

    said = shell("apply", "--yes", "--wait", "none", "--debug", "--json")

    (sent,) = (line for line in said.err.splitlines() if line.startswith("POST "))
    assert sent.startswith("POST /gpu-instance/openapi/v1/gpu/instance/create -> 200, 26 bytes {id} in ")
    assert sent.endswith(
        "{name, productId, gpuNum, diskSize, rootfsSize, imageUrl, imageAuth, ports, envs[1], command, kind}"
    )
    assert not [text for text in (LOGIN, "hunter2", "quietly", "Bearer") if text in said.err + said.raw]
