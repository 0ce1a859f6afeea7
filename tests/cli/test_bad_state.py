"""A state file that was damaged, swapped or put somewhere odd: every command says so, and none touches it."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.builders.shell import Shell, a_project, a_spec, files_below

Damage = Callable[[bytes], bytes]


def _set(**fields: object) -> Damage:
    return lambda content: json.dumps({**json.loads(content), **fields}).encode()


# What is wrong with the content -> how it became so, the code of the error, and what its message says.
CONTENTS: Mapping[str, tuple[Damage, str, str]] = {
    "torn": (lambda content: content[:200], "state-damaged", "is not JSON"),
    "empty": (lambda _: b"", "state-damaged", "is not JSON"),
    "binary": (lambda _: bytes(range(256)), "state-damaged", "can't be read"),
    "a list": (lambda _: b"[]", "state-damaged", "a list where a map belongs"),
    "200,000 brackets": (lambda _: b"[" * 200_000, "state-damaged", "nested too deeply"),
    "a key twice": (lambda c: c.replace(b"{", b'{"version": 1,', 1), "state-damaged", "`version` stands twice"),
    "5,000 digits": (lambda c: c.replace(b'"serial": 2', b'"serial": ' + b"9" * 5_000), "state-damaged", "digits"),
    "NaN": (lambda c: c.replace(b'"serial": 2', b'"serial": NaN'), "state-damaged", "NaN"),
    "an unknown key": (_set(extra=1), "state-damaged", "`extra` is a key that"),
    "a later version": (_set(version=2), "state-newer", "version 2 of the format"),
    "of another service": (_set(origin="https://api.novita.ai"), "state-foreign", "records instances at https://api"),
    "of another project": (_set(project="other"), "state-foreign", "was made for the project `other`"),
    "of another environment": (_set(environment="prod"), "state-foreign", "environment"),
    "a stale copy": (_set(serial=0), "state-foreign", "serial"),
}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell in a project that has applied one instance."""
    shell = a_project(tmp_path, a_spec("trainer"))
    assert shell("apply", "--yes", "--wait", "none").status == 0
    return shell


@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("command", [("plan",), ("apply", "--yes"), ("state", "list")], ids=" ".join)
def test_a_state_that_can_not_be_used_is_told_and_left(shell: Shell, name: str, command: tuple[str, ...]) -> None:
    """Status 6, in text and as data, with a way out."""
    damage, code, message = CONTENTS[name]
    path = _state(shell)
    path.write_bytes(damage(path.read_bytes()))
    before = files_below(shell.folder)

    said = shell(*command)
    data = shell("--json", *command)

    assert (said.status, data.status) == (6, 6)
    assert json.loads(data.raw)["error"]["code"] == code
    assert message in said.err
    assert "\nhint: " in said.err
    assert _but_locks(files_below(shell.folder)) == _but_locks(before)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.symlink("elsewhere", path)])
def test_a_state_that_is_no_file_is_told(shell: Shell, make: Callable[[Path], None]) -> None:
    """A pipe holds nobody up, and a link is not followed."""
    path = _state(shell)
    path.unlink()
    make(path)

    said = shell("plan")

    assert said.status == 6
    assert "\nhint: " in said.err


@pytest.mark.parametrize("name", ["x" * 300, "gpuspec.yaml/state.json"])
def test_a_state_file_whose_name_can_not_be_used_is_told(tmp_path: Path, name: str) -> None:
    """Before anything is sent."""
    shell = a_project(tmp_path, a_spec("trainer"))

    said = shell("apply", "--yes", "--state", name)

    assert said.status == 6
    assert "Traceback" not in said.err
    assert "a bug in gpuspec" not in said.err


def test_a_project_file_can_not_name_a_state_that_no_file_can_have(tmp_path: Path) -> None:
    """YAML can write a NUL."""
    shell = Shell(tmp_path, NOVITA_API_KEY="sk_x", GPUSPEC_ENDPOINT="http://127.0.0.1:9")
    shell.write("instances.yaml", a_spec("trainer"))
    shell.write("gpuspec.yaml", 'version: 1\nstate: "a\\0b"\n')

    said = shell("plan")

    assert said.status == 6
    assert "could not be read" in said.err


def _state(shell: Shell) -> Path:
    return shell.folder / ".gpuspec" / "simulator" / "gpuspec.state.json"


def _but_locks(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if ".lock" not in name}
