"""Builds what a template gives, without a template: text with tokens, and where each character came from."""

from gpuspec.model.place import Place
from gpuspec.spec.plain import as_it_stands
from gpuspec.spec.rendered import TOKEN_CLOSE, TOKEN_OPEN, Inserted, Rendered, Undefined, Value

SLOT = "«»"
# What the user's file has where a rendered text has a token.
EXPRESSION = "{{ v }}"


def a_text(text: str, file: str = "spec.yaml") -> Rendered:
    """A text without expressions."""
    return as_it_stands(file, text)


def a_rendered(text: str, *values: Value | Undefined, file: str = "spec.yaml") -> Rendered:
    """A text with the values, in order, at its «»; in the user's file a `{{ v }}` stands at each of them."""
    pieces = text.split(SLOT)
    assert len(pieces) == len(values) + 1
    rendered = ""
    line, column = 1, 1
    starts: list[int] = []
    origins: list[Place] = []
    inserted: list[Inserted] = []
    for number, piece in enumerate(pieces):
        starts.append(len(rendered))
        origins.append(Place(file=file, line=line, column=column))
        rendered += piece
        line += piece.count("\n")
        column = len(piece) - piece.rfind("\n") if "\n" in piece else column + len(piece)
        if number < len(values):
            place = Place(file=file, line=line, column=column, width=len(EXPRESSION))
            starts.append(len(rendered))
            origins.append(place)
            inserted.append(Inserted(value=values[number], place=place))
            rendered += f"{TOKEN_OPEN}{number}{TOKEN_CLOSE}"
            column += len(EXPRESSION)
    return Rendered(file=file, text=rendered, inserted=inserted, starts=starts, origins=origins)
