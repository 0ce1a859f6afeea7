"""Each fault of one field is told in our own words, with its place and the way to mend it."""

import pytest

from gpuspec.model.problem import Severity
from tests.builders.spec import a_spec, problems_of

PORTS_16 = ", ".join(f"{8000 + number}/tcp" for number in range(16))
PORTS_15 = PORTS_16.rpartition(",")[0]

# field, value -> code, words of the message, words of the hint
CASES = [
    ("gpuNum", '"2"', "wrong-type", 'takes a whole number; this is the text `"2"`', "drop the quotes: `gpuNum: 2`."),
    ("gpuNum", "1.0", "wrong-type", "this is the number 1.0", "write `gpuNum: 1`."),
    ("gpuNum", "2.5", "wrong-type", "this is the number 2.5", "as in `gpuNum: 1`."),
    ("gpuNum", "true", "wrong-type", "this is true", "as in `gpuNum: 1`."),
    ("gpuNum", "[1]", "wrong-type", "this is a list", "as in `gpuNum: 1`."),
    ("gpuNum", "{a: 1}", "wrong-type", "this is a map", "as in `gpuNum: 1`."),
    ("gpuNum", "0", "below-minimum", "at least 1; this is 0", "write a number from 1 to 8."),
    ("gpuNum", "9", "above-maximum", "at most 8; this is 9", "write a number from 1 to 8."),
    ("rootfsSize", "5", "below-minimum", "at least 10; this is 5", "from 10 to 6144"),
    ("month", "-1", "below-minimum", "at least 0; this is -1", "write 0 or more."),
    ("productId", "26", "wrong-type", "takes text; this is the number 26", 'write `productId: "26"`.'),
    ("productId", "1.10", "wrong-type", "takes text; this is the number 1.1", "quotes, just as it stands"),
    ("productId", "true", "wrong-type", "takes text; this is true", 'write `productId: "true"`.'),
    ("productId", "[a]", "wrong-type", "takes text; this is a list", 'as in `productId: "4090.16c62g"`.'),
    ("productId", '""', "too-short", "can't be empty", "write something"),
    ("name", "n" * 256, "too-long", "at most 255 characters; this has 256", "shorten it by 1."),
    ("command", "c" * 2048, "too-long", "at most 2047 characters", "shorten it by 1."),
    ("billingMode", "montly", "not-in-list", 'can\'t be `"montly"`', "did you mean `monthly`?"),
    ("kind", "cpu", "not-in-list", "it takes `gpu`", "write `gpu`."),
    ("autoRenew", '"true"', "wrong-type", "takes true or false", "write `autoRenew: true`."),
    ("autoRenew", "0", "wrong-type", "takes true or false", "write `autoRenew: false`."),
    ("autoRenew", "perhaps", "wrong-type", "takes true or false", "as in `autoRenew: false`."),
    ("ports", "8080", "wrong-type", "this is the number 8080", 'write `ports: ["8080/tcp"]`, or `/http`.'),
    ("ports", "{a: b}", "wrong-type", "a list or text; this is a map", "begin each item with a dash"),
    ("ports", "2222/tcp", "reserved-port", "2222 to 2224", "choose another port."),
    ("ports", "70000/tcp", "bad-port", "70000 is no port", "choose another port."),
    ("ports", '"8080"', "bad-port", '"8080" is no port', "write `8080/tcp` or `8080/http`."),
    ("ports", "8080/TCP", "bad-port", "is no port", "write `8080/tcp`."),
    ("ports", "tcp/080", "bad-port", "is no port", "write `80/tcp`."),
    ("ports", "8080/udp", "bad-port", "is no port", "tcp or http, as in `8080/tcp`."),
    ("ports", '"80/tcp,,81/tcp"', "bad-port", "an empty entry", "extra comma"),
    ("ports", '"80/tcp, 80/http"', "duplicate-port", "80 is there more than once", "keep one"),
    ("ports", f'"{PORTS_16}"', "too-many-ports", "at most 15 items; this has 16", "take 1 away."),
    ("ports", f"[{PORTS_16}]", "too-many-ports", "at most 15 items; this has 16", "take 1 away."),
    ("envs", "A=b", "wrong-type", "a map or a list; this is text", 'as in `envs: {"RUN": "nightly"}`.'),
    ("tools", "{name: Jupyter}", "wrong-type", "takes a list; this is a map", "a dash"),
    ("tools", "Jupyter", "wrong-type", "takes a list", "as in `tools: ["),
    ("lifecycle", "true", "not-a-map", "takes a map; this is true", "keys with values"),
    ("imageAuth", "5", "wrong-type", "takes text; this is a number, or true or false", "put it in quotes"),
    ("name", r'"a\nb"', "control-character", "a line break (character 2)", "take it out."),
    ("imageUrl", r'"img\n"', "control-character", "a line break (character 4)", "write `|-` instead."),
    ("command", r'"a\nb\tc\x07"', "control-character", "U+0007 (character 6)", "take it out."),
    ("imageURL", "x", "unknown-field", "An instance has no field `imageURL`", "did you mean `imageUrl`?"),
    ("image_url", "x", "unknown-field", "no field `image_url`", "did you mean `imageUrl`?"),
    ("gpu_num", "1", "unknown-field", "no field `gpu_num`", "did you mean `gpuNum`?"),
    ("protect", "true", "unknown-field", "no field `protect`", "`protect` stands under `lifecycle`."),
    ("zzz", "1", "unknown-field", "no field `zzz`", "`gpuspec explain` lists the fields."),
]


@pytest.mark.parametrize(("field", "value", "code", "message", "hint"), CASES)
def test_a_fault_of_a_field(field: str, value: str, code: str, message: str, hint: str) -> None:
    """One problem, in the field's own line."""
    text = a_spec(**{field: value})
    line = next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith(f"    {field}:"))

    (problem,) = problems_of(text)

    assert (problem.code, problem.path, problem.severity) == (code, f"instances.a.{field}", Severity.ERROR)
    assert problem.place is not None
    assert (problem.place.file, problem.place.line) == ("i.yaml", line)
    assert message in problem.message
    assert hint in problem.hint


# value -> code, end of the path, words of the message
ITEMS = [
    ("ports", "[2223/tcp, 80/tcp]", "reserved-port", "ports[0]", "this is 2223"),
    ("ports", "[8080]", "wrong-type", "ports[0]", "takes text; this is the number 8080"),
    ("ports", "[80/tcp, 80/http]", "duplicate-port", "ports[1]", "more than once"),
    ("envs", "{B: 3}", "wrong-type", "envs.B", "`envs.B` takes text; this is the number 3"),
    ("envs", "{B: [1]}", "wrong-type", "envs.B", "this is a list"),
    ("envs", '{"": x}', "too-short", "envs.", "can't be empty"),
    ("envs", f"{{? {'k' * 512} : x}}", "too-long", "envs." + "k" * 512, "at most 511"),
    ("envs", "{GPUSPEC_X: a}", "reserved-env", "envs.GPUSPEC_X", "begin with `GPUSPEC_`"),
    ("envs", r'{"A\tB": x}', "control-character", "envs.A\tB", "`envs.A?B` can't have"),
    ("envs", "[{key: A, value: a}, {key: A, value: b}]", "duplicate-env", "envs[1].key", "set more than once"),
    ("envs", "[A=b]", "not-a-map", "envs[0]", "takes a map; this is text"),
    ("envs", "[{key: A}]", "missing-field", "envs[0].value", "An item of `envs` needs `value`"),
    ("envs", "[{key: A, value: b, x: c}]", "unknown-field", "envs[0].x", "An item of `envs` has no field `x`"),
    ("tools", "[{name: Foo}]", "not-in-list", "tools[0].name", "it takes `Jupyter`"),
    ("tools", "[{name: Jupyter, port: 8888}]", "wrong-type", "tools[0].port", "takes text"),
    ("tools", "[{name: Jupyter, port: x}]", "bad-port", "tools[0].port", "a number in quotes"),
    ("tools", '[{name: Jupyter, port: "2224"}]', "reserved-port", "tools[0].port", "this is 2224"),
    ("tools", "[{port: '1'}]", "missing-field", "tools[0].name", "A tool needs `name`"),
    ("networkStorages", "[{Id: x}, {Id: y}]", "same-mount-point", "networkStorages[1]", "`/network`"),
    (
        "networkStorages",
        "[{Id: x, mountPoint: /a}, {Id: y, networkStorageMountPoint: /a/}]",
        "same-mount-point",
        "networkStorages[1].networkStorageMountPoint",
        "`/a`",
    ),
    (
        "networkStorages",
        "[{Id: x, networkStorageId: x}]",
        "both-spellings",
        "networkStorages[0]",
        "two spellings of one key",
    ),
    ("networkStorages", "[{mountPoint: /a}]", "missing-field", "networkStorages[0].Id", "needs `Id`"),
    (
        "networkStorages",
        "[" + ", ".join(f"{{Id: x, mountPoint: /{number}}}" for number in range(31)) + "]",
        "too-many",
        "networkStorages",
        "at most 30 items; this has 31",
    ),
    ("lifecycle", "{protect: yes}", "wrong-type", "lifecycle.protect", "true or false"),
    ("lifecycle", "{onRemove: destroy}", "not-in-list", "lifecycle.onRemove", "`delete` or `forget` or `stop`"),
    ("lifecycle", "{x: 1}", "unknown-field", "lifecycle.x", "`lifecycle` has no field `x`"),
]


@pytest.mark.parametrize(("field", "value", "code", "path", "message"), ITEMS)
def test_a_fault_within_a_field(field: str, value: str, code: str, path: str, message: str) -> None:
    """The path leads to the very item."""
    (problem,) = problems_of(a_spec(**{field: value}))

    assert (problem.code, problem.path) == (code, f"instances.a.{path}")
    assert message in problem.message


def test_the_place_of_a_fault_is_exact() -> None:
    """The value of the second item, not the list."""
    (problem,) = problems_of(a_spec(ports="[80/tcp, 2222/tcp]"))

    assert str(problem.place) == "i.yaml:8:21"


def test_both_places_of_a_duplicate_are_named() -> None:
    """So that one can be chosen."""
    (problem,) = problems_of(a_spec(ports="[80/tcp, 80/http]"))

    assert [(related.label, str(related.place)) for related in problem.related] == [
        ("first written here", "i.yaml:8:13")
    ]


def test_one_field_may_have_several_faults() -> None:
    """What is wrong in one item doesn't keep the others from being looked at."""
    found = problems_of(a_spec(envs="{A: 1, B: 2, GPUSPEC_C: c, D: d}"))

    assert {problem.path for problem in found} == {f"instances.a.envs.{key}" for key in ("A", "B", "GPUSPEC_C")}


@pytest.mark.parametrize(
    "value",
    ["123456", "[s3cr3t]", "{a: s3cr3t}", "true", "5.5", '"' + "s3cr3t" * 2000 + '"', r'"s3cr3t\n"'],
)
def test_no_message_shows_what_may_be_secret(value: str) -> None:
    """Neither of `imageAuth` nor of a variable whose name looks like a secret."""
    specs = [a_spec(imageAuth=value), a_spec(envs=f"{{HF_TOKEN: {value}}}")]
    specs.append(a_spec(envs=f"[{{key: HF_TOKEN, value: {value}}}, {{kye: X, value: {value}}}]"))
    found = [problem for text in specs for problem in problems_of(text)]

    assert found
    shown = " ".join(problem.message + problem.hint for problem in found)
    assert all(hidden not in shown for hidden in ("s3cr3t", "123456", "5.5"))


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("name", "{{ secret('env:X') }}", "name"),
        ("imageUrl", "reg/{{ secret('env:X') }}", "imageUrl"),
        ("networkStorages", "[{Id: \"{{ secret('env:X') }}\"}]", "networkStorages[0].Id"),
    ],
)
def test_a_secret_stands_only_where_nobody_looks(field: str, value: str, path: str) -> None:
    """Names and images are shown and recorded."""
    quoted = value if value.startswith("[") else f'"{value}"'

    (problem,) = problems_of(a_spec(**{field: quoted}))

    assert (problem.code, problem.path) == ("secret-misused", f"instances.a.{path}")
    assert "`imageAuth`, `command`" in problem.hint


def test_a_secret_is_no_number() -> None:
    """Its text can't be told, let alone counted with."""
    (problem,) = problems_of(a_spec(gpuNum="\"{{ secret('env:N') }}\""), n=1)

    assert problem.code in {"wrong-type", "secret-misused"}


@pytest.mark.parametrize("field", ["imageAuth", "command", "entrypoint"])
def test_a_secret_may_stand_in_these(field: str) -> None:
    """And in the values of variables."""
    assert problems_of(a_spec(**{field: "\"{{ secret('env:X') }}\""}, envs="{A: \"b{{ secret('env:X') }}\"}")) == ()


@pytest.mark.parametrize("fields", [{"imageAuth": "user:pw"}, {"envs": "{API_KEY: abc}"}], ids=str)
def test_a_secret_written_out_is_a_warning(fields: dict[str, str]) -> None:
    """With the way to keep it elsewhere."""
    (problem,) = problems_of(a_spec(**fields))

    assert (problem.code, problem.severity) == ("literal-secret", Severity.WARNING)
    assert "secret('env:NAME')" in problem.hint


@pytest.mark.parametrize("fields", [{"imageAuth": '""'}, {"envs": '{API_KEY: ""}'}, {"envs": "{RUN: x}"}], ids=str)
def test_an_empty_secret_is_none(fields: dict[str, str]) -> None:
    """Nothing is given away."""
    assert problems_of(a_spec(**fields)) == ()


def test_a_number_that_an_expression_gave_becomes_text_where_text_belongs() -> None:
    """An id that looks like a number is still an id."""
    text = a_spec(
        productId='"{{ n }}"',
        envs='{A: "{{ n }}", B: "{{ yes }}", C: "{{ part }}"}',
        name='"{{ part }}"',
        tools='"{{ t }}"',
    )

    assert problems_of(text, n=26, yes=True, part=1.5, t=[{"name": "Jupyter", "port": 8888}]) == ()


def test_a_text_that_an_expression_gave_is_no_number() -> None:
    """The hint says where the type is declared."""
    (problem,) = problems_of(a_spec(gpuNum='"{{ n }}"'), n="2")

    assert problem.code == "wrong-type"
    assert "declare its variable with `type: integer`" in problem.hint


def test_an_address_of_a_port_may_be_padded() -> None:
    """Blanks round commas are the user's taste."""
    assert problems_of(a_spec(ports='" 80/tcp , 81/http "')) == ()


def test_an_empty_list_of_ports_is_none() -> None:
    """As is the empty text."""
    assert problems_of(a_spec(ports='""')) == ()
    assert problems_of(a_spec(ports="[]")) == ()
