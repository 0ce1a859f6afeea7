"""The shapes and limits of what the mutating calls take.

Source: Novita API reference, "Create GPU instance", "Edit GPU instance", "Upgrade GPU instance".
"""

from dataclasses import dataclass

from gpuspec.simulator.body import Body
from gpuspec.simulator.catalogue import ALL_METHODS
from gpuspec.simulator.instance import Asked
from gpuspec.simulator.refusals import bad_parameter

RESERVED_PORTS = frozenset({2222, 2223, 2224})
PORT_TYPES = ("tcp", "http")
MOST_PORTS = 15
MOST_ENVS = 100
MOST_MOUNTS = 30
SMALLEST_ROOTFS_GB = 10
LARGEST_ROOTFS_GB = 6144
# Where the documentation has no limit, a number ends with 32 bits.
LARGEST_NUMBER = 2**31 - 1

Ports = tuple[tuple[int, str], ...]
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What an edit call asks for: `ports` replace all that there were, or None leaves them; `more_gb` are added."""

    ports: Ports | None
    more_gb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """What an upgrade call asks for; everything in it replaces what there was."""

    image: str
    image_auth_id: str
    command: str
    entrypoint: str
    envs: Pairs
    mounts: Pairs


def asked_by(body: Body, *, seed_fields: bool = False) -> Asked:
    """What a create call asks for.

    Args:
        seed_fields: Also require what the call's first documentation required.

    Raises:
        Refusal: VALIDATOR_PARAM, for the first field that breaks a rule.
    """
    body.require("productId", "gpuNum", "rootfsSize", "imageUrl", "kind")
    if seed_fields:
        body.require("name", "diskSize", "ports", "command")
    _check_unread(body)
    ports, tools = _ports_in_text(body.text("ports", longest=1023)), _tools(body)
    check_count(ports, tools)
    billing_mode, months = _billing(body)
    return Asked(
        name=body.text("name", longest=255),
        product_id=body.text("productId", shortest=1, longest=255),
        gpu_num=body.whole("gpuNum", least=1, most=8),
        cluster_id=body.text("clusterId", longest=255),
        rootfs_gb=max(body.whole("rootfsSize", least=0, most=LARGEST_ROOTFS_GB), SMALLEST_ROOTFS_GB),
        local_gb=body.whole("diskSize", least=0, most=LARGEST_NUMBER),
        local_mount=body.text("localStorageMountPoint", longest=4095),
        image=body.text("imageUrl", shortest=1, longest=500),
        image_auth_id=body.text("imageAuthId", longest=255),
        command=body.text("command", longest=2047),
        entrypoint=body.text("entrypoint", longest=2047),
        ports=ports,
        tools=tools,
        envs=_envs(body),
        mounts=_mounts(body),
        network_id=body.text("networkId", longest=255),
        billing_mode=billing_mode,
        months=months,
        auto_renew=_auto_renew(body, billing_mode=billing_mode),
        min_cuda_version=body.text("minCudaVersion", longest=255),
    )


def edit_by(body: Body) -> Edit:
    """What an edit call asks for; whether it fits the instance is judged elsewhere."""
    ports = _ports_in_records(body) if body.has("ports") else None
    return Edit(ports=ports, more_gb=body.whole("expandRootDisk", least=0, most=LARGEST_ROOTFS_GB))


def upgrade_by(body: Body) -> Upgrade:
    """What an upgrade call asks for: "all parameters must be provided in full"."""
    body.require("imageUrl", "envs", "command", "save", "networkVolume")
    body.flag("save")
    volume = body.record("networkVolume")
    volume.require("volumeMounts")
    return Upgrade(
        image=body.text("imageUrl", shortest=1, longest=500),
        image_auth_id=body.text("imageAuthId", longest=255),
        command=body.text("command", longest=2047),
        entrypoint=body.text("entrypoint", longest=2047),
        envs=_envs(body),
        mounts=_volume_mounts(volume),
    )


def check_saving(body: Body) -> None:
    """Refuse a call that saves an image without a name for it."""
    body.require("image")
    body.text("image", shortest=1, longest=500)
    body.text("registryAuthId", longest=255)


def months_by(body: Body) -> int:
    """How many months a billing call asks for."""
    body.require("month")
    return body.whole("month", least=1, most=LARGEST_NUMBER)


def check_count(ports: Ports, tools: Ports) -> None:
    """Refuse more ports and tools than an instance may have."""
    if len(ports) + len(tools) > MOST_PORTS:
        raise bad_parameter(f"ports and tools must be at most {MOST_PORTS} in total, not {len(ports) + len(tools)}")


def _check_unread(body: Body) -> None:
    """Check the fields that leave nothing behind in an instance: what they say can't be read back."""
    body.choice("kind", among=("gpu",))
    body.text("imageAuth", longest=10_239)
    body.whole("cpuNum", least=0, most=LARGEST_NUMBER)
    body.whole("memory", least=0, most=LARGEST_NUMBER)
    body.whole("autoRenewMonth", least=1, most=12)


def _billing(body: Body) -> tuple[str, int]:
    """The way of billing, and for how many months: to name months is to ask for monthly billing."""
    mode = body.choice("billingMode", among=ALL_METHODS, default="onDemand")
    months = body.whole("month", least=0, most=LARGEST_NUMBER)
    if months or mode == "monthly":
        return "monthly", max(months, 1)
    return mode, 0


def _ports_in_text(text: str) -> Ports:
    return tuple(_port_in_text(item) for item in text.split(",")) if text else ()


def _port_in_text(item: str) -> tuple[int, str]:
    number, slash, kind = item.partition("/")
    if not slash or kind not in PORT_TYPES:
        raise bad_parameter(f"ports: {item!r} is not a port and a type, like 8080/http")
    return _port(number), kind


def _port(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0
    return _checked_port(number, text)


def _checked_port(number: int, text: str) -> int:
    if not 1 <= number <= 65_535:
        raise bad_parameter(f"{text!r} is not a port from 1 to 65535")
    if number in RESERVED_PORTS:
        raise bad_parameter(f"port {number} is reserved")
    return number


def _ports_in_records(body: Body) -> Ports:
    def port_of(item: Body) -> tuple[int, str]:
        number = item.whole("port", least=0, most=1_000_000)
        return _checked_port(number, str(number)), item.choice("type", among=PORT_TYPES)

    return tuple(port_of(item) for item in body.records("ports", most=MOST_PORTS))


def _tools(body: Body) -> Ports:
    def tool_of(item: Body) -> tuple[int, str]:
        item.choice("name", among=("Jupyter",))
        return _port(item.text("port", longest=5)), item.choice("type", among=PORT_TYPES)

    return tuple(tool_of(item) for item in body.records("tools", most=MOST_PORTS))


def _envs(body: Body) -> Pairs:
    items = body.records("envs", most=MOST_ENVS)
    return tuple((item.text("key", longest=511), item.text("value", longest=4095)) for item in items)


def _mounts(body: Body) -> Pairs:
    items = body.records("networkStorages", most=MOST_MOUNTS)
    return tuple(_mount(item, path="mountPoint", key="Id") for item in items)


def _volume_mounts(volume: Body) -> Pairs:
    items = volume.records("volumeMounts", most=MOST_MOUNTS)
    for item in items:
        item.choice("type", among=("network",))
    return tuple(_mount(item, path="mountPath", key="id") for item in items)


def _mount(item: Body, *, path: str, key: str) -> tuple[str, str]:
    return (
        item.text(key, shortest=1, longest=255),
        item.text(path, shortest=1, longest=4095, default="/network"),
    )


def _auto_renew(body: Body, *, billing_mode: str) -> bool:
    asked = body.flag("autoRenew")
    if asked and billing_mode != "monthly":
        raise bad_parameter("autoRenew needs monthly billing")
    return asked
