"""The front door: a spec's text laid out, or why that can't be done without a risk to what it says."""

from collections import Counter
from dataclasses import dataclass, replace

from gpuspec.model.place import Place
from gpuspec.model.problem import Problem
from gpuspec.spec.formatting.indent import indented
from gpuspec.spec.formatting.mask import Masked, masked
from gpuspec.spec.formatting.order import ordered
from gpuspec.spec.formatting.sheet import Sheet, sheet_of
from gpuspec.spec.template.spans import SpanKind, template_spans
from gpuspec.spec.text import position
from gpuspec.spec.yamltext.shape import Node, shape

_PLAINER = "write it so that it is YAML without its templates too, or lay this file out yourself."


@dataclass(frozen=True, slots=True, kw_only=True)
class Formatted:
    """A text laid out. `depends_on_layout` says that only a rendering can prove that it means the same."""

    text: str
    depends_on_layout: bool


def formatted(text: str, *, file: str) -> Formatted | Problem:
    """The text laid out, every word of it kept.

    Args:
        text: As `spec.text.decode` gives it.
        file: As messages name it.
    """
    read = _read(text, file)
    if isinstance(read, Problem):
        return read
    masked_text, root = read
    laid_out = (
        _laid_out(sheet_of(masked_text, root), root) if root is not None and root.is_block else _with_newline(text)
    )
    again = _read(laid_out, file)
    if isinstance(again, Problem) or _meaning(masked_text, root) != _meaning(*again):
        return not_formatted(file, "With its lines laid out it would say something else.")
    return Formatted(text=laid_out, depends_on_layout=masked_text.depends_on_layout)


def not_formatted(file: str, message: str, *, hint: str = "lay this file out yourself.") -> Problem:
    """Says that the file stays as it is."""
    return Problem(code="not-formatted", message=message, place=Place(file=file, line=1, column=1), hint=hint)


def _read(text: str, file: str) -> tuple[Masked, Node | None] | Problem:
    spans = template_spans(text, file=file)
    if isinstance(spans, Problem):
        return spans
    masked_text = masked(text, spans)
    root = shape(masked_text.yaml, file=file)
    if not isinstance(root, Problem):
        return masked_text, root
    if not spans:
        return root
    message = f"Its layout can't be told: without its templates carried out it is no YAML. {root.message}"
    place = root.place and _unmasked(root.place, masked_text)
    return Problem(code="not-formatted", message=message, place=place, hint=_PLAINER)


def _unmasked(place: Place, masked_text: Masked) -> Place:
    """The place in the file: the word that masks a template stands in one line, whatever lines that has."""
    above = masked_text.yaml.split("\n")[: place.line - 1]
    offset = sum(len(line) + 1 for line in above) + place.column - 1
    line, column = position(masked_text.text, offset)
    return replace(place, line=line, column=column)


def _laid_out(sheet: Sheet, root: Node) -> str:
    layout = indented(sheet, root)
    order = ordered(sheet, layout, root)
    if not sheet.lines[-1]:
        # It stands for the newline that ends the line before it.
        order.remove(len(sheet.lines) - 1)
    lines = [layout.lines[number] for number in order]
    return _ended(lines, frozenset(at for at, number in enumerate(order) if sheet.is_untouched(number)))


def _with_newline(text: str) -> str:
    """A document in one bracket, or without any content: only its end is looked at."""
    return text if text.endswith("\n") or not text else f"{text}\n"


def _ended(lines: list[str], untouched: frozenset[int]) -> str:
    """The lines with one blank line where there are several, none at either end, and a newline behind the last."""
    kept: list[str] = []
    last = 0
    for at, line in enumerate(lines):
        blank = not line.strip() and at not in untouched
        if blank and (not kept or not kept[-1]) and at - 1 not in untouched:
            continue
        kept.append(line)
        last = last if blank else len(kept)
    return "".join(f"{line}\n" for line in kept[:last])


def _meaning(masked_text: Masked, root: Node | None) -> object:
    """What the text says as far as it can be told without rendering it: maps whatever their order, each word of it,
    and the template's tags in their order.
    """
    words = Counter("".join(line.split()) for line in masked_text.text.split("\n"))
    del words[""]
    tags = [masked_text.text[span.start : span.end] for span in masked_text.spans if span.kind is SpanKind.STATEMENT]
    return words, tags, None if root is None else _value(masked_text, root)


def _value(masked_text: Masked, node: Node) -> object:
    match node.kind:
        case "map":
            pairs = zip(node.children[::2], node.children[1::2], strict=True)
            return sorted((repr(_value(masked_text, key)), repr(_value(masked_text, value))) for key, value in pairs)
        case "list":
            return [_value(masked_text, item) for item in node.children]
        case _:
            return node.kind, node.value, node.named, masked_text.within(node.start, node.end)
