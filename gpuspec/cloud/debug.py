"""The lines of `--debug`: what was asked and what came back, bodies by the names of their fields alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gpuspec.cloud.reply import Flaw, NoReply, Outcome, Reply
from gpuspec.cloud.wording import clean

_LONGEST_NAMES = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What was asked, and how long the outcome took. `url` is path and query, which hold no secret."""

    method: str
    url: str
    seconds: float
    fields: Mapping[str, object] | None = field(default=None, repr=False)


def line(exchange: Exchange, outcome: Outcome, *, sent_bytes: int) -> str:
    """One line without a value of either body, but for the service's own error code."""
    asked = f"{exchange.method} {clean(exchange.url, length=_LONGEST_NAMES)}"
    sent = f"; sent {sent_bytes} bytes {_names(exchange.fields)}" if exchange.fields is not None else ""
    return f"{asked} -> {_came_back(outcome)} in {exchange.seconds:.3f} s{sent}"


def _came_back(outcome: Outcome) -> str:
    if isinstance(outcome, NoReply):
        return f"{'not sent' if outcome.unsent else 'no reply'}: {outcome.reason}"
    return f"{outcome.status}{_reason(outcome)}, {len(outcome.body)} bytes {_names(outcome.json)}"


def _reason(reply: Reply) -> str:
    if reply.flaw is not Flaw.NONE:
        return f" ({reply.flaw.value})"
    return "" if reply.api_error is None else f" {reply.api_error.reason}"


def _names(document: object) -> str:
    """`{id, envs[3]}`; what is no object is told by its kind."""
    if not isinstance(document, Mapping):
        return f"({'no JSON object' if document is None else type(document).__name__})"
    return clean("{" + ", ".join(map(_name, list(document.items())[:50])) + "}", length=_LONGEST_NAMES)


def _name(entry: tuple[object, object]) -> str:
    name, value = entry
    return f"{name}[{len(value)}]" if isinstance(value, list) else str(name)
