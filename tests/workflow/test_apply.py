"""`apply` as a use case: what ends it before anything is sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, chdir
from pathlib import Path

import pytest

from gpuspec.errors import Interrupted, Refused, SecretMissing
from gpuspec.model.event import Event
from gpuspec.model.outcome import Result, Stop
from gpuspec.ports import Cloud, Holder
from gpuspec.workflow.apply import Applied, Approve, apply
from gpuspec.workflow.draft import Draft, Selection
from gpuspec.workflow.session import Session, Target
from gpuspec.workflow.specs import Asked
from tests.builders.engine import QUICK, Signal
from tests.builders.reading import a_reading
from tests.builders.shell import a_spec
from tests.builders.virtual_time import virtual
from tests.builders.world import World

# What was made that long ago and is not listed is missing, and not merely new.
LONG_S = QUICK.settle_window_s + 60.0


class Silent:
    """A listener that tells nobody."""

    def event(self, event: Event) -> None:
        """See `ports.Listener`."""


def a_session(folder: Path, world: World, signal: Signal | None = None) -> Session:
    """A session in a project whose folder this is; its service is the world."""

    @asynccontextmanager
    async def connect() -> AsyncIterator[Cloud]:
        yield world

    return Session(
        offline=a_reading(folder, world=world).offline,
        target=Target(origin=world.origin, key_digest="key", connect=connect),
        settings=QUICK,
        listener=Silent(),
        interruption=signal or Signal(),
        holder=Holder(who="me", host="here", pid=1, operation="apply", since=0.0),
        lock_timeout_s=0.0,
    )


async def applied(session: Session, approve: Approve = lambda _: None) -> Applied:
    """What an apply of the whole project comes to."""
    with chdir(session.offline.home.folder):
        return await apply(session, Asked(), Selection(), approve=approve)


@virtual
async def test_a_refusal_of_the_plan_leaves_nothing(tmp_path: Path) -> None:
    """No state is born, and the lock is given back: a later run is refused by the plan, not by the lock."""
    world = World()
    (tmp_path / "instances.yaml").write_text(a_spec("a"))

    def refuse(made: Draft) -> None:
        raise Refused("No.", reason="not-confirmed")

    for _ in range(2):
        with pytest.raises(Refused):
            await applied(a_session(tmp_path, world), refuse)

    assert not (tmp_path / "gpuspec.state.json").exists()
    assert world.machines == {}


@pytest.mark.parametrize(("kind", "status"), [(Stop.INTERRUPTED, 130), (Stop.TERMINATED, 143)])
def test_a_signal_before_the_first_request_sends_nothing(tmp_path: Path, kind: Stop, status: int) -> None:
    """Between the answer and the first request it is heeded too."""

    @virtual
    async def interrupted() -> None:
        world, signal = World(), Signal(kind)
        (tmp_path / "instances.yaml").write_text(a_spec("a"))

        with pytest.raises(Interrupted) as raised:
            await applied(a_session(tmp_path, world, signal), lambda _: signal.ask())

        assert raised.value.exit_status == status
        assert world.machines == {}
        assert not (tmp_path / "gpuspec.state.json").exists()

    interrupted()


@virtual
async def test_a_missing_secret_of_one_instance_sends_nothing_of_any(tmp_path: Path) -> None:
    """All secrets are resolved before the first request."""
    world = World()
    other = a_spec("b", imageAuth="\"{{ secret('env:MISSING') }}\"").partition("instances:\n")[2]
    (tmp_path / "instances.yaml").write_text(a_spec("a") + other)

    with pytest.raises(SecretMissing):
        await applied(a_session(tmp_path, world))

    assert world.machines == {}


async def refreshed(session: Session) -> Applied:
    """What an apply that only lets the records follow comes to."""
    with chdir(session.offline.home.folder):
        return await apply(session, Asked(), Selection(refresh_only=True), approve=lambda _: None)


@virtual
async def test_a_refresh_forgets_what_is_gone_and_makes_nothing(tmp_path: Path) -> None:
    """Neither what it lost nor what it never had; once it is forgotten, the next apply makes it anew."""
    world = World()
    (tmp_path / "instances.yaml").write_text(a_spec("a", "b"))
    await applied(a_session(tmp_path, world))
    (lost_id,) = world.live_ids("a")
    world.machines.pop(lost_id)
    await asyncio.sleep(LONG_S)
    (tmp_path / "instances.yaml").write_text(a_spec("a", "b", "c"))

    refresh = await refreshed(a_session(tmp_path, world))
    after = await applied(a_session(tmp_path, world))

    results = [(outcome.address, outcome.result, outcome.reason) for outcome in refresh.ledger.outcomes]
    assert results == [("a", Result.NOTED, "gone-accepted"), ("b", Result.KEPT, "refresh-only")]
    assert [(action.address, action.reason) for action in after.draft.plan.actions][:2] == [("a", "new"), ("c", "new")]


@virtual
async def test_a_refresh_of_nothing_that_is_there_is_refused(tmp_path: Path) -> None:
    """In another account all would be gone, and forgotten."""
    world = World()
    (tmp_path / "instances.yaml").write_text(a_spec("a", "b"))
    await applied(a_session(tmp_path, world))
    world.machines.clear()
    await asyncio.sleep(LONG_S)

    made = await refreshed(a_session(tmp_path, world))

    assert [refused.reason for refused in made.draft.refused] == ["wrong-account"]
