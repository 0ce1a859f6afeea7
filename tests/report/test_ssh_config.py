"""The ways in for ssh's configuration, whole."""

from dataclasses import replace
from textwrap import dedent

import pytest

from gpuspec.model.reach import Reach, Ssh
from gpuspec.model.status import Standing, Status, StatusRow
from gpuspec.report.ssh_config import left_out_lines, ssh_config_lines
from gpuspec.report.text import plain
from tests.builders.planning import BIRTH

REACH = Reach(ssh=Ssh(user="root", host="proxy.example", port=30022))
TRAINER = StatusRow(address="trainer", standing=Standing.SEEN, id="id-1", status="running", reach=REACH)


def a_status(*rows: StatusRow) -> Status:
    """The status of these rows."""
    return Status(birth=BIRTH, serial=41, at=2.0, rows=rows)


def test_each_running_machine_has_a_stanza() -> None:
    """The whole text; the host key is remembered by the machine, not by a port that another one may have next."""
    worker = replace(TRAINER, address="worker.1", id="id-2")

    expected = """\
        # demo at https://api.novita.ai, 1970-01-01 00:00:02 UTC; ports change at each start.

        Host demo-trainer
          HostName proxy.example
          Port 30022
          User root
          HostKeyAlias gpuspec-id-1

        Host demo-worker.1
          HostName proxy.example
          Port 30022
          User root
          HostKeyAlias gpuspec-id-2
        """
    assert plain(ssh_config_lines(a_status(TRAINER, worker))) == dedent(expected)


def test_an_environment_is_a_part_of_the_name() -> None:
    """So that the machines of two environments can stand in one file."""
    text = plain(ssh_config_lines(replace(a_status(TRAINER), birth=replace(BIRTH, environment="prod"))))

    assert "Host demo-prod-trainer\n" in text


def test_who_has_no_stanza_is_told_why() -> None:
    """One line each."""
    silent = replace(TRAINER, reach=Reach())
    status = a_status(
        TRAINER,
        replace(silent, address="a", id="2", status="exited"),
        replace(silent, address="b", id="3"),
        replace(silent, address="c", id="4", message="The service answered with 502."),
        StatusRow(address="d", standing=Standing.UNRESOLVED),
        replace(TRAINER, address="e", id="6", standing=Standing.STRAY),
    )

    assert plain(left_out_lines(status)) == (
        "left out: a: exited\n"
        "left out: b: no endpoint yet\n"
        "left out: c: The service answered with 502.\n"
        "left out: d: unresolved\n"
        "left out: e: stray\n"
    )
    assert plain(ssh_config_lines(status)).count("Host ") == 1


@pytest.mark.parametrize("address", ["a *", "a\n  ProxyCommand evil", "a b", "-a", "!a", ""])
def test_an_address_that_could_mean_more_has_no_stanza(address: str) -> None:
    """Only a state that was edited by hand has one."""
    status = a_status(replace(TRAINER, address=address))

    assert "Host " not in plain(ssh_config_lines(status))
    assert "its address can't be the name of a host" in plain(left_out_lines(status))
