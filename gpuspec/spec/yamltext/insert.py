"""Tokens in a scalar to the values that they stand for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite

from gpuspec.model.place import Place
from gpuspec.model.problem import Problem
from gpuspec.model.secret import Literal, Secret, SecretRef
from gpuspec.spec.rendered import RESERVED, TOKEN, Inserted, Undefined
from gpuspec.spec.tree import HOLE, Data
from gpuspec.spec.yamltext.resolve import in_range
from gpuspec.spec.yamltext.values import NOT_FINITE, TOO_LARGE, Room, copied, kind_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """What a scalar with tokens comes to: its value, or a HOLE and why; `nodes` counts what lies in a list or map."""

    value: Data
    problems: tuple[Problem, ...] = ()
    nodes: int = 0


def landed(text: str, inserted: Sequence[Inserted], *, room: Room | None) -> Landed:
    """The value of a scalar with tokens in it.

    Args:
        room: What a list or map may hold where the scalar is exactly one token, and so keeps its value's type; None
            where it is a string all the same, as in a block scalar.
    """
    parts = _split(text, inserted)
    if parts is None:
        return _refused([FORGED])
    only = parts[0] if len(parts) == 1 else None
    if room is not None and isinstance(only, Inserted):
        return _alone(only, room)
    return _joined(parts)


def landed_key(text: str, inserted: Sequence[Inserted]) -> Landed:
    """The string that a key with tokens comes to: an integer that stands alone becomes its digits."""
    got = landed(text, inserted, room=KEY_ROOM)
    match got.value:
        case str():
            return got
        case bool() | float() | None | list() | dict():
            kind = kind_of(got.value)
            hint = "use a text or an integer, or `| string`."
            problem = Problem(
                code="key-not-a-string", message=f"This expression gives {kind}; a key is text.", hint=hint
            )
        case int():
            return Landed(value=str(got.value))
        case Secret():
            hint = "use a name that may be seen; keys are shown in plans and stored in the state."
            problem = Problem(code="secret-misused", message="A secret can't be a key, nor a part of one.", hint=hint)
        case _:
            return got
    return _refused([_at(problem, _first(text, inserted))])


KEY_ROOM = Room(depth=64, nodes=1000)
FORGED = Problem(
    code="bad-character",
    message="The characters U+E000 to U+E003 are kept for gpuspec's own use, escapes for them too.",
    hint="remove the escape.",
)


def _split(text: str, inserted: Sequence[Inserted]) -> list[str | Inserted] | None:
    """The scalar's texts and insertions in order; None if a token was not made by the renderer."""
    parts: list[str | Inserted] = []
    pieces = TOKEN.split(text)
    for number, piece in enumerate(pieces):
        if number % 2 == 0:
            if RESERVED.search(piece):
                return None
            if piece:
                parts.append(piece)
        elif len(piece) > 12 or int(piece) >= len(inserted):
            return None
        else:
            parts.append(inserted[int(piece)])
    return parts


def _alone(only: Inserted, room: Room) -> Landed:
    if isinstance(only.value, Undefined):
        return _refused([only.value.problem])
    got = copied(only.value, room)
    if got.problems:
        return _refused([_at(problem, only.place) for problem in got.problems])
    return Landed(value=got.value, nodes=got.nodes)


def _joined(parts: Sequence[str | Inserted]) -> Landed:
    """Text with values in it: a string, or a secret if one of them is."""
    problems: list[Problem] = []
    pieces = [piece for part in parts for piece in _pieces(part, problems)]
    if problems:
        return _refused(problems)
    texts = [piece for piece in pieces if isinstance(piece, str)]
    if len(texts) == len(pieces):
        return Landed(value="".join(texts))
    return Landed(value=Secret(parts=tuple(_secret_parts(pieces))))


def _pieces(part: str | Inserted, problems: list[Problem]) -> Sequence[str | SecretRef | Literal]:
    if isinstance(part, str):
        return [part]
    match part.value:
        case Undefined(problem=problem):
            problems.append(problem)
        case Secret(parts=parts):
            return parts
        case str() | int() | float() | None:
            text = _text(part.value)
            if text is not None:
                return [text]
            problems.append(_at(TOO_LARGE if isinstance(part.value, int) else NOT_FINITE, part.place))
        case _:
            problems.append(_not_text(part.value, part.place))
    return []


def _text(value: str | int | float | None) -> str | None:
    """A scalar as YAML writes it; None for a number that isn't taken."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value) if in_range(value) else None
        case float():
            return repr(value) if isfinite(value) else None
        case str():
            return value


def _not_text(value: object, place: Place) -> Problem:
    is_map = isinstance(value, Mapping)
    return Problem(
        code="value-not-insertable",
        message=f"This expression gives {kind_of(value)}, and there is text beside it.",
        place=place,
        hint="`| tojson` writes it as text." if is_map else "`| join(',')` or `| tojson` writes it as text.",
    )


def _secret_parts(pieces: Sequence[str | SecretRef | Literal]) -> Iterator[SecretRef | Literal]:
    """The pieces as a secret's parts; a text that is secret by itself stays a part of its own, to be recognised."""
    text = ""
    for piece in pieces:
        match piece:
            case str():
                text += piece
            case Literal() | SecretRef():
                if text:
                    yield Literal(text=text)
                text = ""
                yield piece
    if text:
        yield Literal(text=text)


def _first(text: str, inserted: Sequence[Inserted]) -> Place:
    """The place of the first expression in a scalar that has one."""
    return inserted[int(TOKEN.findall(text)[0])].place


def _at(problem: Problem, place: Place) -> Problem:
    return replace(problem, place=place)


def _refused(problems: Sequence[Problem]) -> Landed:
    return Landed(value=HOLE, problems=tuple(problems))
