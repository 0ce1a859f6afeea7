"""What changes in a record without a call: source, lifecycle, and the form in which an equal value is kept."""

from dataclasses import replace

from gpuspec.model.fields import FIELDS
from gpuspec.model.instance import Instance
from gpuspec.model.secret import Sealed
from gpuspec.model.state import Record
from gpuspec.model.values import Env, Fields, FieldValue
from gpuspec.planning.normal import Seal, difference, env_values, is_secret


def noted(record: Record, desired: Instance, seal: Seal | None = None) -> Record:
    """The record as it is after a note: what was sent stays, how it is kept follows the spec.

    A text that the spec turned into a secret is kept sealed from now on, although its value is the same. Fields that
    the table no longer knows are dropped. The record's times stay; whoever writes it sets them.
    """
    return replace(
        record,
        source=desired.source,
        lifecycle=desired.lifecycle,
        named=desired.named,
        fields=_kept(record.fields, desired.fields, seal),
    )


def what_is_noted(record: Record, desired: Instance, seal: Seal | None = None) -> tuple[str, ...]:
    """What a note would change in the record, in words; empty when no note is needed."""
    reasons = []
    if record.source != desired.source:
        reasons.append(f"its file is now {desired.source or 'standard input'}")
    if record.lifecycle != desired.lifecycle:
        reasons.append("lifecycle")
    if record.fields != desired.fields and _kept(record.fields, desired.fields, seal) != record.fields:
        reasons.append("how its values are kept")
    return tuple(reasons)


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
