"""Answers of list and GET, read: each row becomes a LiveInstance, and what can't be read is unknown, never an error."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from gpuspec.cloud.reach import endpoints, open_ports, port_of, reach
from gpuspec.cloud.shapes import identifier, integer, items, shown_text, text
from gpuspec.cloud.status import phase_of, under_way
from gpuspec.cloud.wording import clean
from gpuspec.model.field import Field, Kind, ReadBack
from gpuspec.model.fields import FIELDS
from gpuspec.model.live import LiveInstance
from gpuspec.model.marker import ENV_KEY, Trace, name_without_marker, read_env_value, read_name
from gpuspec.model.values import Env, FieldValue, Mount, Port

# Shorter texts are words that a message may have for other reasons.
SHORTEST_SECRET = 6

Row = Mapping[str, object]
Value = TypeVar("Value")
Reader = Callable[[Row], FieldValue | None]


def live_instance(row: Row) -> LiveInstance | None:
    """The instance in a row of the list or an answer of GET; None when it names no id that can be used.

    What the service chose itself where the spec leaves it open (cpuNum, memory) is not in `fields`: it is no echo of
    what was asked for.
    """
    found = identifier(row.get("id"))
    if found is None:
        return None
    name = text(row.get("name")) or ""
    fields, markers = _fields(row), _marker_texts(row)
    trace, ways = _env_trace(markers), endpoints(row)
    return LiveInstance(
        id=found,
        name=name,
        status=shown_text(row.get("status")),
        phase=phase_of(row.get("status")),
        fields=fields,
        # A marker entry that holds no marker: a service that masks values hides ours behind it.
        envs_shown="envs" in fields and (trace is not None or not markers),
        trace=trace or read_name(name),
        status_error=_status_error(row.get("statusError"), env_values=_env_values(row)),
        created_at=_instant(row.get("createdAt")),
        endpoints=ways,
        reach=reach(row, ways),
        open_ports=open_ports(row),
        under_way=under_way(row.get("status")),
        jobs=_count(row.get("jobs")),
        end_time=_end(row.get("endTime")),
    )


def _fields(row: Row) -> dict[str, FieldValue]:
    found = {name: read(row) for name, read in _READERS.items()}
    return {name: value for name, value in found.items() if value is not None}


def _name(row: Row) -> str | None:
    name = text(row.get("name"))
    return None if name is None else name_without_marker(name)


def _network_id(row: Row) -> str | None:
    network = row.get("network")
    return text(network.get("id")) if isinstance(network, dict) else None


def _ports(row: Row) -> tuple[Port, ...] | None:
    """The ports of the instance; those of its tools may be among them."""
    return _all(row.get("portMappings"), port_of)


def _envs(row: Row) -> tuple[Env, ...] | None:
    """The entries without the marker."""
    found = _all(row.get("envs"), _env)
    return None if found is None else tuple(env for env in found if env.key != ENV_KEY)


def _env(item: Row) -> Env | None:
    key, value = item.get("key"), item.get("value")
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return Env(key=key, value=value) if isinstance(key, str) and isinstance(value, str) else None


def _mounts(row: Row) -> tuple[Mount, ...] | None:
    volumes = items(row.get("volumeMounts"))
    if volumes is None:
        return None
    return _all([volume for volume in volumes if volume.get("type") == "network"], _mount)


def _mount(item: Row) -> Mount | None:
    storage, mount_point = text(item.get("id")), text(item.get("mountPath"))
    return None if storage is None or mount_point is None else Mount(id=storage, mount_point=mount_point)


def _all(value: object, read: Callable[[Row], Value | None]) -> tuple[Value, ...] | None:
    """Every item, read; None when one can't be: half a list would look like a change."""
    rows = items(value)
    found = None if rows is None else [read(item) for item in rows]
    return None if found is None or None in found else tuple(item for item in found if item is not None)


def _marker_texts(row: Row) -> list[object]:
    return [item.get("value") for item in items(row.get("envs")) or () if item.get("key") == ENV_KEY]


def _env_trace(markers: list[object]) -> Trace | None:
    traces = (read_env_value(value) for value in markers if isinstance(value, str))
    return next((trace for trace in traces if trace is not None), None)


def _instant(value: object) -> int | None:
    """Seconds since the epoch; the service writes "0" for never."""
    seconds = integer(value)
    return seconds if seconds is not None and seconds > 0 else None


def _end(value: object) -> int | None:
    """Seconds since the epoch, 0 for no end: the service writes "-1" for what is paid as it goes."""
    seconds = integer(value)
    return None if seconds is None else max(seconds, 0)


def _count(value: object) -> int | None:
    return len(value) if isinstance(value, list) else None


def _status_error(value: object, *, env_values: tuple[str, ...]) -> str:
    """What went wrong, in the service's words; the machine's own env values, which may be secret, are not repeated."""
    if not isinstance(value, dict):
        return clean(value, secrets=env_values) if isinstance(value, str) else ""
    texts = (value.get("state"), value.get("message"))
    parts = (clean(each, secrets=env_values) for each in texts if isinstance(each, str))
    return ": ".join(part for part in parts if part)


def _env_values(row: Row) -> tuple[str, ...]:
    """Env values that are long enough to be secrets; shorter ones would blot out words."""
    values = (entry.get("value") for entry in items(row.get("envs")) or ())
    return tuple(value for value in values if isinstance(value, str) and len(value) >= SHORTEST_SECRET)


def _reader(field: Field) -> Reader:
    """How a field is read that stands in the answer under its own name."""
    if field.kind is Kind.INTEGER:
        return lambda row: integer(row.get(field.name))
    return lambda row: text(row.get(field.name))


# Fields that an answer shows in another place or form. Source: Novita API reference, list and get instance.
_ELSEWHERE: Mapping[str, Reader] = {
    "name": _name,
    "ports": _ports,
    "envs": _envs,
    "networkStorages": _mounts,
    "networkId": _network_id,
}
_READERS: Mapping[str, Reader] = {
    name: _ELSEWHERE.get(name) or _reader(field)
    for name, field in FIELDS.items()
    if field.read_back is not ReadBack.NEVER
}
