"""The ways into machines as data; never a password."""

from collections.abc import Iterable, Sequence

from gpuspec.model.project import JsonValue
from gpuspec.model.reach import Way

VERSION = 1


def way_document(way: Way, arguments: Sequence[str]) -> dict[str, JsonValue]:
    """One way in, with the call of ssh that leads there."""
    return {"version": VERSION, "command": "ssh", **_way(way), "argv": list(arguments)}


def ways_document(ways: Iterable[tuple[str, Way]], *, exit_status: int) -> dict[str, JsonValue]:
    """Every way in, with the name of its host."""
    hosts: list[JsonValue] = [{"name": name, **_way(way)} for name, way in ways]
    return {"version": VERSION, "command": "ssh-config", "exitStatus": exit_status, "hosts": hosts}


def _way(way: Way) -> dict[str, JsonValue]:
    return {
        "address": way.address,
        "id": way.id,
        "host": way.ssh.host,
        "port": way.ssh.port,
        "user": way.ssh.user,
        "hostKeyAlias": way.host_key_alias,
    }
