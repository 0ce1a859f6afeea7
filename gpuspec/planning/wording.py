"""The decision table's reasons in words, with the way on; each reason code has its sentence here."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What an action says; braces are filled with the facts of its address."""

    says: str
    hint: str = ""
    command: str = ""

    @property
    def is_fixed(self) -> bool:
        """Whether there is nothing to fill in: so for nearly all of a big plan."""
        return "{" not in self.says and not self.hint and not self.command


_REST = "have the rest with `--exclude '{address}'`, or put the spec back as it was"

WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "open-intent": Words(
            says="a create request was sent and what became of it is not known{why}",
            hint="decide with `gpuspec recover {address} --found ID` or `--absent`, or let the next apply settle it:",
            command="gpuspec apply",
        ),
        "open-order": Words(
            says="a request to {call} {ordered} was sent and {standing}",
            hint="let the next apply settle it:",
            command="gpuspec apply",
        ),
        "contested": Words(
            says="{source} has it, but it was made from {recorded_source}, which still exists and was not read",
            hint="name both files, or take it out of one of them",
        ),
        "outgoing": Words(says="{replaced} was replaced, and is still to be deleted"),
        "unproven": Words(
            says="whether {id} is still there can't be told: {why}",
            hint="try again; nothing is done about this address until its machine is seen or proven gone",
        ),
        "unknown-status": Words(
            says="{id} has the status `{status}`, which gpuspec does not know",
            hint="look at it in the console; nothing is done about this address meanwhile",
        ),
        "leaving": Words(
            says="{id} is being removed (status `{status}`); it is made again once it is gone",
            hint="apply again when it is gone",
        ),
        "removed-leaving": Words(
            says="{id} is being removed (status `{status}`); its record is dropped once it is gone",
            hint="apply again when it is gone",
        ),
        "marker-elsewhere": Words(
            says="made from another state: the marker of this address is on {candidates}",
            hint="bring the state file that made it, or have it made again with `gpuspec state rebuild` if it is lost; "
            "or choose another project name, delete that machine, or take it over with "
            "`gpuspec import {address} ID --take-over`",
        ),
        "marker-unrecorded": Words(
            says="the marker of this address is on {candidates}, and the state has no record of it",
            hint="bring back the latest state file (if there is none, `gpuspec state rebuild` makes one), record it "
            "with `gpuspec import {address} ID`, or delete that machine in the console",
        ),
        "answered-late": Words(
            says="{late} turned up after its create request had been judged absent; making another would double it",
            hint="record it with `gpuspec recover {address} --found ID`, or delete it in the console",
        ),
        "same-name": Words(
            says="markers are off and {candidates} has the same name: whether it is this one can't be told",
            hint="delete or rename that machine, or give this one another `name`",
        ),
        "lost": Words(says="{id} is gone: missing from a complete list, and not found when asked for twice"),
        "absence-unproven": Words(
            says="whether it is there already can't be told: {why}",
            hint="try again; it is made only when the list proves that it is not there",
        ),
        "new": Words(says="not made yet"),
        "gone-accepted": Words(says="{id} is gone; its record is dropped"),
        "drift-accepted": Words(says="what the API shows in {accepted} is taken for what it is; no request is sent"),
        "refresh-only": Words(says="left as it is: `--refresh-only` asks nothing of a machine"),
        "no-call": Words(
            says="{cause}, and {id} is paid for by the month: no call changes that, and none deletes it before its "
            "months end",
            hint="{back}; have another machine under another address, and let this one go with "
            "`gpuspec state rm {address}` when its months end; or have the rest with `--exclude '{address}'`",
        ),
        "protected": Words(
            says="{cause}, and `lifecycle.protect` forbids to replace {id}",
            hint="take `protect` away first, or have the rest with `--exclude '{address}'`, or {back}",
        ),
        "fixed-field-changed": Words(says="{cause}: {turns}"),
        "replace-asked": Words(says="{cause}: {turns}"),
        "changed": Words(says="{fields}: {id} is changed in place by {calls}; {consequences}"),
        "drifted": Words(says="{fields}: {id} is set back by {calls}; {consequences}"),
        "power": Words(says="`lifecycle.desired` is {desired}, and {id} is `{status}`: {calls}; {consequences}"),
        "record-only": Words(says="only the record changes ({noted}); no request is sent"),
        "not-ready": Words(says="made, but not seen running yet (status `{status}`)"),
        "unchanged": Words(says="as recorded"),
        "gone": Words(says="the spec no longer has it and {id} is gone; its record is dropped"),
        "removed-forget": Words(
            says="the spec no longer has it; its record is dropped and {id} goes on (`onRemove: forget`)"
        ),
        "removed-protected": Words(
            says="the spec no longer has it, and `lifecycle.protect` forbids to touch {id}",
            hint=_REST,
        ),
        "removed": Words(says="the spec no longer has it: {id}"),
        "removed-stop": Words(says="the spec no longer has it (`onRemove: stop`): {id} gets a stop; {consequences}"),
        "removed-stopped": Words(
            says="the spec no longer has it (`onRemove: stop`), and {id} is stopped; its disk is paid for as long as "
            "it is kept"
        ),
        # What no row of the table says: machines beside the addresses.
        "stray": Words(
            says="{id} (status `{status}`) turned up after its create request had been judged absent",
            hint="it costs money until it is deleted in the console",
        ),
        "stray-unrecorded": Words(
            says="{id} (status `{status}`) carries this state's marker, and the state has no record of it",
            hint="it costs money until it is deleted in the console",
        ),
    }
)
