"""Variables: which source goes before which, how text is typed, and what is refused."""

from collections.abc import Mapping

import pytest

from gpuspec.model.problem import Problem, Problems
from gpuspec.model.project import Environment, JsonValue, Project, Variable, VariableType
from gpuspec.model.secret import Literal, Secret
from gpuspec.spec.source import Source
from gpuspec.spec.variables import ResolvedVariables, resolve_variables

NOTHING: Mapping[str, str] = {}


def a_project(*variables: Variable, environment: Mapping[str, JsonValue] | None = None) -> Project:
    return Project(
        file="gpuspec.yaml",
        variables={variable.name: variable for variable in variables},
        declares_variables=bool(variables),
        environments={"prod": Environment(name="prod", variables=environment or {})},
    )


def a_file(text: str, name: str = "vars.yaml") -> tuple[str, Source]:
    return name, Source(file=name, inside="", content=text.encode())


def resolved(
    project: Project,
    *files: tuple[str, Source],
    given: Mapping[str, str] = NOTHING,
    environ: Mapping[str, str] = NOTHING,
) -> ResolvedVariables | Problems:
    return resolve_variables(project, "prod", given=given, files=files, environ=environ)


def values(result: ResolvedVariables | Problems) -> Mapping[str, object]:
    assert isinstance(result, ResolvedVariables), result
    return result.values


def fault(result: ResolvedVariables | Problems) -> Problem:
    assert isinstance(result, Problems), result
    (problem,) = result.items
    return problem


IMAGE = Variable(name="image", has_default=True, default="d")
SOURCES = [
    ("c", "`--var image`"),
    ("f", "`--var-file vars.yaml`"),
    ("v", "`GPUSPEC_VAR_image`"),
    ("e", "the environment `prod`"),
    ("d", "its default"),
]


@pytest.mark.parametrize("most", range(5))
def test_the_nearest_source_wins(most: int) -> None:
    """Command line, file, process environment, environment of the project, default."""
    result = resolved(
        a_project(IMAGE, environment={"image": "e"} if most <= 3 else {}),
        *([a_file("image: f")] if most <= 1 else []),
        given={"image": "c"} if most == 0 else {},
        environ={"image": "v"} if most <= 2 else {},
    )

    assert isinstance(result, ResolvedVariables)
    assert (result.values["image"], result.sources["image"]) == SOURCES[most]


def test_the_last_file_wins() -> None:
    """Files are given in order."""
    result = resolved(a_project(IMAGE), a_file("image: f"), a_file('{"image": "g"}', "more.JSON"))

    assert values(result) == {"image": "g"}


def test_without_declarations_everything_is_text_and_allowed() -> None:
    """As typed; files keep their types."""
    result = resolved(Project(), a_file("sizes: [1, 2]\n"), given={"n": "2"}, environ={"m": "true"})

    assert values(result) == {"sizes": [1, 2], "n": "2", "m": "true"}


def test_a_variable_without_a_value_is_left_out() -> None:
    """Using it is a fault where it is used; a default of null is a value."""
    empty = Variable(name="cluster", has_default=True, default=None)

    assert values(resolved(a_project(Variable(name="image"), empty))) == {"cluster": None}


def test_an_unknown_environment_sets_nothing() -> None:
    """Whether it may be named is decided elsewhere."""
    project = a_project(IMAGE, environment={"image": "e"})

    result = resolve_variables(project, "", given={}, files=(), environ={})

    assert values(result) == {"image": "d"}


TYPED = [
    ("string", "2", "2"),
    ("string", " 2 ", " 2 "),
    ("integer", " 2 ", 2),
    ("integer", "-7", -7),
    ("number", "2", 2),
    ("number", "2.5", 2.5),
    ("number", "1e3", 1000.0),
    ("boolean", "true", True),
    ("boolean", "False", False),
    ("list", "[1, {}]", [1, {}]),
    ("map", '{"a": [null, 1.5]}', {"a": [None, 1.5]}),
]


@pytest.mark.parametrize(("kind", "text", "value"), TYPED)
def test_text_is_typed_by_its_declaration(kind: str, text: str, value: object) -> None:
    """On the command line and in the process environment alike."""
    project = a_project(Variable(name="x", type=VariableType(kind)))

    for result in (resolved(project, given={"x": text}), resolved(project, environ={"x": text})):
        found = values(result)["x"]
        assert (found, type(found)) == (value, type(value))


UNTYPED = [
    ("integer", "2.0", 'takes a whole number; this is "2.0".'),
    ("integer", "1_000", 'takes a whole number; this is "1_000".'),
    ("integer", "٣", "takes a whole number"),
    ("integer", "9" * 30, "takes a whole number"),
    ("integer", "9" * 5000, "takes a whole number"),
    ("number", "nan", 'takes a number; this is "nan".'),
    ("number", "1e999", "takes a number"),
    ("number", "x", "takes a number"),
    ("boolean", "yes", 'takes true or false; this is "yes".'),
    ("list", "a, b", "takes JSON, and this can't be read as JSON: Expecting value (line 1, column 1)."),
    ("list", "{}", "takes a list; this is a map."),
    ("list", "null", "takes a list; this is null."),
    ("map", "[]", "takes a map; this is a list."),
    ("map", '{"a": 1, "a": 2}', 'the key "a" is there twice'),
    ("map", '{"a": NaN}', "NaN is no number of JSON"),
    ("map", '{"a": 1e999}', "a number is too large"),
    ("list", "[99999999999999999999]", "doesn't fit into 64 bits"),
    ("list", "[" * 100_000, "nested too deeply"),
]


@pytest.mark.parametrize(("kind", "text", "why"), UNTYPED, ids=lambda value: str(value)[:20])
def test_text_that_does_not_fit_names_its_source(kind: str, text: str, why: str) -> None:
    """And what is wanted."""
    problem = fault(resolved(a_project(Variable(name="x", type=VariableType(kind))), environ={"x": text}))

    assert problem.code == "variable-wrong"
    assert problem.message.startswith("`GPUSPEC_VAR_x`: `x` takes")
    assert why in problem.message


FILED = [
    ("string", "3", "takes text; this is 3."),
    ("integer", "'3'", 'takes a whole number; this is "3".'),
    ("integer", "true", "takes a whole number; this is true."),
    ("integer", "3.0", "takes a whole number; this is 3.0."),
    ("boolean", "1", "takes true or false; this is 1."),
    ("list", "{a: b}", "takes a list; this is a map."),
    ("map", "[a]", "takes a map; this is a list."),
]


@pytest.mark.parametrize(("kind", "text", "why"), FILED)
def test_a_value_of_a_file_has_its_type_already(kind: str, text: str, why: str) -> None:
    """Its place is the key in the file."""
    problem = fault(resolved(a_project(Variable(name="x", type=VariableType(kind))), a_file(f"# a\nx: {text}\n")))

    assert (problem.code, str(problem.place)) == ("variable-wrong", "vars.yaml:2:1")
    assert problem.message == f"`--var-file vars.yaml`: `x` {why}"


def test_choices_and_patterns_hold() -> None:
    """For every source."""
    project = a_project(
        Variable(name="gpu", choices=("4090", "h100")), Variable(name="tag", pattern="v[0-9]+"), Variable(name="free")
    )

    assert values(resolved(project, given={"gpu": "h100", "tag": "v12", "free": ""}))
    assert '`enum`: "4090", "h100"; this is "a100"' in fault(resolved(project, given={"gpu": "a100"})).message
    assert "fits `v[0-9]+` as a whole; this is" in fault(resolved(project, given={"tag": "v12x"})).message
    assert "at most 4096 characters" in fault(resolved(project, given={"tag": "v" * 5000})).message


def test_an_undeclared_variable_is_an_error_with_the_nearest_name() -> None:
    """Where the project declares any."""
    on_line = fault(resolved(a_project(IMAGE), given={"imgae": "x"}))
    in_file = fault(resolved(a_project(IMAGE), a_file("\nzzz: 1\n")))

    assert (on_line.code, on_line.hint) == ("variable-undeclared", "did you mean `image`?")
    assert "`--var imgae` sets `imgae`" in on_line.message
    assert (str(in_file.place), in_file.hint) == ("vars.yaml:2:1", "declare it in gpuspec.yaml.")


@pytest.mark.parametrize("name", ["a-b", "", "1a", "secret", "range", "not"])
def test_a_name_that_templates_can_not_use_is_refused(name: str) -> None:
    """It would be silently without effect."""
    assert fault(resolved(Project(), given={name: "x"})).code == "variable-reserved"


TOKEN = Variable(name="token", sensitive=True, pattern="s[0-9]+", choices=("s1", "s2"))


def test_a_sensitive_value_is_a_secret_from_every_source() -> None:
    """Templates can only insert it."""
    secret = Secret(parts=(Literal(text="s1"),))

    for result in (
        resolved(a_project(TOKEN), environ={"token": "s1"}),
        resolved(a_project(TOKEN), a_file("token: s1")),
        resolved(a_project(TOKEN, environment={"token": "s1"})),
    ):
        assert values(result) == {"token": secret}


def test_a_sensitive_value_is_refused_on_the_command_line() -> None:
    """Other people can read it there; what was typed isn't repeated."""
    problem = fault(resolved(a_project(TOKEN), given={"token": "s1"}))

    assert problem.code == "variable-sensitive"
    assert "s1" not in problem.message + problem.hint


@pytest.mark.parametrize("text", ["token: s3cr3t", "token: [s3cr3t]", "token: 12345678", '{"token": "s3cr3t"}'])
def test_a_sensitive_value_that_does_not_fit_is_not_shown(text: str) -> None:
    """Neither it nor its line, nor what it might have been."""
    problem = fault(resolved(a_project(TOKEN), a_file(text, "v.json" if text.startswith("{") else "v.yaml")))

    assert problem.code == "variable-wrong"
    assert not any(hidden in str(problem) for hidden in ("s3cr3t", "12345678", "s2"))


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("v.yaml", "- a\n", "not-a-map"),
        ("v.yaml", "a: [\n", "yaml-syntax"),
        ("v.yaml", "a: 1\na: 2\n", "duplicate-key"),
        ("v.yaml", "", "file-empty"),
        ("v.yaml", "a: \x00", "bad-character"),
        ("v.json", "[]", "not-a-map"),
        ("v.json", "{", "json-syntax"),
        ("v.json", '{"a": 1, "a": 2}', "json-syntax"),
        ("v.json", "\x00", "bad-character"),
    ],
)
def test_a_file_that_can_not_be_read_is_a_fault_of_that_file(name: str, text: str, code: str) -> None:
    """With its place."""
    problem = fault(resolved(Project(), a_file(text, name)))

    assert problem.code == code
    assert str(problem.place).startswith(name)


def test_a_fault_in_json_has_the_place_where_reading_stopped() -> None:
    """As in YAML."""
    problem = fault(resolved(Project(), a_file('{"a": 1,\n "b" 2}', "v.json")))

    assert (str(problem.place), problem.message) == (
        "v.json:2:6",
        "The file can't be read as JSON: Expecting ':' delimiter.",
    )


def test_a_text_that_is_not_utf_8_is_no_value() -> None:
    """The environment may hold any bytes; a request can't."""
    problem = fault(resolved(Project(), environ={"image": "a\udcff"}))

    assert (problem.code, problem.message) == (
        "variable-wrong",
        "`GPUSPEC_VAR_image`: `image` takes text, and this is not UTF-8.",
    )


def test_a_long_value_is_cut_within_its_quotes() -> None:
    """A message stays a line."""
    count = Variable(name="count", type=VariableType.INTEGER)

    problem = fault(resolved(a_project(count), given={"count": "9" * 5000}))

    assert problem.message == f'`--var count`: `count` takes a whole number; this is "{"9" * 57}…".'


def test_a_template_in_a_file_of_variables_is_plain_text() -> None:
    """Values are values."""
    assert values(resolved(Project(), a_file("a: '{{ b }}'"))) == {"a": "{{ b }}"}


def test_all_faults_of_all_sources_come_in_one_go() -> None:
    """A value that loses to another one is looked at too."""
    result = resolved(
        a_project(IMAGE, TOKEN),
        a_file("image: 3\nzzz: 1\n"),
        given={"token": "s1", "image": "good"},
        environ={"yyy": "1"},
    )

    assert isinstance(result, Problems)
    assert [problem.code for problem in result.items] == [
        "variable-undeclared",
        "variable-sensitive",
        "variable-wrong",
        "variable-undeclared",
    ]
