"""A world that is kept in a file is the same after it was read back, whatever happened to the process."""

import json
import os
import resource
import stat
from pathlib import Path

import pytest

from gpuspec.errors import DamagedState, StateError
from gpuspec.simulator.world import World
from tests.builders.simulator import FakeClock, a_create_body, a_world, an_app, an_upgrade_body, ask, create, reason


def test_a_world_is_the_same_after_it_was_read_back(tmp_path: Path) -> None:
    """Every kind of change, and the money and GPUs that follow from them."""
    clock = FakeClock()
    path = tmp_path / "sim" / "world.ndjson"
    with a_world(clock, path=path, capacity={"4090.16c62g": 5}) as world:
        app = an_app(world)
        kept, deleted, vanished, stopped = (create(app, name=name, ports="80/http") for name in "abcd")
        clock.advance(3)
        ask(app, "edit", {"instanceId": kept, "expandRootDisk": 4})
        ask(app, "upgrade", an_upgrade_body(kept))
        ask(app, "monthly", {"instanceId": kept, "month": 2})
        ask(app, "stop", {"instanceId": stopped})
        ask(app, "delete", {"instanceId": deleted})
        world.vanish(vanished)
        clock.advance(1)

    with World.open(path, now=clock, identities=lambda: "f" * 16, settings=world.settings) as again:
        assert again.instances == world.instances
        assert {id_: again.status(id_) for id_ in again.instances} == {
            kept: "resetting",
            deleted: "removing",
            stopped: "stopping",
        }
        assert again.free_gpus("4090.16c62g") == world.free_gpus("4090.16c62g") == 4
        assert ask(an_app(again), "list").json() == ask(app, "list").json()


def test_two_processes_may_open_a_world_one_after_the_other(tmp_path: Path) -> None:
    """Each sees what those before it did."""
    path = tmp_path / "world"

    for number in range(3):
        with World.open(path, now=FakeClock(), identities=lambda number=number: f"{number:016x}") as world:  # type: ignore[misc]
            create(an_app(world))

    assert len(a_world(path=path).instances) == 3


def test_reading_a_world_leaves_no_trace(tmp_path: Path) -> None:
    """A world that nobody changed is not written."""
    path = tmp_path / "sim" / "world"

    ask(an_app(a_world(path=path)), "list")

    assert not path.parent.exists()


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    """It holds what the service holds: envs among it. Keys and image credentials are not in it."""
    path = tmp_path / "world"
    with a_world(path=path) as world:
        create(an_app(world), imageAuth="user:hunter2")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not [secret for secret in ("sk_test", "hunter2") if secret in path.read_text()]


def test_a_change_is_in_the_file_before_it_is_answered(tmp_path: Path) -> None:
    """So a process that is killed then loses nothing."""
    path = tmp_path / "world"
    with a_world(path=path) as world:
        instance_id = create(an_app(world))

        assert list(a_world(path=path).instances) == [instance_id]


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_torn_last_line_is_dropped(tmp_path: Path, cut: int) -> None:
    """It was never answered; what comes next stands on a line of its own."""
    path = tmp_path / "world"
    with a_world(path=path) as world:
        app = an_app(world)
        first = create(app)
        create(app)
    path.write_bytes(path.read_bytes()[:-cut])

    with World.open(path, now=FakeClock(), identities=lambda: "f" * 16) as torn:
        seen = list(torn.instances)
        create(an_app(torn))

    assert seen == [first]
    assert list(a_world(path=path).instances) == [first, "f" * 16]


def test_a_torn_first_line_is_an_empty_world(tmp_path: Path) -> None:
    """A process died while making the file."""
    path = tmp_path / "world"
    path.write_bytes(b'{"gpusp')

    with a_world(path=path) as world:
        instance_id = create(an_app(world))

    assert list(a_world(path=path).instances) == [instance_id]


def test_what_another_process_wrote_meanwhile_is_not_cut_off(tmp_path: Path) -> None:
    """Only an incomplete line goes."""
    path = tmp_path / "world"
    with a_world(path=path) as world:
        create(an_app(world))
    early = World.open(path, now=FakeClock(), identities=lambda: "e" * 16)
    with World.open(path, now=FakeClock(), identities=lambda: "f" * 16) as meanwhile:
        create(an_app(meanwhile))

    with early:
        create(an_app(early))

    assert len(a_world(path=path).instances) == 3


HEADER = '{"gpuspec-simulator": 1}\n'
DAMAGED = {
    "another file": "hello\n",
    "a later version": '{"gpuspec-simulator": 2}\n',
    "no JSON": HEADER + "hello\n",
    "no object": HEADER + "[1]\n",
    "too deep": HEADER + "[" * 100_000 + "\n",
    "no account": HEADER + '{"event": "create", "id": "1", "set": {}}\n',
    "unknown field": HEADER
    + '{"event": "create", "account": "a", "id": "1", "set": {"id": "1", "account": "a", "x": 1}}\n',
    "no id": HEADER + '{"event": "create", "account": "a", "id": "1", "set": {"name": "n"}}\n',
    "set is no object": HEADER + '{"event": "create", "account": "a", "id": "1", "set": 1}\n',
    "gone from nowhere": HEADER + '{"event": "vanish", "account": "a", "id": "1"}\n',
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_a_file_that_is_no_world_is_refused(tmp_path: Path, text: str) -> None:
    """With the line, and the way out; the file stays as it is."""
    path = tmp_path / "world"
    path.write_text(text)

    with pytest.raises(DamagedState, match="Line") as caught:
        a_world(path=path)

    assert "remove the file" in caught.value.hint
    assert path.read_text() == text


def test_a_folder_is_no_world(tmp_path: Path) -> None:
    """A message, not a traceback."""
    with pytest.raises(StateError, match="can't be read"):
        a_world(path=tmp_path)


def test_a_change_that_cannot_be_written_has_not_happened(tmp_path: Path) -> None:
    """The service answers 500, and goes on."""
    world = a_world(path=tmp_path / "sim" / "world")
    (tmp_path / "sim").write_text("a file where the folder should be")

    assert reason_of_create(world) == (500, "UNKNOWN")
    assert world.instances == {}


def test_a_change_that_is_half_written_is_taken_back(tmp_path: Path) -> None:
    """The disk was full; once it isn't, the world goes on, and can be read back."""
    path = tmp_path / "world"
    with a_world(path=path) as world:
        app = an_app(world)
        first = create(app)
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 10, limits[1]))
        try:
            refused = reason_of_create(world)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        third = create(app)

    assert refused == (500, "UNKNOWN")
    assert list(a_world(path=path).instances) == [first, third]


def test_a_world_that_cannot_even_be_begun_is_begun_later(tmp_path: Path) -> None:
    """Its first line isn't left out."""
    path = tmp_path / "world"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with a_world(path=path) as world:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
        try:
            refused = reason_of_create(world)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        instance_id = create(an_app(world))

    assert refused == (500, "UNKNOWN")
    assert list(a_world(path=path).instances) == [instance_id]


def reason_of_create(world: World) -> tuple[int, str]:
    return reason(ask(an_app(world), "create", a_create_body()))


def test_the_file_holds_one_line_a_change(tmp_path: Path) -> None:
    """And only what changed."""
    path = tmp_path / "world"
    clock = FakeClock()
    with a_world(clock, path=path) as world:
        app = an_app(world)
        instance_id = create(app)
        clock.advance(3)
        ask(app, "edit", {"instanceId": instance_id, "expandRootDisk": 4})

    events = [json.loads(line) for line in path.read_text().splitlines()[1:]]

    assert [event["event"] for event in events] == ["create", "edit"]
    assert events[1]["set"] == {"rootfs_gb": 64}


def test_a_pipe_is_no_world(tmp_path: Path) -> None:
    """Nobody waits for its writer."""
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(StateError, match="can't be read: it is no regular file"):
        a_world(path=tmp_path / "pipe")
