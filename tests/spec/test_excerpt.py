"""A problem is shown with its line, and no secret with it."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpuspec.model.place import Place
from gpuspec.model.problem import Problem, Severity
from gpuspec.spec.excerpt import mask, merged, with_excerpts

PW = "hunter2"
# Text -> what is shown of it. The secret is always PW.
MASKED: dict[str, tuple[str, str]] = {
    "imageAuth": (f"imageAuth: {PW}", "imageAuth: ***"),
    "imageAuth with a colon": (f"imageAuth: user:{PW}", "imageAuth: ***"),
    "imageAuth in double quotes": (f'imageAuth: "user: {PW}" # why', "imageAuth: *** # why"),
    "imageAuth in single quotes": (f"imageAuth: 'it''s {PW}'", "imageAuth: ***"),
    "imageAuth with its key in quotes": (f'"imageAuth": {PW}', '"imageAuth": ***'),
    "imageAuth in a flow map": (f"x: {{imageAuth: {PW}, gpuNum: 1}}", "x: {imageAuth: ***, gpuNum: 1}"),
    "imageAuth in JSON": (f'{{"imageAuth":"{PW}","gpuNum":1}}', '{"imageAuth":***,"gpuNum":1}'),
    "imageAuth on the next line": (f"imageAuth:\n  user:{PW}\nb: 1", "imageAuth:\n***\nb: 1"),
    "imageAuth on the next line, like a map": (f"imageAuth:\n  user: {PW}\nb: 1", "imageAuth:\n***\nb: 1"),
    "imageAuth in a block": (
        f"imageAuth: >-  # x\n  user:\n\n    {PW}\nb: 1",
        "imageAuth: >-  # x\n***\n***\n***\nb: 1",
    ),
    "imageAuth over lines": (f"  imageAuth: user\n    {PW}\n  b: 1", "  imageAuth: ***\n***\n  b: 1"),
    "imageAuth over lines in quotes": (f'imageAuth: "user\n{PW}"\nb: 1', "imageAuth: ***\n***\nb: 1"),
    "imageAuth in an item": (f"- imageAuth: {PW}\n  b: 1", "- imageAuth: ***\n  b: 1"),
    "an env": (f"envs: {{HF_TOKEN: {PW}, RUN: nightly}}", "envs: {HF_TOKEN: ***, RUN: nightly}"),
    "an env, last of its map": (f"envs: {{HF_TOKEN: {PW}}}", "envs: {HF_TOKEN: ***}"),
    "an env with blanks inside its braces": (f"envs: {{ HF_TOKEN: {PW} }}", "envs: { HF_TOKEN: *** }"),
    "an env with odd characters": (f"envs: {{HF_TOKEN: a}}{PW}, RUN: x}}", "envs: {HF_TOKEN: ***"),
    "an env on a line": (f"envs:\n  API_KEY: {PW}, {PW}\n  RUN: x", "envs:\n  API_KEY: ***\n  RUN: x"),
    "a private key": (f"PRIVATE_KEY: |\n  BEGIN\n  {PW}\n  END\nb: 1", "PRIVATE_KEY: |\n***\n***\n***\nb: 1"),
    "no blank after the colon": (f"DB_PASSWORD:{PW}", "DB_PASSWORD:***"),
    "an equals sign": (f"- DB_PASSWORD={PW}", "- DB_PASSWORD=***"),
    "the list form": (
        f"[{{key: HF_TOKEN, value: {PW}}}, {{key: RUN, value: x}}]",
        "[{key: HF_TOKEN, value: ***}, {key: RUN, value: x}]",
    ),
    "the list form turned round": (f"[{{value: {PW}, key: HF_TOKEN}}]", "[{value: ***, key: HF_TOKEN}]"),
    "the list form over two lines": (
        f"- key: HF_TOKEN\n  value: {PW}\n- key: RUN\n  value: x",
        "- key: HF_TOKEN\n  value: ***\n- key: RUN\n  value: x",
    ),
    "the list form over two lines turned round": (
        f"- value: x\n  key: RUN\n- value: {PW}\n  key: HF_TOKEN",
        "- value: x\n  key: RUN\n- value: ***\n  key: HF_TOKEN",
    ),
    "the list form with comments between": (
        f"- key: HF_TOKEN  # a\n  # b\n  value: '{PW}'",
        "- key: HF_TOKEN  # a\n  # b\n  value: ***",
    ),
    "the list form, wrapped": (f"- {{key: 'HF_TOKEN',\n   value: {PW}}}", "- {key: 'HF_TOKEN',\n   value: ***"),
    "a quote not closed": (f'HF_TOKEN: "{PW}\nb: {PW}', "HF_TOKEN: ***\n***"),
    "text after the quote": (f"HF_TOKEN: 'a'{PW}", "HF_TOKEN: ***"),
    "an option of a command": (f"command: run --password {PW}", "command: run --password ***"),
    "an assignment in a command": (f"command: HF_TOKEN={PW} run", "command: HF_TOKEN=***"),
    "a login in a URL": (f"a: https://user:{PW}@host/x", "a: https://***@host/x"),
    "a text inside an expression": (f"HF_TOKEN: \"{{{{ x | default('{PW}') }}}}\"", "HF_TOKEN: ***"),
    "text round an expression": (f'HF_TOKEN: "{PW}-{{{{ x }}}}"', "HF_TOKEN: ***"),
    "a template's variable": (f"#% set hf_token = '{PW}'", "#% set hf_token = ***"),
    "a comment": (f"# HF_TOKEN: {PW}", "# HF_TOKEN: ***"),
}
SHOWN = [
    "imageAuth: \"{{ secret('env:REGISTRY') }}\"",
    "imageAuth: {{ auth }}",
    "envs: {HF_TOKEN: '{{ token }}', RUN: nightly}",
    'HF_TOKEN: "{{ token }}"  # from the project file',
    "#% set token = secret('env:TOKEN')",
    "imageAuthId: 7",
    "MAX_TOKENS: 512",
    "auth-server:\n  productId: x\n  gpuNum: 1",
    "[{key: RUN, value: x}]",
    "HF_TOKEN:\nRUN: x",
]


def a_problem(
    line: int = 1, column: int = 1, *, file: str = "spec.yaml", message: str = "m", path: str = ""
) -> Problem:
    return Problem(code="yaml-syntax", message=message, place=Place(file=file, line=line, column=column), path=path)


def shown(text: str) -> str:
    """All lines of a text as excerpts."""
    problems = [a_problem(number) for number in range(1, text.count("\n") + 2)]
    return "\n".join(problem.excerpt for problem in with_excerpts(problems, {"spec.yaml": text}))


@pytest.mark.parametrize("name", MASKED)
def test_a_secret_in_the_spec_is_not_shown(name: str) -> None:
    """Whatever the quoting, in blocks and braces, and in broken lines."""
    text, expected = MASKED[name]

    assert shown(text) == expected


@pytest.mark.parametrize("text", SHOWN)
def test_what_is_no_secret_is_shown(text: str) -> None:
    """Expressions, ids, numbers of tokens, addresses that sound like secrets."""
    assert shown(text) == text


@settings(max_examples=300, deadline=None)
@given(secret=st.text(string.ascii_letters + string.digits + "!$%&()*+,-./:;<=>?@[]^_`{|~ #", min_size=1))
def test_no_secret_on_a_line_of_its_own_is_shown(secret: str) -> None:
    """Whatever is in it: nothing after the key survives but what is a comment or nothing to YAML either."""
    assert shown(f"a: 1\nimageAuth: '{secret}'\nb: 1") == "a: 1\nimageAuth: ***\nb: 1"
    assert shown(f'HF_TOKEN: "{secret}"') == "HF_TOKEN: ***"
    assert shown(f"HF_TOKEN: x{secret}") == "HF_TOKEN: ***"


@pytest.mark.parametrize(("column", "moved"), [(1, 1), (8, 8), (18, 18), (19, 18), (30, 18), (38, 21), (40, 23)])
def test_the_column_moves_with_the_mask(column: int, moved: int) -> None:
    """Before the mask it stays, inside it is its beginning, after it the same character."""
    text = f"envs: {{HF_TOKEN: {'x' * 20}, RUN: nightly}}"
    (problem,) = with_excerpts([a_problem(1, column)], {"spec.yaml": text})

    assert problem.excerpt_column == moved
    if column not in range(18, 38):
        assert problem.excerpt[moved - 1] == text[column - 1]


@pytest.mark.parametrize("column", [1, 100, 150, 500, 900, 1000])
def test_a_long_line_is_cut_round_the_column(column: int) -> None:
    """The column's character is in what is left."""
    text = "".join(chr(0x4E00 + number) for number in range(1000))
    (problem,) = with_excerpts([a_problem(1, column)], {"spec.yaml": text})

    assert len(problem.excerpt) <= 202
    assert problem.excerpt[problem.excerpt_column - 1] == text[column - 1]


def test_control_characters_are_shown_as_pictures() -> None:
    """One for one, so that columns stay; what turns text round is shown too."""
    assert shown("a\tb\x07c\x7fd\x85e\u202ef\ud800") == "a b␇c␡d\ufffde\ufffdf\ufffd"


def test_a_place_outside_the_text_has_no_excerpt() -> None:
    """Another file, no place, a line that isn't there, a column behind the end."""
    nowhere = Problem(code="variable-missing", message="m")
    problems = [a_problem(file="other.yaml"), nowhere, a_problem(7), a_problem(1, 99)]

    got = with_excerpts(problems, {"spec.yaml": "a: 1\r\n"})

    assert [(problem.excerpt, problem.excerpt_column) for problem in got] == [("", 0), ("", 0), ("", 0), ("a: 1", 5)]


def test_many_problems_read_the_text_once() -> None:
    """A file with 20,000 faults costs little more than one with a single fault."""
    text = "".join(f"k{number}: {{HF_TOKEN: x}}\n" for number in range(20_000))

    got = with_excerpts([a_problem(number) for number in range(1, 20_001)], {"spec.yaml": text})

    assert got[-1].excerpt == "k19999: {HF_TOKEN: ***}"


def test_equal_faults_of_one_place_are_one_with_a_count() -> None:
    """A loop's body; the path of the first is kept. Another message or severity is another fault."""
    warning = Problem(code="yaml-syntax", message="m", place=a_problem(2).place, severity=Severity.WARNING)
    problems = [a_problem(2, path="a[0]"), a_problem(2, path="a[1]"), a_problem(2, message="n"), warning, a_problem(2)]

    got = merged(problems)

    assert [(p.message, p.path, p.count) for p in got] == [("m", "a[0]", 3), ("n", "", 1), ("m", "", 1)]


def test_problems_stand_in_file_order() -> None:
    """Files as given, then as met; lines, columns; those without a place first."""
    nowhere = Problem(code="variable-missing", message="m")
    problems = [
        a_problem(9, file="c"), a_problem(2, 5, file="b"), a_problem(2, 4, file="b"), a_problem(1, file="a"), nowhere,
        a_problem(1, 9, file="b"),
    ]  # fmt: skip

    assert [str(problem.place) for problem in merged(problems, files=("a", "b"))] == [
        "None",
        "a:1:1",
        "b:1:9",
        "b:2:4",
        "b:2:5",
        "c:9:1",
    ]
    assert [str(problem.place) for problem in merged([problems[0], problems[-1]])] == ["c:9:1", "b:1:9"]


def test_given_values_are_masked() -> None:
    """The longest first, also when one holds another; empty ones are nothing."""
    assert mask("a pw and pw2, pw.", ["pw", "pw2", ""]) == "a *** and ***, ***."
    assert mask("a (b) c", ["(b)"]) == "a *** c"
    assert mask("nothing", []) == "nothing"


def test_lines_of_a_given_value_are_masked() -> None:
    """A key's line may stand alone in a message; a line of a few characters could be anything."""
    assert mask("x MIIEvQIBADAN y }", ["{\n  MIIEvQIBADAN\n}"]) == "x *** y }"
