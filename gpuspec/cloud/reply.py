"""What an exchange with the service gave: a reply, whole or broken, or none at all."""

import json
import re
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from gpuspec.cloud.wording import clean

JsonObject = dict[str, object]
# Shorter keys are made up, for a service that takes any: a word that a document may have for other reasons.
SHORTEST_KEY = 12
_PLAIN = re.compile(r"[A-Za-z0-9]+")


class Flaw(Enum):
    """Why the body of a reply is not there."""

    NONE = ""
    BROKEN = "broke off in the middle"
    TOO_LARGE = "is larger than any answer of the API"
    ENCODED = "is compressed, which was not asked for"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A status line came back. `body` is empty unless `flaw` is NONE; `retry_after` is the header as sent.

    `secrets` are texts of the request that the service might repeat: what is quoted from the reply is cleaned of them.
    `key` is the one that the request carried: no text of the reply has it.
    """

    status: int
    body: bytes = b""
    retry_after: str = ""
    flaw: Flaw = Flaw.NONE
    secrets: tuple[str, ...] = field(default=(), repr=False)
    key: str = field(default="", repr=False)

    @cached_property
    def json(self) -> object:
        """The body as JSON, without the key; None when it isn't."""
        try:
            document = json.loads(self.body, parse_constant=_refuse_constant)
            return _without(document, self.key) if self._may_hold_the_key else document
        except (ValueError, RecursionError):
            return None

    @property
    def _may_hold_the_key(self) -> bool:
        """Looked for by the longest part of it that JSON writes in one way: answers may be long, and hardly ever do."""
        plain = max(_PLAIN.findall(self.key), key=len, default="")
        return len(self.key) >= SHORTEST_KEY and plain.encode() in self.body

    @cached_property
    def api_error(self) -> "ApiError | None":
        """The API's own error in the body; None when the body is not in its form.

        Source: Novita API reference, error codes: `{"code": 400, "reason": "UPPER_SNAKE", "message": "…"}`. Anything
        before the API (a proxy, a cache, a gateway) answers otherwise, and its word proves nothing.
        """
        document = self.json
        if not isinstance(document, dict):
            return None
        code, reason, message = (document.get(key) for key in ("code", "reason", "message"))
        if not (_is_code(code) and isinstance(reason, str) and clean(reason)):
            return None
        quoted = message if isinstance(message, str) else ""
        return ApiError(
            reason=clean(reason, length=100, secrets=self.secrets), message=clean(quoted, secrets=self.secrets)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiError:
    """The service's own code for what is wrong, and its message; both fit to be shown."""

    reason: str
    message: str

    def __str__(self) -> str:
        return f"{self.reason}: {self.message}" if self.message else self.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class NoReply:
    """No status line came back. `unsent` is proof that no byte of the request was sent; `reason` says what happened.

    `distrust` is what is wrong with the service's certificate, where it is that which ended the exchange.
    """

    reason: str
    unsent: bool = False
    distrust: str = ""


Outcome = Reply | NoReply


def _without(document: object, key: str) -> object:
    match document:
        case str():
            return document.replace(key, "(secret)")
        case list():
            return [_without(part, key) for part in document]
        case dict():
            return {name.replace(key, "(secret)"): _without(part, key) for name, part in document.items()}
        case _:
            return document


def _is_code(code: object) -> bool:
    if isinstance(code, str):
        return code.isascii() and code.isdigit()
    return isinstance(code, int) and not isinstance(code, bool)


def _refuse_constant(name: str) -> object:
    message = f"{name} is not JSON"
    raise ValueError(message)
