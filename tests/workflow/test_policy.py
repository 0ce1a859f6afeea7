"""Specs held to policies: which files are read, and what a policy that can't be decided means."""

import json
from collections.abc import Callable
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from gpuspec.errors import PolicyBroken, SpecFaults
from gpuspec.model.problem import Problem
from gpuspec.model.project import Limits, Project
from gpuspec.spec.template.bounds import BoundExceeded, Deadline
from gpuspec.workflow.policy import load_agreed
from gpuspec.workflow.session import Offline
from gpuspec.workflow.specs import Asked
from tests.builders.reading import a_reading
from tests.builders.shell import a_spec

T = TypeVar("T")


def a_lab(folder: Path, *policy: str, limits: Limits | None = None) -> Offline:
    """A project folder with a spec of one instance, and these entries in `policy`."""
    (folder / "instances.yaml").write_text(a_spec("trainer"))
    offline = a_reading(folder).offline
    project = Project(file="gpuspec.yaml", policy=policy, limits=limits or Limits())
    return replace(offline, home=replace(offline.home, project=project))


def a_policy(folder: Path, name: str, **document: object) -> None:
    """A policy's file."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


def faults(offline: Offline, kind: type[SpecFaults], *files: str) -> list[Problem]:
    """What is told when the specs can't be had."""
    with chdir(offline.home.folder), pytest.raises(kind) as raised:
        load_agreed(offline, Asked(files=files))
    assert type(raised.value) is kind
    return [problem for problem in raised.value.problems if isinstance(problem, Problem)]


def test_every_file_of_a_glob_is_a_policy_once(tmp_path: Path) -> None:
    """In the order of their names, however many entries name one."""
    for name in ("b.json", "a.json", "c.txt"):
        a_policy(tmp_path, f"policy/{name}", title=f"{name}.", required=["clusterId"])

    found = faults(a_lab(tmp_path, "policy/*.json", "policy/a.json", "./policy/b.json"), PolicyBroken)

    assert [problem.message for problem in found] == ["a.json.", "b.json."]


@pytest.mark.parametrize("entry", ["policy/*.json", "policy", "n" * 300, "a\0b", "[", "*/*/*"])
def test_an_entry_that_fits_no_file_is_a_fault(tmp_path: Path, entry: str) -> None:
    """Whatever it says; a folder is no file either."""
    (tmp_path / "policy").mkdir()

    (problem,) = faults(a_lab(tmp_path, entry), SpecFaults)

    assert problem.code in {"policy-missing", "file-is-a-folder"}


def test_policies_are_named_from_the_working_folder(tmp_path: Path) -> None:
    """As all other files are."""
    a_policy(tmp_path, "policy/a.json", title="Never.", required=["clusterId"])
    (tmp_path / "sub").mkdir()
    offline = a_lab(tmp_path, "policy/a.json")

    with chdir(tmp_path / "sub"), pytest.raises(PolicyBroken) as raised:
        load_agreed(offline, Asked())

    (problem,) = raised.value.problems
    assert isinstance(problem, Problem)
    assert str(problem.related[0].place) == str(tmp_path.resolve() / "policy" / "a.json")


def test_a_policy_that_can_not_be_decided_is_no_policy(tmp_path: Path) -> None:
    """Then nothing can be said to keep it: a fault of the project, not of the spec."""
    a_policy(tmp_path, "a.json", title="Never.", required=["clusterId"])
    a_policy(tmp_path, "b.json", title="Endless.")
    calls: list[object] = []

    def guard(call: Callable[[Deadline], T], /) -> T:
        """Lets the rendering pass, and the first policy; then it has had enough."""
        calls.append(call)
        if len(calls) > 2:
            raise BoundExceeded("It worked for more than 4 seconds.")
        return call(lambda: False)

    (problem,) = faults(replace(a_lab(tmp_path, "*.json"), guard=guard), SpecFaults)

    assert (problem.code, str(problem.place)) == ("policy-unusable", "b.json")


def test_limits_and_policies_are_told_together(tmp_path: Path) -> None:
    """All in one go, in the order of the file."""
    a_policy(tmp_path, "a.json", title="Never.", properties={"imageUrl": {"pattern": "^lab/"}})

    found = faults(a_lab(tmp_path, "a.json", limits=Limits(max_instances=0, max_gpus=0)), PolicyBroken)

    assert [problem.code for problem in found] == ["limit-exceeded", "limit-exceeded", "policy-broken"]


def test_a_spec_that_keeps_everything_is_loaded(tmp_path: Path) -> None:
    """As without policies."""
    a_policy(tmp_path, "a.json", required=["imageUrl"])

    with chdir(tmp_path):
        loaded = load_agreed(a_lab(tmp_path, "a.json", limits=Limits(max_instances=1)), Asked())

    assert (list(loaded.specs.instances), loaded.specs.warnings, loaded.whole) == (["trainer"], (), True)
