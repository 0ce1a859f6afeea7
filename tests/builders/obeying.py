"""What a call on a machine makes of it, in the service in memory; the caller has looked whether it is there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from gpuspec.model.order import Convert, Delete, Edit, OrderRequest, Restart, Start, Stop, Upgrade
from gpuspec.model.state import Call
from gpuspec.model.values import FieldValue

Statuses = Sequence[tuple[float, str]]

UNDER_WAY = {
    "creating": Call.CREATE,
    "pulling": Call.CREATE,
    "starting": Call.START,
    "stopping": Call.STOP,
    "restarting": Call.RESTART,
    "resetting": Call.UPGRADE,
    "removing": Call.DELETE,
}
# How long each of them takes.
PASSING_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Obeyed:
    """What the machine is from now on: the statuses that lie ahead, by seconds from now, and the fields that change."""

    ahead: Statuses = ()
    fields: Mapping[str, FieldValue]


def obeyed(request: OrderRequest, *, status: str, fields: Mapping[str, FieldValue]) -> Obeyed | None:
    """What the call makes of a machine in this status; None when it is refused for it."""
    rests = status if status in {"running", "exited"} else None
    match request:
        case Delete():
            return _passing("removing", "removed")
        case Start():
            return _passing("starting", "running") if status == "exited" else None
        case Stop():
            return _passing("stopping", "exited") if status == "running" else None
        case Restart():
            return _passing("restarting", "running") if status == "running" else None
        case Edit() if rests:
            size = fields.get("rootfsSize", 0)
            grown = {"rootfsSize": size + request.grow_gb} if isinstance(size, int) and request.grow_gb else {}
            return Obeyed(fields={"ports": request.ports, **grown})
        case Upgrade() if rests:
            return Obeyed(ahead=_passing("resetting", rests).ahead, fields=_upgraded(request))
        case Convert() if status == "running":
            return Obeyed(fields={"billingMode": "monthly", "month": request.months})
        case Edit() | Upgrade() | Convert():
            return None
        case _:
            assert_never(request)


def _passing(through: str, to: str) -> Obeyed:
    return Obeyed(ahead=((0.0, through), (PASSING_S, to)), fields={})


def _upgraded(request: Upgrade) -> Mapping[str, FieldValue]:
    return {
        "imageUrl": request.image_url,
        "imageAuthId": request.image_auth_id,
        "envs": request.envs,
        "command": request.command,
        "entrypoint": request.entrypoint,
        "networkStorages": request.mounts,
    }
