"""Command lines, project files and variables that can't be meant: each is told, and nothing is done."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.builders.process import gpuspec
from tests.builders.shell import Said, Shell, a_project, a_spec, files_below

CANARY = "canary-0xDEADBEEF"
NOTHING: Mapping[str, str] = {}
PROJECT = "version: 1\nproject: demo\n"
ENVIRONMENTS = PROJECT + "environments: {prod: {}, dev: {}}\n"
VARIABLES = (
    PROJECT + "variables:\n"
    "  count: {type: integer, default: 1}\n"
    "  size: {enum: [small, large], default: small}\n"
    "  zones: {type: list, default: []}\n"
    "  token: {sensitive: true, pattern: 'sk_[a-z]+', default: sk_a}\n"
)


def told(
    shell: Shell, *arguments: str, stdin: bytes = b"", environ: Mapping[str, str] = NOTHING
) -> tuple[Said, dict[str, Any]]:
    """What a command says in text and as data, after holding it to what is true of every failure."""
    before = files_below(shell.folder)

    said = shell(*arguments, stdin=stdin, **environ)
    data = shell("--json", *arguments, stdin=stdin, **environ)
    document = json.loads(data.raw)

    assert said.out == ""
    assert said.err.startswith("error: ")
    assert "\nhint: " in said.err
    assert "Traceback" not in said.err
    assert "a bug in gpuspec" not in said.err
    assert (data.status, data.err) == (said.status, said.err)
    assert document["version"] == 1
    assert CANARY not in said.err + data.raw
    assert files_below(shell.folder) == before
    return said, document


# Arguments -> what the message says. All of them are wrong usage.
WRONG: Mapping[tuple[str, ...], str] = {
    ("plna",): "No such command 'plna'.",
    ("plan", "--jsn"): "No such option '--jsn'.",
    ("plan", "--var"): "Option '--var' requires an argument.",
    ("plan", "--var", CANARY): "`--var` takes NAME=VALUE; this one has no `=`.",
    ("plan", "--var", "a=1", "--var", CANARY): "number 2 of them has no `=`.",
    ("plan", "--endpoint", "https://api.novita.ai/v1"): "it has a path",
    ("plan", "--endpoint", "http://api.novita.ai"): "`http` would send the API key unencrypted",
    ("plan", "--endpoint", f"https://me:{CANARY}@api.novita.ai"): "it has a user name or password in it",
    ("plan", "--endpoint", "https://"): "it has no host",
    ("plan", "--endpoint", "api.novita.ai"): "it does not begin with `https://`",
    ("plan", "--simulate", "--fault", "lost-respons"): "The simulator has no fault `lost-respons`.",
    ("plan", "--simulate", "--fault", "lost-response:2"): "`2` is no rate.",
    ("plan", "--fault-seed", "x"): "'x' is not a valid integer.",
    ("-e", "prod", "plan"): "the project declares no environments",
    ("apply", "--simulate", "--yes", "--events", "no/such/folder/x"): "the file can't be written",
    ("apply", "--simulate", "--yes", "--events", "."): "the file can't be written: Is a directory.",
    ("apply", "--settle", "soon"): "'soon' is no duration; write 90s, 10m or 2h.",
    ("apply", "--wait", "ever"): "'ever' is not one of",
    ("-C", "instances.yaml", "plan"): "the folder can't be entered: Not a directory.",
    ("explain", "imageUlr"): "There is no field `imageUlr`.",
    ("explain", "zzz"): "There is no field `zzz`.",
    ("schema", "nope"): "There is no schema `nope`.",
    ("schema", "--write", "instances.yaml/x"): "can't be written: Not a directory.",
    ("recover", "trainer"): "An ADDRESS needs one of `--found ID`, `--absent` and `--done`",
    ("recover", "--absent"): "they need an ADDRESS",
    ("recover", "trainer", "--found", "x", "--absent"): "An ADDRESS needs one of",
    ("recover", "trainer", "--found", ""): "this is no id of an instance",
    ("import", "trainer", "../../x y"): "this is no id of an instance",
    ("import", "trainer", "a\udcff"): "this is no id of an instance",
    ("state", "show", "--simulate", "nobody"): "Nothing is recorded at `nobody`.",
    ("sim", "serve", "--port", "99999"): "99999 is not in the range",
    ("sim", "serve", "--speed", "nan"): "can't run at a speed of nan",
    ("init", "."): "is there already; `init` replaces nothing.",
    ("init", "instances.yaml"): "instances.yaml is a file, where the project's folder belongs.",
    ("completion", "tcsh"): "'tcsh' is not one of",
    ("validate", "a/instances.yaml", "b/instances.yaml"): "These files belong to several projects",
}


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_usage_is_told_with_a_way_out(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Status 64; nothing that was typed and may be a secret is repeated."""
    shell = a_project(tmp_path, a_spec("trainer"), NOVITA_API_KEY=CANARY)
    for name in ("a", "b"):
        a_project(tmp_path / name, a_spec("trainer"))

    said, document = told(shell, *arguments)

    assert (said.status, document["error"]["code"]) == (64, "wrong-usage")
    assert WRONG[arguments] in said.err


@pytest.mark.parametrize(
    ("arguments", "message"), [((), "has environments (`prod`, `dev`)"), (("-e", "prdo"), "no environment `prdo`")]
)
def test_an_environment_is_chosen_among_those_declared(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    """Each has a state of its own, so that none is taken by itself."""
    shell = a_project(tmp_path, a_spec("trainer"))
    shell.write("gpuspec.yaml", ENVIRONMENTS)

    said, _ = told(shell, *arguments, "validate")

    assert said.status == 64
    assert message in said.err


# A project file -> its problems.
PROJECTS: Mapping[str, str] = {
    "": "1:1 file-empty",
    "- a\n": "1:1 not-a-map",
    "projct: x\n": "1:1 unknown-field",
    "project: A B\n": "1:10 wrong-pattern",
    "version: 2\n": "1:10 bad-version",
    "requires: '>=99'\n": "1:11 requires-later",
    "cloud: aws\n": "1:8 not-in-list",
    "endpoint: http://api.novita.ai\n": "1:11 wrong-pattern",
    f"endpoint: https://me:{CANARY}@api.novita.ai\n": "1:11 wrong-pattern",
    "parallelism: many\nrate: -1\nrequestTimeout: 0\n": "1:14 wrong-type, 2:7 below-minimum, 3:17 below-minimum",
    "variables: {a: {type: integer, default: x}}\n": "1:41 variable-wrong",
    "variables: {a: {pattern: '('}}\n": "1:26 project-invalid",
    f"variables: {{a: {{sensitive: true, pattern: x, default: {CANARY}}}}}\n": "1:55 variable-wrong",
    "environments: {Prod: {}}\n": "1:16 wrong-pattern",
    "project: [\n": "1:10 yaml-syntax",
    "project: caf\xe9\n": "1:13 not-utf8",
}


@pytest.mark.parametrize("text", PROJECTS, ids=lambda text: text.replace("\n", " ")[:40])
def test_a_bad_project_file_is_told_with_its_places(tmp_path: Path, text: str) -> None:
    """By every command that needs it, before all else."""
    shell = a_project(tmp_path, a_spec("trainer"))
    (tmp_path / "gpuspec.yaml").write_bytes(text.encode("latin-1"))

    said, document = told(shell, "apply", "--simulate", "--yes")
    problems = document["problems"]

    assert said.status == 1
    assert ", ".join(f"{each['line']}:{each['column']} {each['code']}" for each in problems) == PROJECTS[text]
    assert all(each["file"] == "gpuspec.yaml" and each["hint"] for each in problems)


# Arguments and environment -> the code of the problem, and what it says.
VALUES: Mapping[tuple[tuple[str, ...], tuple[tuple[str, str], ...]], tuple[str, str]] = {
    (("--var", f"token={CANARY}"), ()): ("variable-sensitive", "other people on this machine can read"),
    (("--var", "cuont=1"), ()): ("variable-undeclared", "did you mean `count`?"),
    (("--var", "count=one"), ()): ("variable-wrong", '`count` takes a whole number; this is "one".'),
    (("--var", "size=huge"), ()): ("variable-wrong", 'one of its `enum`: "small", "large"'),
    ((), (("GPUSPEC_VAR_count", "9" * 5000),)): ("variable-wrong", "`GPUSPEC_VAR_count`: `count` takes a whole number"),
    ((), (("GPUSPEC_VAR_zones", "[1,"),)): ("variable-wrong", "this can't be read as JSON"),
    ((), (("GPUSPEC_VAR_zones", "[" * 100_000),)): ("variable-wrong", "it is nested too deeply"),
    ((), (("GPUSPEC_VAR_zones", "[NaN]"),)): ("variable-wrong", "NaN is no number of JSON"),
    ((), (("GPUSPEC_VAR_zones", '{"a": 1}'),)): ("variable-wrong", "takes a list; this is a map"),
    ((), (("GPUSPEC_VAR_token", CANARY),)): ("variable-wrong", "something else, not shown"),
    ((), (("GPUSPEC_VAR_zone", CANARY),)): ("variable-undeclared", "did you mean `zones`?"),
    ((), (("GPUSPEC_VAR_size", "a\udcff"),)): ("variable-wrong", "takes text, and this is not UTF-8"),
}


@pytest.mark.parametrize("given", VALUES, ids=lambda given: f"{given[0]} {given[1]}"[:60])
def test_a_value_that_can_not_be_used_names_its_source(
    tmp_path: Path, given: tuple[tuple[str, ...], tuple[tuple[str, str], ...]]
) -> None:
    """And is not repeated if it may be a secret."""
    shell = a_project(tmp_path, a_spec("trainer"))
    shell.write("gpuspec.yaml", VARIABLES)

    said, document = told(shell, "validate", *given[0], environ=dict(given[1]))
    (problem,) = document["problems"]

    assert (said.status, problem["code"]) == (1, VALUES[given][0])
    assert VALUES[given][1] in said.err


# A file of variables -> its problems.
FILES: Mapping[tuple[str, str], str] = {
    ("v.yaml", "count: [\n"): "v.yaml:1:8 yaml-syntax",
    ("v.yaml", "- count\n"): "v.yaml:1:1 not-a-map",
    ("v.yaml", ""): "v.yaml:1:1 file-empty",
    ("v.yaml", "count: 1\ncount: 2\n"): "v.yaml:2:1 duplicate-key",
    ("v.yaml", f"count: one\ntoken: {CANARY}\nzoen: {CANARY}\n"): (
        "v.yaml:1:1 variable-wrong, v.yaml:2:1 variable-wrong, v.yaml:3:1 variable-undeclared"
    ),
    ("v.json", f'{{"token": "{CANARY}",\n "count" 1}}'): "v.json:2:10 json-syntax",
    ("v.json", '{"count": 1,\n "count": 2}'): "v.json json-syntax",
    ("v.json", "[" * 100_000): "v.json json-syntax",
    ("v.json", "[]"): "v.json:1:1 not-a-map",
}


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file[0]} {file[1][:30]!r}")
def test_a_bad_file_of_variables_is_told_with_its_places(tmp_path: Path, file: tuple[str, str]) -> None:
    """But without its lines: it may hold secrets, whatever they are called."""
    shell = a_project(tmp_path, a_spec("trainer"))
    shell.write("gpuspec.yaml", VARIABLES)
    shell.write(*file)

    said, document = told(shell, "validate", "--var-file", file[0])
    problems = document["problems"]

    def where(problem: Mapping[str, object]) -> str:
        return f"{problem['file']}:{problem['line']}:{problem['column']}".removesuffix(":None:None")

    assert said.status == 1
    assert ", ".join(f"{where(each)} {each['code']}" for each in problems) == FILES[file]


@pytest.mark.parametrize("name", ["nowhere.yaml", ".", "pipe", "/dev/zero"])
def test_a_file_of_variables_that_can_not_be_had_is_named(tmp_path: Path, name: str) -> None:
    """As a spec would be."""
    shell = a_project(tmp_path, a_spec("trainer"))
    os.mkfifo(tmp_path / "pipe")

    said = shell("validate", "--var-file", name)

    assert said.status == 1
    assert f"  --> {name}\n" in said.err
    assert "\nhint: " in said.err


@pytest.mark.parametrize("key", ["", "a b", f"{CANARY}\nX-Other: y", f"{CANARY}\x1b[31m", f"{CANARY}\xe9", "x" * 5000])
def test_what_can_not_be_a_key_is_refused_unseen(tmp_path: Path, key: str) -> None:
    """Status 3, before anything is asked."""
    shell = a_project(tmp_path, a_spec("trainer"))
    shell.write("gpuspec.yaml", PROJECT)

    said, document = told(shell, "plan", environ={"NOVITA_API_KEY": key})

    assert (said.status, document["error"]["code"]) == (3, "credentials")
    assert "What NOVITA_API_KEY holds can't be an API key" in said.err


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (("state", "show", "--simulate", "nobody"), "state show"),
        (("-e", "plan", "apply"), "apply"),
        (("--var", "a=1", "state", "nope"), "state"),
        (("nope",), ""),
        ((), ""),
    ],
)
def test_the_document_names_the_command_that_failed(tmp_path: Path, arguments: tuple[str, ...], command: str) -> None:
    """As its document would have done."""
    said = a_project(tmp_path, a_spec("trainer"))("--json", *arguments)

    assert json.loads(said.raw)["command"] == command


def test_a_home_that_can_not_be_followed_holds_no_key(tmp_path: Path) -> None:
    """It is nobody's fault."""
    shell = a_project(tmp_path, a_spec("trainer"))

    assert shell("plan", "--endpoint", "https://x.example", HOME="/x" * 3000).status == 3


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    """A shell may stand in a folder that somebody removed."""
    place = tmp_path / "place"
    place.mkdir()

    ended = gpuspec(place, "plan", through='rmdir "$PWD"; gpuspec')

    assert ended.status == 64
    assert b"The folder that you are in is not there any more." in ended.err


def test_standard_input_that_is_no_text_is_told(tmp_path: Path) -> None:
    """Its place is in standard input."""
    said, document = told(a_project(tmp_path, a_spec("trainer")), "validate", "-", stdin=bytes(range(256)))

    (problem,) = document["problems"]
    assert (said.status, problem["file"], problem["code"]) == (1, "<stdin>", "not-utf8")


def test_colour_obeys_the_environment(tmp_path: Path) -> None:
    """Forced, it is there; with NO_COLOR it never is."""
    shell = a_project(tmp_path, a_spec("trainer", gpuNum=9))

    assert "\x1b[" in shell("validate", FORCE_COLOR="1").err
    assert "\x1b[" not in shell("validate", FORCE_COLOR="1", NO_COLOR="1").err
    assert "\x1b[" not in shell("validate").err
