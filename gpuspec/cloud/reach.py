"""How to reach an instance, in parts and as text: URLs, hosts and an ssh command; never a password or a token."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from gpuspec.cloud.shapes import identifier, integer, items, text
from gpuspec.cloud.status import phase_of
from gpuspec.model.live import Phase
from gpuspec.model.reach import Reach, Ssh, ssh_at
from gpuspec.model.values import Port

_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})"
_SCHEMES = ("https://", "http://")
_HOST_AND_PORT = re.compile(rf"({_HOST}):([0-9]{{1,5}})", re.ASCII)
_SSH = re.compile(rf"ssh\s+-p\s+([0-9]{{1,5}})\s+([a-z_][a-z0-9_-]{{0,31}})@({_HOST})", re.ASCII)


def reach(row: Mapping[str, object], shown: tuple[str, ...]) -> Reach:
    """Where SSH listens, and the URL of each port of kind http; `shown` are the row's `endpoints`."""
    return Reach(ssh=_ssh(row), urls=tuple(found for found in shown if found.startswith(_SCHEMES)))


def endpoints(row: Mapping[str, object]) -> tuple[str, ...]:
    """The ssh command first, then each port in the order of the answer: `https://…` or `3306/tcp host:31234`."""
    mapped = [_endpoint(row, mapping) for mapping in items(row.get("portMappings")) or ()]
    ssh = _ssh(row)
    command = "" if ssh is None else f"ssh -p {ssh.port} {ssh.user}@{ssh.host}"
    return tuple(dict.fromkeys(found for found in (command, *mapped) if found))


def port_of(mapping: Mapping[str, object]) -> Port | None:
    """The port of a mapping; None when it can't be one."""
    number, protocol = integer(mapping.get("port")), text(mapping.get("type"))
    if number is None or not 0 < number < 65536 or not protocol:
        return None
    return Port(number=number, protocol=protocol.lower())


def open_ports(row: Mapping[str, object]) -> frozenset[Port]:
    """The ports that the answer shows an endpoint of, whatever its form; one that we make up does not count."""
    mappings = items(row.get("portMappings")) or ()
    shown = (port_of(mapping) for mapping in mappings if (text(mapping.get("endpoint")) or "").strip())
    return frozenset(port for port in shown if port is not None)


def _ssh(row: Mapping[str, object]) -> Ssh | None:
    component = row.get("connectComponentSSH")
    command = component.get("sshCommand") if isinstance(component, dict) else row.get("sshCommand")
    # Taken apart, and put together anew where it is shown: what doesn't look like this might have a password in it.
    match = _SSH.fullmatch((text(command) or "").strip())
    return None if match is None else ssh_at(match[2], match[3], int(match[1]))


def _endpoint(row: Mapping[str, object], mapping: Mapping[str, object]) -> str:
    port, protocol = integer(mapping.get("port")), (text(mapping.get("type")) or "").lower()
    shown = (text(mapping.get("endpoint")) or "").strip()
    if port is None:
        return ""
    if protocol == "http":
        return _plain_url(shown) if shown else _documented_url(row, port)
    match = _HOST_AND_PORT.fullmatch(shown.removeprefix("tcp://"))
    return f"{port}/tcp {match[1]}:{match[2]}" if match is not None and protocol == "tcp" else ""


def _plain_url(shown: str) -> str:
    """The URL without user, query and fragment: a notebook's token travels in these."""
    try:
        parts = urlsplit(shown if "://" in shown else f"https://{shown}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or re.fullmatch(_HOST, host, re.ASCII) is None:
        return ""
    path = parts.path if re.fullmatch(r"[A-Za-z0-9._~/-]{0,200}", parts.path, re.ASCII) else ""
    return f"{parts.scheme}://{host}{'' if port is None else f':{port}'}{path}"


def _documented_url(row: Mapping[str, object], port: int) -> str:
    """The URL that the service gives a port of kind http; the list shows the port alone.

    Source: host names that public clients of the API report.
    """
    instance, cluster = identifier(row.get("id")), identifier(row.get("clusterId"))
    if instance is None or cluster is None or phase_of(row.get("status")) is not Phase.RUNNING:
        return ""
    return f"https://{instance}-{port}.{cluster}.gpu-instance.novita.ai"
