"""`gpuspec plan`: what apply would do; it takes no lock and writes nothing."""

import json
from pathlib import Path

import jsonschema
import pytest

from tests.builders.shell import Shell, a_project, a_run_in_progress, a_spec, files_below

CREATES = """\
demo/default at simulator, state serial 0

  +   trainer  create: not made yet
      name        trainer
      productId   4090.16c62g
      gpuNum      1
      diskSize    60
      rootfsSize  60
      imageUrl    pytorch/pytorch:latest
      kind        gpu

Receipt: sha256:…
Plan: 1 to create, 0 to update (0 restarts), 0 to replace, 0 to delete, 0 to forget; 0 unresolved
"""

NOTHING = """\
demo/default at simulator, state serial 2

Nothing to do.
Beside these: 1 unchanged.
Receipt: sha256:…
Plan: 0 to create, 0 to update (0 restarts), 0 to replace, 0 to delete, 0 to forget; 0 unresolved
"""

DIFFERS = """\
demo/default at simulator, state serial 2

  -   removed  delete: the spec no longer has it: ID; its data is lost

  !   grown  refused: `gpuNum` can't be changed in place, and `lifecycle.protect` forbids to replace ID
      gpuNum  1 → 2
      hint: take `protect` away first, or have the rest with `--exclude 'grown'`, or put the spec back as it was

Beside these: 1 refused, 1 unchanged.
Receipt: sha256:…
Plan: 0 to create, 0 to update (0 restarts), 0 to replace, 1 to delete, 0 to forget; 0 unresolved
"""

REFUSED = """
error: refused
  Nothing is sent because of grown. grown: `gpuNum` can't be changed in place, and `lifecycle.protect` \
forbids to replace ID.

hint: take `protect` away first, or have the rest with `--exclude 'grown'`, or put the spec back as it was
"""

PROTECTED = a_spec("trainer", gpuNum=3, lifecycle="{protect: true}")


def an_applied_project(folder: Path, *addresses: str) -> Shell:
    """A project on the simulator whose instances run."""
    shell = a_project(folder, a_spec(*addresses))
    assert shell("apply", "--yes").status == 0
    return shell


def a_plan_schema() -> jsonschema.Draft202012Validator:
    """The committed schema of plan documents."""
    folder = Path(__file__).parents[2] / "schemas"
    return jsonschema.Draft202012Validator(json.loads((folder / "plan.schema.json").read_text()))


def test_a_first_plan_leaves_nothing_behind(tmp_path: Path) -> None:
    """Not even a folder: it may be one that nobody can write to."""
    a_project(tmp_path, a_spec("trainer"))("plan")

    assert {path.name for path in tmp_path.rglob("*")} == {"gpuspec.yaml", "instances.yaml"}


def test_an_instance_that_is_not_made_is_to_be_created(tmp_path: Path) -> None:
    """Everything that would be sent is shown, and no file is written."""
    shell = a_project(tmp_path, a_spec("trainer"))

    said = shell("plan")

    assert (said.status, said.out, said.err) == (0, CREATES, "")
    assert sorted(files_below(tmp_path)) == ["gpuspec.yaml", "instances.yaml"]


def test_an_instance_that_is_as_recorded_is_left_alone(tmp_path: Path) -> None:
    """There is nothing to do, and the exit status says so."""
    shell = an_applied_project(tmp_path, "trainer")

    said = shell("plan", "--detailed-exitcode")

    assert (said.status, said.out, said.err) == (0, NOTHING, "")


def test_what_is_protected_is_refused_and_what_was_removed_is_to_be_deleted(tmp_path: Path) -> None:
    """Each difference with its field; a guard stands in the way of all of it, of the deletion too."""
    shell = an_applied_project(tmp_path, "grown", "removed", "same")
    text = a_spec("grown", gpuNum=2, lifecycle="{protect: true}") + a_spec("same").partition("instances:\n")[2]
    shell.write("instances.yaml", text)

    said = shell("plan")

    assert (said.status, said.out, said.err) == (5, DIFFERS, REFUSED)


def test_globs_choose_addresses(tmp_path: Path) -> None:
    """`--only` and `--exclude` leave the rest out, and say how much that is."""
    shell = a_project(tmp_path, a_spec("a-1", "a-2", "b-1"))

    only = shell("plan", "--only", "a-*", "--exclude", "*-2")

    assert only.status == 0
    assert "  +   a-1  create: not made yet\n" in only.out
    assert "a-2" not in only.out
    assert "Left out by `--only` and `--exclude`: 2 addresses.\n" in only.out


def test_changes_pending_are_an_exit_status_where_asked(tmp_path: Path) -> None:
    """2 for changes, 0 without the option."""
    shell = a_project(tmp_path, a_spec("trainer"))

    assert (shell("plan").status, shell("plan", "--detailed-exitcode").status) == (0, 2)


@pytest.mark.parametrize("applied", [False, True])
def test_the_plan_is_data_of_its_schema(tmp_path: Path, applied: bool) -> None:
    """With `--json` it is one document that the committed schema accepts, refused plans too."""
    shell = an_applied_project(tmp_path, "trainer") if applied else a_project(tmp_path, a_spec("trainer"))
    if applied:
        shell.write("instances.yaml", PROTECTED)

    said = shell("plan", "--json")

    document = json.loads(said.raw)
    a_plan_schema().validate(document)
    assert [action["kind"] for action in document["actions"]] == ["refused" if applied else "create"]
    assert said.status == (5 if applied else 0)


def test_a_refused_plan_says_why_beside_its_document(tmp_path: Path) -> None:
    """A reader of the document alone sees it by its actions; a person sees the error."""
    shell = an_applied_project(tmp_path, "trainer")
    shell.write("instances.yaml", PROTECTED)

    said = shell("plan", "--json")

    assert said.err.startswith("\nerror: refused\n  Nothing is sent because of trainer.")


def test_a_plan_made_offline_asks_nobody(tmp_path: Path) -> None:
    """What is recorded counts as there, and the plan says that it was made so; no key is needed for a real service."""
    shell = a_project(tmp_path, a_spec("trainer"))

    said = shell("plan", "--offline", "--endpoint", "https://api.novita.ai")

    assert said.status == 0
    assert said.out.startswith("demo/default at https://api.novita.ai, state serial 0\n")
    assert "Made offline: the API was not asked, so everything recorded counts as there.\n" in said.out
    assert sorted(files_below(tmp_path)) == ["gpuspec.yaml", "instances.yaml"]


def test_a_run_in_progress_is_named(tmp_path: Path) -> None:
    """Whoever holds the lock is named with process and command; the plan is made all the same."""
    shell = an_applied_project(tmp_path, "trainer")

    with a_run_in_progress(tmp_path):
        said = shell("plan")

    assert said.err == "warning: ci@runner-7 (process 4242) is running `apply` on this state now.\n"
    assert (said.status, said.out) == (0, NOTHING)


def test_a_request_in_doubt_is_shown_as_unresolved(tmp_path: Path) -> None:
    """A lost create is named by every plan until it is settled, with what to do; the exit status is 7."""
    shell = a_project(tmp_path, a_spec("trainer"))
    shell("apply", "--yes", "--settle", "0", "--fault", "lost-request:1")

    said = shell("plan")

    assert said.status == 7
    assert "  ?   trainer  unresolved: a create request was sent and what became of it is not known" in said.out
    assert (
        "hint: decide with `gpuspec recover trainer --found ID` or `--absent`, or let the next apply settle it:\n"
        "          gpuspec apply\n"
    ) in said.out
    assert said.out.endswith(" 0 to forget; 1 unresolved\n")


def test_products_that_the_service_does_not_list_are_warned_of(tmp_path: Path) -> None:
    """The plan says it ahead; the service decides in the end."""
    shell = a_project(tmp_path, a_spec("a", "b", productId="nothing-like-it", clusterId="nowhere"))

    said = shell("plan")

    assert said.status == 0
    assert "warning: The service lists no product `nothing-like-it` (a, b).\n" in said.out
    assert "warning: The service lists no cluster `nowhere` (a, b).\n" in said.out


def test_a_set_without_instances_is_refused_while_records_exist(tmp_path: Path) -> None:
    """A loop over nothing may be a mistake; the option says that it is none."""
    shell = an_applied_project(tmp_path, "trainer")
    shell.write("instances.yaml", "version: 1\ninstances: {}\n")

    assert "error: refused\n  The spec renders to no instance, but the state has 1 instance.\n" in shell("plan").err
    assert "The spec renders to no instance" not in shell("plan", "--allow-empty").err


def test_a_service_that_needs_a_key_says_how_to_give_it(tmp_path: Path) -> None:
    """Without one the command stops with 3 and names both ways on."""
    shell = a_project(tmp_path, a_spec("trainer"))

    said = shell("plan", "--endpoint", "https://api.novita.ai")

    assert (said.status, said.out) == (3, "")
    assert "neither `NOVITA_API_KEY` nor a key file is set" in said.err
    assert said.err.endswith("    gpuspec apply --simulate\n")
