"""How the simulated service is set up: what its world allows, and how it words its answers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from gpuspec.errors import UsageError
from gpuspec.simulator.catalogue import STANDARD, Catalogue
from gpuspec.simulator.statuses import NORMAL, Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the world allows.

    Args:
        speed: Simulated seconds in a second of the clock.
        quota: How many instances an account may have.
        balance: What an account has, in 1e-5 USD: it must cover an hour of all its GPUs. None for no end of money.
        capacity: Product id -> GPUs, where it differs from the catalogue.
        rootfs_caps: Product id -> GB that a create call may ask for, where it is lower than the product list says.
        storages: Ids of the network storages that there are; None to accept every id, as with `networks`.
        missing_images: Images that no registry has.
        requests_kept: How many received requests `World.requests` remembers.

    Raises:
        UsageError: The speed is no positive number.
    """

    catalogue: Catalogue = STANDARD
    pace: Pace = NORMAL
    speed: float = 1.0
    quota: int = 100_000
    balance: int | None = None
    capacity: Mapping[str, int] = field(default_factory=dict)
    rootfs_caps: Mapping[str, int] = field(default_factory=dict)
    storages: frozenset[str] | None = None
    networks: frozenset[str] | None = None
    missing_images: frozenset[str] = frozenset()
    requests_kept: int = 200_000

    def __post_init__(self) -> None:
        if not (math.isfinite(self.speed) and self.speed > 0):
            message = f"The simulator can't run at a speed of {self.speed}."
            raise UsageError(message, hint="the speed is a number above 0; 10 makes time pass ten times as fast.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """How the service words its answers, where public clients disagree about it.

    Args:
        first_page: 0, or 1: then pages 0 and 1 are the same.
        page_cap: The largest page given, whatever is asked.
        not_found_status: 400 or 404, for an instance that isn't there.
        empty_bodies: Start, stop, delete, edit and the like answer nothing at all instead of JSON.
        wrapped: Every answer stands under `data`.
        product_in_get: GET of an instance shows `productId` and `rootfsSize`.
        tools_in_ports: Ports of tools are among `portMappings`.
        endpoints_in_list: Rows show the endpoints of ports, which only GET is documented to do.
        seed_fields: Create also requires `name`, `diskSize`, `ports` and `command`, as its first documentation did.
    """

    first_page: int = 0
    page_cap: int = 100
    missing_total: bool = False
    envs_in_list: bool = True
    envs_in_get: bool = True
    not_found_status: int = 400
    empty_bodies: bool = False
    wrapped: bool = False
    product_in_get: bool = True
    blank_billing_mode: bool = False
    tools_in_ports: bool = False
    endpoints_in_list: bool = True
    duplicate_rows: bool = False
    shifting_pages: bool = False
    seed_fields: bool = False
