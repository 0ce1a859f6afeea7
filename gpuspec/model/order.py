"""Calls on a machine that is there: what each asks of the service, secrets revealed."""

from dataclasses import dataclass
from typing import assert_never

from gpuspec.model.marker import Marker
from gpuspec.model.state import Call
from gpuspec.model.values import Env, Mount, Port, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """End the machine; its data is lost. Asked of one that is not there, it is done."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Switch it on; may be refused for lack of capacity."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Switch it off and give its GPUs back; the disk is kept, and paid for."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """Restart its container."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Set the ports, all of them, and let the root disk grow by so many GB.

    Sent twice, the disk grows twice. Whether the call restarts the container is not documented.
    """

    id: str
    ports: tuple[Port, ...]
    grow_gb: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """Set everything on the image's side, always in full: what is empty here is cleared there.

    `envs` are without the marker's own entry; the cloud puts `marker` among them. None where the machine carries no
    marker in its envs. `save` keeps what is on the system disk.
    """

    id: str
    image_url: str
    image_auth_id: str
    envs: tuple[Env, ...]
    command: Text
    entrypoint: Text
    mounts: tuple[Mount, ...]
    marker: Marker | None
    save: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Convert:
    """From paying as you go to so many months ahead; there is no way back."""

    id: str
    months: int


OrderRequest = Delete | Start | Stop | Restart | Edit | Upgrade | Convert


def call_of(request: OrderRequest) -> Call:
    """Which call the request is."""
    match request:
        case Delete():
            return Call.DELETE
        case Start():
            return Call.START
        case Stop():
            return Call.STOP
        case Restart():
            return Call.RESTART
        case Edit():
            return Call.EDIT
        case Upgrade():
            return Call.UPGRADE
        case Convert():
            return Call.CONVERT
        case _:
            assert_never(request)
