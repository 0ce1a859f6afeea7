"""Whether an account may have what it asks for: product, place, GPUs, quota, money.

Source: Novita API reference, "Error codes", table "GPU".
"""

from dataclasses import replace
from typing import Protocol

from gpuspec.simulator.catalogue import Product
from gpuspec.simulator.holdings import Holdings
from gpuspec.simulator.instance import Asked, Instance
from gpuspec.simulator.refusals import Refusal, bad_parameter
from gpuspec.simulator.settings import Settings


class Surroundings(Protocol):
    """What of the world weighs on a decision."""

    settings: Settings
    balance: int | None

    def holdings(self, account: str) -> Holdings: ...
    def free_gpus(self, product_id: str) -> int: ...
    def price(self, product_id: str) -> int: ...


def admit(asked: Asked, *, world: Surroundings, account: str) -> Asked:
    """What is asked, with the cluster where it will run.

    Raises:
        Refusal: It can't be had.
    """
    settings = world.settings
    product = settings.catalogue.products.get(asked.product_id)
    if product is None:
        raise bad_parameter(f"product {asked.product_id} not found")
    placed = replace(asked, cluster_id=_cluster(asked, product, settings))
    if asked.billing_mode not in product.billing_methods:
        raise Refusal("UNSUPPORTED_BILLING_MODE", f"product {product.id} has no {asked.billing_mode} billing")
    check_rootfs(asked.rootfs_gb, product, settings)
    check_surroundings(asked, settings)
    held = world.holdings(account)
    if held.alive >= settings.quota:
        raise Refusal("CREATE_INSTANCE_LIMIT", f"at most {settings.quota} instances: recharge or delete others")
    cost = world.price(product.id) * asked.gpu_num
    if world.balance is not None and held.hourly_cost + cost > world.balance:
        raise Refusal("BALANCE_NOT_ENOUGH", "balance not enough")
    check_capacity(product.id, asked.gpu_num, world)
    return placed


def check_start(instance: Instance, *, world: Surroundings) -> None:
    """Refuse to start a stopped instance when its GPUs were taken, or the money is gone."""
    held = world.holdings(instance.account)
    cost = world.price(instance.product_id) * instance.gpu_num
    if world.balance is not None and held.hourly_cost + cost > world.balance:
        raise Refusal("EXPIRED_OR_BALANCE_NOT_ENOUGH", "expired or balance not enough")
    check_capacity(instance.product_id, instance.gpu_num, world)


def check_capacity(product_id: str, gpus: int, world: Surroundings) -> None:
    if world.free_gpus(product_id) < gpus:
        raise Refusal("INSUFFICIENT_RESOURCE", f"resource insufficient with product {product_id}")


def check_rootfs(rootfs_gb: int, product: Product | None, settings: Settings) -> None:
    """Refuse a root disk that is larger than the product's, or than what is to be had just now."""
    if product is None:
        return
    cap_gb = min(product.max_rootfs_gb, settings.rootfs_caps.get(product.id, product.max_rootfs_gb))
    if rootfs_gb > cap_gb:
        raise bad_parameter(f"rootfs size must not be more than {cap_gb} GB")


def check_surroundings(asked: Asked, settings: Settings) -> None:
    """Refuse images, storages and networks that there are not."""
    check_image(asked.image, settings)
    check_mounts(asked.mounts, settings)
    if asked.network_id and settings.networks is not None and asked.network_id not in settings.networks:
        raise Refusal("NETWORK_NOT_FOUND", f"network {asked.network_id} not found")


def check_image(image: str, settings: Settings) -> None:
    if image in settings.missing_images:
        raise Refusal("IMAGE_NOT_FOUND", f"image {image} not found")


def check_mounts(mounts: tuple[tuple[str, str], ...], settings: Settings) -> None:
    for storage_id, _ in mounts:
        if settings.storages is not None and storage_id not in settings.storages:
            raise Refusal("NETWORK_STORAGE_NOT_FOUND", f"network storage {storage_id} not found")


def _cluster(asked: Asked, product: Product, settings: Settings) -> str:
    """The cluster asked for; without one, the product's first, so that a run can be repeated."""
    clusters = settings.catalogue.clusters_of(product)
    if not asked.cluster_id:
        return clusters[0]
    cluster = settings.catalogue.clusters.get(asked.cluster_id)
    if cluster is None:
        raise bad_parameter(f"cluster {asked.cluster_id} not found")
    if asked.cluster_id not in clusters:
        raise Refusal("INSUFFICIENT_RESOURCE", f"resource insufficient with product {product.id}")
    if asked.mounts and not cluster.network_storage:
        raise Refusal("CUR_CLUSTER_NETWORK_STORAGE_NOT_SUPPORT", f"cluster {cluster.id} has no network storage")
    return asked.cluster_id
