"""Field values to JSON data and back. Nothing secret is ever written: only its seal is."""

import re

from gpuspec.codec.reading import Damage, Part
from gpuspec.errors import Bug
from gpuspec.model.project import JsonValue
from gpuspec.model.secret import OutOfReach, Revealed, Sealed, Secret
from gpuspec.model.values import Env, Fields, FieldValue, Mount, Port, Text, Tool

_PORT = re.compile(r"([0-9]{1,9})/([^,/]*)", re.ASCII)
_LARGEST = 2**63

_SEAL_KEYS = frozenset({"sealed", "key"})
_ENV_KEYS = frozenset({"key", "value"})
_TOOL_KEYS = frozenset({"name", "port", "type"})
_MOUNT_KEYS = frozenset({"Id", "mountPoint"})


def encode_fields(fields: Fields) -> dict[str, JsonValue]:
    """Documented name -> value, in the spelling that the API documents; secrets must be sealed."""
    return {name: encode_value(name, value) for name, value in fields.items()}


def encode_value(field: str, value: FieldValue) -> JsonValue:
    """The value of a documented field; ports as their documented string."""
    match value:
        case tuple() if field == "ports":
            return ",".join(str(port) for port in value)
        case tuple():
            return [_encode_item(field, item) for item in value]
        case _:
            return _encode_scalar(field, value)


def decode_fields(part: Part) -> Fields:
    """The fields in a map."""
    return {field: decode_value(field, value, part=part, key=field) for field, value in part.entries()}


def decode_value(field: str, value: JsonValue, *, part: Part, key: str) -> FieldValue:
    """The value of a documented field, which stands in `part` under `key`."""
    match field:
        case "ports":
            return _decode_ports(part.text(key), part.path(key))
        case "envs":
            return tuple(_decode_env(item) for item in part.items(key))
        case "tools":
            return tuple(_decode_tool(item) for item in part.items(key))
        case "networkStorages":
            return tuple(_decode_mount(item) for item in part.items(key))
    if isinstance(value, str) or (isinstance(value, int) and -_LARGEST <= value < _LARGEST):
        return value
    if isinstance(value, dict):
        return _decode_seal(part.part(key))
    raise Damage(part.path(key), "is no value that a field can have")


def _encode_item(field: str, item: Port | Env | Tool | Mount) -> JsonValue:
    match item:
        case Env():
            return {"key": item.key, "value": _encode_scalar(f"{field}.{item.key}", item.value)}
        case Tool():
            return {"name": item.name, "port": item.port, "type": item.type}
        case Mount():
            return {"Id": item.id, "mountPoint": item.mount_point}
        case Port():
            raise Bug(f"The field {field} holds a port.")


def _encode_scalar(field: str, value: Text | int) -> JsonValue:
    match value:
        case str() | int():
            return value
        case Sealed():
            return {"sealed": value.digest, "key": value.key_id}
        case Secret() | Revealed() | OutOfReach():
            raise Bug(f"A secret that is not sealed was about to be written, in {field}.")


def _decode_ports(text: str, path: str) -> tuple[Port, ...]:
    ports = []
    for port in text.split(",") if text else ():
        match = _PORT.fullmatch(port)
        if match is None:
            raise Damage(path, "is no list of ports")
        ports.append(Port(number=int(match[1]), protocol=match[2]))
    return tuple(ports)


def _decode_env(part: Part) -> Env:
    part.only(_ENV_KEYS)
    value = part.value("value")
    return Env(
        key=part.text("key"), value=_decode_seal(part.part("value")) if isinstance(value, dict) else part.text("value")
    )


def _decode_tool(part: Part) -> Tool:
    part.only(_TOOL_KEYS)
    return Tool(name=part.text("name"), port=part.text("port"), type=part.text("type"))


def _decode_mount(part: Part) -> Mount:
    part.only(_MOUNT_KEYS)
    return Mount(id=part.text("Id"), mount_point=part.text("mountPoint"))


def _decode_seal(part: Part) -> Sealed:
    part.only(_SEAL_KEYS)
    return Sealed(key_id=part.text("key"), digest=part.text("sealed"))
