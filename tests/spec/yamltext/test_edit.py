"""Where a stanza goes in a spec, and that nothing else moves."""

import pytest

from gpuspec.spec.yamltext.edit import with_stanza
from tests.builders.spec import tree_of

STANZA = "new:\n  gpuNum: 2\n"
LINES = "  new:\n    gpuNum: 2\n"


def edited(text: str) -> str | None:
    """The text with the stanza in it."""
    return with_stanza(text, tree_of(text), STANZA)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("instances:\n  a:\n    gpuNum: 1\n", ""),
        ("# top\ninstances:   # all of them\n  a: {gpuNum: 1}   # one\n", ""),
        ("instances:\n  a:\n    gpuNum: 1\n  # a note of its own\n", ""),
        ("instances:\n  a:\n    gpuNum: 1\n", "\n# about the defaults\ndefaults:\n  gpuNum: 1\n"),
        ("instances:\n  #% for n in range(2)\n  b-{{ n }}:\n    gpuNum: 1\n  #% endfor\n", "\n# the end\n"),
        ("instances:\n#% for n in range(2)\n  b-{{ n }}:\n    gpuNum: 1\n#% endfor\n", "defaults: {gpuNum: 1}\n"),
        (
            "instances:\n{% if true %}\n  a:\n    gpuNum: 1\n{% else %}\n# none\n{%- endif %}\n",
            "#% if true\ndefaults: {gpuNum: 1}\n#% endif\n",
        ),
        ("instances:\n", "version: 1\n"),
        ("defaults:\n  gpuNum: 1\ninstances:\n  a:\n    command: |\n      x\n\n      y\n", "\n\n"),
    ],
)
def test_a_stanza_stands_behind_the_last_one(before: str, after: str) -> None:
    """Behind the loop that is open there, before what a comment in the first column belongs to."""
    assert edited(before + after) == before + LINES + after


def test_the_layout_is_that_of_the_other_stanzas() -> None:
    """Their indent and their line ends; a last line without an end gets one."""
    assert edited("instances:\n    a:\n        gpuNum: 1") == (
        "instances:\n    a:\n        gpuNum: 1\n    new:\n      gpuNum: 2\n"
    )
    assert edited("instances:\r\n  a:\r\n    gpuNum: 1\r\n") == (
        "instances:\r\n  a:\r\n    gpuNum: 1\r\n  new:\r\n    gpuNum: 2\r\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "defaults: {}\n",
        "instances: {a: {gpuNum: 1}}\n",
        "instances: {}\n",
        "{instances: {}}\n",
        '"instances":\n  a: {}\n',
        "instances: &all\n  a: {}\n",
        "- a\n",
    ],
)
def test_what_is_no_block_is_left_alone(text: str) -> None:
    """A map in braces, or no map at all."""
    assert edited(text) is None
