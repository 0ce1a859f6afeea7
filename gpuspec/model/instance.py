"""An instance as the spec asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from gpuspec.model.address import Address
from gpuspec.model.secret import SecretRef
from gpuspec.model.settings import Wait
from gpuspec.model.values import Fields


class OnRemove(Enum):
    """What happens to the machine when its stanza leaves the spec."""

    DELETE = "delete"
    FORGET = "forget"
    STOP = "stop"


class Power(Enum):
    """Whether the machine is to be on."""

    RUNNING = "running"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """What is ours about an instance and outlives its lines in the spec: never sent to the API, stored in its record.

    `desired` None: whether it is on is nobody's concern.
    """

    protect: bool = False
    on_remove: OnRemove = OnRemove.DELETE
    desired: Power | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """What is ours about an instance and holds while it is in the spec: how it is made and changed; not stored.

    Attributes:
        ignore_changes: Documented names, or `envs.KEY`, in which neither a change nor drift is seen.
        create_before_destroy: A replacement is made before the machine that it replaces is deleted.
        save: Whether an upgrade keeps what is on the root disk.
        wait: What a run waits for; None: what the run says.
        wait_timeout_s: How long; None: what the run says.
    """

    ignore_changes: frozenset[str] = frozenset()
    create_before_destroy: bool = False
    save: bool = True
    wait: Wait | None = None
    wait_timeout_s: float | None = None


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
    handling: Handling = Handling()
    references: Mapping[str, tuple[SecretRef, ...]] = field(default_factory=dict)
