"""The keys of the items in `envs`, `tools` and `networkStorages`: a part of the field table."""

from gpuspec.model.field import Field, Kind

CREATE_PAGE = "Novita API reference, create instance"
PROTOCOLS = ("tcp", "http")

ENV_ITEMS = (
    Field(
        name="key",
        kind=Kind.STRING,
        doc="The variable's name.",
        source=CREATE_PAGE,
        required=True,
        min_length=1,
        max_length=511,
        example="RUN",
    ),
    Field(
        name="value",
        kind=Kind.STRING,
        doc="The variable's value; numbers and true/false are written in quotes.",
        source=CREATE_PAGE,
        required=True,
        max_length=4095,
        example="nightly",
    ),
)

TOOL_ITEMS = (
    Field(
        name="name",
        kind=Kind.STRING,
        doc="Which tool of the official images to start.",
        source=CREATE_PAGE,
        required=True,
        choices=("Jupyter",),
        example="Jupyter",
    ),
    Field(
        name="port",
        kind=Kind.STRING,
        doc="The port that the tool listens on, as text.",
        source=CREATE_PAGE,
        required=True,
        default="8888",
        example="8888",
    ),
    Field(
        name="type",
        kind=Kind.STRING,
        doc="How the tool's port is reached.",
        source=CREATE_PAGE,
        required=True,
        default="http",
        choices=PROTOCOLS,
        example="http",
    ),
)

MOUNT_ITEMS = (
    Field(
        name="Id",
        kind=Kind.STRING,
        doc="The id of the network storage.",
        source=CREATE_PAGE,
        required=True,
        min_length=1,
        aliases=("networkStorageId",),
        example="e797ce8f-f4ff-4b3b-b7a8-6972d96f46f2",
    ),
    Field(
        name="mountPoint",
        kind=Kind.STRING,
        doc="The folder at which the storage appears.",
        source=CREATE_PAGE,
        required=True,
        default="/network",
        min_length=1,
        max_length=4095,
        aliases=("networkStorageMountPoint",),
        example="/data",
    ),
)
