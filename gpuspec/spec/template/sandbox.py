"""The environment that templates run in: immutable, bounded, without clock, files, chance or HTML."""

import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from string import Formatter
from typing import Any, cast

from jinja2 import TemplateNotFound
from jinja2.runtime import Context
from jinja2.sandbox import MAX_RANGE, ImmutableSandboxedEnvironment, SandboxedFormatter
from jinja2.utils import Cycler, Joiner, Namespace

from gpuspec.spec.template import growth
from gpuspec.spec.template.bounds import BoundExceeded
from gpuspec.spec.template.emit import Emitter
from gpuspec.spec.template.faults import TemplateFault
from gpuspec.spec.template.filters import filters, tests
from gpuspec.spec.template.fragment import Fragment, Opaque
from gpuspec.spec.template.missing import Missing
from gpuspec.spec.template.places import PlacedLexer
from gpuspec.spec.template.values import secret, text_of
from gpuspec.spec.template.words import kind_of

# They give bytes, which no document holds, of any length.
_OF_ONE_KIND = "bring both to one kind first: `| int`, `| float`, `| string`."
_CLOSED_ATTRIBUTES = frozenset({"encode", "to_bytes"})
Load = Callable[[str], Any]


class TemplateEnvironment(ImmutableSandboxedEnvironment):
    """One rendering's environment; `load` gives the compiled template of a name."""

    intercepted_binops = frozenset(growth.OPERATORS)

    def __init__(self, emitter: Emitter, load: Load, *, whole_lines: bool = True) -> None:
        super().__init__(
            undefined=Missing,
            line_statement_prefix="#% ",
            keep_trailing_newline=True,
            optimized=False,
            autoescape=False,
            cache_size=0,
        )
        self.emitter = emitter
        self.reading: PlacedLexer | None = None
        self._load = load
        self._whole_lines = whole_lines
        self.filters = cast("Any", filters(emitter))
        self.tests = cast("Any", tests(emitter))
        self.globals = {
            "range": _range,
            "dict": dict,
            "cycler": Cycler,
            "joiner": Joiner,
            "namespace": Namespace,
            "secret": secret,
        }
        self.concat = emitter.gather  # type: ignore[assignment]

    def _tokenize(self, source: str, name: str | None, filename: str | None = None, state: str | None = None) -> Any:
        self.reading = PlacedLexer(self, whole_lines=self._whole_lines)
        return self.reading.tokenize(source, name, filename, state)

    def get_template(self, name: Any, parent: str | None = None, globals: Any = None) -> Any:  # noqa: A002, ARG002
        """The template of this name, relative to the project folder."""
        if isinstance(name, Missing | Opaque):
            return self._load(str(name))
        if not isinstance(name, str):
            message = f"A file's name is a string; here it is {kind_of(name)}."
            raise TemplateFault("template-error", message, hint="as in `{% include 'part.yaml' %}`.")
        return self._load(str(name))

    def first_of(self, names: Any) -> Any:
        """The template of this name, or of the first of these names that there is."""
        if isinstance(names, str) or not isinstance(names, Sequence):
            return self.get_template(names)
        missed: TemplateNotFound | None = None
        for name in names:
            try:
                return self.get_template(name)
            except TemplateNotFound as error:
                missed = missed or error
        message, hint = "The list of files to include is empty.", "name one: `{% include ['part.yaml'] %}`."
        raise missed or TemplateFault("include-missing", message, hint=hint)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Close what the sandbox leaves open and can fill the memory."""
        return attr not in _CLOSED_ATTRIBUTES and super().is_safe_attribute(obj, attr, value)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`obj.attribute`; a secret has none."""
        if type(obj) is Opaque:
            obj.refuse()
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """`obj[argument]`; a secret has none and is none."""
        for value in (obj, argument):
            if type(value) is Opaque:
                value.refuse()
        return super().getitem(obj, argument)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Measure what the operator would make, then let it."""
        growth.OPERATORS[operator](self.emitter.meter, left, right)
        if operator == "+" and isinstance(left, Fragment) and isinstance(right, Fragment):
            return self.emitter.chain([left, right])
        if operator == "%" and isinstance(left, str):
            return self.filters["format"](left, *right) if isinstance(right, tuple) else left % _printable(right)
        try:
            return super().call_binop(context, operator, left, right)
        except TypeError as error:
            if any(isinstance(value, Missing | Opaque) for value in (left, right)):
                raise
            hint = "to put texts together whatever they are, write `~`." if operator == "+" else _OF_ONE_KIND
            message = f"`{operator}` can't be used between {kind_of(left)} and {kind_of(right)}."
            raise TemplateFault("template-error", message, hint=hint) from error

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call a method only after measuring what it would make."""
        if type(obj) is Opaque:
            obj.refuse()
        if isinstance(obj, types.BuiltinMethodType):
            args = tuple(list(one) if isinstance(one, types.GeneratorType | map) else one for one in args)
            _refuse_opaque(args)
            self._measure(obj, args)
        return super().call(context, obj, *args, **kwargs)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """`str.format` and `str.format_map`, bounded."""
        if not isinstance(value, types.BuiltinMethodType) or value.__name__ not in ("format", "format_map"):
            return None
        template = value.__self__
        if not isinstance(template, str):
            return None
        formatter = BoundedFormatter(self)
        if value.__name__ == "format_map":
            return lambda mapping: formatter.vformat(str(template), (), mapping)
        return lambda *args, **kwargs: formatter.vformat(str(template), args, kwargs)

    def _measure(self, method: types.BuiltinMethodType, args: Sequence[Any]) -> None:
        measure = growth.METHODS.get(method.__name__)
        if measure is not None and isinstance(method.__self__, str):
            measure(self.emitter.meter, method.__self__, *args)


class BoundedFormatter(SandboxedFormatter):
    """A formatter that refuses wide fields before it makes them, and the text of lists and secrets at all."""

    _env: TemplateEnvironment

    def format_field(self, value: Any, format_spec: str) -> Any:
        """One field's text."""
        meter = self._env.emitter.meter
        growth.formats(meter, "{", growth.digits(format_spec), (_printable(value),))
        meter.spend(1)
        return Formatter.format_field(self, value, format_spec)

    def convert_field(self, value: Any, conversion: Any) -> Any:
        """A field after `!r` or `!s`."""
        return Formatter.convert_field(self, _printable(value), conversion)

    def vformat(self, format_string: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
        """The whole text."""
        values = [*args, *(kwargs.values() if isinstance(kwargs, Mapping) else ())]
        growth.formats(self._env.emitter.meter, format_string, (), values)
        return Formatter.vformat(self, format_string, args, kwargs)


def _range(*args: int) -> range:
    made = range(*args)
    if len(made) > MAX_RANGE:
        raise BoundExceeded(f"A range has at most {MAX_RANGE:,} items.", code="template-too-big")
    return made


def _printable(value: Any) -> Any:
    """The value, if it has a text that is not Python's own notation."""
    if isinstance(value, Mapping):
        for each in value.values():
            text_of(each)
    else:
        text_of(value)
    return value


def _refuse_opaque(values: Iterable[object]) -> None:
    for value in values:
        if type(value) is Opaque:
            value.refuse()
        if isinstance(value, list | tuple):
            _refuse_opaque(each for each in value if type(each) is Opaque)
