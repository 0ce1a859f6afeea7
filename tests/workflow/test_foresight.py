"""What the service's own lists foretell of the creates of a plan; they warn, and decide nothing."""

from gpuspec.model.instance import Instance
from gpuspec.ports import Catalogue, Product
from gpuspec.workflow.foresight import foreseen
from tests.builders.planning import a_plan, a_record, a_state, an_instance

ROOMY = Product(id="roomy", name="RTX 4090", available=True)
SOLD_OUT = Product(id="sold-out", name="A100", available=False)


def warned(*instances: Instance, **parts: Catalogue) -> tuple[str, ...]:
    """The warnings for a plan of these instances, none of which is recorded."""
    catalogue = Catalogue(products={each.id: each for each in (ROOMY, SOLD_OUT)}, clusters=frozenset({"us-ca-6"}))
    desired = {instance.address: instance for instance in instances}
    return foreseen(a_plan(*instances), desired, parts.get("catalogue", catalogue))


def test_what_the_service_offers_is_not_warned_of() -> None:
    """A listed product with stock, in a listed cluster or in none."""
    assert warned(an_instance("a", productId="roomy", clusterId="us-ca-6"), an_instance("b", productId="roomy")) == ()


def test_what_the_service_does_not_offer_is_named_once() -> None:
    """An unknown product, one without stock, an unknown cluster: each with the addresses that ask for it."""
    assert warned(
        an_instance("a", productId="nothing"),
        an_instance("b", productId="sold-out", clusterId="mars"),
        an_instance("c", productId="nothing"),
    ) == (
        "The service lists no product `nothing` (a, c).",
        "The service has no stock of product `sold-out` now (b).",
        "The service lists no cluster `mars` (b).",
    )


def test_many_addresses_are_counted() -> None:
    """Five are named, the rest is a number."""
    instances = [an_instance(f"w{number}", productId="nothing") for number in range(8)]

    assert warned(*instances) == ("The service lists no product `nothing` (w0, w1, w2, w3, w4 and 3 more).",)


def test_a_list_that_could_not_be_read_warns_of_nothing() -> None:
    """It would call everything unknown."""
    empty = Catalogue(products={}, clusters=frozenset())

    assert warned(an_instance("a", productId="nothing", clusterId="mars"), catalogue=empty) == ()


def test_what_is_made_already_is_not_warned_of() -> None:
    """A product that is sold out by now is no matter of an instance that runs."""
    instance = an_instance("a", productId="sold-out")
    plan = a_plan(instance, state=a_state(a_record("a", productId="sold-out")))
    catalogue = Catalogue(products={SOLD_OUT.id: SOLD_OUT}, clusters=frozenset())

    assert "create" in {action.kind.value for action in a_plan(instance).actions}
    assert foreseen(plan, {"a": instance}, catalogue) == ()
