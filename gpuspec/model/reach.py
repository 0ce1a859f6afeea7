"""How to reach an instance, in parts; nothing here opens the door: no password, no token."""

import re
from dataclasses import dataclass

from gpuspec.model.address import Address

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*", re.ASCII)
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}", re.ASCII)
_PORTS = range(1, 65536)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ssh:
    """Where SSH listens, and for whom.

    The parts come from the API and become arguments of a program, so there is no `Ssh` whose parts could be taken for
    anything else: no blank, no leading dash, no port beyond 65535.

    Raises:
        ValueError: A part can't be a user, a host name or a port.
    """

    user: str
    host: str
    port: int

    def __post_init__(self) -> None:
        if not (_USER.fullmatch(self.user) and _HOST.fullmatch(self.host) and self.port in _PORTS):
            raise ValueError("not a place where SSH listens")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The ways into an instance that an answer showed; there may be more that it did not show."""

    ssh: Ssh | None = None
    urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The way into one recorded machine. `id` is as the service shows it, so it is fit for an argument."""

    address: Address
    id: str
    ssh: Ssh

    @property
    def host_key_alias(self) -> str:
        """What its host key is remembered by: host and port of a machine are another's the next day."""
        return f"gpuspec-{self.id}"


def ssh_at(user: str, host: str, port: int) -> Ssh | None:
    """Where SSH listens; None when the parts can't be that."""
    try:
        return Ssh(user=user, host=host, port=port)
    except ValueError:
        return None
