"""A plan of a fleet that did not change asks for the list, once from end to end, and for nothing else."""

from pathlib import Path

from tests.builders.fleet import a_service
from tests.builders.shell import Shell, a_spec


def test_a_plan_of_an_unchanged_fleet_walks_the_list_once(tmp_path: Path) -> None:
    """Two hundred and fifty machines are three pages, one more to see the end at most, and no machine is asked for."""
    with a_service() as service:
        shell = Shell(tmp_path, NOVITA_API_KEY="sk_walk", GPUSPEC_ENDPOINT=service.origin)
        shell.write("gpuspec.yaml", "version: 1\nproject: demo\n")
        shell.write("instances.yaml", a_spec(*(f"worker-{number}" for number in range(250))))
        assert shell("apply", "--yes", "--wait", "none").status == 0
        before = len(service.world.requests)

        planned = shell("plan")

        asked = service.world.requests[before:]
    pages = [request.query["pageNum"] for request in asked]
    assert "Nothing to do.\n" in planned.out
    assert {request.call for request in asked} == {"list"}
    assert pages == sorted(set(pages))
    assert 3 <= len(pages) <= 4
