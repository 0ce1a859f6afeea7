"""The table of what a change of each field costs, and the README's copy of it."""

from pathlib import Path

from gpuspec.model.fields import FIELDS
from gpuspec.report.change_policy import change_policy_table

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- change-policy: gpuspec explain --table -->\n", "<!-- /change-policy -->\n"


def test_the_readme_has_the_table_as_it_is_now() -> None:
    """Between its marks stands what `gpuspec explain --table` prints."""
    copied = README.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]

    assert copied == change_policy_table()


def test_every_field_has_its_row() -> None:
    """In the order of the API's page, each with all columns."""
    rows = change_policy_table().splitlines()[2:]

    assert [row.split("`")[1] for row in rows] == list(FIELDS)
    assert {row.count(" | ") for row in rows} == {5}


def test_a_row_says_what_a_change_costs() -> None:
    """One of each kind."""
    rows = {row.split("`")[1]: row for row in change_policy_table().splitlines()[2:]}

    assert rows["ports"] == "| `ports` | in place, by `edit` | may restart | stays | clears it | is set back |"
    assert rows["gpuNum"].endswith("| replaces the machine | is another one | is lost | stays as it is | is told |")
    assert rows["month"].endswith("| goes on | stays | stays as it is | is not shown |")
