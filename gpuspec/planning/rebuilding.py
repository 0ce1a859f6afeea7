"""Live machines to the records of a lost state: what is still known of each, and what a plan says of them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gpuspec.errors import Refused
from gpuspec.model.address import Address
from gpuspec.model.field import Field, Kind, Unset
from gpuspec.model.fields import FIELDS, MAY_BE_SECRET
from gpuspec.model.instance import Lifecycle
from gpuspec.model.live import LiveInstance, Phase
from gpuspec.model.plan import Absence, Action
from gpuspec.model.rebuilding import Rebuilding, Recognised, Twins
from gpuspec.model.state import Birth, Instant, Record, State
from gpuspec.model.values import Env, FieldValue, Text
from gpuspec.planning.compare import shown_of
from gpuspec.planning.normal import Seal, env_values, present
from gpuspec.planning.recognising import Claimant, Claimants, named, unplaced_words

# A machine without a private network shows an empty id; other texts that can't be empty were left out.
# Source: Novita API reference, get instance: `network`.
_MAY_BE_NONE = frozenset({"networkId"})

_NOT_FROM_MARKERS = (
    "Markers don't tell what only the lost state knew: an instance that was let go with `state rm` is recorded again, "
    "one that was moved stands where it was made, and one that was imported may be missing."
)


def rebuilding(found: Claimants, birth: Birth, *, at: Instant, seal: Seal) -> Rebuilding:
    """The records of these machines, by address.

    Args:
        found: Of one lineage, with all that list and GET show of each.

    Raises:
        Refused: Each of their addresses has several.
    """
    groups: dict[Address, list[Claimant]] = {}
    for one in found.staying:
        groups.setdefault(one.address, []).append(one)
    twins = tuple(
        Twins(address=address, ids=tuple(one.row.id for one in group))
        for address, group in sorted(groups.items())
        if len(group) > 1
    )
    singles = [group[0] for _, group in sorted(groups.items()) if len(group) == 1]
    if not singles:
        raise _only_twins(twins)
    return Rebuilding(
        birth=birth,
        at=at,
        recognised=tuple(
            Recognised(record=_record(one, at=at, seal=seal), name=one.row.name, status=one.row.status)
            for one in singles
        ),
        twins=twins,
        notes=tuple(_notes(found)),
    )


def awaits_spec(record: Record) -> bool:
    """Whether no spec has spoken for this record since it was rebuilt: each that did named some fields."""
    return bool(record.unknown) and not record.named


def told(actions: Sequence[Action], state: State) -> tuple[Action, ...]:
    """The actions, those that refuse to touch a rebuilt machine with the way on."""
    if not any(awaits_spec(record) for record in state.records.values()):
        return tuple(actions)
    return tuple(
        _told(action) if action.reason == "removed-protected" and awaits_spec(state.records[action.address]) else action
        for action in actions
    )


def _record(one: Claimant, *, at: Instant, seal: Seal) -> Record:
    """What is still known of a machine; protected, since nobody has said yet that it may go."""
    row = one.row
    assert row.trace is not None
    fields = {
        name: _sealed(field, value, seal) for name, field in FIELDS.items() if (value := _shown(field, row)) is not None
    }
    return Record(
        address=one.address,
        id=row.id,
        nonce=row.trace.nonce,
        # No spec has this name, so none is taken for its file, and none for lost.
        source="",
        fields=fields,
        named=frozenset(),
        lifecycle=Lifecycle(protect=True),
        created_at=at if row.created_at is None else float(row.created_at),
        updated_at=at,
        shown=shown_of(row.fields, fields, seal=seal),
        ready=row.phase in {Phase.RUNNING, Phase.STOPPED},
        unknown=frozenset(FIELDS.keys() - fields.keys()),
    )


def _shown(field: Field, row: LiveInstance) -> FieldValue | None:
    """What the API shows of a field; None when that tells nothing."""
    value = row.fields.get(field.name)
    if value is None or (field.kind is Kind.ENVS and not row.envs_shown):
        return None
    blank = field.unset is Unset.KEEP and present(value) is Absence.ABSENT
    return None if blank and field.name not in _MAY_BE_NONE else value


def _sealed(field: Field, value: FieldValue, seal: Seal) -> FieldValue:
    """The value with every text sealed that may be a secret: only the spec would tell which is."""
    if field.name not in MAY_BE_SECRET:
        return value
    if field.kind is Kind.ENVS:
        return tuple(Env(key=key, value=_sealed_text(text, seal)) for key, text in env_values(value).items())
    return _sealed_text(value, seal) if isinstance(value, str) else value


def _sealed_text(text: Text, seal: Seal) -> Text:
    return seal(text) if isinstance(text, str) and text else text


def _only_twins(twins: tuple[Twins, ...]) -> Refused:
    told = "; ".join(f"`{each.address}`: {', '.join(each.ids)}" for each in twins)
    message = f"Each address has several instances with its marker, and a record holds one. {told}."
    refused = Refused(message, reason="twins", hint="delete those that are not wanted in the console, then try again")
    # One of them costs money for nothing.
    refused.exit_status = 7
    return refused


def _notes(found: Claimants) -> Iterator[str]:
    for one in found.leaving:
        yield f"`{one.address}` is not recorded: {one.row.id} is being removed (status `{one.row.status}`)."
    if found.passed_over:
        yield f"Left to another state, by its lineage: {named(found.passed_over)}."
    if found.unplaced:
        yield unplaced_words(found)
    yield _NOT_FROM_MARKERS


def _told(action: Action) -> Action:
    explanation = (
        f"no spec has it, and its record was rebuilt: {action.id} is not touched until an apply has seen its lines"
    )
    hint = (
        f"write it into a spec; or let go of it with `gpuspec state rm {action.address}`, and it goes on; "
        f"or have the rest with `--exclude '{action.address}'`"
    )
    return replace(action, explanation=explanation, hint=hint)
