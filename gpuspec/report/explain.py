"""The field table as text: an index of all fields, and one field in full."""

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from types import MappingProxyType

from gpuspec.errors import UsageError
from gpuspec.model.field import Change, Field, Kind, ReadBack, Unset
from gpuspec.model.fields import FIELDS
from gpuspec.model.lifecycle_fields import LIFECYCLE
from gpuspec.model.project import JsonValue
from gpuspec.report.text import EMPTY, Line, Span, aligned, line, paragraphs

_TYPES = {
    Kind.STRING: "text",
    Kind.INTEGER: "whole number",
    Kind.BOOLEAN: "true or false",
    Kind.PORTS: "list of ports, or text with commas",
    Kind.ENVS: "map, or list of {key, value}",
    Kind.TOOLS: "list of tools",
    Kind.MOUNTS: "list of mounts",
    Kind.NAMES: "list of fields, or `envs.KEY`",
}
_CHANGES = {
    Change.EDIT: "in place, by the edit call",
    Change.UPGRADE: "in place, by the upgrade call",
    Change.GROW: "grows in place; a smaller value needs a new machine",
    Change.CONVERT: "by converting the billing",
    Change.REPLACE: "never in place: needs a new machine, and its root disk is lost",
}
_UNSETS = {
    Unset.KEEP: "the machine keeps what it has",
    Unset.CLEAR: "it is cleared on the machine",
}
_READ_BACKS = {
    ReadBack.LIST_AND_GET: "in the list and for one instance",
    ReadBack.LIST: "in the list",
    ReadBack.GET: "for one instance",
    ReadBack.NEVER: "nowhere: a change made elsewhere is not noticed",
}


def _every_name() -> Iterator[tuple[str, Field]]:
    for name, field in FIELDS.items():
        yield name, field
        for item in field.items:
            yield f"{name}.{item.name}", item
    for name, field in LIFECYCLE.items():
        yield f"lifecycle.{name}", field


NAMES: Mapping[str, Field] = MappingProxyType(dict(_every_name()))

# The other documented spellings of a key, bare or dotted.
_SPELLINGS: Mapping[str, str] = MappingProxyType(
    {
        spelling: name
        for name, field in NAMES.items()
        for alias in field.aliases
        for spelling in (alias, f"{name.rpartition('.')[0]}.{alias}")
    }
)


def index_lines() -> tuple[Line, ...]:
    """Every field with its type and what it is for."""
    rows = [
        (_name(name), Span(_needs(name, field), "dim"), Span(field.doc.partition(". ")[0].rstrip(".")))
        for name, field in NAMES.items()
    ]
    return (*aligned(rows), EMPTY, line("`gpuspec explain FIELD` says more."))


def field_lines(name: str) -> tuple[Line, ...]:
    """All that the table says about a field; items and lifecycle keys have dotted names.

    Raises:
        UsageError: There is no such field; the hint names those that look like it.
    """
    name = _known(name)
    field = NAMES[name]
    facts = [(Span(label, "dim"), Span(words)) for label, words in _facts(name, field) if words]
    return (line(_name(name)), *paragraphs(field.doc, indent=2), EMPTY, *aligned(facts, indent=2))


def field_documents(name: str = "") -> list[dict[str, JsonValue]]:
    """What `field_lines` says, as data; every field without a name.

    Raises:
        UsageError: There is no such field; the hint names those that look like it.
    """
    names = [_known(name)] if name else list(NAMES)
    return [
        {
            "name": each,
            "doc": NAMES[each].doc,
            **{_key(label): words for label, words in _facts(each, NAMES[each]) if words},
        }
        for each in names
    ]


def _known(name: str) -> str:
    name = _SPELLINGS.get(name, name)
    if name not in NAMES:
        raise _unknown(name)
    return name


def _key(label: str) -> str:
    """`also written` as `alsoWritten`."""
    first, *rest = label.split()
    return first + "".join(word.capitalize() for word in rest)


def _facts(name: str, field: Field) -> Iterator[tuple[str, str]]:
    yield "type", _TYPES[field.kind]
    yield "required", "yes" if _needs(name, field) else "no"
    yield "default", "the address" if name == "name" else "" if field.default is None else json.dumps(field.default)
    yield "limits", ", ".join(_limits(field))
    yield "secret", "always; never shown or stored" if field.secret else ""
    yield "also written", ", ".join(field.aliases)
    yield "keys", ", ".join(item.name for item in field.items)
    if name in FIELDS:
        yield "changes", _CHANGES[field.change]
        yield "when removed", _UNSETS[field.unset]
        yield "read back", _READ_BACKS[field.read_back]
    yield "example", "" if field.example is None else json.dumps(field.example, ensure_ascii=False)
    yield "source", field.source


def _limits(field: Field) -> Iterator[str]:
    yield from _span(field.minimum, field.maximum, "")
    yield from _span(field.min_length, field.max_length, " characters")
    yield from _span(None, field.max_items, " items")
    if field.choices:
        yield f"one of {', '.join(field.choices)}"


def _span(least: int | None, most: int | None, unit: str) -> Iterator[str]:
    match (least, most):
        case (int(), int()):
            yield f"{least:,} to {most:,}{unit}"
        case (int(), None):
            yield f"at least {least:,}{unit}"
        case (None, int()):
            yield f"at most {most:,}{unit}"
        case _:
            return


def _needs(name: str, field: Field) -> str:
    return "required" if name != "name" and field.required and field.default is None else ""


def _name(name: str) -> Span:
    return Span(name, "bold")


def _unknown(name: str) -> UsageError:
    # By the last part too: who asks for `protect` knows the word and not where it stands.
    folded = {known.rpartition(".")[2].lower(): known for known in NAMES} | {known.lower(): known for known in NAMES}
    asked = name.lower()
    matches = [asked] if asked in folded else get_close_matches(asked, folded, n=3)
    near = dict.fromkeys(folded[match] for match in matches)
    hint = f"did you mean {' or '.join(f'`{match}`' for match in near)}?" if near else "all fields are listed by:"
    return UsageError(f"There is no field `{name}`.", hint=hint, command="" if near else "gpuspec explain")
