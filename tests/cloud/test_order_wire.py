"""The bodies of the calls on an instance are the documented ones."""

import json

import pytest

from gpuspec.cloud.client import NovitaCloud
from gpuspec.cloud.order_wire import order_body, order_secrets
from gpuspec.errors import Bug
from gpuspec.model.answer import Rejected
from gpuspec.model.marker import ENV_KEY
from gpuspec.model.order import Convert, Delete, Edit, OrderRequest, Restart, Start, Stop, call_of
from gpuspec.model.secret import AnySecret, Literal, OutOfReach, Revealed, Sealed, Secret
from gpuspec.model.state import Call
from gpuspec.model.values import Env, Port
from tests.builders.cloud import MARKER, a_cloud, an_upgrade, every_order
from tests.builders.wire_server import a_server, http, says

ID = "0a1b2c3d4e5f6071"
PREFIX = "/gpu-instance/openapi/v1/gpu/instance/"


@pytest.mark.parametrize("request_", [Delete(id=ID), Start(id=ID), Stop(id=ID), Restart(id=ID)], ids=call_of)
def test_a_plain_call_names_its_instance(request_: OrderRequest) -> None:
    """And nothing else."""
    assert order_body(request_) == {"instanceId": ID}
    assert order_secrets(request_) == ()


def test_an_edit_lists_all_ports_and_what_the_disk_gains() -> None:
    """Ports are objects here, and the size is what is added."""
    request = Edit(id=ID, ports=(Port(number=8080, protocol="tcp"), Port(number=8081, protocol="http")), grow_gb=20)

    assert order_body(request) == {
        "instanceId": ID,
        "ports": [{"port": 8080, "type": "tcp"}, {"port": 8081, "type": "http"}],
        "expandRootDisk": 20,
    }


def test_an_edit_that_closes_every_port_says_so() -> None:
    """An absent list might mean that they stay."""
    assert order_body(Edit(id=ID, ports=())) == {"instanceId": ID, "ports": [], "expandRootDisk": 0}


def test_an_upgrade_has_every_parameter() -> None:
    """Those that are empty too, and the marker after the envs."""
    request = an_upgrade(ID, image_auth_id="", entrypoint="", mounts=(), save=False)

    assert order_body(request) == {
        "instanceId": ID,
        "imageUrl": "pytorch/pytorch:2.7",
        "imageAuthId": "",
        "envs": [{"key": "RUN", "value": "weekly"}, {"key": ENV_KEY, "value": MARKER.env_value}],
        "command": "run",
        "entrypoint": "",
        "save": False,
        "networkVolume": {"volumeMounts": []},
    }


def test_an_upgrade_mounts_by_type_id_and_path() -> None:
    """In the spelling of this call."""
    volumes = order_body(an_upgrade(ID))["networkVolume"]

    assert volumes == {"volumeMounts": [{"type": "network", "id": "vol-1", "mountPath": "/data"}]}


def test_an_upgrade_without_a_marker_sends_none() -> None:
    """Where the name carries it, or nothing does."""
    assert order_body(an_upgrade(ID, marker=None))["envs"] == [{"key": "RUN", "value": "weekly"}]


def test_a_marker_among_the_envs_is_a_bug() -> None:
    """Two of them, and nobody knows whose the machine is."""
    with pytest.raises(Bug, match="marker of their own"):
        order_body(an_upgrade(ID, envs=(Env(key=ENV_KEY, value="x"),)))


def test_a_conversion_says_for_how_many_months() -> None:
    """At least one."""
    assert order_body(Convert(id=ID, months=3)) == {"instanceId": ID, "month": 3}
    with pytest.raises(Bug, match="0 months ahead"):
        order_body(Convert(id=ID, months=0))


def test_a_disk_never_shrinks() -> None:
    """It would be taken for something else."""
    with pytest.raises(Bug, match="shrink by 5 GB"):
        order_body(Edit(id=ID, ports=(), grow_gb=-5))


def test_revealed_secrets_are_sent_and_known() -> None:
    """Wherever one may stand in an upgrade."""
    request = an_upgrade(
        ID,
        envs=(Env(key="TOKEN", value=Revealed(text="hunter2")), Env(key="RUN", value="nightly")),
        command=Revealed(text="run --token t"),
        entrypoint=Revealed(text=""),
    )

    body = order_body(request)
    assert (body["command"], body["entrypoint"]) == ("run --token t", "")
    assert {"key": "TOKEN", "value": "hunter2"} in body["envs"]  # type: ignore[operator]
    assert set(order_secrets(request)) == {"hunter2", "run --token t"}
    assert "hunter2" not in repr(request)


@pytest.mark.parametrize(
    "secret",
    [Secret(parts=(Literal(text="hunter2"),)), Sealed(key_id="k", digest="hunter2"), OutOfReach(refs=())],
    ids=lambda secret: type(secret).__name__,
)
@pytest.mark.parametrize("where", ["command", "entrypoint", "envs.TOKEN"])
def test_a_secret_that_was_not_revealed_is_a_bug(secret: AnySecret, where: str) -> None:
    """Nothing is sent in its place, and the message doesn't tell it."""
    changes = {"envs": (Env(key="TOKEN", value=secret),)} if where == "envs.TOKEN" else {where: secret}

    with pytest.raises(Bug, match=f"secret in `{where}`") as caught:
        order_body(an_upgrade(ID, **changes))
    assert "hunter2" not in caught.value.message


def test_there_is_a_request_for_every_call_but_create() -> None:
    """And each has a body that can be sent."""
    assert {call_of(request) for request in every_order()} == set(Call) - {Call.CREATE}
    assert all(json.dumps(order_body(request)) for request in every_order())


PATHS = {
    Call.DELETE: "delete",
    Call.START: "start",
    Call.STOP: "stop",
    Call.RESTART: "restart",
    Call.EDIT: "edit",
    Call.UPGRADE: "upgrade",
    Call.CONVERT: "transToMonthlyInstance",
}


@pytest.mark.anyio
@pytest.mark.parametrize("request_", every_order(), ids=call_of)
async def test_each_call_goes_to_its_path_once(request_: OrderRequest) -> None:
    """As a POST with its body, also when the answer is a fault that a read would be repeated for."""
    async with a_server(says(http(503))) as server, a_cloud(server.origin) as cloud:
        await cloud.order(request_)

    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", PREFIX + PATHS[call_of(request_)])
    assert json.loads(asked.content) == order_body(request_)


async def _said(cloud: NovitaCloud) -> str:
    request = an_upgrade(
        ID, command=Revealed(text="run --token swordfish"), envs=(Env(key="T", value=Revealed(text="hunter2")),)
    )
    answer = await cloud.order(request)
    assert isinstance(answer, Rejected)
    return answer.message


@pytest.mark.anyio
async def test_a_secret_that_the_service_repeats_is_masked() -> None:
    """In the message of a refusal, and in the lines of `--debug`, which name fields alone."""
    lines: list[str] = []
    refusal = {"code": 400, "reason": "VALIDATOR_PARAM", "message": "bad hunter2 in run --token swordfish"}
    async with a_server(says(http(400, refusal))) as server, a_cloud(server.origin, debug=lines.append) as cloud:
        said = await _said(cloud)

    (line,) = lines
    assert said == "bad (secret) in (secret)"
    assert "hunter2" not in line
    assert "swordfish" not in line
    assert "POST /gpu-instance/openapi/v1/gpu/instance/upgrade -> 400 VALIDATOR_PARAM" in line
    assert "{instanceId, imageUrl, imageAuthId, envs[2], command, entrypoint, save, networkVolume}" in line
