"""What an instance carries so that we recognise it: an env entry, or a part of its name."""

import hashlib
import re
from dataclasses import dataclass
from enum import Enum

from gpuspec.model.address import ADDRESS, SLUG, Address

ENV_KEY = "GPUSPEC_REF"
ENV_PREFIX = "GPUSPEC_"
DEFAULT_ENVIRONMENT = "default"
NAME_SUFFIX_LENGTH = 26

_ENV_VALUE = re.compile(
    rf"1:([0-9a-f]{{8}}):({SLUG.pattern})/({SLUG.pattern})/({ADDRESS.pattern})#([0-9a-f]{{16}})", re.ASCII
)
_NAME = re.compile(r".*-g([0-9a-f]{8})([0-9a-f]{16})", re.ASCII | re.DOTALL)


class MarkerMode(Enum):
    """Where the marker goes."""

    ENV = "env"
    NAME = "name"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """Whose instance this is; the nonce is its identity, the rest says where it was born.

    `lineage` is the first 8 hex digits of the state's lineage, `nonce` 16 hex digits.
    """

    lineage: str
    project: str
    environment: str
    address: Address
    nonce: str

    @property
    def env_value(self) -> str:
        """The value of the `GPUSPEC_REF` entry."""
        return f"1:{self.lineage}:{self.project}/{self.environment}/{self.address}#{self.nonce}"

    @property
    def birthplace(self) -> str:
        """8 hex digits that stand for project, environment and address where only the name can carry the marker."""
        text = f"{self.project}/{self.environment}/{self.address}"
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    def in_name(self, name: str) -> str:
        """The name with the marker in it; `NAME_SUFFIX_LENGTH` characters longer."""
        return f"{name}-g{self.birthplace}{self.nonce}"

    @property
    def trace(self) -> "Trace":
        """What a reader of the API can see of this marker at best."""
        return Trace(nonce=self.nonce, birthplace=self.birthplace)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What was read of a marker on a live instance: enough to recognise its birthplace and its nonce.

    `marker` is set when the env entry was read, which says the birthplace in words.
    """

    nonce: str
    birthplace: str
    marker: Marker | None = None


def read_env_value(text: str) -> Trace | None:
    """The marker in a `GPUSPEC_REF` entry; None when the text is none of ours."""
    match = _ENV_VALUE.fullmatch(text)
    if match is None:
        return None
    lineage, project, environment, address, nonce = match.groups()
    marker = Marker(lineage=lineage, project=project, environment=environment, address=address, nonce=nonce)
    return Trace(nonce=nonce, birthplace=marker.birthplace, marker=marker)


def read_name(name: str) -> Trace | None:
    """The marker at the end of a name; None when there is none."""
    match = _NAME.fullmatch(name)
    return None if match is None else Trace(birthplace=match[1], nonce=match[2])


def name_without_marker(name: str) -> str:
    """The name as the spec has it."""
    return name if read_name(name) is None else name[:-NAME_SUFFIX_LENGTH]
