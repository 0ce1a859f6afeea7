"""What changes in a record without a call: source, lifecycle, the form in which an equal value is kept, and what a
rebuilt record does not know.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from gpuspec.model.fields import FIELDS
from gpuspec.model.instance import Instance
from gpuspec.model.plan import Certainty, Change
from gpuspec.model.secret import OutOfReach, Sealed
from gpuspec.model.state import Record
from gpuspec.model.values import Env, Fields, FieldValue
from gpuspec.planning.adopting import without_tools
from gpuspec.planning.compare import shown_of
from gpuspec.planning.normal import Seal, difference, env_values, is_secret


def noted(record: Record, desired: Instance, seal: Seal | None = None) -> Record:
    """The record as it is after a note: what was sent stays, how it is kept follows the spec.

    A text that the spec turned into a secret is kept sealed from now on, although its value is the same. Fields that
    the table no longer knows are dropped, and those that were unknown are as the spec has them. The record's times
    stay; whoever writes it sets them.
    """
    unknown = _still_unknown(record, desired.fields)
    sent = {name: value for name, value in known(record, desired.fields).items() if name not in unknown}
    fields = _kept(sent, desired.fields, seal)
    return replace(
        record,
        source=desired.source,
        lifecycle=desired.lifecycle,
        named=desired.named,
        fields=fields,
        shown=_kept(record.shown, fields, seal),
        unknown=unknown,
    )


def accepted(record: Record, live: Fields, drift: Iterable[Change], *, seal: Seal) -> Record:
    """The record that takes what the API shows in the drifted fields for what it shows; what was sent stays."""
    shown = shown_of(live, record.fields, seal=seal)
    names = {change.field.partition(".")[0] for change in drift if change.certainty is Certainty.DIFFERENT}
    return replace(
        record, shown={**record.shown, **{name: shown[name] for name in FIELDS if name in names & shown.keys()}}
    )


def known(record: Record, desired: Fields) -> Fields:
    """What was sent for the record's machine, as far as can be told: what is unknown is taken to be as the spec has it.

    With the tools it is unknown which of the ports that the API showed are theirs.
    """
    if not record.unknown:
        return record.fields
    fields = {**record.fields, **{name: desired[name] for name in record.unknown if name in desired}}
    if "tools" in record.unknown and "ports" in record.fields:
        fields["ports"] = without_tools(fields["ports"], desired)
    return fields


def what_is_noted(record: Record, desired: Instance, seal: Seal | None = None) -> tuple[str, ...]:
    """What a note would change in the record, in words; empty when no note is needed."""
    reasons = []
    if record.source != desired.source:
        reasons.append(f"its file is now {desired.source or 'standard input'}")
    if record.lifecycle != desired.lifecycle:
        reasons.append("lifecycle")
    if record.fields != desired.fields and _kept(record.fields, desired.fields, seal) != record.fields:
        reasons.append("how its values are kept")
    return (*reasons, *_filled_in(record, desired.fields))


def _filled_in(record: Record, desired: Fields) -> Iterator[str]:
    filled = record.unknown - _still_unknown(record, desired)
    if filled:
        names = ", ".join(name for name in FIELDS if name in filled and name in desired)
        yield f"fields that were unknown: {names}" if names else "fields that were unknown"


def _still_unknown(record: Record, desired: Fields) -> frozenset[str]:
    """The unknown fields whose value can't be written: a secret that is not at hand has no seal."""
    return frozenset(name for name in record.unknown if name in desired and not _is_at_hand(desired[name]))


def _is_at_hand(value: FieldValue) -> bool:
    return not any(isinstance(each, OutOfReach) for each in (value, *env_values(value).values()))


def _kept(recorded: Fields, desired: Fields, seal: Seal | None) -> Fields:
    return {name: _kept_value(value, desired.get(name), seal) for name, value in recorded.items() if name in FIELDS}


def _kept_value(recorded: FieldValue, desired: FieldValue | None, seal: Seal | None) -> FieldValue:
    if desired is None or recorded == desired:
        return recorded
    wanted = env_values(desired)
    if wanted and isinstance(recorded, tuple):
        items = (item for item in recorded if isinstance(item, Env))
        return tuple(
            replace(item, value=wanted[item.key])
            if item.key in wanted and _only_form_differs(item.value, wanted[item.key], seal)
            else item
            for item in items
        )
    return desired if _only_form_differs(recorded, desired, seal) else recorded


def _only_form_differs(recorded: FieldValue, desired: FieldValue, seal: Seal | None) -> bool:
    if not isinstance(desired, Sealed | str) or is_secret(recorded) is is_secret(desired):
        return False
    return difference(recorded, desired, seal) is None
