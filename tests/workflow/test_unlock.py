"""Breaking a lock while something else happens to it."""

from dataclasses import replace
from pathlib import Path

import pytest

from gpuspec.cli.options import CloudChoice, Common
from gpuspec.cli.wiring import offline_of
from gpuspec.errors import StateError
from gpuspec.model.state_url import StateUrl
from gpuspec.store.objects_memory import Bucket, MemoryObjects
from gpuspec.workflow.places import shared_at
from gpuspec.workflow.session import Offline
from gpuspec.workflow.unlock import unlock
from tests.builders.stores import a_holder


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Offline:
    """A project whose state is shared, in memory."""
    monkeypatch.chdir(tmp_path)
    common = Common(
        command="unlock",
        again="unlock",
        directory="",
        environment="",
        state_path="",
        variables=(),
        variable_files=(),
        as_json=False,
    )
    offline = offline_of(common, (), CloudChoice(simulate=True), environ={})
    bucket = Bucket()
    url = StateUrl(scheme="s3", bucket="team")
    place = replace(offline.workplace, url=url, open_objects=lambda _: MemoryObjects(bucket))
    return replace(offline, workplace=place)


def test_a_lock_that_is_given_back_while_the_question_is_asked_is_left_alone(shared: Offline) -> None:
    """Whoever has taken it since keeps it."""
    first, second = shared_at(shared.workplace), shared_at(shared.workplace)
    first.acquire(a_holder(), timeout_s=0.0)
    lock = first.held()
    assert lock is not None

    def meanwhile(_: object) -> None:
        first.release()
        second.acquire(a_holder("destroy"), timeout_s=0.0)

    with pytest.raises(StateError, match="was given back meanwhile"):
        unlock(shared, lock.id, origin="simulator", approve=meanwhile)

    assert second.holder() == a_holder("destroy")
