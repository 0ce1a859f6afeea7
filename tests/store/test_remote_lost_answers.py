"""Answers that a network loses, on a real protocol: the client sends again, or gives up, and what is there is read."""

from collections import Counter
from pathlib import Path

import pytest

from gpuspec.store.state_store import peek
from tests.builders.objects import remote_store
from tests.builders.recorded import a_record, a_state, creation
from tests.builders.s3 import S3
from tests.builders.s3_proxy import a_proxy_that_loses
from tests.builders.stores import begun, expected_of


@pytest.mark.anyio
@pytest.mark.parametrize("times", [1, 2])
async def test_a_run_whose_every_write_loses_its_answer_ends_well(tmp_path: Path, s3: S3, times: int) -> None:
    """Lock, segments, snapshots and head are known again by what is in them; nothing is written twice."""
    place = s3.place()
    lost: Counter[str] = Counter()

    def is_lost(path: str) -> bool:
        lost[path] += 1
        return lost[path] <= times

    with a_proxy_that_loses(s3, is_lost) as proxy:
        session = begun(remote_store(proxy.objects(place), tmp_path))
        await session.journal.append(*creation("trainer"))
        left = await session.end()

    store = remote_store(s3.objects(place), tmp_path)
    assert left == a_state(a_record("trainer"), serial=2, seq=2)
    assert peek(store, expected_of()) == left
    assert store.held() is None
    assert {path.rpartition("/")[2] for path in lost} >= {"lock.json", "head.json", "000000000001.ndjson"}
