"""`gpuspec test`: what specs come to, against what a project's tests expect."""

import json
from pathlib import Path

import pytest

from tests.builders.shell import Shell, a_project, a_spec, files_below

SPEC = """\
version: 1
defaults:
  productId: p
  diskSize: 60
  rootfsSize: 60
  imageUrl: img
instances:
  trainer:
    gpuNum: {{ gpus }}
    ports: [8080/tcp, 8081/http]
    envs: {RUN: nightly, HF_TOKEN: "{{ secret('env:HF_TOKEN') }}"}
    tools: [{name: Jupyter, port: "8888"}]
    networkStorages: [{networkStorageId: s, networkStorageMountPoint: /data}]
    lifecycle: {protect: true}
  #% for n in range(workers)
  worker-{{ n }}:
    gpuNum: 1
  #% endfor
"""
VARIABLES = "variables: {gpus: {type: integer, default: 2}, workers: {type: integer, default: 1}}\n"


def a_tested(folder: Path, tests: str, *, spec: str = SPEC, settings: str = VARIABLES) -> Shell:
    """A project with this spec and these tests."""
    shell = a_project(folder, spec, settings=settings)
    shell.write("tests/all.yaml", tests)
    return shell


def expecting(expect: str, *, variables: str = "{}") -> str:
    """A file with one test."""
    return f"tests:\n  - name: it holds\n    variables: {variables}\n    expect: {expect}\n"


PASSES = """\
# yaml-language-server: $schema=tests.schema.json
version: 1
tests:
  - name: a trainer and a worker
    expect:
      only: true
      count: 2
      instances:
        trainer:
          gpuNum: 2
          ports: 8081/http, 8080/tcp
          envs: [{key: RUN, value: nightly}, {key: HF_TOKEN, value: "(secret env:HF_TOKEN)"}]
          tools: [{port: "8888", name: Jupyter, type: http}]
          networkStorages: [{Id: s, mountPoint: /data}]
          lifecycle: {protect: true, onRemove: delete}
          clusterId: null
        worker-0: {envs: {RUN: null}, ports: null, command: null, kind: gpu}
  - name: more workers
    variables: {workers: 3}
    expect: {count: 4, instances: {worker-2: }}
  - name: no GPUs are refused
    variables: {gpus: 0}
    expect: {problems: [{code: below-minimum, file: instances.yaml, line: 9, column: 16, message: at least 1}]}
"""


def test_tests_pass(tmp_path: Path) -> None:
    """A line each and a count; every spelling of a value will do, and no secret is read."""
    shell = a_tested(tmp_path, PASSES)
    before = files_below(tmp_path)

    said = shell("test")

    assert said.err == ""
    assert said.status == 0
    assert said.out == (
        "ok    a trainer and a worker  tests/all.yaml:4:11\n"
        "ok    more workers  tests/all.yaml:18:11\n"
        "ok    no GPUs are refused  tests/all.yaml:21:11\n"
        "3 tests: 3 passed, 0 failed\n"
    )
    assert before == files_below(tmp_path)


def test_a_difference_is_told_with_both_places(tmp_path: Path) -> None:
    """What was expected and what was found, each with its line; the exit status is 1."""
    tests = "tests:\n  - name: big\n    expect:\n      only: true\n      count: 3\n      instances:\n"
    tests += "        trainer:\n          gpuNum: 4\n          envs: {RUN: weekly, MORE: x}\n          clusterId: us\n"
    tests += "        nobody: {}\n"
    shell = a_tested(tmp_path, tests)

    said = shell("test")

    assert (said.status, said.err) == (1, "")
    assert said.out == (
        "FAIL  big  tests/all.yaml:2:11\n"
        "      instances.trainer.gpuNum\n"
        "        expected  4  tests/all.yaml:8:11\n"
        "        found     2  instances.yaml:9:16\n"
        "      instances.trainer.envs.RUN\n"
        '        expected  "weekly"  tests/all.yaml:9:18\n'
        '        found     "nightly"  instances.yaml:11:17\n'
        "      instances.trainer.envs.MORE\n"
        '        expected  "x"  tests/all.yaml:9:31\n'
        "        found     nothing  instances.yaml:8:3\n"
        "      instances.trainer.clusterId\n"
        '        expected  "us"  tests/all.yaml:10:11\n'
        "        found     nothing  instances.yaml:8:3\n"
        "      instances.nobody\n"
        "        expected  an instance  tests/all.yaml:11:9\n"
        "        found     not there: trainer, worker-0\n"
        "      count\n"
        "        expected  3  tests/all.yaml:3:5\n"
        "        found     2\n"
        "      instances.worker-0\n"
        "        expected  nothing  tests/all.yaml:3:5\n"
        "        found     an instance  instances.yaml:16:3\n"
        "1 test: 0 passed, 1 failed\n"
    )


@pytest.mark.parametrize(
    ("expect", "wrong"),
    [
        ("{instances: {trainer: {gpuNum: 2}}}", 0),
        ("{instances: {trainer: {envs: {RUN: null}}}}", 1),
        ("{instances: {trainer: {lifecycle: {protect: false}}}}", 1),
        ("{instances: {worker-0: {lifecycle: {protect: false}}}}", 0),
        ("{instances: {worker-0: {lifecycle: null}}}", 0),
        ("{instances: {trainer: {ports: [8080/tcp]}}}", 1),
        ("{instances: {trainer: {tools: [{name: Jupyter, port: '8889'}]}}}", 1),
        ("{instances: {trainer: {envs: {HF_TOKEN: text}}}}", 1),
        ("{problems: [{code: below-minimum}]}", 1),
        ("{problems: []}", 0),
        ("{}", 0),
        ("{count: 0}", 1),
        ("{only: true, instances: {trainer: {}}}", 1),
    ],
)
def test_what_is_expected_holds_or_not(tmp_path: Path, expect: str, wrong: int) -> None:
    """One difference for each thing that is not so."""
    said = a_tested(tmp_path, expecting(expect))("test", "--json")

    assert said.status == bool(wrong)
    assert [len(test["differences"]) for test in json.loads(said.raw)["tests"]] == [wrong]


@pytest.mark.parametrize(
    ("expect", "wrong"),
    [
        ("{problems: [{}]}", []),
        ("{problems: [{code: below-minimum, path: instances.trainer.gpuNum}]}", []),
        ("{problems: [{code: above-maximum}]}", ["code above-maximum", None]),
        ("{problems: [{line: 3}, {line: 9}]}", ["line 3"]),
        ("{problems: [{message: at most}, {code: below-minimum}]}", ["with “at most”"]),
        ("{problems: [{file: gpuspec.yaml}]}", ["file gpuspec.yaml", None]),
        ("{instances: {trainer: {}}}", [None]),
        ("{problems: [{}], count: 1}", ["some"]),
        ("{}", [None]),
    ],
)
def test_every_fault_has_to_be_expected(tmp_path: Path, expect: str, wrong: list[str | None]) -> None:
    """One that is expected and not found, and one that is found and not expected."""
    said = a_tested(tmp_path, expecting(expect, variables="{gpus: 0}"))("test", "--json")

    (test,) = json.loads(said.raw)["tests"]
    assert [difference["expected"] for difference in test["differences"]] == wrong


def test_a_warning_may_be_expected(tmp_path: Path) -> None:
    """It need not be, and the instances are there all the same."""
    shell = a_tested(tmp_path, expecting("{count: 2, problems: [{code: duplicate-name}]}"), settings="", spec="")
    shell.write("instances.yaml", a_spec("a", "b", name="same"))

    assert shell("test").status == 0


def test_a_test_names_its_specs_and_its_environment(tmp_path: Path) -> None:
    """`-e` is for those that name none; without it they have nothing to be run in."""
    settings = "environments: {small: {variables: {gpus: 1}}, large: {variables: {gpus: 8}}}\n"
    tests = (
        "tests:\n  - name: large\n    environment: large\n    specs: [other.yaml]\n"
        "    expect: {only: true, instances: {b: {gpuNum: 8}}}\n"
        "  - name: any\n    expect: {only: true, instances: {a: {gpuNum: 1}}}\n"
    )
    shell = a_tested(tmp_path, tests, spec=a_spec("a", gpuNum="{{ gpus }}"), settings=settings)
    shell.write("other.yaml", a_spec("b", gpuNum="{{ gpus }}"))

    given = shell("test", "-e", "small")
    lacking = shell("test")
    below = Shell(tmp_path / "tests")("test", "-e", "small", "all.yaml")

    assert (given.status, below.status) == (0, 0)
    assert (lacking.status, lacking.out) == (1, "")
    assert "error: unknown environment\n  --> tests/all.yaml:6:11\n" in lacking.err
    assert "hint: name it in the test (`environment`), or with `-e`." in lacking.err


def test_only_some_tests_are_run(tmp_path: Path) -> None:
    """By globs over their names; the rest is counted."""
    said = a_tested(tmp_path, PASSES)("test", "--only", "a *", "--only", "more*")

    assert (said.status, said.out.splitlines()[-1]) == (0, "2 tests: 2 passed, 0 failed, 1 left out")


def test_tests_say_the_same_everywhere(tmp_path: Path) -> None:
    """What the environment of the process gives counts for nothing, and options are refused."""
    shell = a_tested(tmp_path, expecting("{instances: {trainer: {gpuNum: 2}}}"))

    assert shell("test", GPUSPEC_VAR_gpus="3").status == 0
    assert shell("test", "--var", "gpus=3").status == 64


def test_what_a_test_gives_is_checked_like_any_variable(tmp_path: Path) -> None:
    """Its type and its name, with the place in the test; it is a problem that a test may expect."""
    shell = a_tested(tmp_path, expecting("{}", variables="{gpus: many}"))

    failed = shell("test")
    shell.write("tests/all.yaml", expecting("{problems: [{code: variable-undeclared}]}", variables="{gpu: 1}"))

    assert failed.status == 1
    assert "        found     variable-wrong: the test: `gpus` takes a whole number" in failed.out
    assert "  tests/all.yaml:3:17\n" in failed.out
    assert shell("test").status == 0


@pytest.mark.parametrize("arguments", [(), ("--only", "nobody*")])
def test_no_test_at_all_is_wrong_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """64: a pipeline that tests nothing should not be green."""
    shell = a_tested(tmp_path, PASSES) if arguments else a_project(tmp_path, SPEC)

    said = shell("test", *arguments)

    assert (said.status, said.out) == (64, "")
    assert "test" in said.err


def test_standard_input_holds_no_tests(tmp_path: Path) -> None:
    """64, since their places could not be named."""
    assert a_tested(tmp_path, PASSES)("test", "-").status == 64


FAULTS = """\
tests:
  - name: ""
    expect: {instances: {a: {gpuNumm: 1}}, counts: 1}
  - expect: {problems: [{code: Below}]}
  - name: x
    environment: Not one
    specs: []
    expects: {}
"""


def test_faults_of_tests_are_told_all_at_once(tmp_path: Path) -> None:
    """With their places, before any test is run; a file that is none of ours and one that is missing too."""
    shell = a_tested(tmp_path, FAULTS)
    shell.write("tests/other.yaml", "name: compose\n")

    said = shell("test", "tests/all.yaml", "tests/other.yaml", "tests/none.yaml", "--json")

    found = json.loads(said.raw)["problems"]
    assert said.status == 1
    assert [(each["file"], each["line"], each["path"], each["code"]) for each in found] == [
        ("tests/all.yaml", 2, "tests[0].name", "too-short"),
        ("tests/all.yaml", 3, "tests[0].expect.instances.a.gpuNumm", "unknown-field"),
        ("tests/all.yaml", 3, "tests[0].expect.counts", "unknown-field"),
        ("tests/all.yaml", 4, "tests[1].name", "missing-field"),
        ("tests/all.yaml", 4, "tests[1].expect.problems[0].code", "not-in-list"),
        ("tests/all.yaml", 5, "tests[2].expect", "missing-field"),
        ("tests/all.yaml", 6, "tests[2].environment", "wrong-pattern"),
        ("tests/all.yaml", 7, "tests[2].specs", "too-few"),
        ("tests/all.yaml", 8, "tests[2].expects", "unknown-field"),
        ("tests/other.yaml", 1, "tests", "missing-field"),
        ("tests/other.yaml", 1, "name", "unknown-field"),
        ("tests/none.yaml", None, "", "file-missing"),
    ]


@pytest.mark.parametrize(("text", "code"), [("tests: [\n", "yaml-syntax"), ("- a\n", "not-a-map"), ("", "file-empty")])
def test_a_file_that_is_no_map_is_a_fault(tmp_path: Path, text: str, code: str) -> None:
    """And so is one that can't be read at all."""
    said = a_tested(tmp_path, text)("test", "--json")

    assert (said.status, [each["code"] for each in json.loads(said.raw)["problems"]]) == (1, [code])


@pytest.mark.parametrize(
    ("text", "path", "code"),
    [
        (expecting("{instances: {a b: {}}}"), "tests[0].expect.instances.a b", "bad-address"),
        (expecting("{count: 1}", variables="{a b: 1}"), "tests[0].variables.a b", "wrong-pattern"),
        (expecting("{problems: [{code: *nowhere}]}"), "tests[0].expect.problems[0].code", "yaml-alias"),
    ],
)
def test_a_name_that_nothing_can_have_is_a_fault(tmp_path: Path, text: str, path: str, code: str) -> None:
    """An address, a variable, and what an alias leads to."""
    said = a_tested(tmp_path, text)("test", "--json")

    assert said.status == 1
    assert [(each["path"], each["code"]) for each in json.loads(said.raw)["problems"]] == [(path, code)]


def test_a_secret_of_a_test_is_not_repeated(tmp_path: Path) -> None:
    """A value of the wrong type where a secret may stand."""
    said = a_tested(tmp_path, expecting("{instances: {a: {envs: {HF_TOKEN: [very-secret]}}}}"))("test")

    assert said.status == 1
    assert "very-secret" not in said.out + said.err


def test_a_code_that_no_problem_has_is_a_fault_of_the_test(tmp_path: Path) -> None:
    """It would never be found; the nearest one is named."""
    said = a_tested(tmp_path, expecting("{problems: [{code: below-minimun}]}"))("test")

    assert (said.status, said.out) == (1, "")
    assert "  --> tests/all.yaml:4:32   tests[0].expect.problems[0].code\n" in said.err
    assert "hint: did you mean `below-minimum`?" in said.err


def test_what_looks_like_a_secret_is_shown_nowhere(tmp_path: Path) -> None:
    """A literal in the spec is masked, and so it is what a test can expect of it."""
    spec = a_spec("a", envs="{HF_TOKEN: hf_very-secret}", imageAuth="me:very-secret")
    shell = a_tested(
        tmp_path, expecting("{instances: {a: {envs: {HF_TOKEN: a-very-secret}, imageAuth: b-very-secret}}}"), spec=spec
    )

    said = shell("test")

    assert said.status == 1
    assert said.out.count("found     (secret)  ") + said.out.count('found     "(secret)"  ') == 2
    assert "very-secret" not in said.out + said.err


@pytest.mark.parametrize(("story", "count"), [("team", 4), ("policy", 3), ("walkthrough", 2)])
def test_the_tests_of_an_example_pass(story: str, count: int) -> None:
    """Policies and limits of the project count too."""
    said = Shell(Path(__file__).parents[2] / "examples" / story)("test")

    assert (said.status, said.out.splitlines()[-1]) == (0, f"{count} tests: {count} passed, 0 failed")


def test_every_example_with_tests_is_tried() -> None:
    """Tests that nobody runs would prove nothing."""
    examples = Path(__file__).parents[2] / "examples"

    assert {path.parent.name for path in examples.glob("*/tests")} == {"team", "policy", "walkthrough"}
