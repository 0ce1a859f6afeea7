"""Variables as text: a table of values, who gave each, and whose values lost."""

import json
from collections.abc import Iterator, Sequence

from gpuspec.report.text import Line, Span, aligned, line
from gpuspec.spec.variable_offers import Offered

_SHOWN = 60


def variables_lines(variables: Sequence[Offered]) -> tuple[Line, ...]:
    """One row a variable, in the order given."""
    if not variables:
        return (line("The project declares no variables, and none is given."),)
    heading = [Span(name, "dim") for name in ("VARIABLE", "VALUE", "FROM", "INSTEAD OF")]
    return aligned([heading, *(tuple(_row(variable)) for variable in variables)])


def _row(variable: Offered) -> Iterator[Span]:
    yield Span(variable.name, "bold")
    if not variable.offers:
        yield Span("no value", "warning")
        return
    won, *lost = variable.offers
    yield Span(_written(variable.shown(won)))
    yield Span(won.source(variable.name))
    yield Span(", ".join(offer.source(variable.name) for offer in lost), "dim")


def _written(value: object) -> str:
    """As YAML and JSON write it; a text that needs no quotes has none."""
    text = value if isinstance(value, str) and value.strip() == value != "" else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
