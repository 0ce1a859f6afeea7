"""What ends a rendering, as an exception that knows its code, its words and, sometimes, its place."""

from typing import NoReturn

from gpuspec.model.place import Place
from gpuspec.model.problem import Problem, Problems, Related
from gpuspec.spec.template.places import At


class TemplateFault(Exception):
    """A fault that an expression or tag has.

    `at` is a position in the template being compiled; without it the place is where the template's code was.
    """

    def __init__(self, code: str, message: str, *, hint: str, at: At | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.at = at


class PlacedFault(Exception):
    """Faults that know their place in a file; what is missing are only the calls that led there."""

    def __init__(self, problems: Problems) -> None:
        super().__init__(problems.items[0].message)
        self.problems = problems


def placed(code: str, message: str, place: Place, *, hint: str, related: tuple[Related, ...] = ()) -> PlacedFault:
    """One fault with its place."""
    problem = Problem(code=code, message=message, place=place, hint=hint, related=related)
    return PlacedFault(Problems(items=(problem,)))


def misuse() -> NoReturn:
    """A secret was used for anything but being inserted."""
    raise TemplateFault(
        "secret-misused",
        "A secret can only be inserted, alone or with text round it; no filter, test, comparison or operator sees it.",
        hint="write the text round the expression: \"Bearer {{ secret('env:TOKEN') }}\".",
    )
