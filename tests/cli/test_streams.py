"""Output that is closed, full, left by its reader or of another encoding: facts about the real process."""

import json
from pathlib import Path

import pytest

from tests.builders.process import gpuspec
from tests.builders.shell import a_project, a_spec

BESIDE_ASCII = "é 日本 😀"


def test_a_reader_that_leaves_ends_the_command_without_a_word(tmp_path: Path) -> None:
    """As other tools do: the status says which signal it stands for."""
    a_project(tmp_path, a_spec("a"))

    ended = gpuspec(tmp_path, "validate", "--json", through="gpuspec | head -c 0 && exit 0")

    assert (ended.status, ended.err) == (141, b"")


def test_a_reader_of_the_first_line_gets_it(tmp_path: Path) -> None:
    """The rest is lost without a complaint."""
    a_project(tmp_path, a_spec(*(f"a{number}" for number in range(30))))

    ended = gpuspec(tmp_path, "plan", "--offline", through="gpuspec | head -1")

    assert (ended.out, ended.err) == (b"demo/default at simulator, state serial 0\n", b"")


@pytest.mark.parametrize("arguments", [("render",), ("render", "--json"), ("validate",)])
def test_a_full_standard_output_is_an_error(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """What was asked for is not there."""
    a_project(tmp_path, a_spec("a"))

    ended = gpuspec(tmp_path, *arguments, through="gpuspec > /dev/full")

    assert ended.status == 1
    assert ended.err.decode() == (
        "error: standard output can't be written to\n"
        "  It was not written, or not all of it: No space left on device.\n\n"
        "hint: see where it is sent to.\n"
    )


def test_an_apply_goes_on_when_nobody_reads_what_it_says(tmp_path: Path) -> None:
    """Progress that can't be told ends no run: what was asked for is made and recorded."""
    a_project(tmp_path, a_spec("a", "b"))

    ended = gpuspec(tmp_path, "apply", "--yes", "--wait", "none", through="gpuspec 2> /dev/full")
    listed = gpuspec(tmp_path, "state", "list", "--json")

    assert (ended.status, ended.out.splitlines()[-1]) == (0, b"Ledger: 2 done")
    assert json.loads(listed.out)["records"].keys() == {"a", "b"}


@pytest.mark.parametrize(
    ("through", "status"),
    [("gpuspec <&-", 1), ("gpuspec >&-", 1), ("gpuspec 2>&-", 1), ("gpuspec <&- >&- 2>&-", 1)],
)
def test_closed_streams_change_nothing(tmp_path: Path, through: str, status: int) -> None:
    """No traceback, and no file that is opened takes a stream's place."""
    before = a_project(tmp_path, a_spec("a")).folder.joinpath("instances.yaml").read_bytes()

    ended = gpuspec(tmp_path, "validate", "--json", "-", through=through)

    assert ended.status == status
    assert b"Traceback" not in ended.err
    assert tmp_path.joinpath("instances.yaml").read_bytes() == before


@pytest.mark.parametrize(
    "environ",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
    ids=["C", "C, not coerced", "ascii", "latin-1"],
)
def test_documents_are_utf_8_whatever_the_locale_says(tmp_path: Path, environ: dict[str, str]) -> None:
    """JSON and YAML have one encoding; text for people has escapes for what the terminal lacks."""
    a_project(tmp_path, a_spec("a", command=f'"{BESIDE_ASCII}"'))

    document = json.loads(gpuspec(tmp_path, "render", "--json", environ=environ).out.decode("utf-8"))
    rendered = gpuspec(tmp_path, "render", environ=environ).out.decode("utf-8")
    planned = gpuspec(tmp_path, "plan", "--offline", environ=environ)

    assert document["instances"]["a"]["command"] == BESIDE_ASCII
    assert BESIDE_ASCII in rendered
    assert planned.status == 0
    assert b"command" in planned.out


def test_a_file_whose_name_is_no_text_is_named_with_escapes(tmp_path: Path) -> None:
    """In text as in JSON, which stays UTF-8."""
    a_project(tmp_path, a_spec("a"))
    folder = str(tmp_path).encode()
    Path((folder + b"/b\xff.yaml").decode("utf-8", "surrogateescape")).write_text(a_spec("b", gpuNum=9))

    ended = gpuspec(tmp_path, "validate", "--json", b"b\xff.yaml", environ={"LC_ALL": "C.UTF-8"})

    assert ended.status == 1
    assert json.loads(ended.out.decode("utf-8"))["problems"][0]["file"] == "b\udcff.yaml"
    assert b"--> b\\udcff.yaml:5:13" in ended.err
