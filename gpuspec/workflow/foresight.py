"""What the service's own lists say about what a plan makes, told before it is tried."""

from collections.abc import Iterable, Iterator, Mapping

from gpuspec.model.address import Address
from gpuspec.model.instance import Instance
from gpuspec.model.plan import Plan
from gpuspec.model.state import Call
from gpuspec.ports import Catalogue

_SHOWN = 5


def foreseen(plan: Plan, desired: Mapping[Address, Instance], catalogue: Catalogue) -> tuple[str, ...]:
    """Warnings of unknown products, of none in stock, and of unknown clusters; the service decides in the end.

    A list that could not be read warns of nothing.
    """
    created = [desired[action.address] for action in plan.actions if Call.CREATE in action.calls]
    return (*_products(created, catalogue), *_clusters(created, catalogue))


def _products(created: Iterable[Instance], catalogue: Catalogue) -> Iterator[str]:
    if not catalogue.products:
        return
    for product, addresses in _grouped(created, "productId"):
        if product not in catalogue.products:
            yield f"The service lists no product `{product}` ({addresses})."
        elif not catalogue.products[product].available:
            yield f"The service has no stock of product `{product}` now ({addresses})."


def _clusters(created: Iterable[Instance], catalogue: Catalogue) -> Iterator[str]:
    if not catalogue.clusters:
        return
    for cluster, addresses in _grouped(created, "clusterId"):
        if cluster not in catalogue.clusters:
            yield f"The service lists no cluster `{cluster}` ({addresses})."


def _grouped(created: Iterable[Instance], field: str) -> Iterator[tuple[str, str]]:
    """Each value of the field with the addresses that ask for it, in words."""
    groups: dict[str, list[Address]] = {}
    for instance in created:
        value = instance.fields.get(field)
        if isinstance(value, str) and value:
            groups.setdefault(value, []).append(instance.address)
    for value, addresses in groups.items():
        rest = len(addresses) - _SHOWN
        yield value, ", ".join(addresses[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
