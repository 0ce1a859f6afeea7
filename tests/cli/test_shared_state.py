"""A state on an object store, from the command line: chosen, refused, told, and locks broken by hand."""

import json
import sys
from pathlib import Path
from unittest.mock import patch

import pytest

from gpuspec.model.state_url import state_url
from gpuspec.store.remote import RemoteStore
from tests.builders.objects import remote_store
from tests.builders.s3 import S3, SECRET
from tests.builders.s3_proxy import a_server_that_says
from tests.builders.shell import Shell, a_project, a_spec
from tests.builders.stores import a_holder

KEY = "a key that the whole team has"


def on(s3: S3, folder: Path, *addresses: str, state: str = "") -> tuple[Shell, str]:
    """A project on the simulator, and the URL of its state."""
    shell = a_project(folder, a_spec(*(addresses or ("trainer",))), **s3.environ, GPUSPEC_STATE_KEY=KEY)
    return shell, state or str(s3.place())


def store_of(s3: S3, folder: Path, url: str) -> RemoteStore:
    """The store at a URL."""
    place = state_url(url)
    assert place is not None
    return remote_store(s3.objects(place), folder)


def held(s3: S3, folder: Path, url: str) -> tuple[RemoteStore, str]:
    """A store that a run on another host is at work on, and the id of its lock."""
    store = store_of(s3, folder, url)
    store.acquire(a_holder("apply", host="runner-7", pid=4242, since=0.0), timeout_s=0.0)
    lock = store.held()
    assert lock is not None
    return store, lock.id


def test_the_lock_of_a_migration_is_broken_with_a_warning(tmp_path: Path, s3: S3) -> None:
    """Its state may be at both places, and which of them counts is known to who runs it again."""
    shell, url = on(s3, tmp_path)
    store = store_of(s3, tmp_path, url)
    store.acquire(a_holder("state migrate", host="runner-7", pid=4242, since=0.0), timeout_s=0.0)
    lock = store.held()
    assert lock is not None

    said = shell("unlock", lock.id, "--yes", "--state", url)

    assert said.status == 0
    assert (
        "warning: the state may be at both places. Run that `state migrate` again before anybody works on either.\n"
    ) in said.err


def test_the_way_to_break_a_lock_names_the_environment(tmp_path: Path, s3: S3) -> None:
    """Without it the command could not be copied; what it says is tried as it stands."""
    shell, url = on(s3, tmp_path)
    shell.write("gpuspec.yaml", "version: 1\nproject: demo\ncloud: simulator\nenvironments: {prod: {}, test: {}}\n")
    _, lock = held(s3, tmp_path, url)

    said = shell("-e", "prod", "apply", "--yes", "--state", url)
    command = said.err.splitlines()[-1].split()

    assert said.status == 6
    assert command == ["gpuspec", "-e", "prod", "unlock", "ID", "--state", url]
    command[4] = lock
    assert shell(*command[1:], "--yes").status == 0


def test_a_state_lives_at_its_url_and_nowhere_else(tmp_path: Path, s3: S3) -> None:
    """The folder has only what it remembers; the next command finds what the first one made."""
    shell, url = on(s3, tmp_path)

    first = shell("apply", "--yes", "--state", url)
    second = shell("plan", "--detailed-exitcode", "--state", url)

    assert (first.status, first.out.splitlines()[-1]) == (0, "Ledger: 1 done")
    assert second.status == 0
    left = sorted(path.name for path in (tmp_path / ".gpuspec" / "simulator").iterdir())
    assert [name.partition("-team-")[0] for name in left] == ["s3", "world.ndjson"]
    snapshot = store_of(s3, tmp_path, url).snapshot()
    assert snapshot is not None
    assert list(json.loads(snapshot)["records"]) == ["trainer"]


def test_the_question_names_the_place(tmp_path: Path, s3: S3) -> None:
    """Where it says so, it has to be the URL: two places may end alike."""
    shell, url = on(s3, tmp_path)

    said = shell("apply", "--state", url)

    assert said.status == 5
    assert shell("state", "pull", "--state", url).err == (
        f"error: the state can't be used\n  There is no state at {url} yet.\n\nhint: the first apply makes one\n"
    )


@pytest.mark.parametrize("command", [("apply", "--yes"), ("plan",), ("state", "push", "x.json", "--yes")])
def test_without_the_key_a_shared_state_is_refused(tmp_path: Path, s3: S3, command: tuple[str, ...]) -> None:
    """6, nothing sent, and the way to a key."""
    shell, url = on(s3, tmp_path)

    said = shell(*command, "--state", url, GPUSPEC_STATE_KEY="")

    assert (said.status, said.out) == (6, "")
    assert said.err == (
        "error: the state can't be used\n"
        f"  {url} is shared, and GPUSPEC_STATE_KEY is not set. The digests that stand for secrets in it have to mean"
        " the same to everybody who uses it.\n\n"
        "hint: use the key that the others have; the first one makes it and hands it on like a password:\n"
        '    export GPUSPEC_STATE_KEY="$(openssl rand -hex 32)"\n'
    )


def test_looking_at_what_is_recorded_needs_no_key(tmp_path: Path, s3: S3) -> None:
    """No digest is made."""
    shell, url = on(s3, tmp_path)
    shell("apply", "--yes", "--state", url)

    for command in (("state", "list"), ("state", "verify"), ("state", "pull")):
        assert shell(*command, "--state", url, GPUSPEC_STATE_KEY="").status == 0


@pytest.mark.parametrize(
    "url", ["s3://user:hush@team/x", "s3://team/x?token=hush", "s3://team/x#hush", "https://hush/x", "s3://"]
)
def test_a_url_that_is_none_is_wrong_usage_and_is_not_repeated(tmp_path: Path, s3: S3, url: str) -> None:
    """It may have a password in it; and it is never taken for the name of a file."""
    shell, _ = on(s3, tmp_path)

    said = shell("plan", "--state", url)

    assert (said.status, said.out) == (64, "")
    assert "hush" not in said.err
    assert "never from the URL" in said.err


def test_a_store_that_refuses_is_told_without_its_endpoint(tmp_path: Path, s3: S3) -> None:
    """6; an endpoint may have a password in it as well."""
    shell, url = on(s3, tmp_path)

    with a_server_that_says(400, b"hush") as server:
        said = shell("plan", "--state", url, AWS_ENDPOINT_URL=server.origin.replace("//", "//user:hush@"))

    assert (said.status, said.out) == (6, "")
    assert f"{url}: the store refused the request (HTTP status 400)" in said.err
    assert "hush" not in said.err


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT"])
def test_an_endpoint_without_tls_is_refused_off_this_machine(tmp_path: Path, s3: S3, name: str) -> None:
    """The endpoint is not repeated."""
    shell, url = on(s3, tmp_path)
    del shell.environ["AWS_ENDPOINT_URL"]
    shell.environ[name] = "http://user:hush@127.0.0.2:9"

    said = shell("state", "list", "--state", url)

    assert (said.status, "has no TLS" in said.err, "hush" in said.err) == (6, True, False)


def test_an_endpoint_without_tls_may_be_allowed(tmp_path: Path, s3: S3) -> None:
    """By the store's own variable."""
    shell, url = on(s3, tmp_path)
    endpoint = s3.origin.replace("127.0.0.1", "127.1")

    refused = shell("state", "list", "--state", url, AWS_ENDPOINT_URL=endpoint)
    allowed = shell("state", "list", "--state", url, AWS_ENDPOINT_URL=endpoint, AWS_ALLOW_HTTP="true")

    assert (refused.status, allowed.status) == (6, 0)


def test_packages_that_are_not_installed_are_named(tmp_path: Path, s3: S3) -> None:
    """With the command that installs them."""
    shell, url = on(s3, tmp_path)
    ours = dict.fromkeys(("obstore", "gpuspec.store.objects_obstore"))

    with patch.dict(sys.modules, ours):
        said = shell("plan", "--state", url)

    assert (said.status, said.out) == (6, "")
    assert "    pip install 'gpuspec[remote]'\n" in said.err


def test_no_secret_of_the_store_is_shown_or_kept(tmp_path: Path, s3: S3) -> None:
    """Not with --debug, and not in any file or object."""
    shell, url = on(s3, tmp_path)

    said = shell("apply", "--yes", "--state", url, "--debug", "--events", "events.ndjson")

    assert said.status == 0
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in (SECRET, KEY):
        assert secret not in said.out + said.err
        assert secret.encode() not in files


def test_an_environment_s_state_stands_below_the_project_s(tmp_path: Path, s3: S3) -> None:
    """Its own place, where it names one, is taken as it is."""
    base, own = str(s3.place()), str(s3.place())
    lines = f"version: 1\nproject: demo\nstate: {base}/\nenvironments: {{prod: {{}}, dev: {{state: '{own}'}}}}\n"
    shell = Shell(tmp_path, **s3.environ)
    shell.write("gpuspec.yaml", lines)

    rows = json.loads(shell("env", "list", "--json").raw)["environments"]

    assert [row["state"] for row in rows] == [f"{base}/prod", own]


def test_environments_beside_a_shared_state_made_without_one_are_refused(tmp_path: Path, s3: S3) -> None:
    """What it records would be created again in each of them."""
    shell, url = on(s3, tmp_path)
    store = store_of(s3, tmp_path, url)
    store.acquire(a_holder(), timeout_s=0.0)
    store.put_snapshot(b"{}", lineage="x", serial=1)
    store.release()
    shell.write("gpuspec.yaml", f"version: 1\nproject: demo\nstate: {url}\nenvironments: {{prod: {{}}}}\n")

    said = shell("state", "list", "-e", "prod")

    assert said.status == 6
    assert f"environments (prod), and {url} was made without one" in said.err


def test_a_lock_is_broken_by_its_id_after_a_yes(tmp_path: Path, s3: S3) -> None:
    """Who, since when, doing what, and what is open are shown first."""
    shell, url = on(s3, tmp_path)
    shell("apply", "--yes", "--state", url)
    store, lock = held(s3, tmp_path, url)

    busy = shell("plan", "--state", url)
    locked = shell("apply", "--yes", "--state", url)
    unasked = shell("unlock", lock, "--state", url)
    broken = shell("unlock", lock, "--yes", "--state", url)

    assert "ci@runner-7 (process 4242) is running `apply` on this state now." in busy.err
    assert locked.status == 6
    assert f"    gpuspec unlock ID --state {url}\n" in locked.err
    assert "wait for it (`--lock-timeout 10m`)" in locked.err
    assert unasked.status == 5
    assert broken.status == 0
    assert "ci@runner-7 (process 4242, on another host) has been running `apply` on it since 1970-01-01" in broken.err
    assert "It has noted no request whose end is not known." in broken.err
    assert broken.out == "ID  broken; its run is told before it sends anything else\n"
    assert store.held() is None


def test_open_requests_are_shown_before_a_lock_is_broken(tmp_path: Path, s3: S3) -> None:
    """And the way to settle them after it."""
    shell, url = on(s3, tmp_path)
    shell.write("gpuspec.yaml", "version: 1\nproject: demo\ncloud: simulator\nsettleWindow: 0.2\nrequestTimeout: 0.5\n")
    shell("apply", "--yes", "--state", url, "--wait", "none", "--settle", "0", "--fault", "lost-request:1")
    _, lock = held(s3, tmp_path, url)

    said = shell("unlock", lock, "--yes", "--state", url, "--json")

    assert said.status == 0
    document = json.loads(said.raw)
    assert (document["lock"], document["open"]) == (lock, {"trainer": "create"})
    assert "trainer  create, not known to be through" in said.err


def test_a_state_that_can_t_be_read_doesn_t_keep_its_lock(tmp_path: Path, s3: S3) -> None:
    """What is open can't be told, and that is said."""
    shell, url = on(s3, tmp_path)
    store, lock = held(s3, tmp_path, url)
    store.put_snapshot(b"no state", lineage="x", serial=1)

    said = shell("unlock", lock, "--yes", "--state", url)

    assert said.status == 0
    assert "what it has under way can't be told" in said.err


def test_a_lock_that_is_not_held_or_is_another_is_left_alone(tmp_path: Path, s3: S3) -> None:
    """64; so is a state in a file, whose lock ends with its process."""
    shell, url = on(s3, tmp_path)

    free = shell("unlock", "0123456789abcdef", "--yes", "--state", url)
    store, lock = held(s3, tmp_path, url)
    other = shell("unlock", "0123456789abcdef", "--yes", "--state", url)
    in_a_file = shell("unlock", lock, "--yes")

    assert (free.status, "Nobody holds the lock" in free.err) == (64, True)
    assert (other.status, "and not that one. ci@runner-7" in other.err) == (64, True)
    assert (in_a_file.status, "there is none to break" in in_a_file.err) == (64, True)
    assert store.holder() is not None


def test_a_lock_that_a_dead_run_has_left_is_told_as_such(tmp_path: Path, s3: S3) -> None:
    """On this host that is known; it is told by whatever reads the state, and breaks nothing."""
    shell, url = on(s3, tmp_path)
    store = store_of(s3, tmp_path, url)
    store.acquire(a_holder("apply", pid=2**31 - 1), timeout_s=0.0)

    said = shell("plan", "--state", url)

    assert said.status == 0
    assert "has ended while it was running `apply` on this state, and has left its lock." in said.err
    assert store.held() is not None
