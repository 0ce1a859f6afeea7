"""The written description of the service, `tests/cases/openapi/novita.yaml`, as a judge of requests and answers."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from jsonschema import Draft202012Validator
from jsonschema.validators import extend
from ruamel.yaml import YAML
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gpuspec.simulator.calls import PREFIX

FILE = Path(__file__).parents[1] / "cases" / "openapi" / "novita.yaml"
DESCRIPTION: dict[str, Any] = YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))
OPERATIONS: Mapping[tuple[str, str], dict[str, Any]] = {
    (method.upper(), PREFIX + path): operation
    for path, operations in DESCRIPTION["paths"].items()
    for method, operation in operations.items()
}
METHOD_AND_PATH = {operation["operationId"]: at for at, operation in OPERATIONS.items()}


def _is_integer(_: object, value: object) -> bool:
    # JSON Schema takes 1.0 for an integer; who reads JSON into integers does not.
    return isinstance(value, int) and not isinstance(value, bool)


_Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer)
)


def _closed(schema: Any) -> Any:
    """The schema, with no object in it that may hold a key that is not described."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    return {"additionalProperties": False, **closed} if isinstance(schema.get("properties"), dict) else closed


_COMPONENTS = DESCRIPTION["components"]
_CLOSED = _closed(_COMPONENTS)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A request as it went out."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes

    @property
    def query(self) -> list[tuple[str, str]]:
        """Its parameters."""
        return parse_qsl(urlsplit(self.url).query, keep_blank_values=True)


def objections(sent: Sent) -> list[str]:
    """Why the description does not allow this request; empty if it does.

    Rules between fields stand in no schema, and are asked apart from those of the schema.
    """
    operation = OPERATIONS.get((sent.method, urlsplit(sent.url).path))
    if operation is None:
        return [f"There is no {sent.method} {sent.url}."]
    if not _has_key(sent.headers):
        return ["There is no key."]
    if sent.method == "POST":
        return _of_body(operation, sent)
    return _of_query(operation, sent.query)


def misfits(call: str, answer: httpx.Response) -> list[str]:
    """Where an answer to this call differs from the description; empty where it is as described."""
    responses = OPERATIONS[METHOD_AND_PATH[call]]["responses"]
    described = responses.get(str(answer.status_code))
    if described is None:
        return [f"{call} answers no status {answer.status_code}."]
    content_type = answer.headers.get("content-type", "").partition(";")[0]
    content = _resolved(described)["content"].get(content_type)
    if content is None:
        return [f"{call} answers no {content_type or 'empty body'}."]
    return [] if content_type != "application/json" else _faults(content["schema"], answer.json())


@contextmanager
def only_described_requests(app: Starlette) -> Iterator[Starlette]:
    """A service that no client asks for anything that is not described.

    Stricter than the service, which ignores keys that it does not know: a client that sends one has misspelt it. A test
    that sends what does not fit, to be refused, sets the application's `state.unfit_on_purpose`.
    """
    unfit: list[str] = []
    app.add_middleware(_Listening, into=unfit)
    yield app
    assert unfit == [] or getattr(app.state, "unfit_on_purpose", False)


class _Listening:
    """The application within, and what of the requests to it is not described."""

    def __init__(self, app: ASGIApp, *, into: list[str]) -> None:
        self._app = app
        self._into = into

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        messages = [await receive()]
        while messages[-1].get("more_body"):
            messages.append(await receive())
        sent = _sent(scope, b"".join(message.get("body", b"") for message in messages))
        self._into += objections(sent) or _unknown_names(sent)

        async def again() -> Message:
            return messages.pop(0) if messages else await receive()

        await self._app(scope, again, send)


def _unknown_names(sent: Sent) -> list[str]:
    operation = OPERATIONS[sent.method, urlsplit(sent.url).path]
    known = {parameter["name"] for parameter in operation.get("parameters", ())}
    found = [f"There is no parameter {name}." for name, _ in sent.query if name not in known]
    return found + (_of_body(operation, sent, closed=True) if sent.method == "POST" else [])


def _sent(scope: Scope, content: bytes) -> Sent:
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    url = f"{scope['path']}?{scope['query_string'].decode()}"
    return Sent(method=scope["method"], url=url, headers=headers, content=content)


def _has_key(headers: Mapping[str, str]) -> bool:
    values = [value for name, value in headers.items() if name.lower() == "authorization"]
    scheme, _, key = values[0].partition(" ") if values else ("", "", "")
    return scheme.lower() == "bearer" and bool(key.strip())


def _of_body(operation: Mapping[str, Any], sent: Sent, *, closed: bool = False) -> list[str]:
    named = [value for name, value in sent.headers.items() if name.lower() == "content-type"]
    if not named or named[0].partition(";")[0].strip() != "application/json":
        return ["The body is not called JSON."]
    try:
        body = json.loads(sent.content)
    except ValueError:
        return ["The body is not JSON."]
    return _listed(_body_validator(operation["operationId"], closed=closed), body)


@cache
def _body_validator(call: str, *, closed: bool) -> Draft202012Validator:
    schema = OPERATIONS[METHOD_AND_PATH[call]]["requestBody"]["content"]["application/json"]["schema"]
    return _validator(_closed(schema) if closed else schema, components=_CLOSED if closed else _COMPONENTS)


def _of_query(operation: Mapping[str, Any], query: Iterable[tuple[str, str]]) -> list[str]:
    """Why the parameters don't fit; an empty one counts as absent."""
    query = list(query)
    given = {name: value for name, value in query if value}
    times = Counter(name for name, _ in query)
    found = [f"The parameter {name} is given twice." for name in times if times[name] > 1]
    for parameter in operation.get("parameters", ()):
        name, schema = parameter["name"], _resolved(parameter["schema"])
        if name not in given:
            found += [f"The parameter {name} is missing."] if parameter.get("required") else []
        else:
            found += [f"{name}: {fault}" for fault in _faults(schema, _typed(given[name], schema))]
    return found


def _typed(text: str, schema: Mapping[str, Any]) -> object:
    whole = schema.get("type") == "integer" and text.isascii() and text.isdigit() and len(text) <= 10
    return int(text) if whole else text


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Any = DESCRIPTION
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)


def _faults(schema: dict[str, Any], value: object) -> list[str]:
    return _listed(_validator(schema, components=_COMPONENTS), value)


def _validator(schema: dict[str, Any], *, components: object) -> Draft202012Validator:
    validator: Draft202012Validator = _Validator({**schema, "components": components})
    return validator


def _listed(validator: Draft202012Validator, value: object) -> list[str]:
    return [f"{error.json_path}: {error.message}"[:300] for error in validator.iter_errors(value)]
