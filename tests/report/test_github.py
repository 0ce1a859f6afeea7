"""Annotations of GitHub Actions: each where it belongs, no text that is more than text, no more than GitHub shows."""

import re

from hypothesis import given
from hypothesis import strategies as st

from gpuspec.errors import Refused
from gpuspec.model.place import Place
from gpuspec.model.plan import Action, ActionKind, Change, Plan
from gpuspec.model.problem import Problem, Severity
from gpuspec.report.clean import clean
from gpuspec.report.github import (
    SHOWN,
    Annotation,
    Level,
    annotation_text,
    error_annotations,
    plan_annotations,
    problem_annotations,
)
from gpuspec.report.view import summary
from tests.builders.planning import BIRTH

COMMAND = re.compile(r"::(error|warning|notice) ([a-z]+=[^:,\n]*(?:,[a-z]+=[^:,\n]*)*)::(.*)")
PLACE = Place(file="specs/a, b: c%.yaml", line=3, column=5)


def a_plan_of(*actions: Action, warnings: tuple[str, ...] = ()) -> Plan:
    """A plan with these actions."""
    return Plan(birth=BIRTH, serial=1, made_at=0.0, actions=actions, receipt="sha256:0", warnings=warnings)


def an_action(kind: ActionKind, address: str = "trainer", *, changed: tuple[str, ...] = ()) -> Action:
    """An action that changes these fields from 1 to 2."""
    changes = tuple(Change(field=name, before=1, after=2) for name in changed)
    return Action(kind=kind, address=address, reason="x", explanation="why", changes=changes)


def placed(address: str, field: str) -> Place | None:
    """A place for each address and field, but for what no file has."""
    columns = {"": 3, "gpuNum": 5, "name": 7}
    return None if address == "gone" else Place(file="instances.yaml", line=9, column=columns[field])


def test_a_problem_stands_at_its_place() -> None:
    """File, line and column are properties, in which colons, commas and percent signs are escaped."""
    problem = Problem(
        code="unknown-field", message="100 % wrong: no `x`, no `y`.\nReally.", place=PLACE, hint="see `z`"
    )

    assert annotation_text(problem_annotations([problem])) == (
        "::error file=specs/a%2C b%3A c%25.yaml,line=3,col=5,title=unknown field::"
        "100 %25 wrong: no `x`, no `y`.%0AReally.%0Ahint: see `z`\n"
    )


def test_a_warning_is_a_warning_and_a_file_may_be_meant_as_a_whole() -> None:
    """Without a line there is no line; without a file, or with standard input, there is no file."""
    problems = [
        Problem(code="file-missing", message="There is none.", place=Place(file=file, line=0, column=0))
        for file in ("a.yaml", "<stdin>")
    ]
    problems += [Problem(code="file-missing", message="Some.", severity=Severity.WARNING)]

    assert annotation_text(problem_annotations(problems)) == (
        "::error file=a.yaml,title=file not found::There is none.\n"
        "::error title=file not found::There is none.\n"
        "::warning title=file not found::Some.\n"
    )


def test_files_are_named_from_the_root_of_the_repository() -> None:
    """Whoever calls knows where that is."""
    problem = Problem(code="file-missing", message="x", place=PLACE)

    assert "file=sub/specs/a%2C b" in annotation_text(
        problem_annotations([problem]), path_of=lambda file: f"sub/{file}"
    )


def test_a_plan_is_annotated_at_its_stanzas() -> None:
    """What is changed at the field that changes; errors, warnings and notices as GitHub knows them."""
    plan = a_plan_of(
        an_action(ActionKind.CREATE, "made", changed=("name",)),
        an_action(ActionKind.DELETE, "gone"),
        an_action(ActionKind.REPLACE, "moved", changed=("gpuNum", "name")),
        an_action(ActionKind.BLOCKED, "unknown"),
        an_action(ActionKind.KEEP, "kept"),
        an_action(ActionKind.UNRESOLVED, "open"),
        an_action(ActionKind.REFUSED, "refused", changed=("gpuNum",)),
        warnings=("The service lists no `x`.",),
    )
    refused = Refused("Nothing is sent.", reason="x", hint="look", command="gpuspec plan")

    text = annotation_text([*error_annotations([refused]), *plan_annotations(plan, placed)])

    assert text.splitlines() == [
        "::error title=refused::Nothing is sent.%0Ahint: look%0Agpuspec plan",
        "::error file=instances.yaml,line=9,col=5,title=refused refused::why%0AgpuNum: 1 → 2",
        "::error file=instances.yaml,line=9,col=3,title=unresolved open::why",
        "::warning title=gpuspec plan::The service lists no `x`.",
        "::warning file=instances.yaml,line=9,col=5,title=replace moved::why%0AgpuNum: 1 → 2%0Aname: 1 → 2",
        "::warning title=delete gone::why",
        "::warning file=instances.yaml,line=9,col=3,title=blocked unknown::why",
        f"::notice title=gpuspec plan::{summary(plan)}",
        "::notice file=instances.yaml,line=9,col=3,title=create made::why%0Aname: 2",
    ]


def test_no_more_than_github_shows_is_said_of_a_level() -> None:
    """The tenth counts those that are left out; the weightiest are there, whatever their order in the plan."""
    creates = [an_action(ActionKind.CREATE, f"w-{number}") for number in range(30)]
    plan = a_plan_of(*creates, an_action(ActionKind.UPDATE, "changed"))

    lines = annotation_text(plan_annotations(plan, placed)).splitlines()

    assert len(lines) == SHOWN
    assert lines[0].startswith("::notice title=gpuspec plan::Plan: 30 to create, 1 to update")
    assert "title=update changed::" in lines[1]
    assert lines[-1] == "::notice title=gpuspec::… and 23 more of this level, which GitHub would not show."


def test_ten_of_a_level_are_all_shown() -> None:
    """Only beyond that one of them is given up."""
    found = [Annotation(level=Level.ERROR, title=f"t{number}", message="m") for number in range(SHOWN)]

    assert annotation_text(found).count("title=t") == SHOWN


def test_a_message_has_an_end() -> None:
    """A field of a megabyte is no annotation."""
    (line,) = annotation_text([Annotation(level=Level.NOTICE, title="t", message="%" * 1_000_000)]).splitlines()

    assert len(line) < 10_000
    assert line.endswith("%25…")


TEXTS = st.text(max_size=40) | st.sampled_from(
    ("::set-env name=x::y", "\n::stop-commands::x", "##[add-mask]x", "a,b=c")
)


@given(TEXTS, TEXTS, TEXTS)
def test_no_text_becomes_a_command_or_a_property(file: str, title: str, message: str) -> None:
    """Each annotation is one line, and reads back as what was said, what can't be seen as escapes."""
    place = Place(file=f"x{file}", line=1, column=1)

    text = annotation_text([Annotation(level=Level.ERROR, title=f"t{title}", message=message, place=place)])

    (line,) = text.removesuffix("\n").split("\n")
    match = COMMAND.fullmatch(line)
    assert match is not None
    assert [part.partition("=")[0] for part in match[2].split(",")] == ["file", "line", "col", "title"]
    assert clean(line) == line
