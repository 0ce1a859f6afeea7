"""Opens the object store of a shared state: where obstore is imported, and what its settings may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gpuspec.errors import StateError
from gpuspec.model.state_url import StateUrl

if TYPE_CHECKING:
    from gpuspec.store.objects import Objects

_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
_ALLOW_HTTP = "AWS_ALLOW_HTTP"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def opener(environ: Mapping[str, str]) -> Callable[[StateUrl], Objects]:
    """What gives the objects at a place; a second call for one place gives the same."""

    @cache
    def opened(url: StateUrl) -> Objects:
        try:
            from gpuspec.store.objects_obstore import connect
        except ImportError as error:
            raise _not_installed(url) from error
        on_s3 = url.scheme == "s3"
        plain_http = on_s3 and _plain_http(url, environ)
        try:
            return connect(url, plain_http=plain_http, aws_session=on_s3 and "AWS_ACCESS_KEY_ID" not in environ)
        except ImportError as error:
            raise _not_installed(url) from error

    return opened


def _not_installed(url: StateUrl) -> StateError:
    message = f"The state is at {url}, and the packages that reach it are not installed."
    return StateError(message, hint="install them:", command="pip install 'gpuspec[remote]'")


def _plain_http(url: StateUrl, environ: Mapping[str, str]) -> bool:
    """Whether the endpoint in the environment may be spoken to without TLS.

    Raises:
        StateError: It has none, is not on this machine, and nobody has allowed it.
    """
    name = next((name for name in _ENDPOINTS if environ.get(name)), "")
    endpoint = urlsplit(environ.get(name, ""))
    if endpoint.scheme != "http":
        return False
    if endpoint.hostname in _LOOPBACK or environ.get(_ALLOW_HTTP, "").lower() in {"1", "true"}:
        return True
    # The endpoint is not repeated: it may have a password in it.
    message = f"{url}: the endpoint in {name} has no TLS, so anybody on the way could read and change the state."
    raise StateError(message, hint=f"use https; or set {_ALLOW_HTTP}=true, if the network between is yours alone")
