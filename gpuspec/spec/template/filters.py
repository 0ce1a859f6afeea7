"""The filters and tests that templates have: Jinja's, less those for HTML, with bounds and without secrets."""

import functools
import inspect
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from typing import Any, cast

from jinja2 import Environment
from jinja2.filters import FILTERS, do_format, do_indent, make_attrgetter
from jinja2.tests import TESTS
from jinja2.utils import pass_environment

from gpuspec.spec.template import growth
from gpuspec.spec.template.emit import Emitter
from gpuspec.spec.template.faults import TemplateFault
from gpuspec.spec.template.fragment import Fragment, Opaque, Raw
from gpuspec.spec.template.missing import Missing
from gpuspec.spec.template.shaping import Indenter, captured, trimmed
from gpuspec.spec.template.values import Absent, outward, text_of
from gpuspec.spec.text import FORBIDDEN, describe

REMOVED = frozenset({"e", "escape", "forceescape", "urlize", "xmlattr", "pprint", "random"})
# These make a text of whatever they are given; a list's text would be Python's.
_TEXTUAL = frozenset(
    {"capitalize", "center", "format", "lower", "replace", "string", "striptags", "title", "trim", "truncate"}
    | {"upper", "wordcount", "wordwrap"}
)
_MEASURES: Mapping[str, growth.Measure] = {
    "center": growth.width,
    "replace": growth.replaced,
    "round": growth.precision,
    "slice": growth.columns,
    "batch": growth.columns,
    "indent": growth.indented,
    "wordwrap": growth.wrapped,
}
# Whatever holds structure or a secret goes through these whole.
_OPEN = frozenset({"indent", "trim", "safe"})

Filter = Callable[..., Any]


def filters(emitter: Emitter) -> dict[str, Filter]:
    """Filters by name."""
    ours = _Ours(emitter)
    table: dict[str, Filter] = {name: cast("Filter", each) for name, each in FILTERS.items() if name not in REMOVED}
    table |= {
        "indent": ours.indent,
        "trim": ours.trim,
        "safe": ours.safe,
        "tojson": ours.tojson,
        "string": text_of,
        "join": ours.join,
        "sum": ours.sum,
        "format": ours.format,
        "urlencode": ours.urlencode,
    }
    return {name: _guarded(name, each, emitter) for name, each in table.items()}


def tests(emitter: Emitter) -> dict[str, Filter]:
    """Tests by name."""
    table = {name: cast("Filter", each) for name, each in TESTS.items() if name != "escaped"}
    return {name: _guarded(f"is {name}", each, emitter) for name, each in table.items()}


class _Ours:
    """Filters of our own."""

    def __init__(self, emitter: Emitter) -> None:
        self._emitter = emitter
        self._meter = emitter.meter

    def indent(self, value: Any, width: int | str = 4, first: bool = False, blank: bool = False) -> object:  # noqa: FBT001, FBT002
        text = captured(value)
        if text is None:
            return do_indent(text_of(value), width, first, blank)
        padding = width if isinstance(width, str) else " " * width
        if padding.strip(" \t"):
            message = "Captured text can only be indented with blanks."
            raise TemplateFault("template-error", message, hint="as in `| indent(4)`.")
        growth.indented(self._meter, text if isinstance(text, Fragment) else "", padding)
        return self._emitter.gather(Indenter(self._emitter, padding, blank=blank).indented(text.pieces, first=first))

    def trim(self, value: Any, chars: str | None = None) -> object:
        text = captured(value)
        if text is None or chars is not None:
            return text_of(value).strip(chars)
        return self._emitter.gather(trimmed(self._emitter, text.pieces))

    def safe(self, value: Any) -> object:
        text = captured(value)
        if text is not None:
            return text
        raw = text_of(value)
        bad = FORBIDDEN.search(raw)
        if bad is not None:
            found = describe(bad.group()) if len(bad.group()) == 1 else f"the escape `{bad.group()}`"
            raise TemplateFault(
                "bad-character",
                f"`| safe` would put {found} into the document's text.",
                hint="insert it as a value: leave out `| safe`.",
            )
        return self._emitter.gather([Raw(raw)])

    def tojson(self, value: Any, indent: int | None = None) -> str:
        try:
            plain = outward(value, self._emitter.meter)
            return json.dumps(
                plain, ensure_ascii=False, sort_keys=True, indent=indent and min(indent, 16), default=_no_json
            )
        except Absent as absent:
            return str(absent.value)

    @pass_environment
    def join(self, environment: Environment, values: Iterable[Any], d: str = "", attribute: Any = None) -> str:
        if attribute is not None:
            values = map(make_attrgetter(environment, attribute), values)
        texts = [text_of(value) for value in values]
        glue = text_of(d)
        self._meter.text(sum(map(len, texts)) + len(glue) * len(texts))
        return glue.join(texts)

    @pass_environment
    def sum(self, environment: Environment, values: Iterable[Any], attribute: Any = None, start: Any = 0) -> Any:
        if attribute is not None:
            values = map(make_attrgetter(environment, attribute), values)
        total = _number(start)
        for value in values:
            total += _number(value)
        return total

    def format(self, value: Any, *args: Any, **kwargs: Any) -> str:
        growth.modulo(self._meter, value, kwargs or args)
        for each in (*args, *kwargs.values()):
            if not isinstance(each, int | float):
                text_of(each)
        return do_format(value, *args, **kwargs)

    def urlencode(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            value = {text_of(key): text_of(each) for key, each in value.items()}
        elif not isinstance(value, str) and isinstance(value, Iterable):
            value = [(text_of(key), text_of(each)) for key, each in value]
        return FILTERS["urlencode"](value)


def _guarded(name: str, function: Filter, emitter: Emitter) -> Filter:
    measure, textual, closed = _MEASURES.get(name), name in _TEXTUAL, name not in _OPEN
    skip = 1 if hasattr(function, "jinja_pass_arg") else 0

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        for value in (*args[skip:], *kwargs.values()):
            if type(value) is Opaque and (closed or value.secret is not None):
                value.refuse()
        emitter.meter.spend(_cost(args[skip : skip + 1]))
        if textual and args[skip:] and captured(args[skip]) is None:
            args = (*args[:skip], text_of(args[skip]), *args[skip + 1 :])
        if measure is not None:
            measure(emitter.meter, *_bound(function, args, kwargs)[skip:])
        result = function(*args, **kwargs)
        return _counted(result, emitter) if inspect.isgenerator(result) else result

    return guarded


def _bound(function: Filter, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
    return inspect.signature(function).bind(*args, **kwargs).args if kwargs else args


def _cost(values: tuple[Any, ...]) -> int:
    value = values[0] if values else None
    if isinstance(value, str):
        return 1 + (len(value) >> 3)
    return 1 + len(value) if isinstance(value, Sized) and not isinstance(value, Opaque | Missing) else 1


def _counted(values: Iterator[Any], emitter: Emitter) -> Iterator[Any]:
    for value in values:
        emitter.meter.tick()
        yield value


def _number(value: Any) -> Any:
    if isinstance(value, int | float):
        return value
    if isinstance(value, Opaque | Missing):
        return str(value)
    raise TemplateFault("template-error", "`sum` adds numbers only.", hint="join lists with `+`, texts with `| join`.")


def _no_json(_value: object) -> None:
    raise TemplateFault("secret-misused", "A secret can't be written as JSON.", hint="insert it alone.")
