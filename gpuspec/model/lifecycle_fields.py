"""What stands under `lifecycle:`: ours about an instance, never sent to the API."""

from collections.abc import Mapping
from types import MappingProxyType

from gpuspec.model.field import Field, Kind
from gpuspec.model.instance import OnRemove, Power
from gpuspec.model.settings import Wait

_OURS = "gpuspec"

_ROWS = (
    Field(
        name="protect",
        kind=Kind.BOOLEAN,
        doc="Refuse every plan that would delete or replace this instance.",
        source=_OURS,
        default=False,
        example=True,
    ),
    Field(
        name="onRemove",
        kind=Kind.STRING,
        doc="What happens to the machine when its lines leave the spec: delete it, forget it (it goes on), or stop it.",
        source=_OURS,
        default=OnRemove.DELETE.value,
        choices=tuple(choice.value for choice in OnRemove),
        example="stop",
    ),
    Field(
        name="desired",
        kind=Kind.STRING,
        doc="Whether the machine is to be on; left out, apply neither starts nor stops it. A stop gives its GPUs back.",
        source=_OURS,
        choices=tuple(choice.value for choice in Power),
        example="running",
    ),
    Field(
        name="ignoreChanges",
        kind=Kind.NAMES,
        doc="Fields, or `envs.KEY`, in which apply sees neither a change nor drift.",
        source=_OURS,
        max_items=100,
        example=["imageUrl", "envs.RUN"],
    ),
    Field(
        name="createBeforeDestroy",
        kind=Kind.BOOLEAN,
        doc="Make a replacement before the machine that it replaces is deleted; both are paid for meanwhile.",
        source=_OURS,
        default=False,
        example=True,
    ),
    Field(
        name="save",
        kind=Kind.BOOLEAN,
        doc="Keep what is on the root disk when the image, its command, envs or mounts are changed in place.",
        source=_OURS,
        default=True,
        example=False,
    ),
    Field(
        name="wait",
        kind=Kind.STRING,
        doc="What apply waits for: running, an endpoint for each port, or none; left out, what `--wait` says.",
        source=_OURS,
        choices=tuple(choice.value for choice in Wait),
        example="endpoint",
    ),
    Field(
        name="waitTimeout",
        kind=Kind.INTEGER,
        doc="How many seconds apply waits for it; left out, what `--wait-timeout` says.",
        source=_OURS,
        minimum=1,
        maximum=86400,
        example=1800,
    ),
)

# In the order in which they are documented.
LIFECYCLE: Mapping[str, Field] = MappingProxyType({row.name: row for row in _ROWS})
