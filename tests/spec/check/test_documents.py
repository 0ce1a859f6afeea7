"""Faults at the top of a document, in `defaults`, and between fields."""

import pytest

from gpuspec.model.marker import MarkerMode
from gpuspec.model.problem import Severity
from tests.builders.spec import NEEDED, a_spec, an_instance, problems_of

FLOW = ", ".join(f"{name}: {text}" for name, text in NEEDED.items())

# text -> code, place, words of the message, words of the hint
TOPS = [
    ("- a\n", "not-a-map", "i.yaml:1:1", "A spec is a map; this is a list", "below it each instance"),
    ("just text\n", "not-a-map", "i.yaml:1:1", "A spec is a map; this is the text", "below it each instance"),
    ("version: 1\n", "missing-field", "i.yaml:1:1", "The spec has no `instances`", "Write `{}` for none"),
    ("instances:\n", "not-a-map", "i.yaml:1:1", "nothing under `instances`", "`instances: {}`"),
    ("instances: [a]\n", "not-a-map", "i.yaml:1:12", "a map; this is a list", "in place of the dash"),
    ("instances: a\n", "not-a-map", "i.yaml:1:12", "a map; this is the text", "write fields below `instances:`"),
    ("instances: {a: [1]}\n", "not-a-map", "i.yaml:1:16", "`a` takes a map", "keys with values"),
    ("defaults: [1]\ninstances: {}\n", "not-a-map", "i.yaml:1:11", "`defaults` takes a map", "below `defaults:`"),
    ("version: 2\ninstances: {}\n", "bad-version", "i.yaml:1:10", "the file says 2", "write `version: 1`"),
    ("version: '1'\ninstances: {}\n", "bad-version", "i.yaml:1:10", 'the file says "1"', "write `version: 1`"),
    (
        "instance: {}\ninstances: {}\n",
        "unknown-field",
        "i.yaml:1:1",
        "A spec has no field",
        "did you mean `instances`?",
    ),
    ("gpuNum: 1\ninstances: {}\n", "unknown-field", "i.yaml:1:1", "no field `gpuNum`", "belongs to an instance"),
    ("nonsense: 1\ninstances: {}\n", "unknown-field", "i.yaml:1:1", "no field `nonsense`", "it may have `version`"),
]


@pytest.mark.parametrize(("text", "code", "place", "message", "hint"), TOPS)
def test_a_fault_at_the_top(text: str, code: str, place: str, message: str, hint: str) -> None:
    """Where a beginner meets it: with the shape that is expected."""
    (problem,) = problems_of(text)

    assert (problem.code, str(problem.place)) == (code, place)
    assert message in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("a b", "write `a-b`."),
        ("_x", "write `x`."),
        ("ä", "as in `trainer-1`."),
        ("x" * 129, "shorten it by 1."),
        ("a/b:c", "write `a-b-c`."),
    ],
)
def test_an_address_that_can_not_be_used(address: str, hint: str) -> None:
    """With one that can."""
    (problem,) = problems_of("instances:\n" + an_instance(address))

    assert (problem.code, str(problem.place)) == ("bad-address", "i.yaml:2:3")
    assert problem.hint == hint


def test_what_every_instance_needs_is_asked_for_once() -> None:
    """All of it in one go, at the instance."""
    (problem,) = problems_of("instances:\n  a: {gpuNum: 1}\n")

    assert (problem.code, problem.path, str(problem.place)) == ("missing-field", "instances.a", "i.yaml:2:3")
    assert "needs `productId`, `diskSize`, `rootfsSize` and `imageUrl`; neither this one nor `defaults` has them" in (
        problem.message
    )


def test_one_missing_field_is_named_in_the_path() -> None:
    """Programs can tell which."""
    (problem,) = problems_of(a_spec(diskSize=""))

    assert problem.path == "instances.a.diskSize"
    assert "has it." in problem.message


def test_defaults_give_what_every_instance_needs() -> None:
    """Even to a stanza without a line."""
    assert problems_of(f"defaults: {{{FLOW}}}\ninstances: {{a: , b: {{}}}}\n") == ()


def test_null_takes_a_default_away() -> None:
    """And so what is needed is missing."""
    (problem,) = problems_of(f"defaults: {{{FLOW}}}\ninstances: {{a: {{gpuNum: null}}}}\n")

    assert problem.path == "instances.a.gpuNum"


def test_a_misspelt_field_is_not_missing_too() -> None:
    """One fault, one problem."""
    (problem,) = problems_of(a_spec(imageUrl="", imageURL="x"))

    assert problem.code == "unknown-field"


@pytest.mark.parametrize(
    "fault",
    [
        "gpuNum: 9",
        "ports: [80/tcp, 80/http]",
        "imageAuthId: x, imageAuth: \"{{ secret('env:A') }}\"",
        "month: 1, billingMode: spot",
        "envs: {GPUSPEC_A: b}",
        f"envs: {{{', '.join(f'A{number}: x' for number in range(100))}}}",
        f"tools: [{{name: Jupyter}}], ports: [{', '.join(f'{number}/tcp' for number in range(1, 16))}]",
        f"ports: '{','.join(f'{number}/tcp' for number in range(1, 17))}'",
    ],
    ids=lambda fault: fault[:24],
)
def test_a_fault_in_defaults_is_reported_once_there(fault: str) -> None:
    """However many instances it reaches."""
    rest = ", ".join(f"{name}: {text}" for name, text in NEEDED.items() if not fault.startswith(name))

    (problem,) = problems_of(f"defaults: {{{rest}, {fault}}}\ninstances: {{a: , b: , c: {{name: x}}}}\n")

    assert problem.path.startswith("defaults.")
    assert problem.place is not None
    assert problem.place.line == 1


def test_faulty_defaults_leave_nothing_to_ask_for() -> None:
    """If they aren't a map, nobody knows what they give."""
    (problem,) = problems_of("defaults: oops\ninstances: {a: {}}\n")

    assert problem.path == "defaults"


def test_ports_and_tools_share_the_limit() -> None:
    """The place is where the instance says more than its defaults; the other place is named."""
    ports = ", ".join(f"{number}/tcp" for number in range(1, 16))

    (problem,) = problems_of(
        f"defaults: {{{FLOW}, tools: [{{name: Jupyter}}]}}\ninstances:\n  a:\n    ports: [{ports}]\n"
    )

    assert (problem.code, problem.path) == ("too-many-ports", "instances.a.ports")
    assert "these are 15 and 1" in problem.message
    assert [str(related.place.line) for related in problem.related] == ["1"]


ENVS_99 = ", ".join(f"A{number}: x" for number in range(99))


@pytest.mark.parametrize(
    ("marker", "more", "count"),
    [
        (MarkerMode.ENV, "", 0),
        (MarkerMode.ENV, ", B: x", 1),
        (MarkerMode.NAME, ", B: x", 0),
        (MarkerMode.NAME, ", B: x, C: x", 1),
    ],
)
def test_the_marker_takes_the_room_of_one_variable(marker: MarkerMode, more: str, count: int) -> None:
    """The service takes a hundred."""
    found = problems_of(a_spec(envs=f"{{{ENVS_99}{more}}}"), marker=marker)

    assert [problem.code for problem in found] == ["too-many-envs"] * count


def test_variables_are_counted_after_merging() -> None:
    """The instance's own are the ones too many."""
    defaults = f"defaults: {{{FLOW}, envs: {{{ENVS_99}}}}}\n"
    text = f"{defaults}instances:\n  a: {{envs: {{A1: y, B: x}}}}\n  b: {{envs: {{A1: y}}}}\n"

    (problem,) = problems_of(text)

    assert problem.path == "instances.a.envs"


MONTHLY = [
    ({"month": "1"}, 0),
    ({"month": "0", "billingMode": "onDemand"}, 0),
    ({"month": "1", "billingMode": "monthly", "autoRenew": "true", "autoRenewMonth": "2"}, 0),
    ({"month": "1", "autoRenew": "true"}, 0),
    ({"autoRenew": "false"}, 0),
    ({"month": "1", "billingMode": "spot"}, 1),
    ({"autoRenew": "true"}, 1),
    ({"autoRenewMonth": "2"}, 1),
    ({"month": "0", "autoRenew": "true"}, 1),
    ({"billingMode": "onDemand", "month": "2", "autoRenew": "true", "autoRenewMonth": "1"}, 3),
]


@pytest.mark.parametrize(("fields", "count"), MONTHLY, ids=str)
def test_months_go_with_monthly_billing(fields: dict[str, str], count: int) -> None:
    """Nobody pays ahead by mistake."""
    assert [problem.code for problem in problems_of(a_spec(**fields))] == ["needs-monthly"] * count


def test_a_faulty_month_is_no_reason_to_complain_of_billing() -> None:
    """What it should be isn't known."""
    (problem,) = problems_of(a_spec(month="x", autoRenew="true"))

    assert problem.code == "wrong-type"


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ({"imageAuth": "\"{{ secret('env:A') }}\"", "imageAuthId": "x"}, 1),
        ({"imageAuth": '""', "imageAuthId": "x"}, 0),
        ({"imageAuth": "\"{{ secret('env:A') }}\"", "imageAuthId": '""'}, 0),
    ],
    ids=str,
)
def test_credentials_come_in_one_way(fields: dict[str, str], count: int) -> None:
    """An empty one is none."""
    assert [problem.code for problem in problems_of(a_spec(**fields))] == ["image-auth-twice"] * count


def test_the_instance_s_own_credentials_are_the_second_ones() -> None:
    """Its place goes before that of the defaults, whichever of the two it sets."""
    text = f"defaults: {{{FLOW}, imageAuthId: x}}\ninstances:\n  a: {{imageAuth: \"{{{{ secret('env:A') }}}}\"}}\n"

    (problem,) = problems_of(text)

    assert problem.path == "instances.a.imageAuth"


def test_one_name_for_two_instances_is_a_warning() -> None:
    """The service allows it; both places are named."""
    (problem,) = problems_of("instances:\n" + an_instance("a", name="b") + an_instance("b"))

    assert (problem.code, problem.severity) == ("duplicate-name", Severity.WARNING)
    assert (str(problem.place), str(problem.related[0].place)) == ("i.yaml:9:3", "i.yaml:8:5")


def test_a_name_in_defaults_is_one_name_for_all() -> None:
    """The warning stands at the second instance."""
    (problem,) = problems_of(f"defaults: {{{FLOW}, name: same}}\ninstances:\n  a:\n  b:\n")

    assert (problem.code, str(problem.place)) == ("duplicate-name", "i.yaml:4:3")


def test_a_fault_deep_in_another_leaves_both() -> None:
    """A list in a list, where neither belongs."""
    found = problems_of(a_spec(ports="[80/tcp, [81/tcp], 70000/tcp]"))

    assert {(problem.code, problem.path) for problem in found} == {
        ("wrong-type", "instances.a.ports[1]"),
        ("bad-port", "instances.a.ports[2]"),
    }


def test_a_hole_is_passed_over() -> None:
    """What the reader has reported isn't reported again."""
    text = a_spec(gpuNum='"{{ nowhere }}"', ports='["{{ nowhere }}", 80/tcp]', envs='{A: "{{ nowhere }}"}')

    assert problems_of(text) == ()
    assert problems_of('instances: {a: "{{ nowhere }}"}\n') == ()
    assert problems_of('instances: "{{ nowhere }}"\n') == ()
    assert problems_of('defaults: "{{ nowhere }}"\ninstances: {a: {}}\n') == ()
