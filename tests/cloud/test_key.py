"""A key is checked where it comes in, and never shown."""

import pytest

from gpuspec.cloud.key import ApiKey, check_key, digest
from gpuspec.errors import CredentialsError


@pytest.mark.parametrize("text", ["sk_abc", "sk_abc\n", "sk_abc\r\n"])
def test_a_line_break_at_the_end_is_not_part_of_the_key(text: str) -> None:
    """A file that an editor wrote ends with a line break."""
    assert check_key(text, "NOVITA_API_KEY") == ApiKey(text="sk_abc")


FAULTY = {
    "": "it is empty",
    "\n": "it is empty",
    "  ": "it is empty",
    "sk_abc\nsk_def": "more than one line",
    "sk_abc\n\n": "more than one line",
    "Bearer sk_abc": "a blank in it",
    "sk_abc\t": "a blank in it",
    "sk_äbc": "a character that no key has",
    "sk_\x1babc": "a character that no key has",
    "k" * 4097: "longer than 4096",
}


@pytest.mark.parametrize("text", FAULTY)
def test_what_can_be_no_key_is_refused_without_being_shown(text: str) -> None:
    """The message names the source and the fault, never the text."""
    with pytest.raises(CredentialsError, match=FAULTY[text]) as caught:
        check_key(text, "~/.novita/api_key")

    shown = f"{caught.value.message} {caught.value.hint}"
    assert "~/.novita/api_key" in shown
    assert "sk_" not in shown


def test_a_key_is_not_in_its_own_picture() -> None:
    """Neither repr nor str tells the key."""
    key = ApiKey(text="sk_abc")
    assert "sk_abc" not in f"{key} {key!r}"


def test_a_digest_recognises_a_key() -> None:
    """The same key has the same digest for ever: it is stored in states."""
    assert digest(ApiKey(text="sk_abc")) == "537d458ff885839d"
    assert digest(ApiKey(text="sk_abd")) != digest(ApiKey(text="sk_abc"))
