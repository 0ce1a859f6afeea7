"""`gpuspec ssh` and `gpuspec ssh-config`: into a machine, with what the API shows now and no password."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.builders.shell import Shell, a_project, a_run_in_progress, a_spec

HOST = "proxy.us-ca-6.gpu-instance.simulator.invalid"
STANZAS = f"""\
# demo at simulator, TIME; ports change at each start.

Host demo-trainer
  HostName {HOST}
  Port PORT
  User root
  HostKeyAlias gpuspec-ID
"""
UNKNOWN = """\
error: wrong usage
  Nothing is recorded at `tariner`.

hint: see what is:
    gpuspec state list
"""
NOT_RUNNING = """\
error: refused
  `trainer` (ID) is `STATUS`; SSH listens while it is `running`.

hint: see how it stands:
    gpuspec status trainer
"""


def a_running_project(folder: Path) -> Shell:
    """A project whose one instance was made."""
    shell = a_project(folder, a_spec("trainer"))
    assert shell("apply", "--yes").status == 0
    return shell


def in_a_process(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run gpuspec in a process of its own, which another program may take the place of."""
    return subprocess.run(
        [sys.executable, "-m", "gpuspec", *arguments],
        cwd=folder,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def a_program(folder: Path, text: str) -> str:
    """A PATH in which `ssh` is this script."""
    path = folder / "bin" / "ssh"
    path.parent.mkdir()
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return f"{path.parent}:{os.environ['PATH']}"


def test_ssh_takes_the_place_of_gpuspec(tmp_path: Path) -> None:
    """Its arguments, its exit status, and an environment without our secrets."""
    a_running_project(tmp_path)
    path = a_program(tmp_path, 'printf "<%s>" "$@"; env | grep -c -e NOVITA_API_KEY -e GPUSPEC_ ; exit 7')
    secrets = {"NOVITA_API_KEY": "sk_x", "GPUSPEC_STATE_KEY": "k" * 32, "GPUSPEC_VAR_password": "hunter2"}
    ended = in_a_process(tmp_path, "ssh", "trainer", "--", "nvidia-smi", "-l", "a b", PATH=path, **secrets)

    arguments = re.fullmatch(
        rf"<-p><\d{{5}}><-l><root><-o><HostKeyAlias=gpuspec-[0-9a-f]{{16}}><--><{HOST}><nvidia-smi><-l><a b>0\n",
        ended.stdout,
    )
    assert arguments is not None, ended
    assert (ended.returncode, ended.stderr) == (7, "")


def test_without_ssh_there_is_a_message(tmp_path: Path) -> None:
    """And no traceback."""
    a_running_project(tmp_path)
    ended = in_a_process(tmp_path, "ssh", "trainer", PATH=str(tmp_path / "nothing"))

    assert ended.returncode == 1
    assert ended.stderr.startswith("error: something went wrong\n  `ssh` can't be run: No such file or directory.\n")


def test_the_call_can_be_printed_instead(tmp_path: Path) -> None:
    """For a program that makes its own connection; no password is in it."""
    said = a_running_project(tmp_path)("ssh", "trainer", "--json", "--", "ls")
    document = json.loads(said.raw)

    assert (said.status, said.err) == (0, "")
    assert (document["command"], document["address"]) == ("ssh", "trainer")
    assert (document["host"], document["user"]) == (HOST, "root")
    assert document["argv"][-3:] == ["--", HOST, "ls"]
    assert "password" not in said.raw


def test_an_address_that_nobody_knows_is_wrong_usage(tmp_path: Path) -> None:
    """Nothing is run."""
    said = a_running_project(tmp_path)("ssh", "tariner")

    assert (said.status, said.out, said.err) == (64, "", UNKNOWN)


def test_what_is_meant_for_the_machine_is_no_option_of_ours(tmp_path: Path) -> None:
    """A failure before it is told as text."""
    said = a_running_project(tmp_path)("ssh", "tariner", "--", "tool", "--json")

    assert (said.status, said.out, said.err) == (64, "", UNKNOWN)


def test_a_machine_that_does_not_run_is_refused(tmp_path: Path) -> None:
    """With its status, and how to see more."""
    shell = a_project(tmp_path, a_spec("trainer"))
    shell("apply", "--yes", "--wait", "none", "--fault", "stuck-pulling:1")
    said = shell("ssh", "trainer")

    assert (said.status, said.out) == (5, "")
    assert re.sub(r"`(pending|toCreate|creating|pulling)`", "`STATUS`", said.err) == NOT_RUNNING


def test_stanzas_for_running_machines(tmp_path: Path) -> None:
    """The command with a dash; the whole text."""
    said = a_running_project(tmp_path)("ssh-config")
    text = re.sub(r"Port \d{5}", "Port PORT", said.out)

    assert (said.status, text, said.err) == (0, STANZAS, "")


def test_the_ways_in_as_a_document(tmp_path: Path) -> None:
    """Each with the name of its host."""
    said = a_running_project(tmp_path)("ssh-config", "tr*", "--json")
    document = json.loads(said.raw)

    (host,) = document["hosts"]
    assert (document["command"], document["exitStatus"]) == ("ssh-config", 0)
    assert (host["name"], host["host"], host["user"]) == ("demo-trainer", HOST, "root")
    assert host["hostKeyAlias"] == f"gpuspec-{host['id']}"
    assert "password" not in said.raw


def test_who_could_not_be_told_of_is_left_out(tmp_path: Path) -> None:
    """Exit status 4: the file lacks a machine that runs."""
    shell = a_running_project(tmp_path)
    said = shell("ssh-config", "--fault", "not-found:1")

    assert (said.status, said.out.count("Host ")) == (4, 0)
    assert said.err == "left out: trainer: GET does not find what the list shows.\n"


def test_a_run_in_progress_does_not_stop_it(tmp_path: Path) -> None:
    """No lock is taken."""
    shell = a_running_project(tmp_path)
    with a_run_in_progress(tmp_path):
        said = shell("ssh-config")

    assert said.status == 0
    assert said.err.startswith("warning: ci@runner-7")
