"""`gpuspec destroy`: what is recorded goes, but nothing protected, and nothing that was not asked for."""

import json
from pathlib import Path

import pytest

from tests.builders.shell import Shell, a_project, a_spec

CONSENT = ("--yes", "--allow-destroy")


def recorded(shell: Shell) -> set[str]:
    """The addresses that have a record."""
    return set(json.loads(shell("state", "list", "--json").raw)["records"])


def a_fleet(tmp_path: Path, **fields: object) -> Shell:
    """A project with `a` and `b` of one file and `c` of another."""
    shell = a_project(tmp_path, a_spec("a", "b", **fields))
    shell.write("more.yaml", a_spec("c"))
    assert shell("apply", "--yes", "--wait", "none", "instances.yaml", "more.yaml").status == 0
    return shell


def test_everything_recorded_is_deleted(tmp_path: Path) -> None:
    """Whatever the specs say, and whether they can be read."""
    shell = a_fleet(tmp_path)
    shell.write("instances.yaml", "]")

    said = shell("destroy", *CONSENT)

    assert said.out == "  deleted  a  ID\n  deleted  b  ID\n  deleted  c  ID\n\nLedger: 3 deleted\n"
    assert "  -   a  delete: it is recorded; its data is lost\n" in said.err
    assert (said.status, recorded(shell)) == (0, set())


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        (("more.yaml",), {"a", "b"}),
        (("--only", "a"), {"b", "c"}),
        (("--exclude", "a"), {"a"}),
        (("instances.yaml", "--exclude", "b"), {"b", "c"}),
    ],
)
def test_files_and_globs_limit_it(tmp_path: Path, arguments: tuple[str, ...], left: set[str]) -> None:
    """A file need not be there any more."""
    shell = a_fleet(tmp_path)
    (tmp_path / "more.yaml").unlink()

    assert shell("destroy", *CONSENT, *arguments).status == 0
    assert recorded(shell) == left


@pytest.mark.parametrize("name", ["other.yaml", "-", "", "a\0b"])
def test_a_file_that_no_record_is_of_is_wrong_usage(tmp_path: Path, name: str) -> None:
    """A slip of the keyboard must not mean the whole project."""
    shell = a_fleet(tmp_path)

    said = shell("destroy", *CONSENT, name)

    assert said.status in {1, 64}
    assert "Traceback" not in said.err
    assert recorded(shell) == {"a", "b", "c"}


@pytest.mark.parametrize("options", [(), ("--yes",), ("--allow-destroy",)])
def test_both_consents_are_needed_without_a_terminal(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Nothing is sent."""
    shell = a_fleet(tmp_path)

    said = shell("destroy", *options)

    assert said.status == 5
    assert said.err.endswith("add `--yes --allow-destroy` to this command.\n")
    assert recorded(shell) == {"a", "b", "c"}


def test_one_that_is_protected_refuses_the_whole(tmp_path: Path) -> None:
    """The rest is to be had without it."""
    shell = a_fleet(tmp_path, lifecycle="{protect: true}")

    refused = shell("destroy", *CONSENT)
    rest = shell("destroy", *CONSENT, "--exclude", "a", "--exclude", "b")

    assert (refused.status, rest.status) == (5, 0)
    assert "`lifecycle.protect` forbids to touch ID" in refused.err
    assert recorded(shell) == {"a", "b"}


@pytest.mark.parametrize("wish", ["forget", "stop"])
def test_what_leaving_the_spec_means_does_not_matter(tmp_path: Path, wish: str) -> None:
    """To destroy is to delete."""
    shell = a_fleet(tmp_path, lifecycle=f"{{onRemove: {wish}}}")

    said = shell("destroy", *CONSENT)

    assert (said.status, said.out.splitlines()[-1]) == (0, "Ledger: 3 deleted")


def test_without_a_record_there_is_nothing_to_do(tmp_path: Path) -> None:
    """Neither before a state's birth nor after everything is gone."""
    shell = a_project(tmp_path, a_spec("a"))

    before = shell("destroy")
    shell("apply", "--yes", "--wait", "none")
    shell("destroy", *CONSENT)
    after = shell("destroy")

    assert [(said.status, said.out) for said in (before, after)] == [(0, "Ledger: nothing to do\n")] * 2


def test_a_fleet_that_seems_gone_is_not_forgotten_by_itself(tmp_path: Path) -> None:
    """Another account's key would make it seem so."""
    shell = a_fleet(tmp_path)
    (tmp_path / ".gpuspec" / "simulator" / "world.ndjson").unlink()
    for record in ("a", "b", "c"):
        assert record in recorded(shell)

    refused = shell("destroy", *CONSENT, "--settle", "0")

    assert refused.status in {5, 4}
    assert recorded(shell) == {"a", "b", "c"}


def test_the_ledger_is_data_too(tmp_path: Path) -> None:
    """One document."""
    document = json.loads(a_fleet(tmp_path)("destroy", *CONSENT, "--json").raw)

    assert (document["command"], document["exitStatus"]) == ("destroy", 0)
    assert [outcome["result"] for outcome in document["outcomes"]] == ["deleted"] * 3


def test_what_is_paid_for_by_the_month_stays_in_the_services_words(tmp_path: Path) -> None:
    """It is still recorded; the way on is `destroy`, since an apply would make again what is gone."""
    shell = a_project(tmp_path, a_spec("trainer", billingMode="monthly", month=1))
    assert shell("apply", "--yes", "--allow-prepaid").status == 0

    said = shell("destroy", "--yes", "--allow-destroy")

    assert said.status == 4
    assert "PREPAID_INSTANCE_NOT_SUPPORT_RELEASE: prepaid instance does not support release" in said.out
    assert "mend the reason and destroy again:\n    gpuspec destroy\n" in said.out
    assert "trainer" in shell("state", "list").out
