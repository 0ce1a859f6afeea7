"""An endpoint is an origin, and never one to which the key would travel unencrypted."""

import pytest

from gpuspec.cloud.endpoint import is_loopback, parse_origin
from gpuspec.errors import UsageError

ORIGINS = {
    "https://api.novita.ai": "https://api.novita.ai",
    "https://api.novita.ai/": "https://api.novita.ai",
    "HTTPS://API.Novita.AI:443": "https://api.novita.ai",
    "https://api.novita.ai:8443": "https://api.novita.ai:8443",
    "http://localhost:8080": "http://localhost:8080",
    "http://127.0.0.1:80": "http://127.0.0.1",
    "http://127.8.9.10:1": "http://127.8.9.10:1",
    "http://[::1]:8080": "http://[::1]:8080",
    "https://[2001:db8::1]": "https://[2001:db8::1]",
    "https://10.0.0.1": "https://10.0.0.1",
}
REFUSED = {
    "": "empty",
    " https://api.novita.ai": "a blank",
    "https://api.novita.ai\n": "a blank",
    "https://äpi.novita.ai": "another character",
    "api.novita.ai": "https://",
    "api.novita.ai:443": "https://",
    "ftp://api.novita.ai": "https://",
    "https://": "has no host",
    "https:api.novita.ai": "has no host",
    "https://:443": "host can't be read",
    "https://api.novita.ai:port": "host or port can't be read",
    "https://api.novita.ai:70000": "host or port can't be read",
    "https://[::1": "host or port can't be read",
    "https://user@api.novita.ai": "user name or password",
    "https://user:pass@api.novita.ai:x": "host or port can't be read",
    "https://api.novita.ai/gpu-instance/openapi/v1": "a path",
    "https://api.novita.ai?x=1": "a query",
    "https://api.novita.ai#top": "a query or a fragment",
    "https://-api.novita.ai": "host can't be read",
    "https://api..novita.ai": "host can't be read",
    "https://999.1.1.1": "host can't be read",
    f"https://{'a' * 64}.ai": "host can't be read",
    "http://api.novita.ai": "unencrypted",
    "http://127.1": "host can't be read",
    "http://localhost.example.org": "unencrypted",
    "http://[::ffff:127.0.0.1]": "unencrypted",
    "http://0.0.0.0:8080": "unencrypted",
}


@pytest.mark.parametrize("text", ORIGINS)
def test_an_origin_has_one_spelling(text: str) -> None:
    """States are compared by origin, so that one service has one spelling."""
    assert parse_origin(text) == ORIGINS[text]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_origin_is_refused(text: str) -> None:
    """The message says what is wrong with it, and a user name or password in it is not repeated."""
    with pytest.raises(UsageError, match=REFUSED[text]) as caught:
        parse_origin(text)
    assert "user" not in caught.value.message.replace("user name", "")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("http://localhost:1", True),
        ("https://127.0.0.1", True),
        ("http://[::1]:1", True),
        ("https://api.novita.ai", False),
        ("https://10.0.0.1", False),
        ("simulator", False),
    ],
)
def test_loopback_is_this_machine(origin: str, expected: bool) -> None:
    """Only what can't leave the machine is loopback."""
    assert is_loopback(origin) is expected
