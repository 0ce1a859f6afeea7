"""The service that a run talks to: which it is, who asks, and the connection, not yet made."""

import getpass
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from gpuspec.cli.credentials import find_key
from gpuspec.cli.options import CloudChoice
from gpuspec.cli.wiring import ENDPOINT_VARIABLE, simulates
from gpuspec.cloud.endpoint import parse_origin
from gpuspec.cloud.key import digest
from gpuspec.model.project import SIMULATOR
from gpuspec.model.settings import Settings
from gpuspec.ports import Clock, Cloud, Holder
from gpuspec.store.paths import WORK_NAME
from gpuspec.workflow.project import Home
from gpuspec.workflow.session import Offline, Target
from gpuspec.workflow.settings import Chosen, settings_for

DEFAULT_ENDPOINT = "https://api.novita.ai"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wired:
    """A target with the settings that fit it."""

    target: Target
    settings: Settings


def origin_of(home: Home, choice: CloudChoice, *, environ: Mapping[str, str]) -> str:
    """The origin that a state is bound to: what was asked for, else what the project says.

    Raises:
        UsageError: The endpoint is none.
    """
    if simulates(home, choice, environ=environ):
        return SIMULATOR
    return parse_origin(choice.endpoint or environ.get(ENDPOINT_VARIABLE) or home.endpoint or DEFAULT_ENDPOINT)


def wired(
    offline_part: Offline,
    choice: CloudChoice,
    chosen: Chosen,
    *,
    environ: Mapping[str, str],
    debug: Callable[[str], None] | None,
) -> Wired:
    """The service to talk to, not yet connected.

    Raises:
        CredentialsError: The service needs a key, and there is none.
        UsageError: The endpoint is none, or a fault is unknown.
    """
    home, clock, randomness = offline_part.home, offline_part.clock, offline_part.randomness
    origin = origin_of(home, choice, environ=environ)
    settings = settings_for(origin, home, chosen)
    if origin == SIMULATOR:
        return _simulated(offline_part, choice, settings, debug=debug)
    key = find_key(environ, home=Path.home())

    @asynccontextmanager
    async def connect() -> AsyncIterator[Cloud]:
        # Imported when it is needed: what is asked before the first request should not wait for it.
        from gpuspec.cloud.client import NovitaCloud

        cloud = NovitaCloud(origin, key, clock=clock, randomness=randomness, settings=settings, debug=debug)
        async with cloud:
            yield cloud

    return Wired(target=Target(origin=origin, key_digest=digest(key), connect=connect), settings=settings)


def _simulated(
    offline_part: Offline, choice: CloudChoice, settings: Settings, *, debug: Callable[[str], None] | None
) -> Wired:
    from gpuspec.cli.simulation import KEY, Simulation
    from gpuspec.simulator.faults import parse_faults

    simulation = Simulation(
        folder=offline_part.home.folder / WORK_NAME / SIMULATOR,
        faults=parse_faults(choice.faults, seed=choice.fault_seed),
    )

    def connect() -> AbstractAsyncContextManager[Cloud]:
        return simulation.connect(
            clock=offline_part.clock, randomness=offline_part.randomness, settings=settings, debug=debug
        )

    return Wired(target=Target(origin=SIMULATOR, key_digest=digest(KEY), connect=connect), settings=settings)


def holder(operation: str, *, clock: Clock) -> Holder:
    """Who this process is, for whoever waits for its lock."""
    try:
        who = getpass.getuser()
    except (KeyError, OSError):
        who = f"user {os.getuid()}"
    return Holder(who=who, host=os.uname().nodename, pid=os.getpid(), operation=operation, since=clock.now())
