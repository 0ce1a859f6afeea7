"""What the service offers, read from its product and cluster lists; what can't be read is left out."""

from gpuspec.cloud.reply import Outcome, Reply
from gpuspec.cloud.shapes import identifier, shown_text
from gpuspec.ports import Catalogue, Product


def catalogue_of(products: Outcome, clusters: Outcome) -> Catalogue:
    """The two answers in one; an answer that can't be read gives an empty mapping."""
    found = [product for product in map(_product, _rows(products)) if product is not None]
    ids = (_id(row) for row in _rows(clusters))
    return Catalogue(
        products={product.id: product for product in found}, clusters=frozenset(found for found in ids if found)
    )


def _rows(outcome: Outcome) -> list[object]:
    document = outcome.json if isinstance(outcome, Reply) and outcome.status == 200 else None
    rows = document.get("data") if isinstance(document, dict) else document
    return rows if isinstance(rows, list) else []


def _product(row: object) -> Product | None:
    found = _id(row)
    if not isinstance(row, dict) or not found:
        return None
    # Source: Novita API reference, list products. One that doesn't say is taken as available: this only warns.
    available = row.get("availableDeploy") is not False and row.get("inventoryState") != "none"
    return Product(id=found, name=shown_text(row.get("name")), available=available)


def _id(row: object) -> str:
    return (identifier(row.get("id")) or "") if isinstance(row, dict) else ""
