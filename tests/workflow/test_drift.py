"""`drift` reads and writes nothing; its cloud has no method that changes anything."""

import inspect
from collections.abc import Mapping
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gpuspec.errors import Refused, SpecFaults
from gpuspec.model.drift import DriftReport
from gpuspec.model.live import Observation
from gpuspec.model.state import Record, State
from gpuspec.ports import Cloud, CloudReader
from gpuspec.store.seal import sealer_from_text
from gpuspec.workflow.draft import Selection
from gpuspec.workflow.drift import drift, filled
from gpuspec.workflow.session import Reading
from gpuspec.workflow.specs import Asked
from tests.builders.planning import BASE, a_marker, a_record, a_state, an_instance, an_observation, envs
from tests.builders.reading import STATE_KEY, a_reading
from tests.builders.shell import a_spec, files_below
from tests.builders.virtual_time import virtual
from tests.builders.world import World

SHOWN: dict[str, Any] = {name: BASE[name] for name in ("productId", "gpuNum", "rootfsSize", "imageUrl")}


def a_shown_record(address: str, **shown: Any) -> Record:
    """A record that was read back when it was made."""
    return replace(a_record(address, nonce=f"{ord(address[0]):016x}"), shown={**SHOWN, **shown})


def a_world(**machines: Mapping[str, Any]) -> World:
    """A world in which these machines run: address -> what is shown otherwise than it was."""
    world = World()
    for address, fields in machines.items():
        shown = {**SHOWN, **fields}
        world.add(address, id=f"id-{address}", marker=a_marker(address), fields=shown)
    return world


async def drifted(reading: Reading, *files: str, **selection: Any) -> DriftReport:
    """The drift of a project whose folder is the working folder."""
    with chdir(reading.offline.home.folder):
        return (await drift(reading, Asked(files=files), Selection(**selection))).report


def a_project(folder: Path, state: State, **options: Any) -> Reading:
    """A project whose spec has the instances `a` and `b`."""
    (folder / "instances.yaml").write_text(a_spec("a", "b"))
    return a_reading(folder, state, **options)


def refused_by_mypy(reader: CloudReader, reading: Reading) -> None:
    """Never called: mypy complains of an ignored error that is none, and so would tell if a reader could change."""
    reader.create  # type: ignore[attr-defined]  # noqa: B018
    cloud: Cloud = reader  # type: ignore[assignment]
    del cloud
    reading.target  # type: ignore[attr-defined]  # noqa: B018


def test_drift_is_given_nothing_that_changes_anything() -> None:
    """Its one way to the service is a reader's."""
    readers = {name for name, _ in inspect.getmembers(CloudReader) if not name.startswith("_")}

    assert readers == {"catalogue", "get", "list", "origin"}
    assert "CloudReader" in str(inspect.get_annotations(Reading)["connect"])


@virtual
async def test_what_changed_without_us_is_found_and_nothing_is_written(tmp_path: Path) -> None:
    """One list, no GET, no file."""
    world = a_world(a={}, b={"imageUrl": "other"})
    reading = a_project(tmp_path, a_state(a_shown_record("a"), a_shown_record("b")), world=world)
    before = files_below(tmp_path)

    found = await drifted(reading)

    assert [(each.address, [change.field for change in each.changes]) for each in found.drifted] == [
        ("b", ["imageUrl"])
    ]
    assert (found.in_step, found.exit_status) == (1, 8)
    assert (world.lists, world.gets, world.requests) == (1, 0, [])
    assert before == files_below(tmp_path)


@virtual
async def test_an_instance_that_was_deleted_is_missing(tmp_path: Path) -> None:
    """After a complete list and two GETs."""
    world = a_world(a={})
    found = await drifted(a_project(tmp_path, a_state(a_shown_record("a"), a_shown_record("b")), world=world))

    assert [(each.address, each.missing) for each in found.drifted] == [("b", True)]
    assert (found.exit_status, found.warnings) == (8, ())


@virtual
async def test_if_all_are_missing_the_account_is_doubted(tmp_path: Path) -> None:
    """They may all have been deleted; whoever reads it should look twice."""
    found = await drifted(a_project(tmp_path, a_state(a_shown_record("a"), a_shown_record("b"))))

    assert (len(found.drifted), found.exit_status) == (2, 8)
    assert "Is this the right account?" in found.warnings[-1]


@virtual
async def test_under_another_key_what_is_missing_is_refused(tmp_path: Path) -> None:
    """In another account everything would seem to be missing."""
    state = replace(a_state(a_shown_record("a"), a_shown_record("b")), key_digest="before")
    with pytest.raises(Refused, match="another API key"):
        await drifted(a_project(tmp_path, state, key_digest="now"))


@virtual
async def test_a_field_that_the_list_leaves_out_is_asked_for(tmp_path: Path) -> None:
    """Only of instances where it was shown once and the spec names it."""
    world = a_world(a={"command": "other"}, b={})
    world.fields_hidden_in_list = {"command"}
    reading = a_project(tmp_path, a_state(a_shown_record("a", command="run"), a_shown_record("b")), world=world)
    (tmp_path / "instances.yaml").write_text(a_spec("a", "b", command="run"))
    found = await drifted(reading)

    assert [(each.address, [change.field for change in each.changes]) for each in found.drifted] == [("a", ["command"])]
    assert world.gets == 1


@virtual
async def test_what_get_tells_is_put_beside_what_the_list_told() -> None:
    """The list goes first where both tell; an instance that is not desired, or not there, is not asked for."""
    world = a_world(a={"networkId": "vpc-1", "imageUrl": "later"})
    world.add("c", id="id-c", fields=SHOWN)
    row = (await world.list()).rows[0]
    short = replace(row, fields=SHOWN)
    state = a_state(*(a_shown_record(name, networkId="vpc-1") for name in "abc"))
    desired = {name: an_instance(name, networkId="vpc-1") for name in "ab"}
    observation: Observation = an_observation(short)
    found = await filled(world, observation, state, desired)

    assert found.rows["id-a"].fields == {**SHOWN, "networkId": "vpc-1"}
    assert world.gets == 1


@virtual
async def test_what_get_does_not_tell_stays_open() -> None:
    """An answer that can't be read takes nothing away."""
    world = a_world(a={})
    world.unreadable = {"id-a"}
    row = (await world.list()).rows[0]
    state = a_state(a_shown_record("a", networkId="vpc-1"))
    observation: Observation = an_observation(row)
    found = await filled(world, observation, state, {"a": an_instance("a", networkId="vpc-1")})

    assert found.rows == observation.rows


@virtual
async def test_secrets_are_compared_by_their_digests(tmp_path: Path) -> None:
    """What the API shows of a secret is sealed at once; without the key nothing is told."""
    sealed = {"envs": envs(TOKEN=sealer_from_text(STATE_KEY).seal("hush"))}
    record = replace(a_record("a", **sealed), shown={**SHOWN, **sealed})  # type: ignore[arg-type]
    world = a_world(a={"envs": envs(TOKEN="loud-and-clear")})
    (tmp_path / "instances.yaml").write_text(a_spec("a", envs="{TOKEN: \"{{ secret('env:T') }}\"}"))
    known = await drifted(a_reading(tmp_path, a_state(record), world=world, secrets={"T": "hush"}))
    unknown = await drifted(a_reading(tmp_path, world=world, state_key="another key, long enough"))

    assert [change.field for change in known.drifted[0].changes] == ["envs.TOKEN"]
    assert (known.pending, unknown.drifted) == ((), ())
    assert "envs.TOKEN" in {each.field for each in unknown.unverified}
    assert "loud" not in repr(known) + repr(unknown)


@virtual
async def test_globs_and_files_leave_the_rest_out(tmp_path: Path) -> None:
    """What was not looked at is counted."""
    world = a_world(a={}, b={"imageUrl": "other"}, c={"imageUrl": "other"})
    records = (a_shown_record("a"), a_shown_record("b"), replace(a_shown_record("c"), source="other.yaml"))
    reading = a_project(tmp_path, a_state(*records), world=world)
    (tmp_path / "other.yaml").write_text(a_spec("c"))
    found = await drifted(reading, str(tmp_path / "instances.yaml"), only=("a",))

    assert (found.drifted, found.in_step, found.exit_status) == ((), 1, 0)
    assert found.outside.excluded == 2


@virtual
async def test_faults_of_the_spec_end_it(tmp_path: Path) -> None:
    """Before anything is asked."""
    world = World()
    reading = a_project(tmp_path, a_state(), world=world)
    (tmp_path / "instances.yaml").write_text("version: 1\ninstances: {a: {gpuNum: 1}}\n")
    with pytest.raises(SpecFaults):
        await drifted(reading)

    assert world.lists == 0
