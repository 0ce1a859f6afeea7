"""The service as one ASGI application: who asks, what strikes the request, what it is answered."""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from gpuspec.simulator.body import body_of
from gpuspec.simulator.calls import CALLS, Call
from gpuspec.simulator.fault_kinds import Answer, Cut, Fate, Pause, Turn
from gpuspec.simulator.faults import NO_FAULTS, Dice, FaultPlan, Rule
from gpuspec.simulator.handlers import Question, answer
from gpuspec.simulator.instance import Instance
from gpuspec.simulator.refusals import Refusal, bad_parameter
from gpuspec.simulator.requests import ReceivedRequest
from gpuspec.simulator.settings import Switches
from gpuspec.simulator.wire import BrokenAnswer, client_gone
from gpuspec.simulator.world import World

_DEFAULT_SWITCHES = Switches()
_SILENT = frozenset({"start", "stop", "restart", "delete", "edit", "upgrade", "monthly", "renew"})


def build_app(
    world: World, *, faults: FaultPlan = NO_FAULTS, switches: Switches = _DEFAULT_SWITCHES, key: str | None = None
) -> Starlette:
    """The simulated service.

    Args:
        faults: What goes wrong. Those in its `wire_kinds` need `server.background` or `server.serve`.
        key: The only API key that is accepted. Without one every key is, and each has an account of its own.
    """
    service = _Service(world, dice=Dice(faults), switches=switches, key=key)
    routes = [Route(call.path, service.endpoint(call), methods=[call.method]) for call in CALLS]
    app = Starlette(routes=routes, exception_handlers={404: _unknown_path})
    app.router.redirect_slashes = False
    return app


def account_of(key: str) -> str:
    """The account that an API key opens; the key itself is kept nowhere."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


class _Service:
    def __init__(self, world: World, *, dice: Dice, switches: Switches, key: str | None) -> None:
        self._world = world
        self._dice = dice
        self._switches = switches
        self._key = key

    def endpoint(self, call: Call) -> Callable[[Request], Awaitable[Response]]:
        async def answer_request(request: Request) -> Response:
            if _is_blocked(request):
                return Response("error code: 1010", status_code=403, media_type="text/plain")
            try:
                account = self._account(request)
                content = await request.body()
            except Refusal as refusal:
                return _refused(refusal)
            except ClientDisconnect:
                return Response(status_code=400)
            return await self._answer(call, request, account=account, content=content)

        return answer_request

    async def _answer(self, call: Call, request: Request, *, account: str, content: bytes) -> Response:
        rules = self._dice.draw(call.name)
        received = _received(call, request, content, account=account, at=self._world.now(), rules=rules)
        self._world.received(received)
        effects = [rule.kind.effect for rule in rules]
        instead = next((effect for effect in effects if isinstance(effect, Answer | Cut)), None)
        if instead is None or instead.executed:
            response = self._carried_out(call, request, content, received=received, rules=rules)
        else:
            response = Response()
        for rule in rules:
            if isinstance(rule.kind.effect, Pause):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(client_gone(request.receive), rule.seconds)
        match instead:
            case Answer():
                return _instead(instead, rules)
            case Cut():
                return BrokenAnswer(instead, response)
        return response

    def _carried_out(
        self, call: Call, request: Request, content: bytes, *, received: ReceivedRequest, rules: tuple[Rule, ...]
    ) -> Response:
        switches = _switched(self._switches, rules)
        try:
            if call.mutating:
                _check_content_type(request)
                body_of(content)
            else:
                _check_parameters(request)
            question = Question(
                account=received.account,
                query=received.query,
                body=received.body,
                switches=switches,
                fate=_fate(self._world, rules),
            )
            data = answer(call.name, self._world, question)
        except Refusal as refusal:
            return _refused(refusal)
        if switches.empty_bodies and call.name in _SILENT:
            return Response(status_code=200)
        return _json({"data": data} if switches.wrapped else data)

    def _account(self, request: Request) -> str:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key or self._key not in (None, key):
            raise Refusal("UNAUTHORIZED", "the API key is missing or not accepted")
        return account_of(key)


def _is_blocked(request: Request) -> bool:
    """Whether the guard before the service refuses this client: the live one refuses Python's default User-Agent."""
    return request.headers.get("user-agent", "").lower().startswith("python-urllib")


def _check_content_type(request: Request) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refusal("REQUEST", "Content-Type must be application/json")


def _check_parameters(request: Request) -> None:
    names = [name for name, _ in request.query_params.multi_items()]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise bad_parameter(f"{twice} is given twice")


def _received(
    call: Call, request: Request, content: bytes, *, account: str, at: float, rules: tuple[Rule, ...]
) -> ReceivedRequest:
    body: Mapping[str, object] = {}
    with contextlib.suppress(Refusal):
        body = body_of(content)
    return ReceivedRequest(
        at=at,
        call=call.name,
        account=account,
        query=dict(request.query_params),
        body=body,
        faults=tuple(rule.kind.name for rule in rules),
    )


def _switched(switches: Switches, rules: tuple[Rule, ...]) -> Switches:
    turned: dict[str, Any] = {}
    for rule in rules:
        if isinstance(rule.kind.effect, Turn):
            turned[rule.kind.effect.switch] = rule.kind.effect.value
    return replace(switches, **turned) if turned else switches


def _fate(world: World, rules: tuple[Rule, ...]) -> Callable[[Instance], Instance] | None:
    fates = [rule for rule in rules if isinstance(rule.kind.effect, Fate)]

    def befall(instance: Instance) -> Instance:
        for rule in fates:
            instance = _befallen(instance, rule, at=world.after_s(rule.seconds))
        return instance

    return befall if fates else None


def _befallen(instance: Instance, rule: Rule, *, at: float) -> Instance:
    match rule.kind.name:
        case "late-listing":
            return replace(instance, listed_at=at)
        case "late-everywhere":
            return replace(instance, listed_at=at, found_at=at)
        case "stuck-pulling":
            return replace(instance, stuck_at="pulling")
        case _:
            error = ("failed", "the container could not be started")
            return replace(instance, rests_at="exited", status_error=error)


def _instead(effect: Answer, rules: tuple[Rule, ...]) -> Response:
    seconds = next(rule.seconds for rule in rules if rule.kind.effect is effect)
    headers = {name: value.format(seconds=f"{seconds:g}") for name, value in effect.headers}
    return Response(
        effect.content * effect.repeat, status_code=effect.status, media_type=effect.content_type, headers=headers
    )


def _refused(refusal: Refusal) -> Response:
    return _json(refusal.body, status=refusal.status)


def _json(data: Mapping[str, object], *, status: int = 200) -> Response:
    # Escaped, because a client may send half of a surrogate pair, which has no UTF-8.
    return Response(json.dumps(data), status_code=status, media_type="application/json")


async def _unknown_path(request: Request, error: Exception) -> Response:  # noqa: ARG001
    return Response("404 page not found\n", status_code=404, media_type="text/plain")
