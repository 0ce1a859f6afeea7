"""What differs between two sets of fields: changes (desired, recorded), drift (live, shown), and words for both.

DeepDiff words differences and never decides: it takes `[1, 2]` and `[1, 2.0]` for equal.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import assert_never

from gpuspec.model.field import Field, Kind, Unset
from gpuspec.model.fields import FIELDS
from gpuspec.model.marker import name_without_marker
from gpuspec.model.plan import Absence, Change
from gpuspec.model.secret import SecretRef
from gpuspec.model.values import Env, Fields, FieldValue, Mount, Port, Text, Tool
from gpuspec.planning.normal import Compared, Seal, billing_mode, difference, effective, env_values, is_secret, present


def changes(
    desired: Fields, recorded: Fields, *, named: frozenset[str], seal: Seal | None = None
) -> tuple[Change, ...]:
    """Where the desired fields differ from the recorded ones, in the order of the field table.

    A field that the spec does not name and whose removal means `keep` stays as it was recorded. Fields that the table
    does not know are not compared. How a machine is paid for is compared by what billing mode and months come to.

    Args:
        named: The fields that the spec names itself.
        seal: Lets a text that became a secret, or was one, be compared.
    """
    if desired == recorded:
        return ()
    found: list[Change] = []
    named = named | {"billingMode"} if "month" in named and desired.get("month") else named
    desired, recorded = _with_billing(desired, recorded), _with_billing(recorded, desired)
    for name, field in FIELDS.items():
        wanted, sent = desired.get(name), recorded.get(name)
        if wanted == sent or _is_kept(field, wanted, named):
            continue
        found += _changes_of(field, effective(field, sent), effective(field, wanted), seal)
    return tuple(found)


def created(fields: Fields) -> tuple[Change, ...]:
    """What a create sends, as changes from nothing, in the order of the field table."""
    return tuple(
        change
        for name, field in FIELDS.items()
        if name in fields
        for change in _changes_of(field, Absence.ABSENT, present(fields[name]), None)
    )


def referring(changes: tuple[Change, ...], references: Mapping[str, tuple[SecretRef, ...]]) -> tuple[Change, ...]:
    """The changes, those that set a secret with what it is read from; `references` are the desired instance's."""
    return tuple(
        replace(change, references=references[change.field])
        if change.field in references and is_secret(change.after)
        else change
        for change in changes
    )


def drift(shown: Fields, live: Fields, *, named: frozenset[str], tools: FieldValue | None = None) -> tuple[Change, ...]:
    """Where the API shows something else than it showed when we last wrote, in the order of the field table.

    Both sides come from `shown_of`. What is missing on either side is unknown, and unknown is never drift; only an
    env whose list was shown without it is absent. So is a field that can't be cleared and is shown empty.

    Args:
        tools: The tools that the record has: an answer may show their ports among the others or not.
    """
    if shown == live:
        return ()
    found: list[Change] = []
    for name, field in FIELDS.items():
        if name in named and name in shown and name in live and shown[name] != live[name]:
            before, after = (present(_without_tools(side[name], tools)) for side in (shown, live))
            found += _drift_of(field, before, after)
    return tuple(found)


def shown_of(live: Fields, recorded: Fields, *, seal: Seal) -> Fields:
    """What to record as shown: of the live fields only those, and of the envs only those keys, that the record has.

    A text that is secret in the record is sealed. A name loses its marker.
    """
    return {
        name: _shown(name, live[name], sent, seal) for name, sent in recorded.items() if name in live and name in FIELDS
    }


def wording(change: Change) -> tuple[str, ...]:
    """A change in words, without secrets: one line for a single value, one a difference for lists."""
    if isinstance(change.before, tuple) or isinstance(change.after, tuple):
        return _list_wording(_by_key(change.before), _by_key(change.after))
    return (f"{in_words(change.before)} → {in_words(change.after)}",)


def in_words(value: Compared) -> str:
    """A value as a reader of the spec knows it; a secret's form never tells more than that it is one."""
    match value:
        case Absence():
            return f"({value.value})"
        case bool():
            return "true" if value else "false"
        case tuple():
            return ", ".join(f"{key} {rest}".strip() for key, rest in _by_key(value).items())
        case str():
            return value or '""'
        case _:
            return str(value)


def _with_billing(fields: Fields, other: Fields) -> Fields:
    """The fields with the billing mode that they come to, where either side says something of it."""
    if {"billingMode", "month"}.isdisjoint({*fields, *other}):
        return fields
    return {**fields, "billingMode": billing_mode(fields)}


def _is_kept(field: Field, wanted: FieldValue | None, named: frozenset[str]) -> bool:
    return field.unset is Unset.KEEP and (field.name not in named or effective(field, wanted) is Absence.ABSENT)


def _changes_of(field: Field, before: Compared, after: Compared, seal: Seal | None) -> Iterator[Change]:
    if field.kind is Kind.ENVS:
        left, right = env_values(before), env_values(after)
        for key in dict.fromkeys((*left, *right)):
            yield from _change(f"{field.name}.{key}", left.get(key), right.get(key), seal)
    else:
        yield from _change(field.name, before, after, seal)


def _change(name: str, before: Compared | None, after: Compared | None, seal: Seal | None = None) -> Iterator[Change]:
    before = Absence.ABSENT if before is None else before
    after = Absence.ABSENT if after is None else after
    certainty = difference(before, after, seal)
    if certainty is not None:
        yield Change(field=name, before=before, after=after, certainty=certainty)


def _drift_of(field: Field, shown: Compared, live: Compared) -> Iterator[Change]:
    if field.kind is Kind.ENVS:
        there = env_values(live)
        for key, value in env_values(shown).items():
            yield from _change(f"{field.name}.{key}", present(value), present(there.get(key)))
    # Source: public clients of the API see `billingMode` come back empty.
    elif field.unset is Unset.CLEAR or Absence.ABSENT not in (shown, live):
        yield from _change(field.name, shown, live)


def _without_tools(value: FieldValue, tools: FieldValue | None) -> FieldValue:
    if not isinstance(value, tuple) or not isinstance(tools, tuple):
        return value
    theirs = {f"{tool.port}/{tool.type}" for tool in tools if isinstance(tool, Tool)}
    ports = tuple(item for item in value if isinstance(item, Port))
    return tuple(port for port in ports if str(port) not in theirs) if ports else value


def _shown(name: str, live: FieldValue, sent: FieldValue, seal: Seal) -> FieldValue:
    if FIELDS[name].kind is Kind.ENVS:
        there = env_values(live)
        return tuple(
            Env(key=key, value=_shown_text(there[key], value, seal))
            for key, value in env_values(sent).items()
            if key in there
        )
    if isinstance(live, str):
        return _shown_text(name_without_marker(live) if name == "name" else live, sent, seal)
    return live


def _shown_text(live: Text, sent: FieldValue, seal: Seal) -> Text:
    return seal(live) if isinstance(live, str) and is_secret(sent) else live


def _by_key(value: Compared) -> dict[str, str]:
    """Items of a list by what identifies them, with the rest as text; what is no list has no items."""
    return dict(_keyed(item) for item in value) if isinstance(value, tuple) else {}


def _keyed(item: Port | Env | Tool | Mount) -> tuple[str, str]:
    match item:
        case Port():
            return str(item), ""
        case Env():
            return item.key, f"= {in_words(item.value)}"
        case Tool():
            return f"{item.name} on {item.port}/{item.type}", ""
        case Mount():
            return item.id, f"at {item.mount_point}"
        case _:
            assert_never(item)


def _list_wording(before: dict[str, str], after: dict[str, str]) -> tuple[str, ...]:
    # Imported here: it takes a tenth of a second, and few plans need it.
    from deepdiff import DeepDiff

    # Without the threshold, lists with little in common would be one difference at the root.
    differences = DeepDiff(before, after, view="tree", threshold_to_diff_deeper=0)
    words: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("dictionary_item_removed", lambda key: f"without {key} {before[key]}"),
        ("dictionary_item_added", lambda key: f"with {key} {after[key]}"),
        ("values_changed", lambda key: f"{key} {before[key]} → {after[key]}"),
    )
    return tuple(
        say(level.path(output_format="list")[0]).strip() for kind, say in words for level in differences.get(kind, ())
    )
