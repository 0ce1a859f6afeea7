"""Instances are complete, in one form whatever the spelling, with defaults merged in."""

import pytest

from gpuspec.errors import Bug
from gpuspec.model.instance import Instance, Lifecycle, OnRemove
from gpuspec.model.secret import Literal, Secret, SecretRef
from gpuspec.model.values import Env, Mount, Port, Tool
from gpuspec.spec.build import build
from gpuspec.spec.layers import Merged, Written
from tests.builders.spec import NEEDED, a_spec, an_instance, spec_set

FLOW = ", ".join(f"{name}: {text}" for name, text in NEEDED.items())


def built(**fields: str) -> Instance:
    return spec_set(a_spec(**fields)).instances["a"]


def over(defaults: str, stanza: str) -> Instance:
    text = f"defaults: {{{FLOW}, {defaults}}}\ninstances: {{a: {{{stanza}}}}}\n"
    return spec_set(text).instances["a"]


def test_an_instance_is_complete() -> None:
    """What every request needs is there, the name being the address; `named` is what the user wrote."""
    expected = Instance(
        address="a",
        fields={
            "name": "a",
            "productId": "p",
            "gpuNum": 1,
            "diskSize": 60,
            "rootfsSize": 60,
            "imageUrl": "img",
            "ports": (),
            "command": "",
            "kind": "gpu",
        },
        named=frozenset(NEEDED),
        lifecycle=Lifecycle(),
        source="i.yaml",
    )

    assert built() == expected


@pytest.mark.parametrize("written", ["[80/tcp, 81/http]", '"80/tcp,81/http"', '" 80/tcp , 81/http "'])
def test_ports_have_one_form(written: str) -> None:
    """A list, or the API's text."""
    assert built(ports=written).fields["ports"] == (Port(number=80, protocol="tcp"), Port(number=81, protocol="http"))


@pytest.mark.parametrize("written", ["{A: b, C: d}", "[{key: A, value: b}, {value: d, key: C}]"])
def test_variables_have_one_form(written: str) -> None:
    """A map, or the API's list."""
    assert built(envs=written).fields["envs"] == (Env(key="A", value="b"), Env(key="C", value="d"))


@pytest.mark.parametrize(
    "written", ["[{Id: x, mountPoint: /a}]", "[{networkStorageId: x, networkStorageMountPoint: /a}]"]
)
def test_mounts_have_one_form(written: str) -> None:
    """Both documented spellings."""
    assert built(networkStorages=written).fields["networkStorages"] == (Mount(id="x", mount_point="/a"),)


def test_items_get_the_api_s_defaults() -> None:
    """A tool's port and type, a mount's folder."""
    fields = built(tools="[{name: Jupyter}]", networkStorages="[{Id: x}]").fields

    assert fields["tools"] == (Tool(name="Jupyter", port="8888", type="http"),)
    assert fields["networkStorages"] == (Mount(id="x", mount_point="/network"),)


def test_what_nobody_wrote_is_not_there() -> None:
    """The service decides about it; what is written empty stays so."""
    fields = built(clusterId='""', envs="{}").fields

    assert fields["clusterId"] == ""
    assert fields["envs"] == ()
    assert not {"billingMode", "month", "networkId", "tools"} & set(fields)


def test_fields_stand_in_the_table_s_order() -> None:
    """However they were written."""
    assert list(built(kind="gpu", name="z").fields)[:3] == ["name", "productId", "gpuNum"]


def test_secrets_are_values_of_their_own() -> None:
    """Credentials always, a variable if its name looks like it, any text that a secret touches."""
    fields = built(imageAuth="u:p", envs="{API_KEY: k, RUN: r, URL: \"x{{ secret('env:U') }}\"}").fields
    touched = Secret(parts=(Literal(text="x"), SecretRef(kind="env", name="U")))

    assert fields["imageAuth"] == Secret(parts=(Literal(text="u:p"),))
    assert fields["envs"] == (
        Env(key="API_KEY", value=Secret(parts=(Literal(text="k"),))),
        Env(key="RUN", value="r"),
        Env(key="URL", value=touched),
    )


def test_an_instance_goes_before_its_defaults() -> None:
    """Every field but variables and lifecycle is replaced whole."""
    instance = over("ports: [80/tcp], command: x", "ports: [81/tcp], gpuNum: 2, command: y")

    assert instance.fields["ports"] == (Port(number=81, protocol="tcp"),)
    assert (instance.fields["gpuNum"], instance.fields["command"]) == (2, "y")


def test_variables_merge_by_key_in_either_spelling() -> None:
    """In the order of the defaults, then of what is added; null takes one away."""
    instance = over("envs: {A: 'a', B: 'b', C: 'c'}", "envs: [{key: B, value: x}, {key: D, value: d}]")
    without = over("envs: [{key: A, value: a}, {key: B, value: b}]", "envs: {A: null}")

    assert instance.fields["envs"] == tuple(Env(key=key, value=value) for key, value in ("Aa", "Bx", "Cc", "Dd"))
    assert without.fields["envs"] == (Env(key="B", value="b"),)


def test_lifecycle_merges_by_key() -> None:
    """Null takes one away, and all of it."""
    defaults = "lifecycle: {protect: true, onRemove: stop}"

    assert over(defaults, "lifecycle: {onRemove: forget}").lifecycle == Lifecycle(
        protect=True, on_remove=OnRemove.FORGET
    )
    assert over(defaults, "lifecycle: {protect: null}").lifecycle == Lifecycle(on_remove=OnRemove.STOP)
    assert over(defaults, "lifecycle: null").lifecycle == Lifecycle()
    assert over("clusterId: x", "lifecycle: {protect: true}").lifecycle == Lifecycle(protect=True)


def test_null_removes_a_default() -> None:
    """The field counts as never written."""
    instance = over("clusterId: x, envs: {A: b}, command: c", "clusterId: null, envs: null, command: null")

    assert not {"clusterId", "envs", "command"} & instance.named
    assert "clusterId" not in instance.fields
    assert "envs" not in instance.fields
    assert instance.fields["command"] == ""


def test_what_defaults_say_is_named_too() -> None:
    """Drift in it is looked for."""
    assert "clusterId" in over("clusterId: x", "").named
    assert "envs" in over("envs: {A: b}", "").named


def test_instances_come_in_the_order_of_the_file() -> None:
    """As the user sorted them."""
    text = "instances:\n" + "".join(an_instance(address) for address in ("z", "a", "m"))

    assert list(spec_set(text).instances) == ["z", "a", "m"]


@pytest.mark.parametrize("field", ["gpuNum", "ports", "tools", "networkStorages"])
def test_what_was_not_checked_is_a_bug(field: str) -> None:
    """Building never guesses."""
    written = {field: Written(None, ("instances", "a", field)), "tools": Written([None], ())} | (
        {} if field == "tools" else {field: Written(1.5, ())}
    )
    unchecked = Merged(path=("instances", "a"), fields=written, envs={}, envs_path=None, lifecycle={})

    with pytest.raises(Bug):
        build({"a": unchecked}, source="")
