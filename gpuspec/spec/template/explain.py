"""Whatever ended a rendering, as problems with places."""

import re
from bisect import bisect_right
from collections.abc import Collection
from dataclasses import replace
from types import TracebackType

from jinja2 import Environment
from jinja2.exceptions import SecurityError, TemplateRuntimeError, UndefinedError

from gpuspec.model.place import Place
from gpuspec.model.problem import Problem, Problems
from gpuspec.spec.template.bounds import BoundExceeded
from gpuspec.spec.template.faults import PlacedFault, TemplateFault
from gpuspec.spec.template.load import FROM_THE_PROJECT, CompiledTemplate, NotThere
from gpuspec.spec.template.missing import Unspoken, explained
from gpuspec.spec.template.syntax import hint_for, is_reworded, reworded

_TOO_MUCH = {
    "template-too-long": "is there a loop that is far too long?",
    "template-too-big": "ask for less: is there a number that is far too large?",
}
_ALLOWED = "use the value itself, its items, filters and tests; names that begin with `_` are Python's."
_VALUES = "look at the values that it works with."
_MAX_CALLS = 16
_MAX_WORDS = 300
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def problems_of(error: BaseException, file: str, *, known: Collection[str], environment: Environment) -> Problems:
    """What ended the rendering of this file; places of calls and includes are the traceback's."""
    chain = chain_of(error.__traceback__)
    if isinstance(error, PlacedFault):
        return Problems(items=tuple(_called(problem, chain) for problem in error.problems.items))
    place = replace(chain[0], calls=chain[1:]) if chain else Place(file=file, line=1, column=1)
    code, message, hint = _words(error, known, environment)
    return Problems(items=(Problem(code=code, message=message, place=place, hint=hint),))


def chain_of(traceback: TracebackType | None) -> tuple[Place, ...]:
    """The template places that a traceback goes through, innermost first; of very many, the innermost."""
    places: list[Place] = []
    while traceback is not None:
        template = traceback.tb_frame.f_globals.get("__jinja_template__")
        if isinstance(template, CompiledTemplate):
            places.append(_place(template, traceback.tb_lineno))
        traceback = traceback.tb_next
    return tuple(reversed(places[-_MAX_CALLS:]))


def _place(template: CompiledTemplate, code_line: int) -> Place:
    index = bisect_right(template.code_lines, code_line) - 1
    if index < 0:
        return Place(file=template.file, line=1, column=1)
    at = template.marks[index]
    return Place(file=template.file, line=int(at), column=at.column, width=at.width)


def _called(problem: Problem, chain: tuple[Place, ...]) -> Problem:
    return replace(problem, place=problem.place and replace(problem.place, calls=chain)) if chain else problem


def _words(error: BaseException, known: Collection[str], environment: Environment) -> tuple[str, str, str]:
    """Code, message and hint."""
    if isinstance(error, TemplateFault):
        return error.code, error.message, error.hint
    if isinstance(error, BoundExceeded):
        return error.code, f"The template was stopped here. {error.message}", _TOO_MUCH[error.code]
    if isinstance(error, NotThere):
        return error.why.code, error.why.message, FROM_THE_PROJECT
    if isinstance(error, SecurityError):
        return "template-forbidden", "A template may not look into Python's own objects.", _ALLOWED
    if isinstance(error, UndefinedError) and error.args and isinstance(error.args[0], Unspoken):
        return "undefined-variable", *explained(error.args[0].missing, known)
    if isinstance(error, RecursionError):
        message = "Macros or includes call each other without end, or far too deep."
        return "template-too-deep", message, "put a condition round the call that ends it."
    if isinstance(error, MemoryError | OverflowError):
        return "template-too-big", "The template needs more memory here than it may use.", _TOO_MUCH["template-too-big"]
    return _unexpected(error, environment)


def _unexpected(error: BaseException, environment: Environment) -> tuple[str, str, str]:
    if isinstance(error, ZeroDivisionError):
        return "template-error", "The expression divides by zero.", _VALUES
    text = _ADDRESS.sub("", str(error))[:_MAX_WORDS]
    message = reworded(text)
    if isinstance(error, TemplateRuntimeError) or is_reworded(text):
        return (
            "template-error",
            message,
            hint_for(message, environment) if message.startswith("There is no") else _VALUES,
        )
    why = text.rstrip(".") or type(error).__name__
    return "template-error", f"The expression can't be worked out: {why}.", _VALUES
