"""`ssh` asks for the way in at the last moment, and says why there is none."""

from pathlib import Path
from typing import Any

import pytest

from gpuspec.errors import CloudError, Refused, UsageError
from gpuspec.model.reach import Reach, Ssh, Way
from gpuspec.workflow.ssh import arguments, way_in
from tests.builders.planning import a_marker, a_record, a_state, an_intent
from tests.builders.reading import a_reading
from tests.builders.virtual_time import virtual
from tests.builders.world import World

SSH = Ssh(user="root", host="proxy.example", port=30022)
WAY = Way(address="a", id="id-a", ssh=SSH)


def a_world(**options: Any) -> World:
    """A world with one machine."""
    world = World()
    world.add("a", **{"id": "id-a", "marker": a_marker("a"), "reach": Reach(ssh=SSH), **options})
    return world


@virtual
async def test_the_way_in_is_asked_for_by_one_get(tmp_path: Path) -> None:
    """The list does not show it, so the list is not asked."""
    world = a_world()

    assert await way_in(a_reading(tmp_path, a_state(a_record("a")), world=world), "a") == WAY
    assert (world.lists, world.gets) == (0, 1)


@pytest.mark.parametrize(
    ("machine", "reason", "words"),
    [
        ({"statuses": ((0.0, "exited"),)}, "not-running", "is `exited`"),
        ({"statuses": ((0.0, "creating"),)}, "not-running", "is `creating`"),
        ({"reach": Reach()}, "no-endpoint", "shows no SSH endpoint for it yet"),
        ({"id": "another"}, "not-there", "The service knows no instance id-a"),
    ],
    ids=["stopped", "busy", "no endpoint", "gone"],
)
def test_a_machine_that_cannot_be_entered_is_refused(
    tmp_path: Path, machine: dict[str, Any], reason: str, words: str
) -> None:
    """Each with its reason, and how to see more."""

    @virtual
    async def refused() -> None:
        world = a_world(**machine)
        with pytest.raises(Refused, match=words) as caught:
            await way_in(a_reading(tmp_path, a_state(a_record("a")), world=world), "a")

        assert (caught.value.reason, caught.value.command) == (reason, "gpuspec status a")

    refused()


@virtual
async def test_an_answer_that_cannot_be_read_is_no_refusal(tmp_path: Path) -> None:
    """Trying again may help."""
    world = a_world()
    world.unreadable = {"id-a"}
    with pytest.raises(CloudError, match="answered with 502"):
        await way_in(a_reading(tmp_path, a_state(a_record("a")), world=world), "a")


@virtual
async def test_an_address_without_a_record_is_told_apart_from_one_in_doubt(tmp_path: Path) -> None:
    """A typing mistake, or a request whose answer was lost."""
    intent = an_intent("open")
    reading = a_reading(tmp_path, a_state(intents={intent.intent.nonce: intent}))
    with pytest.raises(UsageError, match="Nothing is recorded at `a`"):
        await way_in(reading, "a")
    with pytest.raises(Refused, match="is not known yet"):
        await way_in(reading, "open")


def test_nothing_can_be_taken_for_an_option() -> None:
    """Options end before the host, and what follows belongs to the machine."""
    assert arguments(WAY, ("nvidia-smi", "-l")) == (
        *("ssh", "-p", "30022", "-l", "root", "-o", "HostKeyAlias=gpuspec-id-a"),
        *("--", "proxy.example", "nvidia-smi", "-l"),
    )
