"""An instance as the spec asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from gpuspec.model.address import Address
from gpuspec.model.secret import SecretRef
from gpuspec.model.values import Fields


class OnRemove(Enum):
    """What happens to the machine when its stanza leaves the spec."""

    DELETE = "delete"
    FORGET = "forget"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """What is ours about an instance: never sent to the API, stored in its record."""

    protect: bool = False
    on_remove: OnRemove = OnRemove.DELETE


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One machine asked for, complete: defaults merged, every required field there, every value in its one form.

    `named` are the fields that the spec names itself, on the instance or in `defaults`; the others were filled in.
    `source` is the spec's path relative to the project folder, empty for standard input.
    `references` say what a secret is read from, by field or `envs.KEY`, once secrets are sealed and don't show it.
    """

    address: Address
    fields: Fields
    named: frozenset[str]
    lifecycle: Lifecycle
    source: str
    references: Mapping[str, tuple[SecretRef, ...]] = field(default_factory=dict)
