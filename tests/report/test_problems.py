"""Problems and errors as a user reads them, whole."""

from textwrap import dedent

from gpuspec.errors import GpuspecError, Locked, Refused, SpecFaults
from gpuspec.model.place import Place, whole_file
from gpuspec.model.problem import Problem, Related, Severity
from gpuspec.report.errors import error_lines, errors_lines
from gpuspec.report.problems import problem_lines
from gpuspec.report.text import plain


def at(line: int, column: int, *, width: int = 1, file: str = "instances.yaml") -> Place:
    return Place(file=file, line=line, column=column, width=width)


def caret_line(excerpt: str, column: int, width: int = 1, *, excerpt_column: int = 0) -> tuple[str, str]:
    """The excerpt and the line below it."""
    place = at(1, column, width=width)
    problem = Problem(code="wrong-type", message="m", place=place, excerpt=excerpt, excerpt_column=excerpt_column)
    _, _, shown, carets, *_ = plain(problem_lines([problem])).splitlines()
    return shown.removeprefix("   1 | "), carets.removeprefix("     | ")


def test_a_problem_says_what_where_why_and_the_way_out() -> None:
    """The whole text of one problem."""
    problem = Problem(
        code="unknown-field",
        message="An instance has no field `imageUlr`.",
        place=at(14, 5, width=8),
        path="instances.trainer.imageUlr",
        hint="did you mean `imageUrl`?",
        excerpt='    imageUlr: "{{ image }}"',
    )

    expected = """\
        error: unknown field
          --> instances.yaml:14:5   instances.trainer.imageUlr
           14 |     imageUlr: "{{ image }}"
              |     ^^^^^^^^
          An instance has no field `imageUlr`.

        hint: did you mean `imageUrl`?

        1 error
        """
    assert plain(problem_lines([problem])) == dedent(expected)


def test_a_problem_lists_what_belongs_to_it() -> None:
    """Other places, the calls that led there, and how often it happened."""
    place = Place(file="lib.jinja", line=2, column=3, calls=(at(20, 5), at(31, 1)))
    problem = Problem(
        code="duplicate-key",
        message="The key is there twice.\nOnly one can hold.",
        place=place,
        related=(Related(label="first written here", place=at(9, 3)),),
        severity=Severity.WARNING,
        count=12,
    )

    expected = """\
        warning: duplicate key
          --> lib.jinja:2:3
          The key is there twice.
          Only one can hold.
          This happened 12 times.
          first written here: instances.yaml:9:3
          called from instances.yaml:20:5
          called from instances.yaml:31:1

        1 warning
        """
    assert plain(problem_lines([problem])) == dedent(expected)


def test_calls_from_one_place_are_one_line() -> None:
    """A macro that calls itself does so from one place."""
    here, there = Place(file="s.yaml", line=2, column=3), Place(file="s.yaml", line=9, column=1)
    place = Place(file="s.yaml", line=1, column=1, calls=(here, here, here, there))
    text = plain(problem_lines([Problem(code="template-too-deep", message="Without end.", place=place)]))

    assert "  called from s.yaml:2:3, 3 times\n  called from s.yaml:9:1\n" in text


def test_a_fault_of_a_whole_file_names_the_file_alone() -> None:
    """There is no line to point to."""
    problem = Problem(code="file-missing", message="There is no such file.", place=whole_file("s.yaml"))

    assert plain(problem_lines([problem])).startswith("error: file not found\n  --> s.yaml\n  There is no")


def test_a_problem_without_a_file_names_its_path_or_nothing() -> None:
    """A variable given on the command line has no place."""
    by_path = Problem(code="variable-wrong", message="It is no number.", path="--var workers")
    bare = Problem(code="variable-wrong", message="It is no number.")

    assert "  --> --var workers\n" in plain(problem_lines([by_path]))
    assert "-->" not in plain(problem_lines([bare]))


def test_fifty_problems_are_shown_and_the_rest_counted() -> None:
    """The totals count all of them."""
    problems = [Problem(code="too-few", message=f"Number {number}.") for number in range(52)]
    text = plain(problem_lines(problems))

    assert "Number 49." in text
    assert "Number 50." not in text
    assert text.endswith("\n… and 2 more problems; `--json` has all of them.\n\n52 errors\n")


def test_no_problems_are_no_lines() -> None:
    """Not even totals."""
    assert problem_lines([]) == ()


def test_the_totals_count_errors_and_warnings() -> None:
    """Errors first."""
    error = Problem(code="too-few", message="m")
    warning = Problem(code="too-few", message="m", severity=Severity.WARNING)

    assert plain(problem_lines([warning, error, error])).endswith("\n2 errors, 1 warning\n")


def test_the_caret_aligns_after_tabs_and_wide_characters() -> None:
    """It stands below what is meant, as a terminal shows it."""
    assert caret_line("\tname: x", 2, 4) == ("    name: x", "    ^^^^")
    assert caret_line("漢字: x", 5) == ("漢字: x", "      ^")
    assert caret_line("a: 漢字", 4, 2) == ("a: 漢字", "   ^^^^")
    assert caret_line("a\x1bb: x", 3) == ("a\\x1bb: x", "     ^")


def test_the_caret_stays_on_its_line() -> None:
    """Places at the end of a line, and those that go on beyond it."""
    assert caret_line("abc", 4, 1) == ("abc", "   ^")
    assert caret_line("abc", 2, 99) == ("abc", " ^^")


def test_a_masked_excerpt_brings_its_own_column() -> None:
    """Masking moves what follows."""
    assert caret_line("token: (secret) x", 40, excerpt_column=17) == ("token: (secret) x", " " * 16 + "^")


def test_a_long_line_is_cut_around_its_fault() -> None:
    """160 characters of it are shown, with what is meant among them."""
    shown, carets = caret_line("x" * 500 + "FAULT" + "y" * 500, 501, 5)

    assert shown.startswith("…xxx")
    assert shown.endswith("yyy…")
    assert shown[carets.index("^") : len(carets)] == "FAULT"
    assert caret_line("FAULT" + "y" * 500, 1, 5)[0].startswith("FAULTyyy")
    assert caret_line("x" * 500 + "FAULT", 501, 5)[0].endswith("FAULT")


def test_an_error_has_its_words_its_facts_and_the_way_out() -> None:
    """The whole text of one error."""
    error = Locked(
        "ci@runner-7 (process 4242, alive) has been running `apply` on it since 09:12 (4 minutes).",
        hint="wait for it:",
        command="gpuspec apply --lock-timeout 10m",
    )

    expected = """\
        error: the state is locked
          ci@runner-7 (process 4242, alive) has been running `apply` on it since 09:12 (4 minutes).

        hint: wait for it:
            gpuspec apply --lock-timeout 10m
        """
    assert plain(error_lines(error)) == dedent(expected)


def test_the_faults_of_a_spec_are_its_problems() -> None:
    """No line says that there were faults; they are there."""
    problem = Problem(code="too-few", message="m")

    assert error_lines(SpecFaults([problem])) == problem_lines([problem])


def test_several_errors_stand_apart() -> None:
    """A blank line between."""
    text = plain(errors_lines([GpuspecError("One."), Refused("Two.", reason="x")]))

    assert text == "error: something went wrong\n  One.\n\nerror: refused\n  Two.\n"
