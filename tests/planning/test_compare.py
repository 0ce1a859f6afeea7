"""What is a change, what is drift, what is recorded as shown, and how differences read."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpuspec.model.plan import Absence, Certainty, Change
from gpuspec.model.secret import OutOfReach, Revealed, Secret, SecretRef
from gpuspec.model.values import Env, Fields, FieldValue, Mount, Port, Tool
from gpuspec.planning.compare import changes, created, drift, in_words, shown_of, wording
from tests.builders.planning import a_live, a_plan, a_record, a_state, an_instance, an_observation, envs, seal

REF = SecretRef(kind="env", name="TOKEN")
HTTP = Port(number=8080, protocol="http")
TCP = Port(number=22, protocol="tcp")
JUPYTER = Tool(name="Jupyter", port="8888", type="http")
SSH = Tool(name="SSH", port="22", type="tcp")


def change_of(field: str, before: object, after: object, certainty: Certainty = Certainty.DIFFERENT) -> Change:
    return Change(field=field, before=before, after=after, certainty=certainty)  # type: ignore[arg-type]


def found(desired: Fields, recorded: Fields, named: frozenset[str] | None = None) -> tuple[Change, ...]:
    return changes(desired, recorded, named=frozenset(desired) if named is None else named, seal=seal)


texts = st.text(max_size=4)
ports = st.lists(st.builds(Port, number=st.integers(1, 9), protocol=st.sampled_from(["tcp", "http"])), unique=True)
env_maps = st.dictionaries(st.sampled_from("ABC"), texts | texts.map(seal))
fields_strategy = st.fixed_dictionaries(
    {"gpuNum": st.integers(1, 8), "imageUrl": st.text(min_size=1, max_size=4)},
    optional={
        "ports": ports.map(tuple),
        "envs": env_maps.map(lambda values: envs(**values)),
        "command": texts,
        "clusterId": texts,
        "cpuNum": st.integers(0, 2),
        "autoRenew": st.booleans(),
    },
)


@given(fields_strategy)
def test_equal_fields_have_no_changes(fields: dict[str, FieldValue]) -> None:
    """Nothing differs from itself, also when each list stands in another order."""
    turned = {name: value[::-1] if isinstance(value, tuple) else value for name, value in fields.items()}

    assert found(fields, dict(fields)) == ()
    assert found(turned, fields) == ()


@given(fields_strategy, fields_strategy)
def test_changes_brought_about_leave_no_changes(
    desired: dict[str, FieldValue], recorded: dict[str, FieldValue]
) -> None:
    """A field differs or not: what has no change is equal, or means keep, so that a plan comes to rest."""
    named = frozenset(desired)
    first = changes(desired, recorded, named=named, seal=seal)
    touched = {change.field.partition(".")[0] for change in first}
    after = {**recorded, **{name: desired.get(name, "") for name in touched}}

    assert changes(desired, after, named=named, seal=seal) == ()


@given(fields_strategy, fields_strategy)
def test_changes_mirror_each_other_where_both_sides_name_all(
    left: dict[str, FieldValue], right: dict[str, FieldValue]
) -> None:
    """Where no side leaves a field out, what changes one way changes back the other way."""
    names = left.keys() & right.keys() - {"clusterId", "cpuNum", "autoRenew"}
    left = {name: left[name] for name in names}
    right = {name: right[name] for name in names}

    there = {(change.field, change.before, change.after) for change in found(left, right)}
    back = {(change.field, change.after, change.before) for change in found(right, left)}
    assert there == back


def test_an_empty_text_is_the_same_as_no_field() -> None:
    """The API takes an empty command, list or cluster as not given, and 0 cores as not chosen."""
    assert found({"command": "", "ports": (), "clusterId": "", "cpuNum": 0}, {}) == ()


def test_a_field_that_the_table_does_not_know_is_not_compared() -> None:
    """A record may hold fields of another version."""
    assert found({}, {"shoeSize": 43}) == ()


def test_removing_a_line_that_means_clear_is_a_change() -> None:
    """Ports are cleared when the spec no longer names them."""
    assert (change_of("ports", (HTTP,), Absence.ABSENT),) == found({}, {"ports": (HTTP,)})


def test_removing_a_line_that_means_keep_is_none() -> None:
    """A cluster once chosen stays, also when the spec says it with an empty text."""
    assert found({}, {"clusterId": "us-ca-6"}) == ()
    assert found({"clusterId": ""}, {"clusterId": "us-ca-6"}) == ()


def test_a_name_that_the_spec_does_not_set_stays_as_it_was_chosen() -> None:
    """Only a name in the spec can rename."""
    recorded = {"name": "first"}

    assert found({"name": "trainer"}, recorded, named=frozenset()) == ()
    assert (change_of("name", "first", "trainer"),) == found({"name": "trainer"}, recorded)


def test_envs_are_compared_key_by_key() -> None:
    """Each env is a change of its own."""
    recorded = {"envs": envs(KEPT="1", GONE="2", CHANGED="3")}
    desired = {"envs": envs(CHANGED="4", KEPT="1", ADDED="5")}

    expected = (
        change_of("envs.GONE", "2", Absence.ABSENT),
        change_of("envs.CHANGED", "3", "4"),
        change_of("envs.ADDED", Absence.ABSENT, "5"),
    )
    assert expected == found(desired, recorded)


def test_seals_of_one_key_tell_whether_a_secret_changed() -> None:
    """Equal seals are equal secrets, others are a change."""
    recorded = {"envs": envs(TOKEN=seal("one"))}

    assert found({"envs": envs(TOKEN=seal("one"))}, recorded) == ()
    assert (change_of("envs.TOKEN", seal("one"), seal("two")),) == found({"envs": envs(TOKEN=seal("two"))}, recorded)


def test_seals_of_two_keys_and_secrets_out_of_reach_cannot_be_told() -> None:
    """What can't be compared is shown as such."""
    recorded = {"imageAuth": seal("one")}
    for value in (seal("one", "key2"), OutOfReach(refs=(REF,)), Secret(parts=(REF,))):
        expected = change_of("imageAuth", seal("one"), value, Certainty.CANNOT_TELL)
        assert (expected,) == found({"imageAuth": value}, recorded)


def test_a_text_that_becomes_a_secret_is_compared_by_its_seal() -> None:
    """Moving a value out of the spec is no change of the value."""
    assert found({"command": seal("run")}, {"command": "run"}) == ()
    assert found({"command": Revealed(text="run")}, {"command": seal("run")}) == ()
    assert Certainty.DIFFERENT is found({"command": seal("walk")}, {"command": "run"})[0].certainty


def test_without_a_key_a_text_and_a_secret_cannot_be_told_apart() -> None:
    """A seal can't be compared with a text unless the text can be sealed."""
    desired = {"command": seal("run")}

    assert Certainty.CANNOT_TELL is changes(desired, {"command": "run"}, named=frozenset(desired))[0].certainty


def test_drift_is_what_the_api_shows_differently() -> None:
    """Only fields that the spec names, shown then and now, can drift."""
    shown = {"imageUrl": "a", "command": "run", "clusterId": "x"}
    live: Fields = {"imageUrl": "b", "command": "walk", "gpuNum": 2}

    assert (change_of("imageUrl", "a", "b"),) == drift(
        shown, live, named=frozenset({"imageUrl", "clusterId", "gpuNum"})
    )


@given(fields_strategy)
def test_what_is_shown_again_is_no_drift(fields: dict[str, FieldValue]) -> None:
    """The same answer twice is no drift, whatever was sent."""
    shown = shown_of(fields, fields, seal=seal)

    assert drift(shown, shown_of(dict(fields), fields, seal=seal), named=frozenset(fields)) == ()


def test_an_env_that_vanished_from_a_list_that_is_shown_has_drifted() -> None:
    """Keys that were not shown before are unknown; keys that were and are gone have drifted."""
    shown = {"envs": envs(A="1", B="2")}
    live = {"envs": envs(B="3", C="4")}

    expected = (change_of("envs.A", "1", Absence.ABSENT), change_of("envs.B", "2", "3"))
    assert expected == drift(shown, live, named=frozenset({"envs"}))


def test_an_env_shown_empty_is_the_same_as_none() -> None:
    """A service may leave out what is empty."""
    shown, live = {"envs": envs(EMPTY="")}, {"envs": ()}

    assert drift(shown, live, named=frozenset({"envs"})) == ()
    assert drift(live, shown, named=frozenset({"envs"})) == ()


@pytest.mark.parametrize(("before", "after"), [("onDemand", ""), ("", "onDemand")])
def test_a_field_that_cannot_be_cleared_is_unknown_where_it_is_shown_empty(before: str, after: str) -> None:
    """The service is known to blank it; a command that is empty was cleared."""
    both = frozenset({"billingMode", "command"})
    found = drift({"billingMode": before, "command": before}, {"billingMode": after, "command": after}, named=both)

    assert [change.field for change in found] == ["command"]


def test_ports_of_tools_are_no_drift_whether_they_are_shown_or_not() -> None:
    """A service may show them among the others, once the tool runs; a port that nobody asked for is drift."""
    tools = (Tool(name="Jupyter", port="8888", type="http"),)
    jupyter, web, other = (Port(number=number, protocol="http") for number in (8888, 8081, 9000))
    named = frozenset({"ports"})

    assert drift({"ports": (web,)}, {"ports": (jupyter, web)}, named=named, tools=tools) == ()
    assert drift({"ports": (jupyter, web)}, {"ports": (web,)}, named=named, tools=tools) == ()
    assert drift({"ports": ()}, {"ports": (jupyter,)}, named=named, tools=tools) == ()
    assert drift({"ports": (web,)}, {"ports": (web, other)}, named=named, tools=tools) == (
        change_of("ports", (web,), (web, other)),
    )


def test_shown_holds_only_what_the_record_has() -> None:
    """The marker and what the platform adds are left out, secrets are sealed, the name loses its marker."""
    live: Fields = {
        "name": "trainer-g" + "0" * 24,
        "envs": envs(TOKEN="s3cret", RUN="nightly", GPUSPEC_REF="1:…"),
        "gpuNum": 2,
        "clusterId": "us",
    }
    recorded: Fields = {
        "name": "trainer",
        "envs": envs(RUN="x", TOKEN=seal("old"), LATER="y"),
        "gpuNum": 1,
        "shoeSize": 43,
    }

    expected = {"name": "trainer", "envs": envs(RUN="nightly", TOKEN=seal("s3cret")), "gpuNum": 2}
    assert expected == shown_of(live, recorded, seal=seal)


def test_a_create_shows_all_that_is_sent() -> None:
    """A create is a change from nothing in each field, in the table's order; what is empty is left out."""
    fields: Fields = {"command": "", "envs": envs(A="1"), "name": "trainer", "gpuNum": 1}

    expected = (
        change_of("name", Absence.ABSENT, "trainer"),
        change_of("gpuNum", Absence.ABSENT, 1),
        change_of("envs.A", Absence.ABSENT, "1"),
    )
    assert expected == created(fields)


def test_lists_are_worded_by_what_comes_and_goes() -> None:
    """A list's change names its items, not two whole lists."""
    mounts = (Mount(id="m", mount_point="/a"),), (Mount(id="m", mount_point="/b"),)

    assert wording(change_of("ports", (TCP,), (HTTP,))) == ("without 22/tcp", "with 8080/http")
    assert wording(change_of("tools", (SSH,), (SSH, JUPYTER))) == ("with Jupyter on 8888/http",)
    assert wording(change_of("networkStorages", *mounts)) == ("m at /a → at /b",)
    assert wording(change_of("envs", Absence.ABSENT, (Env(key="A", value=seal("x")),))) == ("with A = (secret)",)


def test_single_values_are_worded_as_before_and_after() -> None:
    """Values read as in the spec; secrets never show more than that they are secret."""
    assert wording(change_of("rootfsSize", 60, 80)) == ("60 → 80",)
    assert wording(change_of("imageAuth", Absence.ABSENT, seal("x"))) == ("(absent) → (secret)",)
    assert tuple(in_words(v) for v in (False, True, "", (HTTP, TCP))) == ("false", "true", '""', "8080/http, 22/tcp")


def test_ten_thousand_unchanged_instances_are_compared_at_once() -> None:
    """Equal values cost next to nothing: 10,000 are compared in well under 0.3 s."""
    pairs = [
        (
            an_instance(f"w{n}", envs=envs(A="1", B=seal("x")), ports=(HTTP,)),
            a_record(f"w{n}", envs=envs(A="1", B=seal("x")), ports=(HTTP,)),
        )
        for n in range(10_000)
    ]

    started = process_time()
    for instance, record in pairs:
        assert changes(instance.fields, record.fields, named=instance.named, seal=seal) == ()
    assert process_time() - started < 0.3


def test_a_plan_of_ten_thousand_kept_instances_takes_linear_time() -> None:
    """Planning an unchanged fleet takes a moment."""
    names = [f"w{n}" for n in range(10_000)]
    state = a_state(*(a_record(name, envs=envs(A="1")) for name in names))
    observation = an_observation(*(a_live(f"id-{name}", envs=envs(A="1", GPUSPEC_REF="m")) for name in names))
    instances = [an_instance(name, envs=envs(A="1")) for name in names]

    started = process_time()
    plan = a_plan(*instances, state=state, observation=observation)

    assert len(plan.actions) == 10_000
    assert process_time() - started < 2
