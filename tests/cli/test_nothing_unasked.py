"""What nobody asked for does not happen: a file that went away, an odd answer or another clone causes no call."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.types import Message, Receive, Scope, Send

from gpuspec.simulator.app import build_app
from gpuspec.simulator.server import background
from tests.builders.fleet import Service, a_service, until
from tests.builders.life import told_by_another_client
from tests.builders.shell import Shell, a_project, a_spec

KEY = "sk_unasked"
CONSENT = ("--yes", "--allow-destroy", "--allow-restart")
SETTINGS = "settleWindow: 0.5\nrequestTimeout: 1\n"
LOOP = """\
version: 1
instances:
#% for n in range(workers)
  worker-{{ n }}: {productId: "4090.16c62g", gpuNum: 1, rootfsSize: 60, diskSize: 60, imageUrl: "pytorch:2.7"}
{otherwise}#% endfor
"""
VARIABLES = "variables: {workers: {type: integer, default: 2}}\n"
REWORDED = (
    (rb'"imageUrl": ?"pytorch/', rb'"imageUrl":"docker.io/pytorch/'),
    (rb'"(cpuNum|gpuNum|memory|rootfsSize)": ?"?([0-9]+)"?', rb'"\1":"\2"'),
    (rb'"envs": ?\[', rb'"envs":[{"key":"PLATFORM_NODE","value":"n-1"},'),
)


class Rewriting(Starlette):
    """The service, wording what it shows as the live one may."""

    def __init__(self, app: Starlette) -> None:
        super().__init__()
        self._app = app
        self.count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started: list[Message] = []

        async def sends(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.append(message)
                return
            content = self._reworded(message["body"]) if scope["method"] == "GET" else message["body"]
            headers = [pair for pair in started[0]["headers"] if pair[0] != b"content-length"]
            await send({**started[0], "headers": [*headers, (b"content-length", str(len(content)).encode())]})
            await send({**message, "body": content})

        await self._app(scope, receive, sends)

    def _reworded(self, content: bytes) -> bytes:
        for pattern, replacement in REWORDED:
            content, count = re.subn(pattern, replacement, content)
            self.count += count
        return content


@pytest.fixture
def service() -> Iterator[Service]:
    """A service on a port, that knows of no project yet."""
    with a_service() as service:
        yield service


def a_shell(folder: Path, service: Service, spec: str, *, settings: str = "", **environ: str) -> Shell:
    """A project on this service, nothing applied."""
    shell = a_project(folder, spec, settings=SETTINGS + settings, NOVITA_API_KEY=KEY, **environ)
    shell.environ["GPUSPEC_ENDPOINT"] = service.origin
    return shell


def two_files(folder: Path, service: Service) -> Shell:
    """A project with an instance in each of two files, both made."""
    shell = a_shell(folder, service, a_spec("trainer"))
    shell.write("more.yaml", a_spec("worker"))
    assert shell("apply", "--yes", "instances.yaml", "more.yaml").status == 0
    return shell


def calls(service: Service) -> list[str]:
    """The mutating calls that reached the service, creates left out."""
    return [request.call for request in service.world.mutating_requests if request.call != "create"]


def ids(service: Service) -> set[str]:
    return {each.id for each in service.world.instances.values() if not each.removed}


def sources(shell: Shell) -> dict[str, str]:
    """Address -> the file that its record is of."""
    records = json.loads((shell.folder / "gpuspec.state.json").read_text())["records"]
    return {address: record["source"] for address, record in records.items()}


def test_a_file_that_was_renamed_takes_its_machines_along(tmp_path: Path, service: Service) -> None:
    """Their records are of the other file from then on; no request is sent."""
    shell = two_files(tmp_path, service)
    before = ids(service)
    (tmp_path / "more.yaml").rename(tmp_path / "other.yaml")

    others_only = shell("apply", *CONSENT, "instances.yaml")
    renamed = shell("apply", *CONSENT, "instances.yaml", "other.yaml")

    assert (others_only.status, renamed.status, calls(service), ids(service)) == (0, 0, [], before)
    assert sources(shell) == {"trainer": "instances.yaml", "worker": "other.yaml"}
    assert shell("plan", "--detailed-exitcode", "instances.yaml", "other.yaml").status == 0


def test_a_project_whose_one_file_was_renamed_is_told_and_goes_on(tmp_path: Path, service: Service) -> None:
    """Without the file nothing is planned; once it is named, the records are of it."""
    shell = a_shell(tmp_path, service, a_spec("trainer"))
    shell("apply", "--yes")
    (tmp_path / "instances.yaml").rename(tmp_path / "fleet.yaml")

    missing, named = shell("apply", *CONSENT), shell("apply", *CONSENT, "fleet.yaml")

    assert (missing.status, named.status, calls(service)) == (1, 0, [])
    assert sources(shell) == {"trainer": "fleet.yaml"}


def test_machines_of_a_file_that_was_deleted_are_named_and_left(tmp_path: Path, service: Service) -> None:
    """Deleting a file is not asking for its machines to go; `destroy` does, once it is told."""
    shell = two_files(tmp_path, service)
    before = ids(service)
    (tmp_path / "more.yaml").unlink()

    said = shell("apply", *CONSENT, "instances.yaml")

    assert (said.status, calls(service), ids(service)) == (0, [], before)
    assert "more.yaml" in said.err
    assert sorted(sources(shell)) == ["trainer", "worker"]


@pytest.mark.parametrize(
    ("otherwise", "status", "way_on"),
    [("", 1, "`#% else`"), ("#% else\n  {}\n", 5, "`--allow-empty`")],
    ids=["nothing at all", "an empty map"],
)
def test_a_set_that_a_variable_emptied_is_refused(
    tmp_path: Path, service: Service, otherwise: str, status: int, way_on: str
) -> None:
    """Whatever is allowed beside it: a loop over nothing is how a fleet ends by accident."""
    shell = a_shell(tmp_path, service, LOOP.replace("{otherwise}", otherwise), settings=VARIABLES)
    shell("apply", "--yes")
    before = ids(service)

    said = shell("apply", *CONSENT, "--var", "workers=0")

    assert (said.status, said.out, calls(service), ids(service)) == (status, "", [], before)
    assert way_on in said.err


def test_what_comes_through_a_pipe_removes_nothing(tmp_path: Path, service: Service) -> None:
    """Standard input has no source, so nothing that it lacks was ever its own."""
    shell = a_shell(tmp_path, service, a_spec("trainer"))
    piped = shell("apply", "--yes", "-", stdin=a_spec("worker").encode())

    again = shell("apply", *CONSENT, "-", stdin=a_spec("other").encode())
    file_alone = shell("apply", *CONSENT, "instances.yaml")

    assert [said.status for said in (piped, again, file_alone)] == [0, 0, 0]
    assert (calls(service), len(ids(service))) == ([], 3)


def test_a_service_that_shows_things_in_its_own_way_causes_no_call(tmp_path: Path, service: Service) -> None:
    """An image's name in full, numbers as texts, envs of the platform's own: that is how the machine was made."""
    rewrites = Rewriting(build_app(service.world))
    with background(rewrites) as origin:
        shell = a_shell(tmp_path, service, a_spec("trainer", cpuNum=16, envs="{RUN: nightly}", ports="[8080/http]"))
        shell.environ["GPUSPEC_ENDPOINT"] = origin
        first, again = shell("apply", "--yes"), shell("apply", *CONSENT)
        planned, drift = shell("plan", "--detailed-exitcode"), shell("drift")

    assert [said.status for said in (first, again, planned, drift)] == [0, 0, 0, 0]
    assert calls(service) == []
    assert rewrites.count > 0


@pytest.mark.parametrize("key", ["", "k" * 40], ids=["a key of its own", "another key"])
def test_a_colleague_without_the_digest_key_resets_nothing(tmp_path: Path, service: Service, key: str) -> None:
    """The same secrets under another key have other digests: that can't be told, so it is no change."""
    secret = "{TOKEN: \"{{ secret('env:TOKEN') }}\", RUN: nightly}"
    mine = a_shell(tmp_path / "mine", service, a_spec("trainer", envs=secret), TOKEN="tok-123456789")
    assert mine("apply", "--yes").status == 0
    theirs = a_shell(tmp_path / "theirs", service, a_spec("trainer", envs=secret), TOKEN="tok-123456789")
    shutil.copy(tmp_path / "mine" / "gpuspec.state.json", tmp_path / "theirs")

    said = [
        theirs(*command, GPUSPEC_STATE_KEY=key) for command in (("plan", "--detailed-exitcode"), ("apply", *CONSENT))
    ]

    assert [each.status for each in said] == [0, 0]
    assert calls(service) == []
    assert mine("plan", "--detailed-exitcode").status == 0


def test_a_second_clone_with_the_state_doubles_nothing(tmp_path: Path, service: Service) -> None:
    """It does nothing, and what it makes is known to whoever has its state then."""
    mine = a_shell(tmp_path / "mine", service, a_spec("trainer"))
    mine("apply", "--yes")
    theirs = a_shell(tmp_path / "theirs", service, a_spec("trainer", "worker"))
    shutil.copy(tmp_path / "mine" / "gpuspec.state.json", tmp_path / "theirs")

    assert theirs("apply", "--yes").status == 0
    mine.write("instances.yaml", a_spec("trainer", "worker"))
    behind = mine("apply", "--yes")

    assert (behind.status, len(ids(service)), calls(service)) == (5, 2, [])
    assert "bring back the latest state file" in behind.err


@pytest.mark.parametrize("by", ["console", "gpuspec"])
def test_a_stopped_machine_stays_stopped(tmp_path: Path, service: Service, by: str) -> None:
    """Power is nobody's concern unless `lifecycle.desired` makes it one."""
    shell = a_shell(tmp_path, service, a_spec("trainer"))
    shell("apply", "--yes")
    (machine,) = ids(service)
    _stop(shell, service, machine, by=by)

    said = [shell(*command) for command in (("plan", "--detailed-exitcode"), ("apply", *CONSENT), ("apply", *CONSENT))]

    assert [each.status for each in said] == [0, 0, 0]
    assert calls(service) == ["stop"]
    assert service.world.status(machine) == "exited"


def _stop(shell: Shell, service: Service, machine: str, *, by: str) -> None:
    """By the time it comes back the machine is stopped."""
    if by == "gpuspec":
        assert shell("stop", "trainer", "--yes").status == 0
    else:
        assert told_by_another_client(service.origin, KEY, "stop", machine)
    until(lambda: service.world.status(machine) == "exited")
