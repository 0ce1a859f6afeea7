"""The products and clusters that the simulated service sells."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ALL_METHODS = ("onDemand", "monthly", "spot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A place where instances run."""

    id: str
    name: str
    network_storage: bool = True
    private_network: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A kind of GPU with its share of a host.

    Args:
        price: On demand, in 1e-5 USD for a GPU-hour; `spot_price` too, 0 for none.
        clusters: Ids of the clusters that have it; empty for all of them.
    """

    id: str
    name: str
    cpu_per_gpu: int
    memory_gb_per_gpu: int
    price: int
    spot_price: int = 0
    clusters: tuple[str, ...] = ()
    max_rootfs_gb: int = 6144
    capacity_gpus: int = 100_000
    billing_methods: tuple[str, ...] = ALL_METHODS


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Id -> product and id -> cluster, in the order in which the service lists them."""

    products: Mapping[str, Product]
    clusters: Mapping[str, Cluster]

    def product_name(self, product_id: str) -> str:
        """The name of a product; an id that is no longer sold names itself."""
        product = self.products.get(product_id)
        return product.name if product else product_id

    def cluster_name(self, cluster_id: str) -> str:
        cluster = self.clusters.get(cluster_id)
        return cluster.name if cluster else cluster_id

    def clusters_of(self, product: Product) -> tuple[str, ...]:
        """Ids of the clusters where the product can be had."""
        return product.clusters or tuple(self.clusters)


# Source: ids, names and prices as the live service or its documentation showed them in 2025 and 2026. The ids of the
# European clusters and of the H100 and the 5090 are made in the same style.
_CLUSTERS = (
    Cluster(id="us-ca-6", name="US-CA-06 (California)"),
    Cluster(id="us-ca-nas-2", name="US-CA-NAS-02 (California)"),
    Cluster(id="as-sgp-2", name="AS-SGP-02 (Singapore)"),
    Cluster(id="cn-hongkong-1", name="CN-HK-01 (Hong Kong)"),
    Cluster(id="as-in-1", name="AS-IN-01 (India)"),
    Cluster(id="oc-au-1", name="OC-AU-01 (Australia)"),
    Cluster(id="eu-gb-1", name="EU-GB-01 (United Kingdom)"),
    Cluster(id="eu-ger-2", name="EU-GER-02 (Germany)"),
    Cluster(id="5", name="EU-01", network_storage=False, private_network=False),
)
_PRODUCTS = (
    Product(
        id="4090.16c62g", name="RTX 4090 24GB", cpu_per_gpu=16, memory_gb_per_gpu=62, price=35_000, spot_price=17_500
    ),
    Product(
        id="4090.16c62g.os",
        name="RTX 4090 24GB",
        cpu_per_gpu=16,
        memory_gb_per_gpu=62,
        price=35_000,
        spot_price=17_000,
        clusters=("us-ca-6", "as-sgp-2", "eu-ger-2"),
    ),
    Product(
        id="4090.16c96g.v2",
        name="RTX 4090 24GB",
        cpu_per_gpu=16,
        memory_gb_per_gpu=96,
        price=37_000,
        spot_price=17_000,
        clusters=("us-ca-nas-2",),
    ),
    Product(id="3090.16c92g", name="RTX 3090 24GB", cpu_per_gpu=16, memory_gb_per_gpu=92, price=21_000),
    # The legacy id of the documentation's own example, so that the example can be applied.
    Product(
        id="26",
        name="RTX 4090 24GB",
        cpu_per_gpu=16,
        memory_gb_per_gpu=62,
        price=67_000,
        billing_methods=("onDemand", "monthly"),
    ),
    Product(
        id="5090.16c92g", name="RTX 5090 32GB", cpu_per_gpu=16, memory_gb_per_gpu=92, price=63_000, spot_price=32_000
    ),
    Product(id="L40S.22c125g", name="L40S 48GB", cpu_per_gpu=22, memory_gb_per_gpu=125, price=79_000),
    Product(
        id="A100-80GB.14c240g",
        name="A100 SXM 80GB",
        cpu_per_gpu=14,
        memory_gb_per_gpu=240,
        price=160_000,
        clusters=("us-ca-6", "as-sgp-2", "eu-gb-1", "eu-ger-2"),
    ),
    Product(
        id="H100-80GB.20c240g",
        name="H100 SXM 80GB",
        cpu_per_gpu=20,
        memory_gb_per_gpu=240,
        price=145_000,
        spot_price=73_000,
        clusters=("us-ca-6", "eu-gb-1"),
    ),
)


def catalogue(products: tuple[Product, ...] = _PRODUCTS, clusters: tuple[Cluster, ...] = _CLUSTERS) -> Catalogue:
    """A catalogue of these products and clusters; by default what the service was seen to sell."""
    return Catalogue(
        products=MappingProxyType({product.id: product for product in products}),
        clusters=MappingProxyType({cluster.id: cluster for cluster in clusters}),
    )


STANDARD = catalogue()
