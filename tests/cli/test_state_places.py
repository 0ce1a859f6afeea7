"""`gpuspec state migrate`, `pull` and `push`: a state moves, is copied into a file, and comes back."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gpuspec.codec.journal import encode_line
from gpuspec.codec.state import decode_state, encode_state
from gpuspec.model.journal import Intended
from gpuspec.model.state_url import state_url
from gpuspec.store.remote import RemoteStore
from tests.builders.objects import remote_store
from tests.builders.recorded import creation, nonce
from tests.builders.s3 import S3
from tests.builders.shell import Shell, a_project, a_run_in_progress, a_spec, files_below
from tests.builders.stores import a_holder

KEY = "a key that the whole team has"
LOCAL = ".gpuspec/simulator/gpuspec.state.json"


@pytest.fixture
def shell(tmp_path: Path, s3: S3) -> Shell:
    """A project on the simulator whose one instance was made; its state is a file."""
    shell = a_project(tmp_path / "project", a_spec("trainer"), **s3.environ, GPUSPEC_STATE_KEY=KEY)
    assert shell("apply", "--yes").status == 0
    return shell


@pytest.fixture
def url(s3: S3) -> str:
    """A place that nothing is at."""
    return str(s3.place())


def store_of(s3: S3, folder: Path, url: str) -> RemoteStore:
    """The store at a URL."""
    place = state_url(url)
    assert place is not None
    return remote_store(s3.objects(place), folder)


def later(shell: Shell, *, by: int = 1) -> str:
    """A file with what is recorded, under a later serial."""
    path = shell.folder / LOCAL
    state = decode_state(path.read_bytes(), where="it")
    (shell.folder / "later.json").write_bytes(encode_state(replace(state, serial=state.serial + by)))
    return "later.json"


def test_a_state_moves_to_an_object_store_and_back(shell: Shell, url: str) -> None:
    """The same lineage, a later serial; whoever looks at a place that it left is told where it went."""
    before = json.loads((shell.folder / LOCAL).read_text())

    away = shell("state", "migrate", "--to", url, "--yes")
    told = [shell(*command) for command in (("plan",), ("apply", "--yes"), ("state", "list"), ("status",))]
    used = shell("apply", "--yes", "--state", url)
    back = shell("state", "migrate", "--state", url, "--to", LOCAL, "--yes")
    told.append(shell("plan", "--state", url))

    assert away.out == (
        f"{url}  1 record of demo/default, serial {before['serial'] + 1}\n"
        f"{LOCAL}  a note that says so; whoever uses it is told\n"
        f"hint: from now on name it:\n    --state {url}\n"
    )
    assert [said.status for said in told] == [6] * 5
    assert all("the state moved to another place" in said.err for said in told)
    assert f"gpuspec.state.json moved to {url}" in told[0].err
    assert f"{url} moved to {LOCAL}" in told[4].err
    assert (used.status, used.out.splitlines()[-1]) == (0, "Ledger: 1 kept")
    assert back.status == 0
    after = json.loads((shell.folder / LOCAL).read_text())
    assert after == {**before, "serial": before["serial"] + 2}
    assert shell("plan", "--detailed-exitcode").status == 0


def test_the_state_that_left_is_in_the_backups(shell: Shell, url: str) -> None:
    """The note takes its place in one step; nothing is lost if it is deleted by mistake."""
    before = (shell.folder / LOCAL).read_bytes()

    shell("state", "migrate", "--to", url, "--yes")

    assert before in files_below(shell.folder / ".gpuspec" / "simulator" / "backups").values()


def test_where_a_project_file_says_the_place_the_hint_is_a_line_of_it(tmp_path: Path, s3: S3, url: str) -> None:
    """Under the environment, if there is one."""
    shell = Shell(tmp_path, **s3.environ, GPUSPEC_STATE_KEY=KEY)
    shell.write("gpuspec.yaml", "version: 1\nproject: demo\nenvironments: {prod: {}}\n")
    store = store_of(s3, tmp_path, url)
    place = str(s3.place())
    project = a_project(tmp_path / "other", a_spec("trainer"))
    project("apply", "--yes")
    state = decode_state((project.folder / LOCAL).read_bytes(), where="it")
    birth = replace(state.birth, origin="https://api.novita.ai", environment="prod")
    store.acquire(a_holder(), timeout_s=0.0)
    store.put_snapshot(encode_state(replace(state, birth=birth)), lineage=birth.lineage, serial=state.serial)
    store.release()

    said = shell("state", "migrate", "-e", "prod", "--state", url, "--to", place, "--yes", "--json")
    again = shell("state", "migrate", "-e", "prod", "--state", place, "--to", url, "--yes")

    assert said.status == 0
    assert json.loads(said.raw) == {
        "version": 1,
        "command": "state migrate",
        "left": url,
        "to": place,
        "serial": state.serial + 1,
    }
    assert again.out.endswith(f"hint: say so in gpuspec.yaml under `environments.prod`:\n    state: {url}\n")


def test_the_key_that_the_state_was_made_with_is_named(tmp_path: Path, s3: S3, url: str) -> None:
    """With another one its digests would say nothing."""
    shell = a_project(tmp_path, a_spec("trainer"), **s3.environ)
    shell("apply", "--yes")

    refused = shell("state", "migrate", "--to", url, "--yes")

    assert refused.status == 6
    assert 'export GPUSPEC_STATE_KEY="$(cat ' in refused.err
    assert "digest.key" in refused.err


def test_a_state_with_digests_of_another_key_stays_where_it_is(tmp_path: Path, s3: S3, url: str) -> None:
    """Nobody could tell what they stand for; with the right key it moves, and without a secret in it with any."""
    shell = a_project(tmp_path, a_spec("trainer", envs="{TOKEN: \"{{ secret('env:TOKEN') }}\"}"), **s3.environ)
    shell("apply", "--yes", TOKEN="hush")
    key = (tmp_path / ".gpuspec" / "simulator" / "digest.key").read_text()

    refused = shell("state", "migrate", "--to", url, "--yes", GPUSPEC_STATE_KEY=KEY)
    moved = shell("state", "migrate", "--to", url, "--yes", GPUSPEC_STATE_KEY=key)
    plan = shell("plan", "--detailed-exitcode", "--state", url, TOKEN="hush", GPUSPEC_STATE_KEY=key)

    assert (refused.status, "is another key" in refused.err) == (6, True)
    assert 'export GPUSPEC_STATE_KEY="$(cat ' in refused.err
    assert (moved.status, plan.status) == (0, 0)


def test_nothing_moves_without_a_yes(shell: Shell, url: str) -> None:
    """5, and both places are as they were."""
    before = (shell.folder / LOCAL).read_bytes()

    said = shell("state", "migrate", "--to", url)

    assert said.status == 5
    assert (shell.folder / LOCAL).read_bytes() == before
    assert shell("state", "pull", "--state", url).status == 6


def test_a_place_with_another_state_is_refused(shell: Shell, tmp_path: Path, url: str) -> None:
    """5; and a note of another state is as good as one."""
    other = a_project(tmp_path / "other", a_spec("trainer"), **shell.environ)
    other("apply", "--yes", "--state", url)

    occupied = shell("state", "migrate", "--to", url, "--yes")
    other("state", "migrate", "--state", url, "--to", "elsewhere.json", "--yes")
    noted = shell("state", "migrate", "--to", url, "--yes")

    assert (occupied.status, f"There is a state at {url} already" in occupied.err) == (5, True)
    assert (noted.status, "has a note of another state" in noted.err) == (5, True)
    assert shell("plan").status == 0


def test_a_state_is_not_moved_to_where_it_is(shell: Shell) -> None:
    """64, however the place is written."""
    for to in (LOCAL, f"./{LOCAL}", str(shell.folder / LOCAL)):
        assert shell("state", "migrate", "--to", to, "--yes").status == 64


def test_there_has_to_be_a_state_to_move(tmp_path: Path, s3: S3, url: str) -> None:
    """64; and nothing is made at either place."""
    shell = a_project(tmp_path, a_spec("trainer"), **s3.environ, GPUSPEC_STATE_KEY=KEY)

    said = shell("state", "migrate", "--to", url, "--yes")

    assert (said.status, "There is no state" in said.err) == (64, True)
    assert shell("state", "migrate", "--to", "ftp://x", "--yes").status == 64


def test_a_migration_that_was_killed_between_its_two_steps_is_done_again(shell: Shell, s3: S3, url: str) -> None:
    """The state is at both places, and the one here counts until the note is written."""
    state = decode_state((shell.folder / LOCAL).read_bytes(), where="it")
    store = store_of(s3, shell.folder, url)
    store.acquire(a_holder(), timeout_s=0.0)
    moved = replace(state, serial=state.serial + 1)
    store.put_snapshot(encode_state(moved), lineage=state.birth.lineage, serial=moved.serial)
    store.release()

    said = shell("state", "migrate", "--to", url, "--yes")

    assert said.status == 0
    assert shell("plan").status == 6
    assert shell("plan", "--state", url).status == 0


def test_a_state_with_a_journal_moves_whole(shell: Shell, tmp_path: Path, s3: S3, url: str) -> None:
    """What a run that was killed left in the journal goes with it."""
    there = str(s3.place())
    shell("state", "migrate", "--to", url, "--yes")
    store = store_of(s3, tmp_path, url)
    store.acquire(a_holder(), timeout_s=0.0)
    state = decode_state(store.snapshot() or b"", where="it")
    intended, _ = creation("late", number=9)
    assert isinstance(intended, Intended)
    marker = replace(intended.intent.marker, lineage=state.birth.lineage8)
    line = encode_line(replace(intended, intent=replace(intended.intent, marker=marker)), seq=state.seq + 1)
    store.append([line], first_seq=state.seq + 1)
    store.release()

    (tmp_path / "later.json").write_bytes(encode_state(replace(state, serial=state.serial + 1)))
    pushed = shell("state", "push", str(tmp_path / "later.json"), "--state", url, "--yes")
    said = shell("state", "migrate", "--state", url, "--to", there, "--yes")

    assert (pushed.status, "The journal of" in pushed.err) == (5, True)
    assert said.status == 0
    assert nonce(9) in json.loads(shell("state", "pull", "--state", there).raw)["intents"]


def test_a_lock_that_is_held_keeps_a_state_where_it_is(shell: Shell, url: str) -> None:
    """At the place that it would leave."""
    with a_run_in_progress(shell.folder):
        said = shell("state", "migrate", "--to", url, "--yes")

    assert (said.status, "the state is locked" in said.err) == (6, True)


def test_what_is_recorded_is_pulled_into_a_file_that_was_not_there(shell: Shell) -> None:
    """A state as it is, for its owner only; on standard output the same document."""
    said = shell("state", "pull", "--out", "pulled.json")
    again = shell("state", "pull", "--out", "pulled.json", "--json")
    other = shell("state", "pull", "--out", "other.json", "--json")

    pulled = shell.folder / "pulled.json"
    assert (said.status, said.out) == (0, "pulled.json  1 record of demo/default, serial 2\n")
    assert pulled.stat().st_mode & 0o777 == 0o600
    assert pulled.read_bytes() == (shell.folder / LOCAL).read_bytes()
    assert json.loads(shell("state", "pull").raw) == json.loads(pulled.read_bytes())
    assert (again.status, "a pull replaces nothing" in again.err) == (64, True)
    assert json.loads(other.raw) == {"version": 1, "command": "state pull", "file": "other.json", "serial": 2}
    assert shell("state", "pull", "--out", "nowhere/x.json").status == 6


def test_a_later_state_of_the_same_lineage_is_pushed(shell: Shell) -> None:
    """After a yes; the next run goes on from it."""
    name = later(shell, by=5)

    unasked = shell("state", "push", name)
    said = shell("state", "push", name, "--yes")
    again = shell("state", "push", name, "--yes", "--json")

    assert unasked.status == 5
    assert (said.status, said.out) == (0, "gpuspec.state.json  1 record of demo/default, serial 7\n")
    assert json.loads((shell.folder / LOCAL).read_text())["serial"] == 7
    assert shell("apply", "--yes").out.splitlines()[-1] == "Ledger: 1 kept"
    assert (again.status, "a push must be later" in json.loads(again.raw)["error"]["message"]) == (6, True)


def test_a_state_that_was_lost_is_pushed_where_none_is(shell: Shell, url: str) -> None:
    """It has to fit the project, and be no earlier than what this folder wrote there."""
    shell("state", "pull", "--out", "pulled.json")

    said = shell("state", "push", "pulled.json", "--state", url, "--yes", "--json")

    assert json.loads(said.raw)["serial"] == 2
    assert shell("plan", "--detailed-exitcode", "--state", url).status == 0


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"lineage": "00000000-0000-0000-0000-000000000000"}, 6, "is of the lineage"),
        ({"project": "other"}, 6, "was made for the project"),
        ({"serial": 1}, 6, "a push must be later"),
        ({"version": 99}, 6, "has version 99"),
        ({"records": 7}, 6, "can't be read"),
    ],
)
def test_a_state_that_doesn_t_fit_is_not_pushed(
    shell: Shell, change: dict[str, object], status: int, words: str
) -> None:
    """And what is recorded stays."""
    name = later(shell)
    path = shell.folder / name
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    before = (shell.folder / LOCAL).read_bytes()

    said = shell("state", "push", name, "--yes")

    assert (said.status, said.out) == (status, "")
    assert words in said.err
    assert (shell.folder / LOCAL).read_bytes() == before


def test_a_state_that_contradicts_itself_is_not_pushed(shell: Shell) -> None:
    """`state verify` would find the same."""
    path = shell.folder / later(shell)
    state = json.loads(path.read_text())
    state["records"]["copy"] = state["records"]["trainer"]
    path.write_text(json.dumps(state))

    said = shell("state", "push", path.name, "--yes")

    assert (said.status, "contradicts itself" in said.err) == (6, True)


@pytest.mark.parametrize("name", ["nothing.json", ".", ""])
def test_a_file_that_can_t_be_read_is_not_pushed(shell: Shell, name: str) -> None:
    """6, and its name is told."""
    assert shell("state", "push", name, "--yes").status == 6


def test_nothing_is_pushed_to_a_place_that_the_state_left(shell: Shell, url: str) -> None:
    """6, and it is told where it went; the lock is given back."""
    name = later(shell)
    shell("state", "migrate", "--to", url, "--yes")

    told = [shell("state", "push", name, "--yes") for _ in range(2)]

    assert [(said.status, f"moved to {url}" in said.err) for said in told] == [(6, True)] * 2


def test_nothing_is_pushed_over_what_can_t_be_read(shell: Shell) -> None:
    """6, and the lock is given back."""
    name = later(shell)
    (shell.folder / LOCAL).write_text("no state")

    told = [shell("state", "push", name, "--yes") for _ in range(2)]

    assert [(said.status, "the state is damaged" in said.err) for said in told] == [(6, True)] * 2
