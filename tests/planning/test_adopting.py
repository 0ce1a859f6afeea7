"""What the record of an adopted instance holds, and which instances can't be adopted."""

from dataclasses import replace
from typing import Any

import pytest

from gpuspec.model.adoption import Adoption
from gpuspec.model.instance import Instance
from gpuspec.model.live import LiveInstance, Phase
from gpuspec.model.marker import MarkerMode
from gpuspec.model.secret import OutOfReach, SecretRef
from gpuspec.model.state import Released, State
from gpuspec.model.values import Mount, Port, Tool
from gpuspec.planning.adopting import address_refusal, adoption, instance_refusal, marker_notes, nonce_of
from tests.builders.planning import (
    BIRTH,
    a_live,
    a_marker,
    a_record,
    a_state,
    a_tombstone,
    an_instance,
    an_intent,
    envs,
    marked,
    seal,
)

B = "00000000000000bb"
AUTH = OutOfReach(refs=(SecretRef(kind="env", name="AUTH"),))
LIVE: dict[str, Any] = {
    "name": "trainer",
    "productId": "4090.16c62g",
    "gpuNum": 1,
    "rootfsSize": 60,
    "imageUrl": "pytorch/pytorch:latest",
    "ports": (),
    "envs": (),
    "command": "",
    "entrypoint": "",
    "imageAuthId": "",
    "kind": "gpu",
    "clusterId": "us-ca-6",
    "billingMode": "",
}


def adopted(instance: Instance, **shown: Any) -> Adoption:
    """The adoption of an instance that shows this; None hides a field."""
    fields = {name: value for name, value in {**LIVE, **shown}.items() if value is not None}
    live = replace(a_live("i-1"), fields=fields, envs_shown="envs" in fields)
    return adoption(instance, live, nonce=B, at=9.0, seal=seal)


def test_what_is_shown_is_recorded_and_the_rest_is_the_specs() -> None:
    """An empty text that can't be cleared says nothing; a field that only the API has is recorded too."""
    made = adopted(an_instance(billingMode="onDemand", cpuNum=16))

    assert made.record.fields["clusterId"] == "us-ca-6"
    assert made.record.fields["billingMode"] == "onDemand"
    assert "entrypoint" not in made.record.fields
    assert made.assumed == ("cpuNum", "diskSize", "billingMode")
    assert (made.record.id, made.record.nonce, made.record.source) == ("i-1", B, "instances.yaml")
    assert (made.record.ready, made.record.created_at, made.record.updated_at) == (True, 9.0, 9.0)
    assert made.record.shown["gpuNum"] == 1
    assert made.changes == ()


def test_the_service_says_when_it_was_made() -> None:
    """Where it says nothing, it was made when it was recorded."""
    live = replace(a_live("i-1", phase=Phase.STOPPED, **LIVE), created_at=7)
    record = adoption(an_instance(), live, nonce=B, at=9.0, seal=seal).record

    assert (record.created_at, record.updated_at, record.ready) == (7.0, 9.0, False)


def test_lists_keep_the_specs_order_where_they_are_equal() -> None:
    """So that nothing seems to change by being recorded."""
    ports = (Port(number=1, protocol="tcp"), Port(number=2, protocol="http"))
    mounts = (Mount(id="a", mount_point="/a"), Mount(id="b", mount_point="/b"))
    instance = an_instance(ports=ports, networkStorages=mounts, envs=envs(A="1", B="2"))
    made = adopted(instance, ports=ports[::-1], networkStorages=mounts[::-1], envs=envs(B="2", A="1"))

    assert all(made.record.fields[name] == instance.fields[name] for name in ("ports", "networkStorages", "envs"))
    assert made.changes == ()


@pytest.mark.parametrize("also_a_port", [False, True])
def test_the_port_of_a_tool_is_no_port_of_the_instance(also_a_port: bool) -> None:
    """Unless the spec has it among the ports as well."""
    port, tool = Port(number=8888, protocol="http"), Tool(name="Jupyter", port="8888", type="http")
    made = adopted(an_instance(tools=(tool,), ports=(port,) if also_a_port else ""), ports=(port,))

    assert made.record.fields["ports"] == ((port,) if also_a_port else "")
    assert "tools" in made.assumed
    assert made.changes == ()


def test_envs_that_are_not_shown_are_the_specs() -> None:
    """A service that masks or hides them tells nothing of them."""
    live = replace(a_live("i-1", **{**LIVE, "envs": envs(RUN="***")}), envs_shown=False)
    made = adoption(an_instance(envs=envs(RUN="nightly")), live, nonce=B, at=9.0, seal=seal)

    assert made.record.fields["envs"] == envs(RUN="nightly")
    assert "envs" in made.assumed


def test_what_is_secret_is_recorded_sealed() -> None:
    """By the spec, or by its name; a secret that is not at hand is what the API shows."""
    instance = an_instance(command=seal("run"), envs=envs(A=seal("a"), B=AUTH))
    made = adopted(instance, command="run", envs=envs(A="a", B="b", DB_PASSWORD="p", C="c"))

    assert made.record.fields["command"] == seal("run")
    assert made.record.fields["envs"] == envs(A=seal("a"), B=seal("b"), DB_PASSWORD=seal("p"), C="c")
    assert made.record.shown["envs"] == made.record.fields["envs"]
    assert [change.field for change in made.changes] == ["envs.B", "envs.DB_PASSWORD", "envs.C"]


def test_a_secret_that_is_out_of_reach_and_not_shown_stays_so() -> None:
    """Whoever records it has to say that it is missing."""
    assert adopted(an_instance(imageAuth=AUTH)).record.fields["imageAuth"] == AUTH


OWN, ELSEWHERE = marked(a_marker("trainer", nonce=B)), marked(a_marker("trainer", nonce=B, project="web"))


@pytest.mark.parametrize(
    ("state", "address", "reason"),
    [
        (a_state(), "trainer", ""),
        (a_state(a_record()), "trainer", "recorded-already"),
        (
            replace(a_state(a_record("web")), records={"web": replace(a_record("web"), id="i-1")}),
            "a",
            "recorded-already",
        ),
        (
            replace(a_state(), records={"web": replace(a_record("web"), outgoing=("i-1",))}),
            "a",
            "recorded-already",
        ),
        (a_state(intents={B: an_intent("trainer", nonce=B)}), "trainer", "open-intent"),
    ],
)
def test_an_address_or_id_that_is_taken_is_refused(state: State, address: str, reason: str) -> None:
    """Before anything is asked."""
    refusal = address_refusal(state, address, "i-1")

    assert ("" if refusal is None else refusal.reason) == reason


@pytest.mark.parametrize(
    ("state", "live", "reason"),
    [
        (a_state(), a_live("i-1"), ""),
        (a_state(), a_live("i-1", phase=Phase.LEAVING), "leaving"),
        (a_state(), a_live("i-1", phase=Phase.REMOVED), "leaving"),
        (a_state(intents={B: an_intent("web", nonce=B)}), a_live("i-1", trace=OWN), "open-intent"),
        (a_state(), a_live("i-1", trace=OWN), ""),
        (a_state(), a_live("i-1", trace=ELSEWHERE), "other-marker"),
        (a_state(), a_live("i-1", trace=marked(a_marker(lineage="11111111"))), "other-marker"),
        (a_state(), a_live("i-1", trace=marked(a_marker("trainer"), in_name=True)), ""),
        (a_state(), a_live("i-1", trace=marked(a_marker("gone"), in_name=True)), "other-marker"),
        (
            a_state(tombstones={B: a_tombstone("gone", nonce=B)}),
            a_live("i-1", trace=marked(a_marker("gone"), in_name=True)),
            "",
        ),
        (
            a_state(released={"x": Released(id="x", address="gone", at=1.0, reason="gone")}),
            a_live("i-1", trace=marked(a_marker("gone"), in_name=True)),
            "",
        ),
    ],
)
def test_which_instances_may_be_recorded(state: State, live: LiveInstance, reason: str) -> None:
    """Another state's marker is no reason once its owner is known to have let go."""
    refusal = instance_refusal(live, state, ["trainer"], take_over=False)
    taken = instance_refusal(live, state, ["trainer"], take_over=True)

    assert ("" if refusal is None else refusal.reason) == reason
    assert (taken is None) is (reason in {"", "other-marker"})


def test_the_nonce_is_the_markers_if_this_state_gave_it() -> None:
    """And no record has it: an image of an instance may carry the marker of the one that it was made of."""
    named = replace(BIRTH, marker=MarkerMode.NAME)

    assert nonce_of(a_live("i-1", trace=OWN), a_state(), ()) == B
    assert nonce_of(a_live("i-1", trace=replace(OWN, marker=None)), a_state(birth=named), ["trainer"]) == B
    assert nonce_of(a_live("i-1", trace=OWN), a_state(a_record("web", nonce=B)), ()) == ""
    assert nonce_of(a_live("i-1", trace=ELSEWHERE), a_state(), ()) == ""
    assert nonce_of(a_live("i-1"), a_state(), ()) == ""


def test_what_a_marker_says_is_told() -> None:
    """Of another state, or of another address."""
    web = a_live("i-1", trace=marked(a_marker("web")))

    assert list(marker_notes(a_live("i-1"), "trainer", BIRTH)) == []
    assert list(marker_notes(a_live("i-1", trace=OWN), "trainer", BIRTH)) == []
    assert list(marker_notes(web, "trainer", BIRTH)) == ["It was made as `web`."]
    assert list(marker_notes(a_live("i-1", trace=ELSEWHERE), "trainer", BIRTH)) == [
        "It was made by another state, as `trainer` of web/default; that state must forget it."
    ]
