"""What came back from a mutating call, classified: the first row of the table that matches wins."""

import re
import ssl
from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import assert_never

from gpuspec.cloud.lean import httpx
from gpuspec.cloud.reply import Flaw, NoReply, Outcome, Reply
from gpuspec.cloud.shapes import identifier, unwrapped
from gpuspec.errors import CredentialsError, ServiceUntrusted
from gpuspec.model.answer import Ambiguous, Answer, Denied, Done, NotSent, Rejected, Throttled

LONGEST_RETRY_AFTER_S = 3600.0

# Every way in which httpx fails, most special first -> what happened, in words.
EXCHANGE_FAULTS: tuple[tuple[type[Exception], str], ...] = (
    (httpx.ConnectTimeout, "no connection could be made in time"),
    (httpx.PoolTimeout, "no connection was free in time"),
    (httpx.ReadTimeout, "no answer came in time"),
    (httpx.WriteTimeout, "the request could not be written in time"),
    (httpx.TimeoutException, "it took too long"),
    (httpx.ConnectError, "no connection could be made"),
    (httpx.ReadError, "the connection broke while the answer was awaited"),
    (httpx.WriteError, "the connection broke while the request was written"),
    (httpx.CloseError, "the connection could not be closed"),
    (httpx.NetworkError, "the network failed"),
    (httpx.RemoteProtocolError, "the answer was no HTTP, or the connection was closed without one"),
    (httpx.LocalProtocolError, "the request could not be put as HTTP"),
    (httpx.ProtocolError, "what was said was no HTTP"),
    (httpx.ProxyError, "the proxy failed"),
    (httpx.UnsupportedProtocol, "the endpoint's protocol is not known"),
    (httpx.TransportError, "the transport failed"),
    (httpx.DecodingError, "the answer could not be decoded"),
    (httpx.TooManyRedirects, "there were too many redirects"),
    (httpx.RequestError, "the request failed"),
    (httpx.HTTPStatusError, "the status was an error"),
    (httpx.HTTPError, "the exchange failed"),
    (httpx.InvalidURL, "the address of the API can't be used"),
    (httpx.CookieConflict, "the cookies are at odds"),
    (httpx.StreamConsumed, "the answer was read twice"),
    (httpx.StreamClosed, "the answer was closed before it was read"),
    (httpx.ResponseNotRead, "the answer was not read"),
    (httpx.RequestNotRead, "the request was not read"),
    (httpx.StreamError, "the answer could not be read"),
    (TimeoutError, "it was not answered within the time for one request"),
    (OSError, "the network failed"),
)

# These come from before a connection is had; with a trace that saw no sending they are proof.
BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def no_reply(error: Exception, *, traced: bool, sending_seen: bool) -> NoReply:
    """What an exception of the transport means.

    Args:
        traced: Whether the transport reports its steps. One that doesn't may have sent, whatever the exception says.
        sending_seen: Whether a step at or after sending was reported.
    """
    words = next((words for kind, words in EXCHANGE_FAULTS if isinstance(error, kind)), "the exchange broke off")
    unsent = traced and not sending_seen and isinstance(error, BEFORE_SENDING)
    match _tls_fault(error):
        case ssl.SSLCertVerificationError() as fault:
            distrust = fault.verify_message.rstrip(".")
            reason = f"the service's certificate is not accepted: {distrust}"
            return NoReply(reason=reason, unsent=unsent, distrust=distrust)
        case ssl.SSLError():
            words += ", since TLS could not be agreed on"
        case None:
            pass
    return NoReply(reason=f"{words} ({type(error).__name__})", unsent=unsent)


def classify_create(outcome: Outcome, *, now: float) -> Answer:
    """What came back from a create call.

    Args:
        now: Wall-clock seconds since the epoch; `Retry-After` may be a date.
    """
    return classify(outcome, _created, promised="no id in the answer", now=now)


def classify(outcome: Outcome, done: Callable[[Reply], Done | None], *, promised: str, now: float) -> Answer:
    """What came back from a call that changes something.

    Args:
        done: What the call promises, if a reply holds it; asked first.
        promised: What is wrong with a success that does not hold it, in words.
        now: Wall-clock seconds since the epoch; `Retry-After` may be a date.
    """
    match outcome:
        case NoReply(unsent=True):
            return NotSent(reason=outcome.reason)
        case NoReply():
            return Ambiguous(reason=outcome.reason)
        case Reply():
            refused = (row(outcome, now) for row in _REFUSALS)
            answer = done(outcome) or next((answer for answer in refused if answer is not None), None)
            return answer or _ambiguous(outcome, promised)
        case never:
            assert_never(never)


def says_missing(reply: Reply) -> bool:
    """Whether the API itself says that there is no such instance; a proxy's 404 says nothing about instances.

    Source: Novita API reference, error codes: RESOURCE_NOT_FOUND comes with 400; public clients also report 404.
    """
    if reply.api_error is None:
        return False
    missing = reply.status == HTTPStatus.BAD_REQUEST and reply.api_error.reason == "RESOURCE_NOT_FOUND"
    return missing or reply.status == HTTPStatus.NOT_FOUND


def is_success(reply: Reply) -> bool:
    """Whether the status says that it was done, whatever the body says."""
    return 200 <= reply.status < 300


def retry_after_s(header: str, *, now: float) -> float | None:
    """Seconds that a `Retry-After` header asks for, at most an hour; None when it says nothing that can be read."""
    text = header.strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text, re.ASCII):
        return min(float(text), LONGEST_RETRY_AFTER_S)
    try:
        date = parsedate_to_datetime(text)
        seconds = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_S)


def denied(reply: Reply) -> Denied | None:
    """401, or 403: the key is refused, or something before the API refuses this client."""
    if reply.status == HTTPStatus.UNAUTHORIZED:
        return Denied(message=str(reply.api_error or "status 401"))
    if reply.status != HTTPStatus.FORBIDDEN:
        return None
    if reply.api_error is None:
        return Denied(message="status 403, and not in the API's words", client_blocked=True)
    return Denied(message=str(reply.api_error))


def credentials_error(denial: Denied) -> CredentialsError:
    """The failure that ends a command, with the way out."""
    if denial.client_blocked:
        message = f"Something before the API refuses this client ({denial.message}). The key may well be right."
        return CredentialsError(message, hint="try from another network, or ask the service to let this one through.")
    message = f"The service refuses the API key ({denial.message})."
    return CredentialsError(message, hint="check the key in `NOVITA_API_KEY`, and that it belongs to this service.")


def untrusted(origin: str, distrust: str) -> ServiceUntrusted:
    """The failure that ends a command whose service can't prove who it is."""
    message = f"{origin} does not prove who it is: {distrust}. Nothing was sent to it, the API key neither."
    hint = (
        "check the endpoint, and this machine's clock; a proxy that opens TLS has to let this host through. gpuspec "
        "trusts the public authorities alone, and no option switches that off."
    )
    return ServiceUntrusted(message, hint=hint)


def in_words(reply: Reply) -> str:
    """What is wrong with a reply, for a sentence: `status 502, RESOURCE_NOT_FOUND: …`."""
    if reply.flaw is not Flaw.NONE:
        return f"status {reply.status}, and its body {reply.flaw.value}"
    if reply.api_error is not None:
        return f"status {reply.status}, {reply.api_error}"
    if 300 <= reply.status < 400:
        return f"status {reply.status}, a redirect, which is never followed: the key would go with it"
    return f"status {reply.status}, and not in the API's words"


def _tls_fault(error: Exception) -> ssl.SSLError | None:
    """What went wrong with TLS, where that is why no connection could be made."""
    # Of other failures it says nothing: that OpenSSL wants to read is an error of its own, too.
    cause: BaseException | None = error if isinstance(error, httpx.ConnectError) else None
    while cause is not None and not isinstance(cause, ssl.SSLError):
        # httpcore names no cause; what was being handled is it.
        cause = cause.__cause__ or cause.__context__
    return cause


def _created(reply: Reply) -> Done | None:
    document = unwrapped(reply.json, "instance")
    found = identifier(document.get("id")) if document is not None else None
    return Done(id=found) if is_success(reply) and found is not None else None


def _throttled(reply: Reply, now: float) -> Answer | None:
    if reply.status != HTTPStatus.TOO_MANY_REQUESTS:
        return None
    return Throttled(
        retry_after_s=retry_after_s(reply.retry_after, now=now),
        message="" if reply.api_error is None else str(reply.api_error),
    )


def _denied(reply: Reply, now: float) -> Answer | None:
    del now
    return denied(reply)


def _rejected(reply: Reply, now: float) -> Answer | None:
    del now
    # 408 says that the service gave up waiting, not that it did nothing.
    if reply.api_error is None or not 400 <= reply.status < 500 or reply.status == HTTPStatus.REQUEST_TIMEOUT:
        return None
    return Rejected(status=reply.status, reason=reply.api_error.reason, message=reply.api_error.message)


def _ambiguous(reply: Reply, promised: str) -> Answer:
    if is_success(reply) and reply.flaw is Flaw.NONE and reply.api_error is None:
        return Ambiguous(reason=f"status {reply.status}, and {promised}")
    return Ambiguous(reason=in_words(reply))


_Row = Callable[[Reply, float], Answer | None]
_REFUSALS: tuple[_Row, ...] = (_throttled, _denied, _rejected)
