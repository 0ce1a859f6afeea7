"""The field table: every documented field of the create call, and what is ours about an instance.

Schemas, checks, defaults, change policy, decoding, the reference table and `gpuspec explain` are derived from it.
"""

from collections.abc import Mapping
from types import MappingProxyType

from gpuspec.model.field import Change, Field, Kind, ReadBack, Unset
from gpuspec.model.instance import OnRemove, Power
from gpuspec.model.item_fields import CREATE_PAGE, ENV_ITEMS, MOUNT_ITEMS, TOOL_ITEMS
from gpuspec.model.settings import Wait

CREATE_PAGE_2026 = "Novita API reference, create instance (2026)"
OURS = "gpuspec"

RESERVED_PORTS = range(2222, 2225)
PORT_NUMBERS = range(1, 65536)
PORTS_AND_TOOLS = 15

# Where a secret may stand; everything else is shown in plans, or has to be read before a request is made.
MAY_BE_SECRET = frozenset({"imageAuth", "command", "entrypoint", "envs"})

_ROWS = (
    Field(
        name="name",
        kind=Kind.STRING,
        doc="What the instance is called in the console; the address when the spec says nothing.",
        source=CREATE_PAGE,
        required=True,
        min_length=1,
        max_length=255,
        example="trainer",
    ),
    Field(
        name="productId",
        kind=Kind.STRING,
        doc="The product to deploy: which GPU, with how much CPU and memory for each.",
        source=CREATE_PAGE,
        required=True,
        min_length=1,
        max_length=255,
        read_back=ReadBack.LIST,
        example="4090.16c62g",
    ),
    Field(
        name="gpuNum",
        kind=Kind.INTEGER,
        doc="How many GPUs the instance gets.",
        source=CREATE_PAGE,
        required=True,
        minimum=1,
        maximum=8,
        example=1,
    ),
    Field(
        name="cpuNum",
        kind=Kind.INTEGER,
        doc="How many virtual CPU cores the instance gets; the product decides when it is left out.",
        source=CREATE_PAGE,
        minimum=0,
        read_back=ReadBack.NEVER,
        example=16,
    ),
    Field(
        name="memory",
        kind=Kind.INTEGER,
        doc="How much memory the instance gets, in GB; the product decides when it is left out.",
        source=CREATE_PAGE,
        minimum=0,
        read_back=ReadBack.NEVER,
        example=62,
    ),
    Field(
        name="diskSize",
        kind=Kind.INTEGER,
        doc="Disk space of the instance, in GB.",
        source=CREATE_PAGE,
        required=True,
        minimum=0,
        read_back=ReadBack.NEVER,
        example=60,
    ),
    Field(
        name="rootfsSize",
        kind=Kind.INTEGER,
        doc="Size of the root filesystem, in GB. It can grow in place, never shrink.",
        source=CREATE_PAGE,
        required=True,
        minimum=10,
        maximum=6144,
        change=Change.GROW,
        read_back=ReadBack.LIST,
        example=60,
    ),
    Field(
        name="imageUrl",
        kind=Kind.STRING,
        doc="The Docker image to start, by tag or by digest.",
        source=CREATE_PAGE,
        required=True,
        min_length=1,
        max_length=500,
        change=Change.UPGRADE,
        repairable=True,
        example="pytorch/pytorch:latest",
    ),
    Field(
        name="imageAuth",
        kind=Kind.STRING,
        doc="Credentials for a private registry, `username:password`; always secret. `imageAuthId` needs none here.",
        source=CREATE_PAGE,
        max_length=10239,
        secret=True,
        read_back=ReadBack.NEVER,
        example="{{ secret('env:REGISTRY_AUTH') }}",
    ),
    Field(
        name="imageAuthId",
        kind=Kind.STRING,
        doc="The id of registry credentials kept by the service; takes the place of `imageAuth`.",
        source=CREATE_PAGE_2026,
        change=Change.UPGRADE,
        unset=Unset.CLEAR,
        repairable=True,
        example="3f0c1d9e-5f6a-4e0b-9a44-0d6ad4f7a001",
    ),
    Field(
        name="ports",
        kind=Kind.PORTS,
        doc="Ports to expose, as a list or as the API's text with commas; with the tools 15 at most.",
        source=CREATE_PAGE,
        required=True,
        default="",
        max_items=PORTS_AND_TOOLS,
        change=Change.EDIT,
        unset=Unset.CLEAR,
        repairable=True,
        example=["8080/tcp", "8081/http"],
    ),
    Field(
        name="envs",
        kind=Kind.ENVS,
        doc="Environment variables, as a map or as the API's list of `{key, value}`.",
        source=CREATE_PAGE,
        max_items=100,
        change=Change.UPGRADE,
        unset=Unset.CLEAR,
        repairable=True,
        items=ENV_ITEMS,
        example={"RUN": "nightly"},
    ),
    Field(
        name="tools",
        kind=Kind.TOOLS,
        doc="Tools built into the official images.",
        source=CREATE_PAGE,
        max_items=PORTS_AND_TOOLS,
        unset=Unset.CLEAR,
        read_back=ReadBack.NEVER,
        items=TOOL_ITEMS,
        example=[{"name": "Jupyter", "port": "8888", "type": "http"}],
    ),
    Field(
        name="command",
        kind=Kind.STRING,
        doc="What the container runs when it starts; empty for the image's own command.",
        source=CREATE_PAGE,
        required=True,
        default="",
        max_length=2047,
        change=Change.UPGRADE,
        unset=Unset.CLEAR,
        repairable=True,
        example="python train.py",
    ),
    Field(
        name="entrypoint",
        kind=Kind.STRING,
        doc="Takes the place of the image's entry point.",
        source=CREATE_PAGE_2026,
        max_length=2047,
        change=Change.UPGRADE,
        unset=Unset.CLEAR,
        repairable=True,
        example="/bin/bash",
    ),
    Field(
        name="clusterId",
        kind=Kind.STRING,
        doc="Where to deploy; the service chooses when it is empty or left out. Mounted storage must be there too.",
        source=CREATE_PAGE,
        example="us-ca-6",
    ),
    Field(
        name="localStorageMountPoint",
        kind=Kind.STRING,
        doc="The folder at which the local disk appears.",
        source=CREATE_PAGE,
        read_back=ReadBack.NEVER,
        example="/workspace",
    ),
    Field(
        name="networkStorages",
        kind=Kind.MOUNTS,
        doc="Network storage to mount.",
        source=CREATE_PAGE,
        max_items=30,
        change=Change.UPGRADE,
        unset=Unset.CLEAR,
        repairable=True,
        items=MOUNT_ITEMS,
        example=[{"Id": "e797ce8f-f4ff-4b3b-b7a8-6972d96f46f2", "mountPoint": "/data"}],
    ),
    Field(
        name="networkId",
        kind=Kind.STRING,
        doc="The id of a private network (VPC); empty or left out for none.",
        source=CREATE_PAGE,
        read_back=ReadBack.GET,
        example="18f1ff05-1370-45ce-a4c6-b58d5e8d547e",
    ),
    Field(
        name="kind",
        kind=Kind.STRING,
        doc="The kind of instance; gpuspec makes GPU instances only.",
        source=CREATE_PAGE,
        required=True,
        default="gpu",
        choices=("gpu",),
        example="gpu",
    ),
    Field(
        name="billingMode",
        kind=Kind.STRING,
        doc="How the instance is paid for; `onDemand` when it is left out. A spot instance may be reclaimed.",
        source=CREATE_PAGE_2026,
        choices=("onDemand", "monthly", "spot"),
        change=Change.CONVERT,
        example="onDemand",
    ),
    Field(
        name="month",
        kind=Kind.INTEGER,
        doc="How many months to pay ahead; more than 0 means monthly billing.",
        source=CREATE_PAGE_2026,
        minimum=0,
        change=Change.CONVERT,
        read_back=ReadBack.NEVER,
        example=1,
    ),
    Field(
        name="autoRenew",
        kind=Kind.BOOLEAN,
        doc="Whether monthly billing renews itself.",
        source=CREATE_PAGE_2026,
        read_back=ReadBack.NEVER,
        example=False,
    ),
    Field(
        name="autoRenewMonth",
        kind=Kind.INTEGER,
        doc="How many months each renewal pays for.",
        source=CREATE_PAGE_2026,
        minimum=1,
        maximum=12,
        read_back=ReadBack.NEVER,
        example=1,
    ),
    Field(
        name="minCudaVersion",
        kind=Kind.STRING,
        doc="The lowest CUDA version that the host must offer; fewer hosts fit a higher one.",
        source=CREATE_PAGE_2026,
        max_length=255,
        read_back=ReadBack.NEVER,
        example="12.4",
    ),
)

_LIFECYCLE_ROWS = (
    Field(
        name="protect",
        kind=Kind.BOOLEAN,
        doc="Refuse every plan that would delete or replace this instance.",
        source=OURS,
        default=False,
        example=True,
    ),
    Field(
        name="onRemove",
        kind=Kind.STRING,
        doc="What happens to the machine when its lines leave the spec: delete it, forget it (it goes on), or stop it.",
        source=OURS,
        default=OnRemove.DELETE.value,
        choices=tuple(choice.value for choice in OnRemove),
        example="stop",
    ),
    Field(
        name="desired",
        kind=Kind.STRING,
        doc="Whether the machine is to be on; left out, apply neither starts nor stops it. A stop gives its GPUs back.",
        source=OURS,
        choices=tuple(choice.value for choice in Power),
        example="running",
    ),
    Field(
        name="ignoreChanges",
        kind=Kind.NAMES,
        doc="Fields, or `envs.KEY`, in which apply sees neither a change nor drift.",
        source=OURS,
        max_items=100,
        example=["imageUrl", "envs.RUN"],
    ),
    Field(
        name="createBeforeDestroy",
        kind=Kind.BOOLEAN,
        doc="Make a replacement before the machine that it replaces is deleted; both are paid for meanwhile.",
        source=OURS,
        default=False,
        example=True,
    ),
    Field(
        name="save",
        kind=Kind.BOOLEAN,
        doc="Keep what is on the root disk when the image, its command, envs or mounts are changed in place.",
        source=OURS,
        default=True,
        example=False,
    ),
    Field(
        name="wait",
        kind=Kind.STRING,
        doc="What apply waits for: running, an endpoint for each port, or none; left out, what `--wait` says.",
        source=OURS,
        choices=tuple(choice.value for choice in Wait),
        example="endpoint",
    ),
    Field(
        name="waitTimeout",
        kind=Kind.INTEGER,
        doc="How many seconds apply waits for it; left out, what `--wait-timeout` says.",
        source=OURS,
        minimum=1,
        maximum=86400,
        example=1800,
    ),
)

# Documented name -> row, in the order of the API's page.
FIELDS: Mapping[str, Field] = MappingProxyType({row.name: row for row in _ROWS})

# What stands under `lifecycle:`; never sent to the API.
LIFECYCLE: Mapping[str, Field] = MappingProxyType({row.name: row for row in _LIFECYCLE_ROWS})

# What a user has to write, on the instance or in `defaults`; the name defaults to the address.
MUST_BE_WRITTEN: tuple[str, ...] = tuple(
    row.name for row in _ROWS if row.required and row.default is None and row.name != "name"
)
