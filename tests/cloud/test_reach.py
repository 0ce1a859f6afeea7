"""How to reach an instance is told without anything that opens the door."""

import pytest

from gpuspec.cloud.reach import endpoints, open_ports, reach
from gpuspec.model.reach import Reach, Ssh
from gpuspec.model.values import Port

HTTP = "https://0a1b-8888.us-ca-6.gpu-instance.novita.ai"


def ports(*mappings: tuple[object, str, str]) -> dict[str, object]:
    """A running row with these ports."""
    shown = [{"port": port, "type": kind, "endpoint": endpoint} for port, kind, endpoint in mappings]
    return {"id": "0a1b", "clusterId": "us-ca-6", "status": "running", "portMappings": shown}


def test_ssh_comes_first_then_the_ports_in_order() -> None:
    """Each says how to use it; the password stays where it is."""
    row = {
        **ports((8888, "http", HTTP), ("3306", "tcp", "proxy.us-ca-6.gpu-instance.novita.ai:31234")),
        "connectComponentSSH": {"sshCommand": "ssh -p 30022 root@proxy.us-ca-6.novita.ai", "password": "hunter2"},
    }
    assert endpoints(row) == (
        "ssh -p 30022 root@proxy.us-ca-6.novita.ai",
        HTTP,
        "3306/tcp proxy.us-ca-6.gpu-instance.novita.ai:31234",
    )


def test_a_port_is_open_once_the_answer_itself_shows_an_endpoint() -> None:
    """Whatever its form; the URL that is told for a port without one is ours, and proves nothing."""
    row = ports(
        (8080, "TCP", "proxy.us-ca-6.novita.ai:31234"),
        ("8081", "http", "somewhere else"),
        (8082, "http", ""),
        (8083, "tcp", "  "),
        (0, "tcp", "proxy.us-ca-6.novita.ai:31235"),
        (8084, "", "proxy.us-ca-6.novita.ai:31236"),
        ("x", "tcp", "proxy.us-ca-6.novita.ai:31237"),
    )

    assert open_ports(row) == {Port(number=8080, protocol="tcp"), Port(number=8081, protocol="http")}
    assert any("-8082." in way for way in endpoints(row))


@pytest.mark.parametrize("row", [{}, {"portMappings": None}, {"portMappings": "8080"}, {"portMappings": [None, 5]}])
def test_an_answer_without_ports_opens_none(row: dict[str, object]) -> None:
    """Nothing is made up."""
    assert open_ports(row) == frozenset()


def test_the_ways_in_are_told_in_parts() -> None:
    """What a program needs of them, the password not among it."""
    row = {
        **ports((8888, "http", HTTP), (8888, "http", HTTP), ("3306", "tcp", "proxy.us-ca-6.novita.ai:31234")),
        "connectComponentSSH": {"sshCommand": "ssh -p 30022 root@proxy.us-ca-6.novita.ai", "password": "hunter2"},
    }
    ssh = Ssh(user="root", host="proxy.us-ca-6.novita.ai", port=30022)

    assert Reach(ssh=ssh, urls=(HTTP,)) == reach(row, endpoints(row))
    assert "hunter2" not in repr(reach(row, endpoints(row)))


@pytest.mark.parametrize(
    "command",
    [
        "sshpass -p hunter2 ssh -p 22 root@host",
        "ssh -p 22 root@host; rm -rf /",
        "ssh -p 22 root:hunter2@host",
        "ssh root@host\x1b[2J",
        "ssh -p 0 root@host",
        "ssh -p 65536 root@host",
        "ssh -p 22 -oProxyCommand=x@host",
        "ssh -p 22 root@-oProxyCommand=x",
        "ssh -p 22 root@host-",
        "ssh -p 22 root@a..b",
        "ssh -p 22 root@host\n-v",
        "",
        None,
        5,
    ],
)
def test_an_ssh_command_of_another_form_is_left_out(command: object) -> None:
    """It might have a password in it, or more than a command."""
    assert endpoints({"sshCommand": command}) == ()
    assert reach({"sshCommand": command}, ()) == Reach()


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("https://u:hunter2@host.ai/lab?token=hunter2#x", "https://host.ai/lab"),
        ("host.ai:8443/lab", "https://host.ai:8443/lab"),
        ("http://host.ai", "http://host.ai"),
        ("https://host.ai/a b", "https://host.ai"),
        ("javascript://host.ai", None),
        ("https://ho\x1bst.ai", None),
        ("https://host.ai:port", None),
        ("https://[::1", None),
        ("https://", None),
    ],
)
def test_a_url_is_shown_without_its_secrets(shown: str, expected: str | None) -> None:
    """User, password, query and fragment are left out; what is no URL is not shown."""
    assert endpoints(ports((8888, "http", shown))) == (() if expected is None else (expected,))


def test_the_list_shows_ports_alone_and_the_url_follows() -> None:
    """A running instance has the documented URL for each port of kind http, once."""
    assert endpoints(ports((8888, "http", ""), (8888, "http", HTTP))) == (HTTP,)


@pytest.mark.parametrize("change", [{"status": "pulling"}, {"clusterId": ""}, {"clusterId": "a/b"}, {"id": None}])
def test_no_url_is_made_up(change: dict[str, object]) -> None:
    """Without a running instance in a known cluster there is no URL."""
    assert endpoints({**ports((8888, "http", "")), **change}) == ()


@pytest.mark.parametrize(
    "mapping", [(3306, "tcp", ""), (3306, "tcp", "host"), (3306, "udp", "host:1"), ("x", "tcp", "host:1")]
)
def test_a_port_that_leads_nowhere_is_left_out(mapping: tuple[object, str, str]) -> None:
    """A number without a host is no way in."""
    assert endpoints(ports(mapping)) == ()
