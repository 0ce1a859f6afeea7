"""Fields as `gpuspec explain` shows them."""

from textwrap import dedent

import pytest

from gpuspec.errors import UsageError
from gpuspec.report.explain import NAMES, field_lines, index_lines
from gpuspec.report.text import plain


def test_the_index_names_every_field_once() -> None:
    """Fields, keys of items, and lifecycle."""
    names = [text.split()[0] for text in plain(index_lines()).splitlines()[:-2]]

    assert names == list(NAMES)
    assert {"productId", "envs.key", "networkStorages.mountPoint", "lifecycle.protect"} <= set(names)


def test_a_field_says_all_that_its_row_says() -> None:
    """The whole text for one field."""
    expected = """\
        ports
          Ports to expose, as a list or as the API's text with commas; with the tools 15 at most.

          type          list of ports, or text with commas
          required      no
          default       ""
          limits        at most 15 items
          changes       in place, by the edit call
          when removed  it is cleared on the machine
          read back     in the list and for one instance
          example       ["8080/tcp", "8081/http"]
          source        Novita API reference, create instance
        """
    assert plain(field_lines("ports")) == dedent(expected)


@pytest.mark.parametrize("name", NAMES)
def test_every_field_can_be_explained(name: str) -> None:
    """No row lacks words for what it says."""
    assert plain(field_lines(name)).startswith(f"{name}\n  ")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("name", "default       the address"),
        ("gpuNum", "required      yes"),
        ("gpuNum", "limits        1 to 8"),
        ("cpuNum", "limits        at least 0"),
        ("billingMode", "limits        one of onDemand, monthly, spot"),
        ("imageAuth", "secret        always; never shown or stored"),
        ("envs", "keys          key, value"),
        ("envs.key", "limits    1 to 511 characters"),
    ],
)
def test_limits_and_defaults_are_in_words(name: str, told: str) -> None:
    """As a reader of the spec needs them."""
    assert f"  {told}\n" in plain(field_lines(name))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("imageUlr", "did you mean `imageUrl`"),
        ("protect", "did you mean `lifecycle.protect`?"),
        ("envs.keys", "did you mean `envs.key`"),
        ("GPUNUM", "did you mean `gpuNum`"),
    ],
)
def test_an_unknown_field_brings_those_that_look_like_it(name: str, hint: str) -> None:
    """The way out is in the hint."""
    with pytest.raises(UsageError) as raised:
        field_lines(name)

    assert raised.value.message == f"There is no field `{name}`."
    assert raised.value.hint.startswith(hint)


def test_a_field_that_looks_like_none_leads_to_the_index() -> None:
    """A command to copy."""
    with pytest.raises(UsageError) as raised:
        field_lines("zzzzzzzz")

    assert raised.value.command == "gpuspec explain"


def test_another_documented_spelling_finds_its_row() -> None:
    """The API's page has two names for some keys."""
    spellings = [(alias, name) for name, field in NAMES.items() for alias in field.aliases]

    assert spellings
    for alias, name in spellings:
        assert plain(field_lines(alias)).startswith(f"{name}\n")
