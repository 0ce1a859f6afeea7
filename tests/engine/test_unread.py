"""What a run that ended too early did not read back is read by the next one that keeps the machine."""

from dataclasses import replace
from typing import Any

import pytest

from gpuspec.engine.run import run
from gpuspec.model.journal import Noted
from gpuspec.model.outcome import Result
from gpuspec.model.plan import ActionKind
from tests.builders.engine import Bench, a_plan, an_action, results, the
from tests.builders.updates import a_machine
from tests.builders.virtual_time import virtual


async def kept(bench: Bench) -> list[Noted]:
    """What a run writes that keeps the machine of `a`."""
    action = an_action(ActionKind.KEEP, "a", id=bench.state.records["a"].id)
    ledger = await run(a_plan(action), work=bench.work(observation=await bench.observed()))
    assert results(ledger) == {"a": Result.KEPT}
    assert the(ledger, "a").status
    return bench.journal.of(Noted)


@virtual
async def test_what_was_not_read_back_is_noted_for_a_machine_that_is_kept() -> None:
    """What was shown before stays as it was: drift would be taken for what was always there."""
    bench = Bench()
    machine = a_machine(bench)
    record = bench.state.records["a"]
    earlier = {name: value for name, value in record.shown.items() if name not in {"ports", "rootfsSize"}}
    bench.record(replace(record, shown={**earlier, "imageUrl": "img:0"}))
    (note,) = await kept(bench)

    assert note.record.shown == {**record.shown, "imageUrl": "img:0"}
    assert machine.fields["imageUrl"] == "img:1"
    assert (await kept(bench)) == [note]


@pytest.mark.parametrize("facts", [{"ready": False, "shown": {}}, {}])
def test_what_is_known_or_waited_for_is_not_read(facts: dict[str, Any]) -> None:
    """A machine that was never ready is noted once it is."""

    @virtual
    async def scenario() -> None:
        bench = Bench()
        a_machine(bench, status="exited", **facts)

        assert await kept(bench) == []

    scenario()


@virtual
async def test_what_a_busy_machine_shows_is_not_noted() -> None:
    """It may be on the move."""
    bench = Bench()
    a_machine(bench, status="resetting", shown={})

    assert await kept(bench) == []
