"""Where the API is: an origin, checked before anything is sent to it."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from gpuspec.errors import UsageError

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*", re.ASCII)
_DEFAULT_PORTS = {"https": 443, "http": 80}


def parse_origin(text: str) -> str:
    """scheme://host[:port] in one spelling: lower case, no default port, no slash at the end.

    Raises:
        UsageError: It isn't an origin, or it would send the API key unencrypted over a network.
    """
    parts = _split(text)
    fault = _fault(parts)
    if fault:
        raise _refusal(text if "@" not in text else "", fault)
    origin = _spelled(parts)
    if parts.scheme == "http" and not is_loopback(origin):
        raise _refusal(text, "`http` would send the API key unencrypted, and is for this machine only")
    return origin


def is_loopback(origin: str) -> bool:
    """Whether the origin is on this machine: localhost, 127.0.0.0/8 or [::1]."""
    host = urlsplit(origin).hostname or ""
    address = _address(host)
    return host == "localhost" if address is None else address in ipaddress.ip_network(_loopback_of(address))


def _split(text: str) -> SplitResult:
    # urlsplit silently drops tabs and newlines, which a header or a message should never have seen.
    if re.fullmatch(r"[!-~]+", text, re.ASCII) is None:
        raise _refusal("", "it is empty, or has a blank or another character in it that no origin has")
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise _refusal("" if "@" in text else text, "its host or port can't be read") from error
    return parts


def _fault(parts: SplitResult) -> str:
    if parts.scheme not in _DEFAULT_PORTS:
        return "it does not begin with `https://`"
    if not parts.netloc:
        return "it has no host"
    if "@" in parts.netloc:
        return "it has a user name or password in it"
    if parts.path not in {"", "/"}:
        return "it has a path; the path of the API is added by itself"
    if parts.query or parts.fragment:
        return "it has a query or a fragment"
    return "" if _is_host(parts.hostname or "") else "its host can't be read"


def _is_host(host: str) -> bool:
    return _address(host) is not None or (_HOST_NAME.fullmatch(host) is not None and not host[-1].isdigit())


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _loopback_of(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    return "127.0.0.0/8" if address.version == 4 else "::1/128"


def _spelled(parts: SplitResult) -> str:
    host = parts.hostname or ""
    bracketed = f"[{host}]" if ":" in host else host
    port = "" if parts.port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{bracketed}{port}"


def _refusal(shown: str, fault: str) -> UsageError:
    what = f"`{shown}` is not an endpoint" if shown else "This is not an endpoint"
    return UsageError(f"{what}: {fault}.", hint="give an origin, like `https://api.novita.ai`.")
