"""The body of a create call is the documented one, byte for byte."""

import json
from typing import Any

import pytest

from gpuspec.cloud.wire import CREATE_ORDER, create_body, secrets_of
from gpuspec.errors import Bug
from gpuspec.model.fields import FIELDS
from gpuspec.model.marker import MarkerMode
from gpuspec.model.secret import AnySecret, Literal, OutOfReach, Revealed, Sealed, Secret, SecretRef
from gpuspec.model.values import Env, Fields, Mount, Port, Tool
from gpuspec.ports import CreateRequest
from tests.builders.cloud import MARKER, a_request

# Source: Novita API reference, create instance, the example.
DOCUMENTED_EXAMPLE = """
{"name": "gpu-test", "productId": "26", "gpuNum": 1, "cpuNum": 0, "memory": 0, "diskSize": 60, "rootfsSize": 30,
 "imageUrl": "infrai/pytorch:2.2.1", "imageAuth": "", "ports": "8080/tcp,8081/http",
 "envs": [{"key": "test", "value": "test"}], "tools": [{"name": "Jupyter", "port": "8888", "type": "http"}],
 "command": "", "clusterId": "", "localStorageMountPoint": "/workspace",
 "networkStorages": [{"Id": "e797ce8f-f4ff-4b3b-b7a8-6972d96f46f2", "mountPoint": "/network_0"},
                     {"Id": "b924cdf5-82ec-4903-bdb2-74a03f2b0ae7", "mountPoint": "/network_1"}],
 "networkId": "18f1ff05-1370-45ce-a4c6-b58d5e8d547e", "kind": "gpu"}
"""
EXAMPLE_FIELDS: Fields = {
    "kind": "gpu",
    "name": "gpu-test",
    "productId": "26",
    "gpuNum": 1,
    "cpuNum": 0,
    "memory": 0,
    "diskSize": 60,
    "rootfsSize": 30,
    "imageUrl": "infrai/pytorch:2.2.1",
    "imageAuth": Revealed(text=""),
    "ports": (Port(number=8080, protocol="tcp"), Port(number=8081, protocol="http")),
    "envs": (Env(key="test", value="test"),),
    "tools": (Tool(name="Jupyter", port="8888", type="http"),),
    "command": "",
    "clusterId": "",
    "localStorageMountPoint": "/workspace",
    "networkStorages": (
        Mount(id="e797ce8f-f4ff-4b3b-b7a8-6972d96f46f2", mount_point="/network_0"),
        Mount(id="b924cdf5-82ec-4903-bdb2-74a03f2b0ae7", mount_point="/network_1"),
    ),
    "networkId": "18f1ff05-1370-45ce-a4c6-b58d5e8d547e",
}


def example(mode: MarkerMode) -> CreateRequest:
    return CreateRequest(address="gpu-test", fields=EXAMPLE_FIELDS, marker=MARKER, marker_mode=mode)


def test_the_documented_example_is_sent_as_documented() -> None:
    """Same keys, same values, same types, same order."""
    body = create_body(example(MarkerMode.OFF))
    assert json.dumps(body) == json.dumps(json.loads(DOCUMENTED_EXAMPLE))


def test_the_marker_is_the_last_env() -> None:
    """The spec's own entries keep their order; nothing else differs."""
    plain, marked = create_body(example(MarkerMode.OFF)), create_body(example(MarkerMode.ENV))
    entry = {"key": "GPUSPEC_REF", "value": "1:a1b2c3d4:demo/default/trainer#0123456789abcdef"}
    assert marked == {**plain, "envs": [{"key": "test", "value": "test"}, entry]}


def test_the_marker_makes_envs_where_there_are_none() -> None:
    """An instance without envs carries the marker alone."""
    assert create_body(a_request())["envs"] == [{"key": "GPUSPEC_REF", "value": MARKER.env_value}]


def test_the_marker_can_stand_in_the_name() -> None:
    """Then the envs are the spec's."""
    plain, marked = create_body(example(MarkerMode.OFF)), create_body(example(MarkerMode.NAME))
    assert marked == {**plain, "name": MARKER.in_name("gpu-test")}


def test_later_fields_and_switches_keep_their_types() -> None:
    """A switch is a JSON boolean, a count a JSON number."""
    request = a_request(
        marker_mode=MarkerMode.OFF, billingMode="monthly", month=2, autoRenew=True, minCudaVersion="12.4"
    )
    body = create_body(request)
    assert {name: body[name] for name in list(body)[-4:]} == {
        "billingMode": "monthly",
        "month": 2,
        "autoRenew": True,
        "minCudaVersion": "12.4",
    }


def test_every_documented_field_can_be_sent() -> None:
    """The order on the wire knows the fields of the field table, and no other."""
    assert set(CREATE_ORDER) == set(FIELDS)
    assert len(CREATE_ORDER) == len(FIELDS)


REF = SecretRef(kind="env", name="TOKEN")
HIDDEN = (Secret(parts=(Literal(text="hunter2"), REF)), Sealed(key_id="k", digest="d"), OutOfReach(refs=(REF,)))


@pytest.mark.parametrize("secret", HIDDEN, ids=lambda secret: type(secret).__name__)
def test_a_secret_that_was_not_revealed_is_a_bug(secret: AnySecret) -> None:
    """Nothing is sent in its place, and the message doesn't tell it."""
    with pytest.raises(Bug, match=r"secret in `envs\.TOKEN`") as caught:
        create_body(a_request(envs=(Env(key="TOKEN", value=secret),)))
    assert "hunter2" not in caught.value.message


def test_a_field_that_the_call_does_not_have_is_a_bug() -> None:
    """It would be dropped silently by the service."""
    with pytest.raises(Bug, match="no field imageUlr"):
        create_body(a_request(imageUlr="x"))


def test_a_name_that_can_carry_no_marker_is_a_bug() -> None:
    """Without the marker the instance could not be found again."""
    with pytest.raises(Bug, match="name"):
        create_body(a_request(marker_mode=MarkerMode.NAME, name=Revealed(text="x")))


def test_ports_elsewhere_are_a_bug() -> None:
    """Only `ports` is written as text."""
    with pytest.raises(Bug, match="holds a port"):
        create_body(a_request(tools=(Port(number=1, protocol="tcp"),)))


def test_revealed_secrets_are_sent_and_known() -> None:
    """What is sent in clear is known, so that it can be kept out of every message; a password also alone."""
    fields: dict[str, Any] = {
        "imageAuth": Revealed(text="bob:swordfish"),
        "command": Revealed(text="run --token t"),
        "entrypoint": Revealed(text=""),
        "envs": (Env(key="TOKEN", value=Revealed(text="hunter2")), Env(key="RUN", value="nightly")),
    }

    assert create_body(a_request(marker_mode=MarkerMode.OFF, **fields))["envs"] == [
        {"key": "TOKEN", "value": "hunter2"},
        {"key": "RUN", "value": "nightly"},
    ]
    assert set(secrets_of(fields)) == {"bob:swordfish", "swordfish", "run --token t", "hunter2"}
