"""The forms that a field's value takes once it is normalised: one form a kind, whatever spelling the user chose."""

from collections.abc import Mapping
from dataclasses import dataclass

from gpuspec.model.secret import AnySecret

Text = str | AnySecret


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Port:
    """A port of the instance: `8080/tcp`."""

    number: int
    protocol: str

    def __str__(self) -> str:
        return f"{self.number}/{self.protocol}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Env:
    """An environment variable; `value` may be secret."""

    key: str
    value: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool of the official images; `port` is text on the wire."""

    name: str
    port: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A network storage and where it is mounted."""

    id: str
    mount_point: str


FieldValue = str | int | bool | AnySecret | tuple[Port, ...] | tuple[Env, ...] | tuple[Tool, ...] | tuple[Mount, ...]

# Documented field name -> value. A field that the spec leaves unset and that has no default is missing.
Fields = Mapping[str, FieldValue]
