"""Random templates: the text is what plain Jinja makes of them, and each probe's place is where it was written."""

import random
import re

import pytest
from jinja2 import DictLoader, Environment, StrictUndefined
from jinja2 import Undefined as Lenient

from gpuspec.spec.rendered import Rendered
from gpuspec.spec.template.values import text_of
from tests.builders.random_templates import Writer, Written
from tests.builders.templates import outcome, spoken

# A longer campaign raises this; each seed is one template with one include.
TEMPLATES = 60
PROBE = re.compile(r"p[A-Z][0-9]+x")


def written(seed: int) -> tuple[Written, Written]:
    """A template and the file that it includes."""
    chance = random.Random(seed)
    inner = Writer(chance, prefix="I", included=None).write()
    outer = Writer(chance, prefix="O", included="inner.yaml").write()
    return outer, inner


def with_newlines(text: str, seed: int) -> str:
    """The text with the line ends of another system, in one template of three."""
    return text.replace("\n", ("\n", "\r\n", "\r")[seed % 3])


def stock(text: str, inner: str) -> str:
    """What plain Jinja makes of it."""
    environment = Environment(
        loader=DictLoader({"inner.yaml": inner}),
        undefined=StrictUndefined,
        line_statement_prefix="#% ",
        keep_trailing_newline=True,
        finalize=lambda value: "" if type(value) is Lenient else text_of(value),
    )
    return environment.from_string(text).render()


@pytest.mark.parametrize("seed", range(TEMPLATES))
def test_the_text_is_what_jinja_makes(seed: int) -> None:
    """With tokens put back, and blanks of tag lines kept, not one character differs."""
    outer, inner = written(seed)
    text = with_newlines(outer.text, seed)

    made = outcome(text, {"inner.yaml": inner.text}, whole_lines=False)

    assert isinstance(made, Rendered)
    assert spoken(made) == stock(text, inner.text)


@pytest.mark.parametrize("seed", range(TEMPLATES))
def test_each_probe_stands_where_it_was_written(seed: int) -> None:
    """Line and column of words and of values are exact, after loops, macros, filters and includes."""
    outer, inner = written(seed)
    probes = outer.probes | inner.probes

    made = outcome(with_newlines(outer.text, seed), {"inner.yaml": inner.text})

    assert isinstance(made, Rendered)
    found = {(word[0], made.place(word.start())) for word in PROBE.finditer(made.text)}
    found |= {(one.value, one.place) for one in made.inserted if isinstance(one.value, str) and one.value in probes}
    wrong = [(name, str(place)) for name, place in found if (place.line, place.column) != probes[name]]
    assert wrong == []
    assert all(place.file == ("inner.yaml" if "I" in name else "spec.yaml") for name, place in found)
