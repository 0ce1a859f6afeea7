"""What a run works with: the ports, the settings, and what was prepared for each address."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gpuspec.model.address import Address
from gpuspec.model.instance import Handling, Instance
from gpuspec.model.live import Observation
from gpuspec.model.outcome import Stop
from gpuspec.model.secret import Sealed
from gpuspec.model.settings import Settings
from gpuspec.model.state import Record, State
from gpuspec.model.values import Fields
from gpuspec.ports import Clock, Cloud, Journal, Listener, Randomness


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A create, a replacement or an update made ready before the first request of a run.

    `body` has the fields with their secrets revealed and goes into requests and nowhere else; it is empty for an update
    whose calls need none. `instance` has the same with the secrets sealed, for the record.
    """

    body: Fields = field(repr=False)
    instance: Instance


class Interruption(Protocol):
    """Whether a person or the system wants the run to end."""

    @property
    def requested(self) -> bool:
        """Whether it was asked for already."""
        ...

    @property
    def kind(self) -> Stop:
        """`Stop.INTERRUPTED` or `Stop.TERMINATED`; only read once it was asked for."""
        ...

    async def wait(self) -> None:
        """Come back once it is asked for. May be cancelled at any time."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """All that `settle` and `run` need.

    Attributes:
        state: Gives the recorded state as of now; must have every entry that `journal.append` came back for.
        seal: Makes the digest that stands for a secret the API showed.
        requests: What to send, for each address whose action creates, replaces, or updates to what the spec asks for.
        notes: The record to write, for each address whose action is a note.
        handlings: What each desired instance's spec says about how it is handled.
        observation: What the plan was made from: where kept instances get status and endpoints from.
    """

    cloud: Cloud
    journal: Journal
    clock: Clock
    randomness: Randomness
    listener: Listener
    interruption: Interruption
    settings: Settings
    state: Callable[[], State]
    seal: Callable[[str], Sealed]
    requests: Mapping[Address, Prepared] = field(default_factory=dict)
    notes: Mapping[Address, Record] = field(default_factory=dict)
    handlings: Mapping[Address, Handling] = field(default_factory=dict)
    observation: Observation | None = None
