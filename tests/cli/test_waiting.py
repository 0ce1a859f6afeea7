"""What `gpuspec apply` waits for: as the run says, or as each instance says for itself."""

import contextlib
import itertools
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gpuspec.simulator.app import build_app
from gpuspec.simulator.server import background
from gpuspec.simulator.settings import Settings, Switches
from gpuspec.simulator.statuses import FAST
from gpuspec.simulator.world import World
from tests.builders.shell import Shell, a_project, a_spec

PORTS = "[8080/tcp, 8081/http]"


@contextlib.contextmanager
def a_service_that_opens_ports(endpoints_s: float, *, in_list: bool = True) -> Iterator[str]:
    """The origin of a service whose machines run at once and have endpoints some time after that."""
    counter = itertools.count(1)
    settings = Settings(pace=replace(FAST, endpoints_s=endpoints_s))
    world = World.open(None, now=time.time, identities=lambda: f"{next(counter):016x}", settings=settings)
    app = build_app(world, switches=Switches(endpoints_in_list=in_list))
    with background(app) as origin:
        yield origin


def a_shell(folder: Path, origin: str, lifecycle: str = "{}") -> Shell:
    """A project on that service."""
    shell = a_project(folder, a_spec("trainer", ports=PORTS, lifecycle=lifecycle), NOVITA_API_KEY="sk_waiting")
    shell.write("gpuspec.yaml", f"version: 1\nproject: demo\nendpoint: {origin}\n")
    return shell


@pytest.mark.parametrize("in_list", [True, False])
def test_endpoints_are_waited_for_where_the_run_asks_for_them(tmp_path: Path, in_list: bool) -> None:
    """The ledger has a way in to each port, also where only GET shows them, as it is documented."""
    with a_service_that_opens_ports(1.0, in_list=in_list) as origin:
        said = a_shell(tmp_path, origin)("apply", "--yes", "--wait", "endpoint")

    assert said.status == 0
    assert "8080/tcp proxy." in said.out
    assert "-8081." in said.out


def test_running_is_enough_where_nobody_asks_for_more(tmp_path: Path) -> None:
    """The ports have no endpoints yet."""
    with a_service_that_opens_ports(3600.0) as origin:
        said = a_shell(tmp_path, origin)("apply", "--yes")

    assert said.status == 0
    assert "8080/tcp" not in said.out


def test_an_instance_may_ask_for_endpoints_itself_and_the_next_apply_waits_again(tmp_path: Path) -> None:
    """It is made and not ready: exit status 4, and what it lacks is named."""
    with a_service_that_opens_ports(3600.0) as origin:
        shell = a_shell(tmp_path, origin, "{wait: endpoint, waitTimeout: 1}")
        said = shell("apply", "--yes")
        again = shell("apply", "--yes")

    words = (
        "timeout: It is `running` without a way in to 8080/tcp, 8081/http after 1 s; the next apply waits for it again."
    )
    assert (said.status, again.status) == (4, 4)
    assert said.out.startswith("  made, not ready  trainer  ID  running  ")
    assert words in said.out
    assert words in again.out


def test_an_instance_may_ask_not_to_be_waited_for(tmp_path: Path) -> None:
    """Whatever the run waits for."""
    with a_service_that_opens_ports(3600.0) as origin:
        said = a_shell(tmp_path, origin, "{wait: none}")("apply", "--yes", "--wait", "endpoint")

    assert (said.status, said.out) == (0, "  done  trainer  ID\n\nLedger: 1 done\n")
