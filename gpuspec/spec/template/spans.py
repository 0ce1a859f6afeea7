"""Which stretches of a text are the template's: found by the lexer that rendering uses, nothing is carried out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from gpuspec.model.problem import Problem
from gpuspec.ports import NotReadable
from gpuspec.spec.source import Source
from gpuspec.spec.template.bounds import Bounds, Meter
from gpuspec.spec.template.emit import Emitter
from gpuspec.spec.template.faults import PlacedFault
from gpuspec.spec.template.lines import Lexeme
from gpuspec.spec.template.load import Loader
from gpuspec.spec.template.places import PlacedLexer


class SpanKind(Enum):
    """What a stretch of template is."""

    EXPRESSION = "expression"
    STATEMENT = "statement"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSpan:
    """One expression, tag or comment, from its first sign to behind its last.

    `word` is a tag's name, empty for the others. `signed` says whether a `-` or `+` sign rules the blanks round it.
    """

    kind: SpanKind
    start: int
    end: int
    word: str = ""
    signed: bool = False


_ENDS = {
    "variable_begin": ("variable_end", SpanKind.EXPRESSION),
    "block_begin": ("block_end", SpanKind.STATEMENT),
    "linestatement_begin": ("linestatement_end", SpanKind.STATEMENT),
    "comment_begin": ("comment_end", SpanKind.COMMENT),
}
# The lexer gives these whole: `{% raw %}` is one lexeme.
_WHOLE = {"raw_begin": "raw", "raw_end": "endraw"}


def template_spans(text: str, *, file: str) -> tuple[TemplateSpan, ...] | Problem:
    """The template's stretches in their order, without overlaps; or why the text is no template."""
    source = Source(file=file, inside="", content=b"")
    loader = Loader(source, includes=_NoFiles(), emitter=Emitter(Meter(Bounds())), whole_lines=False)
    try:
        loader.compile(text, name=None, file=file)
    except PlacedFault as fault:
        return fault.problems.items[0]
    lexemes, _, _ = PlacedLexer(loader.environment, whole_lines=False).lexemes(text)
    return tuple(_spans(lexemes, text))


class _NoFiles:
    """Nothing is rendered, so nothing is included."""

    def read(self, name: str) -> bytes | NotReadable:
        return NotReadable(code="include-missing", message=f"{name} is not read.")


def _spans(lexemes: Sequence[Lexeme], text: str) -> Iterator[TemplateSpan]:
    at = 0
    while at < len(lexemes):
        lexeme = lexemes[at]
        if lexeme.kind in _WHOLE:
            yield _span(SpanKind.STATEMENT, lexeme, lexeme, text, word=_WHOLE[lexeme.kind])
        elif lexeme.kind in _ENDS:
            closing, kind = _ENDS[lexeme.kind]
            last = next((n for n in range(at, len(lexemes)) if lexemes[n].kind == closing), len(lexemes) - 1)
            word = lexemes[at + 1].value if kind is SpanKind.STATEMENT and at + 1 < last else ""
            yield _span(kind, lexeme, lexemes[last], text, word=word)
            at = last
        at += 1


def _span(kind: SpanKind, first: Lexeme, last: Lexeme, text: str, *, word: str) -> TemplateSpan:
    """Blanks and newlines that the lexer counts to a tag are not the template's."""
    begin, end = first.start, last.start + len(last.value)
    start = begin + len(text[begin:end]) - len(text[begin:end].lstrip())
    end = begin + len(text[begin:end].rstrip())
    signs = text[start + 2 : start + 3] + text[end - 3 : end - 2] if text.startswith("{", start) else ""
    signed = "-" in signs or "+" in signs
    return TemplateSpan(kind=kind, start=start, end=end, word=word, signed=signed)
