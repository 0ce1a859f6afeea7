"""The table of faults: what each does, which calls it strikes unless told otherwise, and whether it needs a port.

A fault with `executed` strikes after the service has done what it was asked; without it, nothing was done.
"""

import http
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from gpuspec.simulator.calls import CALL_NAMES


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Another answer takes the place of the service's own.

    Args:
        repeat: How often the content comes.
        headers: In their values `{seconds}` stands for the rule's seconds.
    """

    status: int
    content: bytes
    content_type: str = "text/html"
    repeat: int = 1
    headers: tuple[tuple[str, str], ...] = ()
    executed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The connection breaks: closed, reset, silent after the headers, or closed in the midst of the body."""

    how: Literal["close", "reset", "stall", "half"]
    executed: bool


@dataclass(frozen=True, slots=True)
class Pause:
    """The answer comes late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The answer is worded as one of the `Switches` says."""

    switch: str
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """An instance that is created, or told to start again, has this fate."""

    fate: Literal["late-listing", "late-everywhere", "stuck-pulling", "start-failure"]


Effect = Answer | Cut | Pause | Turn | Fate


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultKind:
    """A kind of fault.

    Args:
        calls: The calls that it strikes by default.
        only: The calls that it can strike at all; empty for all of them.
        wire: It needs a real connection, so a port.
        seconds: How long it lasts by default, where it lasts.
    """

    name: str
    about: str
    effect: Effect
    calls: tuple[str, ...] = ("create",)
    only: frozenset[str] = frozenset()
    wire: bool = False
    seconds: float = 0.0


_HTML = b"<!DOCTYPE html><html><head><title>%s</title></head><body><h1>%s</h1></body></html>\n"


def _page(text: str) -> bytes:
    return _HTML % (text.encode(), text.encode())


def _refusal(
    name: str, status: int, reason: str, *, seconds: float | None = None, calls: tuple[str, ...] = ("create",)
) -> FaultKind:
    """The service refuses in its own words, with nothing done."""
    content = f'{{"code": {status}, "reason": "{reason}", "message": "a fault that was ordered", "metadata": {{}}}}'
    headers = () if seconds is None else (("Retry-After", "{seconds}"),)
    answer = Answer(
        status=status, content=content.encode(), content_type="application/json", headers=headers, executed=False
    )
    about = f"{status} {reason}, nothing done"
    return FaultKind(name=name, about=about, effect=answer, calls=calls, seconds=seconds or 0.0)


def _status(status: int, *, executed: bool) -> FaultKind:
    phrase = f"{status} {http.HTTPStatus(status).phrase}"
    when, about = ("after", "it was carried out") if executed else ("before", "nothing was done")
    answer = Answer(status=status, content=_page(phrase), executed=executed)
    return FaultKind(name=f"{status}-{when}", about=f"{phrase}, and {about}", effect=answer)


def _redirect(status: int) -> FaultKind:
    elsewhere = ("Location", "/gpu-instance/openapi/v1/elsewhere")
    answer = Answer(status=status, content=b"", headers=(elsewhere,), executed=False)
    return FaultKind(name=f"redirect-{status}", about=f"{status} to another path, nothing done", effect=answer)


def _instead(name: str, about: str, content: bytes, content_type: str, *, repeat: int = 1) -> FaultKind:
    answer = Answer(status=200, content=content, content_type=content_type, repeat=repeat, executed=True)
    return FaultKind(name=name, about=about, effect=answer)


def _cut(name: str, about: str, how: Literal["close", "reset", "stall", "half"], *, executed: bool) -> FaultKind:
    return FaultKind(name=name, about=about, effect=Cut(how=how, executed=executed), wire=True)


def _turn(name: str, about: str, switch: str, value: int, calls: tuple[str, ...] = ("list",)) -> FaultKind:
    return FaultKind(
        name=name, about=about, effect=Turn(switch=switch, value=value), calls=calls, only=frozenset(calls)
    )


def _fate(
    fate: Literal["late-listing", "late-everywhere", "stuck-pulling", "start-failure"],
    about: str,
    *,
    seconds: float = 0.0,
    others: frozenset[str] = frozenset(),
) -> FaultKind:
    only = frozenset({"create"}) | others
    return FaultKind(name=fate, about=about, effect=Fate(fate=fate), only=only, seconds=seconds)


_BLOCKED = Answer(status=403, content=b"error code: 1010", content_type="text/plain", executed=False)
_ORDERS = ("start", "stop", "restart", "delete", "edit", "upgrade", "monthly", "renew", "save")
_STARTING = frozenset({"start", "restart", "upgrade"})

_TABLE = (
    _cut("lost-response", "carried out, then the connection closes without an answer", "close", executed=True),
    _cut("lost-request", "the connection closes, nothing done", "close", executed=False),
    _cut("reset", "carried out, then the connection is reset", "reset", executed=True),
    _cut("reset-request", "the connection is reset, nothing done", "reset", executed=False),
    _cut("half-body", "carried out, then half of the answer's body and the connection closes", "half", executed=True),
    _cut("stalled-body", "carried out, then the answer's headers and silence", "stall", executed=True),
    FaultKind(name="slow", about="answers after some seconds", effect=Pause(), wire=True, seconds=2.0),
    *(_status(status, executed=done) for status in (408, 500, 502, 503, 504) for done in (False, True)),
    _refusal("429", 429, "RATE_LIMIT_EXCEEDED", seconds=1.0),
    _refusal("429-bare", 429, "RATE_LIMIT_EXCEEDED"),
    _refusal("401", 401, "UNAUTHORIZED"),
    _refusal("403", 403, "FORBIDDEN"),
    FaultKind(name="non-json-403", about="403 from what stands before the service, nothing done", effect=_BLOCKED),
    _refusal("no-capacity", 400, "INSUFFICIENT_RESOURCE"),
    _refusal("no-balance", 400, "BALANCE_NOT_ENOUGH"),
    _refusal("no-quota", 400, "CREATE_INSTANCE_LIMIT"),
    _refusal("not-found", 400, "RESOURCE_NOT_FOUND", calls=("get",)),
    *(_redirect(status) for status in (301, 302, 307, 308)),
    _instead("html-200", "carried out, but the answer is a web page", _page("Welcome"), "text/html"),
    _instead("empty-200", "carried out, but the answer is empty", b"", "application/json"),
    _instead("no-id-200", "carried out, but the answer is an empty object", b"{}", "application/json"),
    _instead("bad-json", "carried out, but the answer is no JSON", b'{"id": "', "application/json"),
    _instead(
        "huge-200", "carried out, but the answer is 32 MB of blanks", b" " * 1024, "application/json", repeat=32 << 10
    ),
    _fate("late-listing", "the instance appears in lists after some seconds", seconds=2.0),
    _fate("late-everywhere", "the instance appears in lists and to GET after some seconds", seconds=2.0),
    _fate("stuck-pulling", "the instance stays in `pulling`"),
    _fate("start-failure", "the instance ends in `exited` with a status error", others=_STARTING),
    _turn("no-envs-in-list", "rows show no envs", "envs_in_list", value=False),
    _turn("no-envs-in-get", "an instance shows no envs", "envs_in_get", value=False, calls=("get",)),
    _turn("missing-total", "lists have no total", "missing_total", value=True),
    _turn("page-base-1", "the first page has number 1, and 0 is the same", "first_page", value=1),
    _turn("duplicate-rows", "a page holds its first row twice", "duplicate_rows", value=True),
    _turn("shifting-pages", "a row slips away between the pages", "shifting_pages", value=True),
    _turn("missing-404", "what isn't there is 404 instead of 400", "not_found_status", 404, calls=("get", *_ORDERS)),
    _turn("empty-bodies", "carried out, and answered with nothing", "empty_bodies", value=True, calls=_ORDERS),
    _turn("wrapped", "answers stand under `data`", "wrapped", value=True, calls=CALL_NAMES),
    _turn("bare-get", "GET shows no product and no root disk", "product_in_get", value=False, calls=("get",)),
)
KINDS: Mapping[str, FaultKind] = MappingProxyType({kind.name: kind for kind in _TABLE})
