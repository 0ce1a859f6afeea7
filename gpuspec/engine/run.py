"""From a plan to what became of it: deletes, updates, then replacements and creates; none is forgotten or doubled."""

import asyncio
from collections.abc import Coroutine, Iterable

from gpuspec.engine.book import Book
from gpuspec.engine.consequence import Job
from gpuspec.engine.ending import Ending, removals
from gpuspec.engine.halt import Halt, heeding
from gpuspec.engine.making import Making
from gpuspec.engine.pacing import Pacer
from gpuspec.engine.quiet import Quiet, quiet_actions
from gpuspec.engine.replacing import Replacing, replacements
from gpuspec.engine.scribe import Scribe
from gpuspec.engine.stopping import Stopping
from gpuspec.engine.updates import updates
from gpuspec.engine.updating import Updating
from gpuspec.engine.work import Work
from gpuspec.model.event import EventKind
from gpuspec.model.outcome import Ledger, Outcome, Result
from gpuspec.model.plan import ActionKind, Plan


async def run(plan: Plan, *, work: Work) -> Ledger:
    """Carry the plan out; every outcome is durable before it is reported.

    What comes back from the API or the store becomes an outcome, not an exception. A cancelled run leaves what a
    crash would leave: every id that came back recorded, and an open intent for each answer that did not.

    Raises:
        Bug: The plan is about machines that the state does not hold; nothing was sent.
    """
    halt = Halt(work.clock)
    scribe = Scribe(work, halt)
    book = Book()
    jobs = _jobs(plan, work)
    pacer = Pacer(work.settings, now=work.clock.monotonic())
    pacer.on_worn_out = halt.wear_out
    making = Making(work, halt, scribe=scribe, book=book, pacer=pacer, jobs=jobs)
    gone, changed = removals(plan, work.state()), updates(plan, work.state())
    ending = Ending(work, halt, scribe=scribe, book=book, pacer=pacer, jobs=gone)
    updating = Updating(work, halt, scribe=scribe, book=book, pacer=pacer, jobs=changed)
    units = replacements(plan, work)
    replacing = Replacing(work, halt, scribe=scribe, book=book, making=making, units=units)
    stopping = Stopping(work, halt, scribe=scribe, book=book, pacer=pacer, plan=plan)
    # A replacement is two steps.
    scribe.tell(EventKind.RUN_STARTED, total=len(jobs) + len(gone) + len(changed) + 2 * len(units) + stopping.count)
    async with heeding(work.interruption, halt):
        if halt:
            _leave(plan, book, halt)
        else:
            await Quiet(work, scribe=scribe, book=book, watch=making.watch).take(tuple(quiet_actions(plan.actions)))
            sending = _sending(ending, updating, making, replacing)
            await _all_through((sending, making.watch.watch(), stopping.stop_all()), scribe, halt)
    for sender in (ending, updating, replacing):
        sender.close()
    await making.close()
    stopping.close()
    if halt.bug is not None:
        raise halt.bug
    ledger = book.ledger(halt)
    scribe.tell(EventKind.RUN_ENDED, total=len(ledger.outcomes))
    return ledger


def _jobs(plan: Plan, work: Work) -> tuple[Job, ...]:
    records = work.state().records
    return tuple(
        Job(
            index=index,
            address=action.address,
            prepared=work.requests[action.address],
            lost=records.get(action.address),
        )
        for index, action in enumerate(plan.actions)
        if action.kind is ActionKind.CREATE
    )


def _leave(plan: Plan, book: Book, halt: Halt) -> None:
    """The run ended before it began: nothing that sends nothing is done either."""
    for index, action in quiet_actions(plan.actions):
        outcome = Outcome(address=action.address, result=Result.NOT_STARTED, id=action.id, reason=halt.stop.value)
        book.close(index, outcome)


async def _sending(ending: Ending, updating: Updating, making: Making, replacing: Replacing) -> None:
    # What is deleted frees the quota that a create may need.
    await ending.end_all()
    await updating.update_all()
    async with asyncio.TaskGroup() as group:
        group.create_task(replacing.replace_all())
        group.create_task(making.make_all())
    making.watch.end()


async def _all_through(parts: Iterable[Coroutine[None, None, None]], scribe: Scribe, halt: Halt) -> None:
    async def announce() -> None:
        await halt.called()
        scribe.tell(EventKind.STOPPING, message=halt.message or halt.stop.value)

    async with asyncio.TaskGroup() as group:
        announcing = group.create_task(announce())
        tasks = [group.create_task(_guarded(work, halt)) for work in parts]
        await asyncio.wait(tasks)
        announcing.cancel()


async def _guarded(work: Coroutine[None, None, None], halt: Halt) -> None:
    """Do the work; what should not happen ends the run in good order and is raised after that."""
    try:
        await work
    except Exception as bug:  # noqa: BLE001 - raised by `run` once everything that was sent is recorded
        halt.crash(bug)
