"""An instance of the simulated service: what was asked for, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

MONTH_S = 30 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a create call asked for, after the rules of its shape."""

    name: str = ""
    product_id: str = ""
    gpu_num: int = 1
    cluster_id: str = ""
    rootfs_gb: int = 10
    local_gb: int = 0
    local_mount: str = ""
    image: str = ""
    image_auth_id: str = ""
    command: str = ""
    entrypoint: str = ""
    ports: tuple[tuple[int, str], ...] = ()
    tools: tuple[tuple[int, str], ...] = ()
    envs: tuple[tuple[str, str], ...] = ()
    mounts: tuple[tuple[str, str], ...] = ()
    network_id: str = ""
    kind: str = "gpu"
    billing_mode: str = "onDemand"
    months: int = 0
    auto_renew: bool = False
    min_cuda_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance(Asked):
    """One machine of one account.

    Args:
        order: The last order, a key of `statuses.PASSING`; it was given at `ordered_at`.
        rests_at: The status that the order leads to.
        stuck_at: It goes no further than this status, or shows this one whatever its order.
        starts: How often it was started: port and password of its SSH change each time.
        listed_at: When it appears in lists; `found_at`, when it appears to a GET.
        ends_at: When its months are over; 0 for other ways of billing.
        job: The job that saves its image, done at `job_ends_at`.
    """

    id: str
    account: str
    created_at: float = 0.0
    order: str = "create"
    ordered_at: float = 0.0
    rests_at: str = "running"
    stuck_at: str = ""
    starts: int = 1
    started_at: float = 0.0
    stopped_at: float = 0.0
    listed_at: float = 0.0
    found_at: float = 0.0
    ends_at: float = 0.0
    status_error: tuple[str, str] = ("", "")
    spot_status: str = ""
    spot_reclaim_at: float = 0.0
    job: str = ""
    job_ends_at: float = 0.0

    @property
    def removed(self) -> bool:
        """Its deletion was ordered."""
        return self.order == "remove"

    @property
    def leaving(self) -> bool:
        """It is on its way out and gets there, so that it vanishes after a while."""
        return self.removed and not self.stuck_at

    @property
    def gpus_held(self) -> int:
        """How many GPUs it keeps from others: a stopped or deleted instance gives them back."""
        return self.gpu_num if self.rests_at == "running" else 0


_NAMES = tuple(field.name for field in fields(Instance))
_ASKED = tuple(field.name for field in fields(Asked))


def born(asked: Asked, *, instance_id: str, account: str, at: float) -> Instance:
    """The instance that a create call makes."""
    wanted: dict[str, Any] = {name: getattr(asked, name) for name in _ASKED}
    times: dict[str, Any] = dict.fromkeys(("created_at", "ordered_at", "started_at", "listed_at", "found_at"), at)
    return Instance(
        id=instance_id,
        account=account,
        ends_at=at + asked.months * MONTH_S if asked.months else 0.0,
        spot_status="running" if asked.billing_mode == "spot" else "",
        **wanted,
        **times,
    )


def changes(before: Instance | None, after: Instance) -> Mapping[str, object]:
    """Field -> value after, for the fields that differ; without a before, from an instance with nothing set."""
    base = before or Instance(id="", account="")
    pairs = ((name, getattr(base, name), getattr(after, name)) for name in _NAMES)
    return {name: value for name, base_value, value in pairs if value != base_value}


def changed(before: Instance | None, values: Mapping[str, object]) -> Instance:
    """The instance with these fields set; the reverse of `changes`, from JSON.

    Raises:
        TypeError: The values name fields that an instance doesn't have, or lack the id.
    """
    known: dict[str, Any] = {name: getattr(before, name) for name in _NAMES} if before else {}
    return Instance(**{**known, **{name: _tuples(value) for name, value in values.items()}})


def _tuples(value: object) -> object:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
