"""What each call of an update asks for, and what is recorded once it is obeyed."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpuspec.errors import Bug
from gpuspec.model.instance import Handling, Instance, Power
from gpuspec.model.live import LiveInstance, Phase
from gpuspec.model.marker import ENV_KEY, MarkerMode
from gpuspec.model.order import Convert, Edit, OrderRequest, Start, Stop, Upgrade
from gpuspec.model.plan import Change
from gpuspec.model.secret import OutOfReach, Revealed, SecretRef
from gpuspec.model.state import Call, Record
from gpuspec.model.values import Env, Fields, Mount, Port, Tool
from gpuspec.planning.subjects import comparison
from gpuspec.planning.updating import (
    SETS,
    Unsendable,
    after,
    calls_due,
    data_lost,
    may_restart,
    power_call,
    request,
    upgraded_fields,
)
from tests.builders.planning import BIRTH, a_live, a_marker, a_record, an_instance, envs, marked, seal

HTTP, TCP, TOOL = (
    Port(number=number, protocol=protocol) for number, protocol in ((80, "http"), (81, "tcp"), (8888, "http"))
)
JUPYTER = (Tool(name="Jupyter", port="8888", type="http"),)
UPDATES = (Call.EDIT, Call.UPGRADE, Call.START, Call.CONVERT, Call.STOP)
MARKER_ENV = Env(key=ENV_KEY, value=a_marker().env_value)


def sent(
    call: Call, record: Record, instance: Instance, live: LiveInstance, *, body: Fields | None = None, **birth: Any
) -> OrderRequest | Unsendable:
    """The request of a call; the body is the instance's fields unless one is given."""
    fields = instance.fields if body is None else body
    return request(call, record, instance, body=fields, live=live, birth=replace(BIRTH, **birth))


def edited(record: Record, instance: Instance, live: LiveInstance) -> Edit:
    """The edit, made without a body: it holds no secret."""
    found = sent(Call.EDIT, record, instance, live, body={})
    assert isinstance(found, Edit)
    return found


def upgraded(record: Record, instance: Instance, live: LiveInstance, body: Fields | None = None) -> Upgrade:
    found = sent(Call.UPGRADE, record, instance, live, body=body)
    assert isinstance(found, Upgrade)
    return found


def by_key(items: tuple[Env, ...]) -> dict[str, object]:
    assert len({env.key for env in items}) == len(items)
    return {env.key: env.value for env in items}


def shown(**fields: Any) -> LiveInstance:
    """A machine that shows its envs."""
    return a_live(**{"envs": (), **fields}, trace=marked(a_marker()))


def where_any(name: str, value: object) -> dict[str, Any]:
    """A field, where there is a value for it."""
    return {} if value is None else {name: value}


# -- which calls


@pytest.mark.parametrize("chosen", [set(some) for size in range(4) for some in combinations(("a", "b", "c"), size)])
@pytest.mark.parametrize("phase", [Phase.RUNNING, Phase.STOPPED])
@pytest.mark.parametrize("desired", [None, *Power])
def test_each_call_is_due_once_and_in_order(chosen: set[str], phase: Phase, desired: Power | None) -> None:
    """For what changed, for what drifted, and for the power; nothing else."""
    changes = {"a": Change(field="ports", before=(), after=(HTTP,)), "b": Change(field="month", before=0, after=1)}
    drift = (Change(field="envs.A", before="1", after="2"), Change(field="gpuNum", before=1, after=2))
    wanted = [change for name, change in changes.items() if name in chosen]
    calls = calls_due(wanted, drift if "c" in chosen else (), desired=desired, phase=phase)

    power = power_call(desired, phase)
    by_name = {"a": Call.EDIT, "b": Call.CONVERT, "c": Call.UPGRADE}
    expected = {by_name[name] for name in chosen} | ({power} if power else set())
    assert calls == tuple(call for call in UPDATES if call in expected)


def test_what_interrupts_and_what_loses_is_known() -> None:
    """An edit counts: nobody says that it leaves the container alone."""
    assert {call for call in Call if may_restart([call])} == {Call.EDIT, Call.UPGRADE, Call.STOP, Call.RESTART}
    assert [call for call in Call if data_lost([call], Handling(save=False))] == [Call.UPGRADE]
    assert not any(data_lost([call], Handling()) for call in Call)


# -- edit


@pytest.mark.parametrize(
    ("recorded", "wanted", "live", "grow"),
    [(60, 80, 60, 20), (60, 80, 70, 10), (60, 80, 90, 0), (60, 80, None, 20), (60, 60, 50, 0), (60, 60, 60, 0)],
    ids=["grow", "grown a little", "grown beyond", "not shown", "smaller than recorded", "as it is"],
)
def test_growth_is_the_difference(recorded: int, wanted: int, live: int | None, grow: int) -> None:
    """To what is there; and only where the spec asks for more than before."""
    there = shown(**where_any("rootfsSize", live))

    assert grow == edited(a_record(rootfsSize=recorded), an_instance(rootfsSize=wanted), there).grow_gb


@given(st.integers(10, 6144), st.integers(10, 6144), st.integers(10, 6144))
def test_growth_never_goes_beyond_what_is_wanted(recorded: int, wanted: int, live: int) -> None:
    """Nor is it ever negative."""
    grow = edited(a_record(rootfsSize=recorded), an_instance(rootfsSize=wanted), shown(rootfsSize=live)).grow_gb

    assert 0 <= grow
    assert grow == 0 or (live + grow == wanted and wanted > recorded)


def test_a_size_that_is_ignored_does_not_grow() -> None:
    """Other changes may still need the call."""
    instance = an_instance(rootfsSize=80, ports=(HTTP,), handling=Handling(ignore_changes=frozenset({"rootfsSize"})))

    assert edited(a_record(), instance, shown(rootfsSize=60)) == Edit(id="id-trainer", ports=(HTTP,), grow_gb=0)


def test_changing_one_port_sends_all_of_them() -> None:
    """Growing the disk as well; those of tools that the service lists among them would be closed."""
    record = a_record(ports=(HTTP,), tools=JUPYTER)
    live = shown(ports=(HTTP, TOOL, Port(number=9, protocol="tcp")))

    more = edited(record, an_instance(ports=(HTTP, TCP), tools=JUPYTER), live)
    grown = edited(record, an_instance(ports=(HTTP,), tools=JUPYTER, rootfsSize=80), shown(ports=(HTTP,)))

    assert more.ports == (HTTP, TCP, TOOL)
    assert (grown.ports, grown.grow_gb) == ((HTTP,), 20)


def test_ports_that_the_spec_leaves_unset_stay_as_they_are() -> None:
    """Nobody here ever set them; those that the spec no longer has are closed."""
    assert edited(a_record(), an_instance(rootfsSize=80), shown(ports=(HTTP,))).ports == (HTTP,)
    assert edited(a_record(ports=(HTTP,)), an_instance(rootfsSize=80), shown(ports=(HTTP,))).ports == ()


# -- upgrade


def test_changing_one_env_sends_all_envs() -> None:
    """Those of the spec, and those that nobody here ever set; what the spec dropped goes."""
    record = a_record(envs=envs(A="1", B="2", DROPPED="3"))
    live = shown(envs=(*envs(A="1", B="2", DROPPED="3", PLATFORM="x"), MARKER_ENV))

    found = upgraded(record, an_instance(envs=envs(A="1", B="5")), live)

    assert by_key(found.envs) == {"A": "1", "B": "5", "PLATFORM": "x"}


def test_an_upgrade_takes_what_the_spec_leaves_unset_from_what_is_live() -> None:
    """All of it is set, and what is empty would be cleared."""
    mounts = (Mount(id="s", mount_point="/data"),)
    live = shown(
        imageAuthId="auth", command="serve", entrypoint="/init", networkStorages=mounts, envs=envs(PLATFORM="x")
    )

    found = upgraded(a_record(), an_instance(imageUrl="b"), live)

    assert found == Upgrade(
        id="id-trainer",
        image_url="b",
        image_auth_id="auth",
        envs=envs(PLATFORM="x"),
        command="serve",
        entrypoint="/init",
        mounts=mounts,
        marker=a_marker(),
    )


def test_an_upgrade_clears_what_the_spec_no_longer_has() -> None:
    """It was here that it was set."""
    record = a_record(entrypoint="/init", imageAuthId="auth", networkStorages=(Mount(id="s", mount_point="/data"),))
    live = shown(**{name: record.fields[name] for name in ("entrypoint", "imageAuthId", "networkStorages")})

    found = upgraded(record, an_instance(), live)

    assert (found.entrypoint, found.image_auth_id, found.mounts) == ("", "", ())


def test_what_is_ignored_is_sent_as_it_is_live() -> None:
    """A whole field, one env that differs, and one that only the spec has."""
    ignoring = Handling(ignore_changes=frozenset({"imageUrl", "envs.RUN", "envs.LATER"}))
    instance = an_instance(imageUrl="mine", command="run", envs=envs(RUN="2", LATER="1", LR="1"), handling=ignoring)
    record = a_record(imageUrl="recorded", envs=envs(RUN="1"))

    found = upgraded(record, instance, shown(imageUrl="theirs", envs=envs(RUN="3")))

    assert (found.image_url, by_key(found.envs)) == ("theirs", {"RUN": "3", "LR": "1"})
    assert by_key(after(Call.UPGRADE, record, instance).fields["envs"]) == {"RUN": "1", "LR": "1"}  # type: ignore[arg-type]
    assert after(Call.UPGRADE, record, instance).fields["imageUrl"] == "recorded"


def test_ignored_envs_are_sent_as_they_are_live() -> None:
    """All of them."""
    ignoring = Handling(ignore_changes=frozenset({"envs"}))
    record = a_record(envs=envs(A="1"))

    found = upgraded(record, an_instance(envs=envs(A="2", B="1"), handling=ignoring), shown(envs=envs(A="3", C="4")))

    assert by_key(found.envs) == {"A": "3", "C": "4"}
    assert after(Call.UPGRADE, record, an_instance(envs=envs(A="2"), handling=ignoring)).fields["envs"] == envs(A="1")


def test_a_secret_goes_out_revealed_and_is_recorded_sealed() -> None:
    """The body has the one, the instance the other."""
    instance = an_instance(command=seal("run"), envs=envs(TOKEN=seal("x")))
    body = {**instance.fields, "command": Revealed(text="run"), "envs": envs(TOKEN=Revealed(text="x"))}

    found = upgraded(a_record(), instance, shown(), body)

    assert (found.command, by_key(found.envs)) == (Revealed(text="run"), {"TOKEN": Revealed(text="x")})
    assert after(Call.UPGRADE, a_record(), instance).fields["command"] == seal("run")


@pytest.mark.parametrize(
    ("record", "instance", "named"),
    [
        (
            a_record(envs=envs(TOKEN=seal("x"))),
            an_instance(handling=Handling(ignore_changes=frozenset({"envs.TOKEN"}))),
            "`envs.TOKEN`",
        ),
        (
            a_record(command=seal("run")),
            an_instance(handling=Handling(ignore_changes=frozenset({"command"}))),
            "`command`",
        ),
        (a_record(), an_instance(command=seal("run")), "`command`"),
    ],
    ids=["ignored env", "ignored field", "not revealed"],
)
def test_a_seal_is_never_sent(record: Record, instance: Instance, named: str) -> None:
    """What only its seal is known of, and what the service does not show, can't be kept: nothing is sent."""
    found = sent(Call.UPGRADE, record, instance, shown())

    assert isinstance(found, Unsendable)
    assert named in found.reason


def test_nothing_is_sent_while_the_envs_are_not_shown() -> None:
    """An upgrade would clear what nobody can see."""
    assert isinstance(sent(Call.UPGRADE, a_record(), an_instance(), a_live()), Unsendable)


NONES = st.none()
TEXTS = st.sampled_from(["", "a", "b"])
ENVS = st.dictionaries(st.sampled_from(["A", "B", "C", "D"]), st.sampled_from(["1", "2"])).map(
    lambda values: envs(**values)
)


@given(desired=NONES | ENVS, recorded=NONES | ENVS, live=ENVS, skipped=st.sets(st.sampled_from(["A", "B", "C"])))
def test_every_env_of_an_upgrade_has_one_source(
    desired: tuple[Env, ...] | None,
    recorded: tuple[Env, ...] | None,
    live: tuple[Env, ...],
    skipped: set[str],
) -> None:
    """Ignored ones from what is live, else recorded; the spec's as desired; unknown ones as live; no other."""
    ignoring = Handling(ignore_changes=frozenset(f"envs.{key}" for key in skipped))
    instance = an_instance(handling=ignoring, **where_any("envs", desired))
    record = a_record(**where_any("envs", recorded))

    found = by_key(upgraded(record, instance, shown(envs=(*live, MARKER_ENV))).envs)

    wanted, ours, theirs = (by_key(side or ()) for side in (desired, recorded, live))
    for key in "ABCD":
        if key in skipped:
            expected = theirs.get(key, ours.get(key))
        else:
            expected = wanted.get(key, None if key in ours else theirs.get(key))
        assert found.get(key) == expected


@given(recorded=TEXTS, desired=NONES | TEXTS, live=NONES | TEXTS)
def test_every_text_of_an_upgrade_has_one_source(recorded: str, desired: str | None, live: str | None) -> None:
    """The spec's; nothing where the spec dropped it; else what is live."""
    instance = an_instance(**where_any("entrypoint", desired))
    record = a_record(**where_any("entrypoint", recorded or None))

    found = upgraded(record, instance, shown(**where_any("entrypoint", live))).entrypoint

    assert found == (desired if desired is not None else "" if recorded else live or "")


@given(desired=ENVS, recorded=ENVS, command=TEXTS, size=st.integers(60, 90), ports=st.sampled_from([(), (HTTP,)]))
def test_once_every_call_is_obeyed_nothing_is_left_to_do(
    desired: tuple[Env, ...], recorded: tuple[Env, ...], command: str, size: int, ports: tuple[Port, ...]
) -> None:
    """What the calls set is what the changes were about."""
    instance = an_instance(envs=desired, command=command, rootfsSize=size, ports=ports, month=1)
    record = a_record(envs=recorded)
    changes = comparison(record, instance, None, seal=seal).changes
    for call in calls_due(changes, (), desired=None, phase=None):
        record = after(call, record, instance)

    assert comparison(record, instance, None, seal=seal).changes == ()


def test_the_marker_is_kept_as_it_was_born() -> None:
    """The address at birth stays in it; one that is not ours, or is not there, becomes ours."""
    born = a_marker("elsewhere")
    kept = upgraded(a_record(), an_instance(), replace(shown(), trace=marked(born)))
    foreign = upgraded(a_record(), an_instance(), replace(shown(), trace=marked(a_marker(project="x", nonce="b" * 16))))
    none = upgraded(a_record(), an_instance(), replace(shown(), trace=None))

    assert (kept.marker, foreign.marker, none.marker) == (born, a_marker(), a_marker())


@pytest.mark.parametrize("mode", [MarkerMode.NAME, MarkerMode.OFF])
def test_a_machine_without_a_marker_in_its_envs_gets_none(mode: MarkerMode) -> None:
    """Nor one that was recorded without."""
    found = sent(Call.UPGRADE, a_record(), an_instance(), shown(), marker=mode)
    unmarked = upgraded(a_record(nonce=""), an_instance(), shown())

    assert isinstance(found, Upgrade)
    assert (found.marker, unmarked.marker) == (None, None)


def test_the_root_disk_is_kept_unless_told_otherwise() -> None:
    """`save` is the spec's to say."""
    assert upgraded(a_record(), an_instance(), shown()).save
    assert not upgraded(a_record(), an_instance(handling=Handling(save=False)), shown()).save


def test_only_what_an_upgrade_takes_from_the_spec_has_to_be_at_hand() -> None:
    """Not registry credentials, which it can't set, nor what is ignored."""
    missing = OutOfReach(refs=(SecretRef(kind="env", name="X"),))
    instance = an_instance(
        imageAuth=missing,
        command=missing,
        envs=envs(A="1", TOKEN=missing),
        handling=Handling(ignore_changes=frozenset({"command", "envs.TOKEN"})),
    )

    assert upgraded_fields(instance) == {"imageUrl": "pytorch/pytorch:latest", "envs": envs(A="1")}


# -- the others


@pytest.mark.parametrize(
    ("call", "fields", "expected"),
    [
        (Call.START, {}, Start(id="id-trainer")),
        (Call.STOP, {}, Stop(id="id-trainer")),
        (Call.CONVERT, {"billingMode": "monthly"}, Convert(id="id-trainer", months=1)),
        (Call.CONVERT, {"month": 3}, Convert(id="id-trainer", months=3)),
    ],
)
def test_the_short_calls_say_no_more_than_they_have_to(call: Call, fields: dict[str, Any], expected: Any) -> None:
    """A start, a stop, and months: one where the spec names no number."""
    assert expected == sent(call, a_record(), an_instance(**fields), a_live(), body={})


@pytest.mark.parametrize(
    "live",
    [a_live(billingMode="monthly"), replace(a_live(billingMode=""), end_time=1_900_000_000)],
    ids=["mode", "end"],
)
def test_months_are_not_paid_for_twice(live: LiveInstance) -> None:
    """Somebody else may have converted it since the plan was made."""
    assert isinstance(sent(Call.CONVERT, a_record(), an_instance(month=1), live), Unsendable)


@pytest.mark.parametrize("call", [Call.CREATE, Call.DELETE, Call.RESTART])
def test_other_calls_are_no_updates(call: Call) -> None:
    """Whoever asks for one is wrong."""
    with pytest.raises(Bug, match="is no update"):
        sent(call, a_record(), an_instance(), a_live())


def test_obeying_a_call_changes_its_own_fields_alone() -> None:
    """The others are for their own calls, and the rest of the record is for a note."""
    instance = an_instance(rootfsSize=80, imageUrl="b", month=1, gpuNum=2, source="other.yaml")
    for call in UPDATES:
        record = after(call, a_record(), instance)
        differing = {name for name in record.fields if record.fields[name] != a_record().fields.get(name)}
        assert differing <= set(SETS.get(call, ()))
        assert replace(record, fields=a_record().fields) == a_record()


def test_what_was_unknown_of_a_rebuilt_record_is_known_once_it_was_sent() -> None:
    """A field is never both."""
    record = replace(a_record(), unknown=frozenset({"month", "tools"}))

    assert after(Call.CONVERT, record, an_instance(month=1)).unknown == {"tools"}
