"""An instance about to be recorded that no request of ours made: its record, and what is to be said of it."""

from dataclasses import dataclass

from gpuspec.model.plan import Change
from gpuspec.model.state import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """What a person is asked about before an instance is recorded, and told afterwards.

    Attributes:
        record: What is recorded: what the API shows of the instance and, where it shows nothing, what the spec says.
        name: What the API calls the instance.
        status: Its status, as the API words it.
        assumed: The fields whose value is the spec's, since the API does not show them.
        changes: Where the spec asks for something else than what is recorded: what a plan would show.
        notes: Sentences about whose instance it was.
        stanza: What is written into a spec for it, as text; empty where the spec has it.
    """

    record: Record
    name: str
    status: str
    assumed: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    stanza: str = ""
