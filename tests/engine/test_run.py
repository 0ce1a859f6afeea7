"""What becomes of each address, whatever the service answers."""

from gpuspec.engine.run import run
from gpuspec.model.outcome import Result
from tests.builders.engine import Bench, creates
from tests.builders.virtual_time import in_virtual_time


def test_every_address_is_created_once_and_recorded() -> None:
    """Three creates make three machines, each recorded, ready and done."""

    async def scenario() -> None:
        bench = Bench()
        ledger = await run(creates("a", "b", "c"), work=bench.work("a", "b", "c"))

        assert [("a", Result.DONE), ("b", Result.DONE), ("c", Result.DONE)] == [
            (outcome.address, outcome.result) for outcome in ledger.outcomes
        ]
        assert 0 == ledger.exit_status
        assert {address: bench.world.live_ids(address) for address in "abc"} == {
            address: [record.id] for address, record in bench.state.records.items()
        }
        assert all(record.ready and record.shown for record in bench.state.records.values())
        assert not bench.state.intents

    in_virtual_time(scenario())
