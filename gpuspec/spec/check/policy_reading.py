"""Policies: JSON Schemas from users' files, read, checked, and bundled into one document without outward references.

A policy that would silently hold nothing is refused: unknown keywords, keywords that only describe, references that
lead nowhere. So is what could reach out of the project, and what a matcher could hang on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gpuspec.model.place import Place, whole_file
from gpuspec.model.problem import Problem, Problems
from gpuspec.ports import IncludeReader, NotReadable
from gpuspec.spec.check.policy_depth import MOST_AT_ONE_VALUE, bottomless
from gpuspec.spec.check.policy_keywords import REFERENCE, Fault, keyword_faults, mapped, subschemas
from gpuspec.spec.check.policy_pointers import Pointer, pointer_to, target_of
from gpuspec.spec.check.policy_shape import shape_faults, too_deep
from gpuspec.spec.source import Source
from gpuspec.spec.text import decode
from gpuspec.spec.tree import dotted
from gpuspec.spec.variable_values import NotJson, read_json

Schema = Mapping[str, Any]

# So many documents may be read for the policies of one project, those that are referred to among them.
MOST_DOCUMENTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """Policies ready to be applied.

    `files` are their paths inside the project, in order; `names` say how users know each document. Each is the schema
    at `#/$defs/FILE` of `bundle`, in which every reference is a pointer into it.
    """

    files: tuple[str, ...]
    names: Mapping[str, str]
    bundle: Schema


def read_policies(sources: Sequence[Source], *, reader: IncludeReader) -> Policies | Problems:
    """The policies of these files, or every fault of all of them.

    Args:
        sources: `file` is the name for messages, `inside` the path relative to the project folder.
        reader: Reads what they refer to, by its path relative to the project folder.
    """
    reading = _Reading(reader=reader, shown={source.inside: source.file for source in sources})
    for source in sources:
        reading.take(source)
    reading.follow()
    if reading.problems:
        return Problems(items=tuple(reading.problems))
    bundle = {"$defs": {inside: _bundled(document, inside) for inside, document in reading.documents.items()}}
    endless = [(reading.shown[inside], bottomless(bundle, inside)) for inside in reading.documents]
    if any(pointer is not None for _, pointer in endless):
        return Problems(items=tuple(_endless(file, pointer) for file, pointer in endless if pointer is not None))
    return Policies(files=tuple(source.inside for source in sources), names=reading.shown, bundle=bundle)


class _Reference(NamedTuple):
    """A reference, the file that it stands in, and where."""

    inside: str
    pointer: Pointer
    text: str


@dataclass(slots=True, kw_only=True)
class _Reading:
    """What was read so far: documents by their path inside the project, and which of their pointers are schemas."""

    reader: IncludeReader
    shown: dict[str, str]
    documents: dict[str, Schema] = field(default_factory=dict)
    schemas: dict[str, set[Pointer]] = field(default_factory=dict)
    references: list[_Reference] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def take(self, source: Source) -> None:
        """Read one document, and remember what it refers to."""
        document = _document(source)
        if isinstance(document, Problems):
            self.problems += document.items
            return
        faults = tuple(shape_faults(document)) or tuple(self._looked_through(document, source.inside))
        self.problems += (_problem(source.file, fault) for fault in faults)
        self.documents[source.inside] = document

    def _looked_through(self, document: Schema, inside: str) -> Iterator[Fault]:
        self.schemas[inside] = set()
        for schema in subschemas(document):
            self.schemas[inside].add(schema.pointer)
            faults = tuple(keyword_faults(schema))
            yield from faults
            if not isinstance(schema.value, bool) and REFERENCE in schema.value and not faults:
                self.references.append(_Reference(inside, (*schema.pointer, REFERENCE), schema.value[REFERENCE]))

    def follow(self) -> None:
        """Read what is referred to, and what that refers to; then see that each reference leads to a schema."""
        for reference in self.references:  # it grows meanwhile
            why = self._fetched(target_of(reference.text, reference.inside)[0])
            if why:
                self._refuse(reference, why)
        for reference in self.references:
            file, pointer = target_of(reference.text, reference.inside)
            if file in self.schemas and pointer not in self.schemas[file]:
                self._refuse(reference, "leads to no schema")

    def _fetched(self, file: str) -> str:
        """Why a document that is referred to can't be had; empty when it is there, whatever is wrong inside it."""
        if file in self.shown:
            return ""
        if file.startswith(("../", "/")) or file == "..":
            return "leads out of the project folder"
        if len(self.shown) >= MOST_DOCUMENTS:
            return f"is one too many: policies have at most {MOST_DOCUMENTS} documents"
        content = self.reader.read(file)
        if isinstance(content, NotReadable):
            return f"leads to `{file}`, which can't be read: {content.message.rstrip('.')}"
        self.shown[file] = file
        self.take(Source(file=file, inside=file, content=content))
        return ""

    def _refuse(self, reference: _Reference, why: str) -> None:
        fault = Fault(pointer=reference.pointer, why=why, hint="a reference counts from the folder of its own file.")
        self.problems.append(_problem(self.shown[reference.inside], fault))


def _document(source: Source) -> Schema | Problems:
    text = decode(source)
    if isinstance(text, Problems):
        return text
    try:
        document = read_json(text)
    except NotJson as error:
        message = f"The file can't be read as JSON: {error}."
        place = Place(file=source.file, line=error.line, column=error.column)
        hint = "a policy is a JSON Schema, in JSON."
        return Problems(items=(Problem(code="json-syntax", message=message, place=place, hint=hint),))
    if isinstance(document, dict) and not too_deep(document):
        return document
    why = "is nested too deeply" if isinstance(document, dict) else "is no map, and a policy is one"
    return Problems(items=(_problem(source.file, Fault(pointer=(), why=why, hint='as in `{"properties": {}}`.')),))


def _problem(file: str, fault: Fault) -> Problem:
    where = dotted(fault.pointer)
    subject = f"`{where}`" if where else "The file"
    message = f"{subject} {fault.why}."
    return Problem(code="policy-unusable", message=message, place=whole_file(file), path=where, hint=fault.hint)


def _endless(file: str, pointer: Pointer) -> Problem:
    why = f"leads in a circle, or puts more than {MOST_AT_ONE_VALUE} schemas upon one value"
    return _problem(file, Fault(pointer=pointer, why=why, hint="make it flatter."))


def _bundled(document: Schema, inside: str) -> Any:
    """The document with its references as pointers into the bundle, and without what would give it another base."""
    return _rewritten({key: value for key, value in document.items() if key not in {"$id", "$schema"}}, inside)


def _rewritten(schema: Any, inside: str) -> Any:
    if isinstance(schema, bool):
        # The errors of a bare `false` come without their path.
        return schema or {"not": {}}
    changed = mapped(schema, lambda part: _rewritten(part, inside))
    if REFERENCE in changed:
        file, pointer = target_of(changed[REFERENCE], inside)
        changed[REFERENCE] = pointer_to(file, pointer)
    return changed
