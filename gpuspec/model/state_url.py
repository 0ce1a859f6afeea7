"""Where a shared state lives: `s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix`."""

import re
from dataclasses import dataclass

SCHEMES = ("s3", "gs", "az")

_ANY_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://", re.ASCII)
_URL = re.compile(r"(s3|gs|az)://([A-Za-z0-9][A-Za-z0-9._-]{1,221})((?:/[A-Za-z0-9._~!()+=,-]+)*)/*", re.ASCII)
_LONGEST_PREFIX = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class StateUrl:
    """A place on an object store. `bucket` is a container on Azure; `prefix` may be empty, and ends with no slash."""

    scheme: str
    bucket: str
    prefix: str = ""

    def __str__(self) -> str:
        return "/".join(filter(None, (f"{self.scheme}://{self.bucket}", self.prefix)))

    def below(self, name: str) -> "StateUrl":
        """The place of this name below this one."""
        return StateUrl(scheme=self.scheme, bucket=self.bucket, prefix="/".join(filter(None, (self.prefix, name))))


def is_url(text: str) -> bool:
    """Whether the text can't mean a file, since it begins as a URL does."""
    return _ANY_URL.match(text) is not None


def state_url(text: str) -> StateUrl | None:
    """The place that the text names; None when it names none.

    User, password, query and fragment are refused: credentials come from the environment or a profile, and whoever
    gets None must not repeat the text.
    """
    match = _URL.fullmatch(text)
    if match is None:
        return None
    prefix = match[3].lstrip("/")
    if len(prefix) > _LONGEST_PREFIX or {".", ".."} & set(prefix.split("/")):
        return None
    return StateUrl(scheme=match[1], bucket=match[2], prefix=prefix)
