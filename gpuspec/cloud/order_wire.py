"""The bodies of the calls on an instance that is there: the model's values in the documented form.

Source: Novita API reference, start, stop, restart, delete, edit and upgrade instance, change billing.
"""

from collections.abc import Mapping
from typing import assert_never

from gpuspec.cloud.wire import in_clear
from gpuspec.errors import Bug
from gpuspec.model.marker import ENV_KEY
from gpuspec.model.order import Convert, Delete, Edit, OrderRequest, Restart, Start, Stop, Upgrade
from gpuspec.model.secret import Revealed
from gpuspec.model.values import Env


def order_body(request: OrderRequest) -> Mapping[str, object]:
    """What is sent, secrets in clear: for the request and nothing else."""
    match request:
        case Delete() | Start() | Stop() | Restart():
            return {"instanceId": request.id}
        case Edit():
            return _edit(request)
        case Upgrade():
            return _upgrade(request)
        case Convert():
            if request.months < 1:
                raise Bug(f"{request.id} was to be paid for {request.months} months ahead.")
            return {"instanceId": request.id, "month": request.months}
        case never:
            assert_never(never)


def order_secrets(request: OrderRequest) -> tuple[str, ...]:
    """The secret texts that the call carries, which the service might repeat."""
    if not isinstance(request, Upgrade):
        return ()
    texts = (request.command, request.entrypoint, *(env.value for env in request.envs))
    return tuple(piece for text in texts if isinstance(text, Revealed) for piece in text.telling)


def _edit(request: Edit) -> Mapping[str, object]:
    if request.grow_gb < 0:
        raise Bug(f"The root disk of {request.id} was to shrink by {-request.grow_gb} GB.")
    return {
        "instanceId": request.id,
        # A list of objects, unlike the text of the create call; what is not in it is closed.
        "ports": [{"port": port.number, "type": port.protocol} for port in request.ports],
        "expandRootDisk": request.grow_gb,
    }


def _upgrade(request: Upgrade) -> Mapping[str, object]:
    """Every parameter, also those that stay: the call takes what is missing for empty."""
    return {
        "instanceId": request.id,
        "imageUrl": request.image_url,
        "imageAuthId": request.image_auth_id,
        "envs": [{"key": env.key, "value": in_clear(f"envs.{env.key}", env.value)} for env in _marked(request)],
        "command": in_clear("command", request.command),
        "entrypoint": in_clear("entrypoint", request.entrypoint),
        "save": request.save,
        "networkVolume": {
            # A small `id` and `mountPath`, unlike the create call.
            "volumeMounts": [
                {"type": "network", "id": mount.id, "mountPath": mount.mount_point} for mount in request.mounts
            ]
        },
    }


def _marked(request: Upgrade) -> tuple[Env, ...]:
    if any(env.key == ENV_KEY for env in request.envs):
        raise Bug(f"The envs of an upgrade of {request.id} hold a marker of their own.")
    marker = request.marker
    return request.envs if marker is None else (*request.envs, Env(key=ENV_KEY, value=marker.env_value))
