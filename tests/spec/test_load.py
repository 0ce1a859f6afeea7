"""Whole files: all faults in one go, in order, with their lines; or a set that knows where everything stands."""

import time

import pytest

from gpuspec.model.problem import Problem, Problems
from gpuspec.spec.load import SpecSet, load
from gpuspec.spec.template.bounds import BoundExceeded, Bounds
from tests.builders.spec import Files, a_source, a_spec, an_instance, loaded, spec_set


def faults(result: SpecSet | Problems) -> tuple[Problem, ...]:
    assert isinstance(result, Problems), result
    return result.items


def test_all_faults_of_all_files_come_in_one_go() -> None:
    """Template, YAML and field alike, in the order of the files and of the lines."""
    one = a_source(a_spec(gpuNum="9", imageUrl='"{{ nowhere }}"'), file="one.yaml")
    two = a_source("instances: [\n", file="two.yaml")
    three = a_source(a_spec(ports="8080"), file="three.yaml")

    found = faults(loaded(one, two, three))

    assert [(problem.code, str(problem.place).rpartition(":")[0]) for problem in found] == [
        ("above-maximum", "one.yaml:4"),
        ("undefined-variable", "one.yaml:7"),
        ("yaml-syntax", "two.yaml:1"),
        ("duplicate-address", "three.yaml:2"),
        ("wrong-type", "three.yaml:8"),
    ]


def test_each_fault_shows_its_line() -> None:
    """As the user wrote it."""
    (problem,) = faults(loaded(a_source(a_spec(gpuNum="9"))))

    assert problem.excerpt == "    gpuNum: 9"


def test_a_fault_in_an_included_file_shows_that_file_s_line() -> None:
    """The place is where the text stands."""
    part = b"    gpuNum: 9\n"
    text = a_spec(gpuNum="") + '{% include "part.yaml" %}\n'

    (problem,) = faults(loaded(a_source(text), includes={"part.yaml": part}))

    assert (str(problem.place), problem.excerpt) == ("part.yaml:1:13", "    gpuNum: 9")


def test_a_line_never_shows_a_secret() -> None:
    """Whatever else is wrong on it."""
    text = "instances:\n  a: {imageAuth: 'user:s3cr3t', envs: {HF_TOKEN: s3cr3t}, imageURL: x}\n"
    other = a_spec(envs="\n      - {key: API_KEY, value: 5, s3cr3t: 1}\n", imageAuth="[s3cr3t]").replace(
        "s3cr3t: 1", "x: 1"
    )

    block = a_spec(envs="\n      HF_TOKEN:\n        - s3cr3t\n        - a: s3cr3t\n")

    found = (*faults(loaded(a_source(text))), *faults(loaded(a_source(other))), *faults(loaded(a_source(block))))

    assert found
    assert all("s3cr3t" not in f"{problem}" for problem in found)


@pytest.mark.parametrize("written", [r'"s3\"cr3t-text"', r'"s3\u0022cr3t-text"', "'s3''cr3t-text'", r'"s3\\cr3t-text"'])
def test_a_secret_that_yaml_writes_in_another_way_is_not_shown(written: str) -> None:
    """The line has the escape, and the document the character."""
    found = faults(loaded(a_source(a_spec(envs=written))))

    assert found
    assert all("cr3t" not in f"{problem}" for problem in found)


def test_equal_faults_of_a_loop_are_counted() -> None:
    """One place, one problem."""
    text = "instances:\n#% for n in range(3)\n" + an_instance("w-{{ n }}", gpuNum="9") + "#% endfor\n"

    (problem,) = faults(loaded(a_source(text)))

    assert (problem.code, problem.count) == ("above-maximum", 3)


def test_what_a_loop_misses_is_counted_too() -> None:
    """A missing field is one line's fault."""
    text = "instances:\n#% for n in range(3)\n" + an_instance("w-{{ n }}", diskSize="") + "#% endfor\n"

    (problem,) = faults(loaded(a_source(text)))

    assert (problem.code, problem.count) == ("missing-field", 3)


def test_an_address_stands_in_one_file_only() -> None:
    """Both places are named."""
    (problem,) = faults(loaded(a_source(a_spec(), file="one.yaml"), a_source(a_spec(), file="two.yaml")))

    assert (problem.code, str(problem.place)) == ("duplicate-address", "two.yaml:2:3")
    assert str(problem.related[0].place) == "one.yaml:2:3"


def test_warnings_come_with_the_set() -> None:
    """They stop nothing."""
    specs = spec_set(a_spec(envs="{API_KEY: s3cr3t}"))

    (warning,) = specs.warnings
    assert warning.code == "literal-secret"
    assert warning.excerpt == "    envs: {API_KEY: ***}"


def test_names_are_compared_over_files() -> None:
    """Two files, one name."""
    result = loaded(
        a_source(a_spec(), file="one.yaml"), a_source("instances:\n" + an_instance("b", name="a"), file="two.yaml")
    )

    assert isinstance(result, SpecSet)
    assert [(warning.code, str(warning.place)) for warning in result.warnings] == [("duplicate-name", "two.yaml:8:5")]
    assert list(result.instances) == ["a", "b"]
    assert result.files == ("one.yaml", "two.yaml")
    assert result.instances["b"].source == "two.yaml"


def test_defaults_hold_for_their_own_file() -> None:
    """Another file's instances don't get them."""
    one = a_source("defaults: {clusterId: x}\n" + a_spec(), file="one.yaml")
    two = a_source("instances:\n" + an_instance("b"), file="two.yaml")

    result = loaded(one, two)

    assert isinstance(result, SpecSet)
    assert ["clusterId" in instance.fields for instance in result.instances.values()] == [True, False]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("", "i.yaml:3:3"),
        ("gpuNum", "i.yaml:5:13"),
        ("clusterId", "i.yaml:1:23"),
        ("envs", "i.yaml:9:11"),
        ("envs.RUN", "i.yaml:9:17"),
        ("envs.OTHER", "i.yaml:3:3"),
        ("kind", "i.yaml:3:3"),
    ],
)
def test_a_field_s_place_can_be_looked_up(name: str, place: str) -> None:
    """In the stanza, in the defaults, or the instance's own where it was filled in."""
    specs = spec_set("defaults: {clusterId: us-ca-6}\n" + a_spec(envs="{RUN: x}"))

    assert str(specs.place("a", name)) == place


def test_an_unknown_address_has_no_place() -> None:
    """It came from elsewhere."""
    assert spec_set(a_spec()).place("b") is None


def test_no_instances_are_a_set_too() -> None:
    """Whether it may be applied is decided elsewhere."""
    assert spec_set("instances: {}\n").instances == {}
    assert loaded() == SpecSet(instances={}, warnings=(), files=(), examined=())


@pytest.mark.parametrize("error", [BoundExceeded("It ran out of time."), MemoryError()], ids=["time", "memory"])
def test_a_guard_that_strikes_late_is_a_fault_of_the_file(error: BaseException) -> None:
    """Not a traceback."""

    def guard(_: object) -> object:
        raise error

    result = load([a_source(a_spec())], variables={}, includes=Files(), bounds=Bounds(), guard=guard)  # type: ignore[arg-type]

    (problem,) = faults(result)
    assert problem.code.startswith("template-too-")
    assert str(problem.place) == "i.yaml:1:1"


def test_ten_thousand_instances_are_ordinary() -> None:
    """A second or two, and jsonschema isn't asked."""
    stanza = an_instance("w-{{ n }}", ports="[8080/tcp, 8081/http]", envs='{N: "{{ n }}", RUN: nightly}')
    text = "instances:\n#% for n in range(10000)\n" + stanza + "#% endfor\n"
    begun = time.process_time()

    assert len(spec_set(text).instances) == 10_000
    assert time.process_time() - begun < 20
