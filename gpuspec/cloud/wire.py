"""The body of the create call: the model's values in the documented form."""

from collections.abc import Mapping
from typing import assert_never

from gpuspec.errors import Bug
from gpuspec.model.marker import ENV_KEY, MarkerMode
from gpuspec.model.secret import OutOfReach, Revealed, Sealed, Secret
from gpuspec.model.values import Env, Fields, FieldValue, Mount, Port, Text, Tool
from gpuspec.ports import CreateRequest

WireValue = str | int | bool | list[dict[str, str]]

# Source: Novita API reference, create instance, in the order of its table; from `imageAuthId` on, later versions of it.
CREATE_ORDER = (
    "name",
    "productId",
    "gpuNum",
    "cpuNum",
    "memory",
    "diskSize",
    "rootfsSize",
    "imageUrl",
    "imageAuth",
    "ports",
    "envs",
    "tools",
    "command",
    "clusterId",
    "localStorageMountPoint",
    "networkStorages",
    "networkId",
    "kind",
    "imageAuthId",
    "entrypoint",
    "billingMode",
    "month",
    "autoRenew",
    "autoRenewMonth",
    "minCudaVersion",
)


def create_body(request: CreateRequest) -> dict[str, WireValue]:
    """What is sent, secrets in clear: for the request and nothing else."""
    fields = _marked(request)
    unknown = sorted(fields.keys() - set(CREATE_ORDER))
    if unknown:
        raise Bug(f"The create call has no field {', '.join(unknown)}.")
    return {name: _wire(name, fields[name]) for name in CREATE_ORDER if name in fields}


def secrets_of(fields: Fields) -> tuple[str, ...]:
    """The secret texts that a create call carries, and their parts that could be repeated alone."""
    values = [value for value in fields.values() if isinstance(value, Revealed)]
    values += [env.value for env in _envs(fields) if isinstance(env.value, Revealed)]
    texts = [text for value in values for text in value.telling]
    # imageAuth is `username:password`; a message may quote the password alone.
    auth = fields.get("imageAuth")
    password = auth.text.partition(":")[2] if isinstance(auth, Revealed) else ""
    return tuple(text for text in (*texts, password) if text)


def _marked(request: CreateRequest) -> Mapping[str, FieldValue]:
    fields, marker = dict(request.fields), request.marker
    match request.marker_mode:
        case MarkerMode.ENV:
            fields["envs"] = (*_envs(fields), Env(key=ENV_KEY, value=marker.env_value))
        case MarkerMode.NAME:
            name = fields.get("name")
            if not isinstance(name, str):
                raise Bug("A name that is to carry the marker is missing.")
            fields["name"] = marker.in_name(name)
        case MarkerMode.OFF:
            pass
        case never:
            assert_never(never)
    return fields


def _envs(fields: Fields) -> tuple[Env, ...]:
    value = fields.get("envs", ())
    return tuple(env for env in value if isinstance(env, Env)) if isinstance(value, tuple) else ()


def _wire(name: str, value: FieldValue) -> WireValue:
    match value:
        case tuple():
            return _joined(value) if name == "ports" else [_item(name, item) for item in value]
        case bool() | int():
            return value
        case _:
            return in_clear(name, value)


def _joined(ports: tuple[object, ...]) -> str:
    return ",".join(str(port) for port in ports)


def _item(name: str, item: Port | Env | Tool | Mount) -> dict[str, str]:
    match item:
        case Env():
            return {"key": item.key, "value": in_clear(f"{name}.{item.key}", item.value)}
        case Tool():
            return {"name": item.name, "port": item.port, "type": item.type}
        case Mount():
            # Source: Novita API reference, create instance, the example: capital `Id`, unlike every other call.
            return {"Id": item.id, "mountPoint": item.mount_point}
        case Port():
            raise Bug(f"`{name}` holds a port.")
        case never:
            assert_never(never)


def in_clear(name: str, value: Text) -> str:
    """The text as it is sent.

    Args:
        name: Where it stands, for the message of a bug.
    """
    match value:
        case str():
            return value
        case Revealed():
            return value.text
        case Secret() | Sealed() | OutOfReach():
            raise Bug(f"The secret in `{name}` was not revealed before the request.")
        case never:
            assert_never(never)
