"""Who gave a variable which value, ready to be shown: whatever may be a secret is masked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from gpuspec.model.project import JsonValue, Variable
from gpuspec.model.secret import Secret
from gpuspec.model.secret_names import looks_secret
from gpuspec.spec.rendered import Value

ENVIRON_PREFIX = "GPUSPEC_VAR_"
MASK = "(secret)"
VERSION = 1


class Giver(Enum):
    """Who may give a variable its value, the one that wins first."""

    TEST = "test"
    OPTION = "option"
    FILE = "file"
    PROCESS = "process"
    ENVIRONMENT = "environment"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A value that somebody gave to a variable; `name` is the file's or the environment's."""

    giver: Giver
    value: Value
    name: str = ""

    def source(self, variable: str) -> str:
        """Where the value came from, in words."""
        match self.giver:
            case Giver.TEST:
                return "the test"
            case Giver.OPTION:
                return f"`--var {variable}`"
            case Giver.FILE:
                return f"`--var-file {self.name}`"
            case Giver.PROCESS:
                return f"`{ENVIRON_PREFIX}{variable}`"
            case Giver.ENVIRONMENT:
                return f"the environment `{self.name}`"
            case Giver.DEFAULT:
                return "its default"
            case _:
                assert_never(self.giver)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A variable with all that was offered for it, the offer that won first; none where it has no value.

    `declared` is None for one that the project does not declare.
    """

    name: str
    declared: Variable | None
    offers: tuple[Offer, ...]

    def shown(self, offer: Offer) -> JsonValue:
        """The offer's value; masked where the variable is sensitive, or is called like a secret."""
        sensitive = self.declared is not None and self.declared.sensitive
        return _shown(offer.value, hidden=sensitive or looks_secret(self.name))


def variables_document(variables: Iterable[Offered], *, environment: str) -> dict[str, JsonValue]:
    """The variables as data: `source` is null where a variable has no value, `lost` are the offers that did not win."""
    return {
        "version": VERSION,
        "command": "vars",
        "environment": environment,
        "variables": [_row(variable) for variable in variables],
    }


def _row(variable: Offered) -> dict[str, JsonValue]:
    declared, offers = variable.declared, [_offer(variable, offer) for offer in variable.offers]
    won = offers[0] if offers else None
    return {
        "name": variable.name,
        "type": None if declared is None else declared.type.value,
        "sensitive": declared is not None and declared.sensitive,
        "value": None if won is None else won["value"],
        "source": None if won is None else {"giver": won["giver"], "name": won["name"]},
        "lost": [*offers[1:]],
    }


def _offer(variable: Offered, offer: Offer) -> dict[str, JsonValue]:
    return {"giver": offer.giver.value, "name": offer.name, "value": variable.shown(offer)}


def _shown(value: Value, *, hidden: bool) -> JsonValue:
    match value:
        case Secret():
            return MASK
        case Mapping():
            return {key: _shown(part, hidden=hidden or looks_secret(key)) for key, part in value.items()}
        case list() | tuple():
            return [_shown(part, hidden=hidden) for part in value]
        case None | "":
            return value
        case str() | bool() | int() | float():
            return MASK if hidden else value
        case _:
            return MASK
