"""A session for a command that asks the API: wired, listened to, interruptible."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from gpuspec.cli.invocation import Invocation
from gpuspec.cli.options import CloudChoice
from gpuspec.cli.progress import listening
from gpuspec.cli.service import holder, origin_of, wired
from gpuspec.cli.signals import interruptible
from gpuspec.report.text import Span, line
from gpuspec.workflow.recorded import run_in_progress
from gpuspec.workflow.session import Editing, Offline, Reading, Session
from gpuspec.workflow.settings import Chosen


@contextmanager
def session_for(
    call: Invocation,
    place: Offline,
    choice: CloudChoice,
    chosen: Chosen,
    *,
    events: str,
    live: bool = False,
    lock_timeout_s: float = 0.0,
) -> Iterator[Session]:
    """The session, while signals are heeded. Needs a running event loop.

    Raises:
        CredentialsError: The service needs a key, and there is none.
        UsageError: An option can't be meant.
    """

    def say(text: str) -> None:
        call.terminal.say([line(Span(text, "dim"))])

    service = wired(place, choice, chosen, environ=os.environ, debug=say if choice.debug else None)
    with listening(call.terminal, live=live, events=events) as listener, interruptible(say) as interruption:
        yield Session(
            offline=place,
            target=service.target,
            settings=service.settings,
            listener=listener,
            interruption=interruption,
            holder=holder(call.common.command, clock=place.clock),
            lock_timeout_s=lock_timeout_s,
        )


@contextmanager
def editing_for(call: Invocation, place: Offline, choice: CloudChoice, *, lock_timeout_s: float) -> Iterator[Editing]:
    """What a command works with that writes the state and asks no API, while signals are heeded.

    Needs a running event loop.

    Raises:
        UsageError: An option can't be meant.
    """

    def say(text: str) -> None:
        call.terminal.say([line(Span(text, "dim"))])

    origin = origin_of(place.home, choice, environ=os.environ)
    with listening(call.terminal, live=False, events="") as listener, interruptible(say) as interruption:
        yield Editing(
            offline=place,
            origin=origin,
            listener=listener,
            interruption=interruption,
            holder=holder(call.common.command, clock=place.clock),
            lock_timeout_s=lock_timeout_s,
        )


def reading_for(call: Invocation, place: Offline, choice: CloudChoice) -> Reading:
    """What a command works with that asks the API and changes nothing. A signal may end it at any time.

    Raises:
        CredentialsError: The service needs a key, and there is none.
        UsageError: An option can't be meant.
    """

    def say(text: str) -> None:
        call.terminal.say([line(Span(text, "dim"))])

    service = wired(place, choice, Chosen(), environ=os.environ, debug=say if choice.debug else None)
    warn_of_run(call, place)
    return Reading(
        offline=place,
        origin=service.target.origin,
        key_digest=service.target.key_digest,
        settings=service.settings,
        connect=service.target.connect,
    )


def warn_of_run(call: Invocation, place: Offline) -> None:
    """Say so if a run is at work on this state: what is read may be of the past in a moment."""
    busy = run_in_progress(place)
    if busy:
        call.terminal.say([line(Span("warning:", "warning"), f" {busy}")])
