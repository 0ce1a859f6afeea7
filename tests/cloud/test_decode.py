"""Rows of the list and answers of GET: what they show is read, what they don't show is unknown."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpuspec.cloud.decode import live_instance
from gpuspec.cloud.status import PHASES, UNDER_WAY
from gpuspec.model.live import LiveInstance, Phase
from gpuspec.model.reach import Reach
from gpuspec.model.state import Call
from gpuspec.model.values import Env, Mount, Port
from tests.builders.cloud import MARKER, NONCE

REF = {"key": "GPUSPEC_REF", "value": MARKER.env_value}

# Source: Novita API reference, list instances and get instance, with the deviations that public clients report:
# numbers as text, empty text, fields beyond the documented ones.
ROW: dict[str, Any] = {
    "id": "0a1b2c3d4e5f6071",
    "name": "trainer",
    "clusterId": "us-ca-6",
    "clusterName": "US-CA-06 (California)",
    "status": "running",
    "imageUrl": "pytorch/pytorch:latest",
    "imageAuthId": "",
    "command": "",
    "entrypoint": "",
    "cpuNum": "16",
    "memory": "62",
    "gpuNum": "2",
    "portMappings": [{"port": 8080, "type": "tcp"}, {"port": "8081", "type": "HTTP", "endpoint": ""}],
    "productId": "4090.16c62g",
    "productName": "RTX 4090 24GB",
    "rootfsSize": 60,
    "volumeMounts": [
        {"type": "local", "size": "60", "mountPath": "/workspace"},
        {"type": "network", "size": 100, "id": "e797ce8f", "mountPath": "/data"},
    ],
    "statusError": {"state": "", "message": ""},
    "envs": [{"key": "RUN", "value": "nightly"}, REF, {"key": "N", "value": 3}],
    "kind": "gpu",
    "billingMode": "",
    "endTime": "-1",
    "spotStatus": "",
    "spotReclaimTime": "0",
    "createdAt": "1756959094",
    "network": {"id": "vpc-1", "ip": "10.0.0.2"},
    "sshPassword": "hunter2",
}


def seen(**changes: Any) -> LiveInstance:
    """The row with these changes, read; a key that is None is left out."""
    row = {name: value for name, value in {**ROW, **changes}.items() if value is not None}
    instance = live_instance(row)
    assert instance is not None
    return instance


def test_a_whole_row_is_read() -> None:
    """Everything that a spec could have asked for comes in the model's forms; what the service chose does not."""
    assert seen() == LiveInstance(
        id="0a1b2c3d4e5f6071",
        name="trainer",
        status="running",
        phase=Phase.RUNNING,
        fields={
            "name": "trainer",
            "productId": "4090.16c62g",
            "gpuNum": 2,
            "rootfsSize": 60,
            "imageUrl": "pytorch/pytorch:latest",
            "imageAuthId": "",
            "ports": (Port(number=8080, protocol="tcp"), Port(number=8081, protocol="http")),
            "envs": (Env(key="RUN", value="nightly"), Env(key="N", value="3")),
            "command": "",
            "entrypoint": "",
            "clusterId": "us-ca-6",
            "networkStorages": (Mount(id="e797ce8f", mount_point="/data"),),
            "networkId": "vpc-1",
            "kind": "gpu",
            "billingMode": "",
        },
        envs_shown=True,
        trace=MARKER.trace.__class__(nonce=NONCE, birthplace=MARKER.birthplace, marker=MARKER),
        status_error="",
        created_at=1756959094,
        endpoints=("https://0a1b2c3d4e5f6071-8081.us-ca-6.gpu-instance.novita.ai",),
        reach=Reach(urls=("https://0a1b2c3d4e5f6071-8081.us-ca-6.gpu-instance.novita.ai",)),
        under_way=None,
        jobs=None,
        end_time=0,
    )


def test_a_row_with_an_id_alone_shows_nothing_else() -> None:
    """What is absent is unknown, never empty."""
    instance = live_instance({"id": "0a1b"})
    assert instance == LiveInstance(id="0a1b", name="", status="", phase=Phase.UNKNOWN, fields={}, envs_shown=False)


@pytest.mark.parametrize("value", [None, "", " ", "a b", "a/b", "a\nb", "-x", [], {}, True, -1, 1.5, "x" * 129])
def test_a_row_without_a_usable_id_is_none(value: object) -> None:
    """It can't be told apart from others, so that no list with it is whole."""
    assert live_instance({**ROW, "id": value}) is None


def test_a_numeric_id_is_text() -> None:
    """Other parts of the API number their things."""
    assert seen(id=107672).id == "107672"


def test_an_empty_list_is_shown_and_a_missing_one_is_unknown() -> None:
    """`[]` says that there is none; nothing, or null, says nothing."""
    empty = seen(envs=[], portMappings=[], volumeMounts=[])
    silent = seen(envs=None, portMappings=None, volumeMounts=None)

    assert [empty.fields[name] for name in ("envs", "ports", "networkStorages")] == [(), (), ()]
    assert silent.fields.keys() & {"envs", "ports", "networkStorages"} == set()
    assert (empty.envs_shown, silent.envs_shown) == (True, False)


WRONG: dict[str, tuple[str, object]] = {
    "a number as name": ("name", 5),
    "a word as count": ("gpuNum", "two"),
    "a broken count": ("gpuNum", 1.5),
    "a switch as count": ("rootfsSize", True),
    "a number of 5000 digits": ("rootfsSize", "9" * 5000),
    "a list as image": ("imageUrl", []),
    "text as network": ("network", "vpc-1"),
    "a network without id": ("network", {"ip": "10.0.0.2"}),
    "text as ports": ("portMappings", "8080/tcp"),
    "a port that is none": ("portMappings", [{"port": 0, "type": "tcp"}]),
    "a port without type": ("portMappings", [{"port": 1}]),
    "a list of text as ports": ("portMappings", ["8080/tcp"]),
    "an env without key": ("envs", [{"value": "x"}]),
    "an env that is a list": ("envs", [{"key": "K", "value": ["x"]}]),
    "envs as a map": ("envs", {"K": "V"}),
    "a mount without id": ("volumeMounts", [{"type": "network", "mountPath": "/data"}]),
}
FIELD_OF = {"network": "networkId", "portMappings": "ports", "volumeMounts": "networkStorages"}


@pytest.mark.parametrize("name", WRONG)
def test_a_value_of_the_wrong_type_is_unknown(name: str) -> None:
    """The field is left out, the rest of the row is read, and nothing fails."""
    key, value = WRONG[name]
    assert set(seen().fields) - set(seen(**{key: value}).fields) == {FIELD_OF.get(key, key)}


def test_envs_that_are_half_readable_show_no_marker_and_hide_none() -> None:
    """A marker may stand in the part that can't be read; one in the other part is found."""
    hidden, found = seen(envs=[{"key": "K", "value": []}]), seen(envs=[{"key": "K", "value": []}, REF])
    assert (hidden.envs_shown, hidden.trace) == (False, None)
    assert found.trace is not None


@pytest.mark.parametrize("text", ["******", "", "hello", "1:a1b2c3d4:demo/default/trainer#"])
def test_a_marker_entry_without_a_marker_hides_it(text: str) -> None:
    """A service that masks values hides ours; the entry is no env of the spec either way."""
    instance = seen(envs=[{"key": "GPUSPEC_REF", "value": text}])
    assert (instance.envs_shown, instance.trace, instance.fields["envs"]) == (False, None, ())


def test_a_marker_in_the_name_is_read_and_taken_out() -> None:
    """The field has the spec's name, the instance the name as shown."""
    instance = seen(name=MARKER.in_name("trainer"), envs=[])
    assert instance.trace == MARKER.trace
    assert instance.name == MARKER.in_name("trainer")
    assert instance.fields["name"] == "trainer"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ({"state": "failed", "message": "pull\x1b error"}, "failed: pull error"),
        ({"state": "failed"}, "failed"),
        ({"message": 5}, ""),
        ("broken", "broken"),
        ([], ""),
    ],
)
def test_a_status_error_is_one_line(shown: object, expected: str) -> None:
    """State and message, as far as they are text."""
    assert seen(statusError=shown).status_error == expected


@pytest.mark.parametrize(
    ("shown", "expected"), [("1756959094", 1756959094), (1756959094.0, 1756959094), ("0", None), ("", None), ({}, None)]
)
def test_a_time_of_creation_is_seconds(shown: object, expected: int | None) -> None:
    """ "0" is the service's word for never."""
    assert seen(createdAt=shown).created_at == expected


@pytest.mark.parametrize(
    ("shown", "expected"),
    [("1756959094", 1756959094), (1756959094, 1756959094), ("-1", 0), (-1, 0), ("0", 0), ("", None), ([], None)],
)
def test_an_end_is_seconds_or_none_at_all(shown: object, expected: int | None) -> None:
    """ "-1" is the service's word for what is paid as it goes; what can't be read is neither."""
    assert seen(endTime=shown).end_time == expected


@pytest.mark.parametrize(
    ("shown", "expected"),
    [([], 0), ([{"id": "j1", "type": "saveImage"}], 1), (["j1", "j2"], 2), (None, None), ({}, None), ("", None)],
)
def test_jobs_are_counted_where_they_are_shown(shown: object, expected: int | None) -> None:
    """Whatever a job looks like, it is one."""
    assert seen(jobs=shown).jobs == expected


def test_a_status_tells_the_call_that_is_carried_out() -> None:
    """Each status on the way to another is one of a call; those at rest, and the service's own, are of none."""
    assert {call: [status for status, of in UNDER_WAY.items() if of is call] for call in Call} == {
        Call.CREATE: ["toCreate", "creating", "pulling"],
        Call.DELETE: ["toRemove", "removing"],
        Call.START: ["toStart", "starting"],
        Call.STOP: ["toStop", "stopping"],
        Call.RESTART: ["toRestart", "restarting"],
        Call.EDIT: [],
        Call.UPGRADE: ["toReset", "resetting"],
        Call.CONVERT: [],
    }
    assert UNDER_WAY.keys() < PHASES.keys()
    assert [seen(status=status).under_way for status in ("running", "migrating", "pending", "odd")] == [None] * 4
    assert seen(status="toReset").under_way is Call.UPGRADE


@pytest.mark.parametrize("status", PHASES)
def test_a_documented_status_has_a_phase(status: str) -> None:
    """And that is none of those that prove nothing."""
    assert seen(status=status).phase is not Phase.UNKNOWN


def test_the_phases_of_the_documented_statuses() -> None:
    """All others are on their way from one of these to another."""
    quiet = {status: phase for status, phase in PHASES.items() if phase is not Phase.BUSY}
    assert quiet == {
        "running": Phase.RUNNING,
        "exited": Phase.STOPPED,
        "toRemove": Phase.LEAVING,
        "removing": Phase.LEAVING,
        "removed": Phase.REMOVED,
    }


@pytest.mark.parametrize("status", ["Running", "failed", "", 5, [], "x\x1b[2Jy"])
def test_any_other_status_is_unknown(status: object) -> None:
    """Nothing is concluded from it, and it is fit to be shown."""
    instance = seen(status=status)
    assert instance.phase is Phase.UNKNOWN
    assert "\x1b" not in instance.status


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from([*ROW, "connectComponentSSH", "sshCommand", "jobs"])
ITEM = st.dictionaries(st.sampled_from(["key", "value", "port", "type", "endpoint", "id", "mountPath", "state"]), JSON)


@given(changes=st.dictionaries(KEYS, JSON | st.lists(ITEM, max_size=3) | ITEM))
def test_no_row_whatsoever_raises(changes: dict[str, Any]) -> None:
    """Whatever JSON stands in a row, reading it gives an instance or None."""
    assert isinstance(live_instance({**ROW, **changes}), LiveInstance | None)


def test_an_env_value_is_not_repeated_in_what_went_wrong() -> None:
    """The service may quote the container's environment; a short value is a word like others."""
    envs = [{"key": "HF_TOKEN", "value": "hf_canary_1234"}, {"key": "N", "value": "one"}]
    shown = {"state": "failed", "message": "one login with hf_canary_1234 failed"}

    assert seen(statusError=shown, envs=envs).status_error == "failed: one login with (secret) failed"
    assert seen(statusError="hf_canary_1234?", envs=envs).status_error == "(secret)?"
