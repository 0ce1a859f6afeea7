"""What an exchange with the service gave: a reply, whole or broken, or none at all."""

import json
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from gpuspec.cloud.wording import clean

JsonObject = dict[str, object]


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
    """

    status: int
    body: bytes = b""
    retry_after: str = ""
    flaw: Flaw = Flaw.NONE
    secrets: tuple[str, ...] = ()

    @cached_property
    def json(self) -> object:
        """The body as JSON; None when it isn't."""
        try:
            return json.loads(self.body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            return None

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
    """No status line came back. `unsent` is proof that no byte of the request was sent; `reason` says what happened."""

    reason: str
    unsent: bool = False


Outcome = Reply | NoReply


def _is_code(code: object) -> bool:
    if isinstance(code, str):
        return code.isascii() and code.isdigit()
    return isinstance(code, int) and not isinstance(code, bool)


def _refuse_constant(name: str) -> object:
    message = f"{name} is not JSON"
    raise ValueError(message)
