"""Where the API key comes from: the environment, a file named there, or the service's own key file."""

import os
from collections.abc import Mapping
from pathlib import Path

from gpuspec.cloud.key import ApiKey, check_key
from gpuspec.errors import CredentialsError
from gpuspec.ports import NotReadable
from gpuspec.workflow.files import read_bytes

KEY_VARIABLE = "NOVITA_API_KEY"
KEY_FILE_VARIABLE = "NOVITA_API_KEY_FILE"
KEY_FILE_LIMIT = 4096


def find_key(environ: Mapping[str, str], *, home: Path) -> ApiKey:
    """The API key of this run.

    Raises:
        CredentialsError: There is none, or what there is can't be a key.
    """
    if KEY_VARIABLE in environ:
        return check_key(environ[KEY_VARIABLE], KEY_VARIABLE)
    named = environ.get(KEY_FILE_VARIABLE)
    if named:
        return check_key(_content(Path(named), source=KEY_FILE_VARIABLE), f"{KEY_FILE_VARIABLE} ({named})")
    default = home / ".novita" / "api_key"
    if os.path.exists(default):  # noqa: PTH110 - a home that can't be followed holds no key; the method would raise
        return check_key(_content(default, source="the key file"), str(default))
    message = f"This command needs the API, and neither `{KEY_VARIABLE}` nor a key file is set."
    raise CredentialsError(
        message,
        hint=f"set `{KEY_VARIABLE}` (or `{KEY_FILE_VARIABLE}`, or write `~/.novita/api_key`), or try it without an "
        "account on the simulator:",
        command="gpuspec apply --simulate",
    )


def _content(path: Path, *, source: str) -> str:
    content = read_bytes(path, limit=KEY_FILE_LIMIT)
    if isinstance(content, NotReadable):
        message = f"{source} names {path}. {content.message}"
        raise CredentialsError(message, hint="name a file that holds the key alone, and that you may read.")
    return os.fsdecode(content).rstrip("\r\n")
