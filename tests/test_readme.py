"""The README's tables: every command stands in one, and every line of "What happens when…" is a fact that is tested."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from gpuspec.cli.app import COMMANDS, app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
# How a line begins -> the tests that hold it.
FACTS = {
    "I change a field": "report/test_change_policy.py planning/test_field_policy.py",
    "I take an instance out": "cli/test_apply_deletes.py::test_what_left_the_spec_is_deleted "
    "cli/test_apply_deletes.py::test_what_is_protected_is_refused",
    "I rename an address": "cli/test_moved.py::test_a_record_moves_with_the_apply "
    "cli/test_moved.py::test_without_a_word_another_address_is_another_machine",
    "I rename a spec file": "cli/test_nothing_unasked.py::test_a_file_that_was_renamed_takes_its_machines_along",
    "I delete a spec file": "cli/test_nothing_unasked.py::test_machines_of_a_file_that_was_deleted_are_named_and_left "
    "cli/test_destroy.py::test_files_and_globs_limit_it",
    "a loop or a variable": "cli/test_nothing_unasked.py::test_a_set_that_a_variable_emptied_is_refused "
    "cli/test_nothing_unasked.py::test_what_comes_through_a_pipe_removes_nothing",
    "I kill an apply": "recovery/test_random_kills.py recovery/test_lost_answers.py",
    "a machine turns up later": "recovery/test_lost_answers.py::"
    "test_an_instance_that_appears_after_the_window_is_reported_by_every_run",
    "two people apply": "recovery/test_another_run.py::test_a_second_run_at_once_is_told_who_is_at_work "
    "recovery/test_another_run.py::test_a_second_run_that_waits_for_the_lock_then_does_nothing",
    "two clones": "cli/test_nothing_unasked.py::test_a_second_clone_with_the_state_doubles_nothing "
    "recovery/test_another_run.py::test_a_clone_with_a_state_from_before_is_refused",
    "a clone lacks the state": "recovery/test_another_run.py::test_a_clone_without_the_state_is_refused "
    "recovery/test_another_run.py::test_another_accounts_key_is_refused",
    "a clone lacks `.gpuspec/`": "cli/test_nothing_unasked.py::test_a_colleague_without_the_digest_key_resets_nothing",
    "I lose the state": "cli/test_rebuild.py::test_a_fleet_whose_state_was_lost_is_only_noted_on",
    "a deleted machine is not proven": "cli/test_deletes_under_faults.py::"
    "test_a_run_that_does_not_wait_leaves_it_to_the_next",
    "somebody deletes a machine": "cli/test_apply.py::test_an_instance_that_is_gone_is_created_again "
    "planning/test_guard.py::test_losing_every_recorded_instance_is_refused planning/test_refreshing.py",
    "somebody stops a machine": "cli/test_nothing_unasked.py::test_a_stopped_machine_stays_stopped "
    "cli/test_apply_updates.py::test_a_stopped_machine_is_started_again",
    "somebody changes a machine": "cli/test_apply_updates.py::test_what_somebody_changed_is_set_back",
    "a replacement's run dies": "recovery/test_replacing_steps.py",
    "creates are refused, or answers": "engine/test_replacing.py",
    "a replacement's machine does not": "cli/test_apply_replaces.py::"
    "test_one_that_does_not_start_leaves_the_one_before_for_the_next_apply",
    "the one before can't be deleted": "engine/test_replacing_ends.py",
    "the answer to an update": "recovery/test_updates_at_every_step.py "
    "cli/test_apply_updates.py::test_an_answer_that_is_lost_changes_nothing_twice",
    "a machine shows neither": "cli/test_recover.py::test_a_person_can_decide_on_a_call",
    "one of several calls": "engine/test_updating_answers.py::test_the_rest_is_not_sent_after_a_refusal",
    "a machine is busy": "cli/test_apply_updates.py::test_a_machine_that_stays_busy_is_given_up",
    "a stopped machine finds no GPU": "cli/test_apply_updates.py::test_a_stopped_machine_is_started_again",
    "the product has no stock": "cli/test_apply_under_faults.py::test_a_create_that_the_service_refuses_fails_alone "
    "cli/test_consents.py::test_replacing_what_has_no_stock_is_refused_before_anything_is_sent",
    "the service only asks": "engine/test_worn_out.py::test_a_service_that_throttles_without_end_ends_the_run",
    "the service fails every call": "engine/test_worn_out.py::test_a_service_that_fails_every_call_ends_the_run "
    "engine/test_worn_out.py::"
    "test_a_service_that_fails_and_does_not_show_what_there_is_leaves_what_was_sent_open",
    "the service's certificate": "cli/test_certificates.py cloud/test_distrust.py",
    "a list is incomplete": "cli/test_bad_answers.py::test_what_is_no_list_proves_nothing_and_makes_nothing "
    "cli/test_apply.py::test_a_service_that_is_not_there_blocks_and_makes_nothing",
    "the disk is full": "recovery/test_full_disk.py recovery/test_unusable_state.py",
    "Ctrl-C": "recovery/test_signals.py",
}


def rows(heading: str) -> tuple[str, ...]:
    """The first cells of the table that begins with this row."""
    lines = README[README.index(f"| {heading} |") :].splitlines()
    table = itertools.takewhile(lambda line: line.startswith("|"), lines)
    return tuple(line.replace("\\|", "/").split("|")[1].strip() for line in itertools.islice(table, 2, None))


def commands() -> Iterator[str]:
    """Every command, those of groups with their group."""
    for name in COMMANDS:
        command = app.get_command(click.Context(app), name)
        yield from (f"{name} {part}" for part in command.commands) if isinstance(command, click.Group) else (name,)


@pytest.mark.parametrize("command", tuple(commands()))
def test_every_command_stands_in_the_table(command: str) -> None:
    """`start|stop|restart` and `state pull …, state push …` share a row."""
    cells = " ".join(rows("command | does")).replace("/", " ")

    assert re.search(rf"(?:gpuspec |`|\s){re.escape(command)}\b", cells)


def test_every_answer_to_what_happens_when_is_tested() -> None:
    """By tests that are there; a line that is added names its own."""
    questions = rows("when… | then")

    unheld = [question for question in questions if not any(question.startswith(begin) for begin in FACTS)]

    assert unheld == []
    assert len(questions) == len(FACTS)


@pytest.mark.parametrize("test", sorted({test for tests in FACTS.values() for test in tests.split()}))
def test_what_holds_an_answer_is_there(test: str) -> None:
    """A test that is renamed takes its answer along."""
    path, _, name = test.partition("::")

    content = (ROOT / "tests" / path).read_text(encoding="utf-8")

    assert f"def {name}(" in content if name else "def test_" in content
