"""The API key: checked once, shown never."""

import hashlib
import re
from dataclasses import dataclass, field

from gpuspec.errors import CredentialsError

_LONGEST = 4096
_KEY = re.compile(rf"[!-~]{{1,{_LONGEST}}}", re.ASCII)
_DIGEST_LABEL = b"gpuspec api key 1\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key in the form that a request header can carry; its text is read by the transport and by `digest` alone."""

    text: str = field(repr=False)

    def __str__(self) -> str:
        return "(API key)"


def check_key(text: str, source: str) -> ApiKey:
    """The key in this text; one line break at its end is taken as the file's, not the key's.

    Args:
        source: Where the text comes from, as a user would name it: `NOVITA_API_KEY`, `~/.novita/api_key`.

    Raises:
        CredentialsError: The text can't be a key. The message names the source and the fault, never the text.
    """
    key = text.removesuffix("\n").removesuffix("\r")
    if _KEY.fullmatch(key) is None:
        message = f"What {source} holds can't be an API key: {_fault(key)}."
        raise CredentialsError(
            message, hint=f"put the key into {source} as one line, with nothing before or behind it."
        )
    return ApiKey(text=key)


def _fault(key: str) -> str:
    if not key.strip():
        return "it is empty"
    if "\n" in key or "\r" in key:
        return "it has more than one line"
    if any(character.isspace() for character in key):
        return "it has a blank in it"
    if len(key) > _LONGEST:
        return f"it is longer than {_LONGEST} characters"
    return "it has a character that no key has"


def digest(key: ApiKey) -> str:
    """16 hex digits that recognise the key and don't tell it: a state remembers by them whose account it belongs to."""
    return hashlib.sha256(_DIGEST_LABEL + key.text.encode()).hexdigest()[:16]
