"""One function a call: from a question to the JSON that answers it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gpuspec.simulator import answers
from gpuspec.simulator.answers import Json
from gpuspec.simulator.body import Body
from gpuspec.simulator.catalogue import ALL_METHODS, Product
from gpuspec.simulator.instance import Instance
from gpuspec.simulator.orders import ORDERS
from gpuspec.simulator.refusals import Refusal, bad_parameter, not_found
from gpuspec.simulator.rules import LARGEST_NUMBER, asked_by
from gpuspec.simulator.settings import Switches
from gpuspec.simulator.statuses import STATUSES, Standing
from gpuspec.simulator.world import World

_DEFAULT_PAGE_SIZE = 10
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request that may be answered: the caller is known, the body is JSON.

    Args:
        fate: What a fault makes of an instance at its birth, or of one that is told to start again.
    """

    account: str
    query: Mapping[str, str]
    body: Mapping[str, object]
    switches: Switches
    fate: Callable[[Instance], Instance] | None = None


Handler = Callable[[World, Question], Json]


def create(world: World, question: Question) -> Json:
    asked = asked_by(Body(question.body), seed_fields=question.switches.seed_fields)
    return {"id": world.create(question.account, asked, fate=question.fate).id}


def get(world: World, question: Question) -> Json:
    instance_id = question.query.get("instanceId", "")
    if not instance_id:
        raise bad_parameter("instanceId is required")
    instance = world.find(question.account, instance_id)
    if instance.found_at > world.now():
        raise not_found(instance_id)
    standing = world.standing(instance)
    return answers.detail(
        instance,
        standing,
        catalogue=world.settings.catalogue,
        switches=question.switches,
        ready=_has_endpoints(world, standing),
        saving=world.is_saving(instance),
    )


def list_instances(world: World, question: Question) -> Json:
    """A page; without page parameters the first one."""
    switches = question.switches
    size = min(_number(question.query, "pageSize") or _DEFAULT_PAGE_SIZE, switches.page_cap)
    start = max(_number(question.query, "pageNum") - switches.first_page, 0) * size
    shift = 1 if switches.shifting_pages and start else 0
    held = world.holdings(question.account)
    instances, total = held.page(start + shift, size, _filter(world, question.query))
    rows = [_row(world, instance, switches) for instance in instances]
    if switches.duplicate_rows and rows:
        rows.append(rows[0])
    page: Json = {"instances": rows}
    return page if switches.missing_total else page | {"total": total}


def _row(world: World, instance: Instance, switches: Switches) -> Json:
    standing = world.standing(instance)
    ready = _has_endpoints(world, standing)
    return answers.row(instance, standing, catalogue=world.settings.catalogue, switches=switches, ready=ready)


def _has_endpoints(world: World, standing: Standing) -> bool:
    return standing.status == "running" and standing.for_s >= world.settings.pace.endpoints_s


def clusters(world: World, question: Question) -> Json:  # noqa: ARG001
    catalogue = world.settings.catalogue
    return {"data": [answers.cluster(cluster, catalogue=catalogue) for cluster in catalogue.clusters.values()]}


def products(world: World, question: Question) -> Json:
    query, catalogue = question.query, world.settings.catalogue
    gpu_num = _number(query, "gpuNum", most=8)
    fits = _product_filter(query, world)
    wanted = [product for product in catalogue.products.values() if fits(product)]
    return {
        "data": [
            answers.product(product, catalogue=catalogue, free_gpus=world.free_gpus(product.id), gpu_num=gpu_num)
            for product in wanted
        ]
    }


def _order(name: str) -> Handler:
    def handle(world: World, question: Question) -> Json:
        body = Body(question.body)
        instance_id = body.text("instanceId", longest=255)
        body.require("instanceId")
        after = ORDERS[name](world, world.find(question.account, instance_id), body)
        if question.fate is not None:
            after = world.put("befall", after, question.fate(after))
        if name in ("start", "stop"):
            return {"instanceId": after.id, "state": world.standing(after).status}
        return {"jobId": after.job} if name == "save" else {}

    return handle


HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        "create": create,
        "get": get,
        "list": list_instances,
        "clusters": clusters,
        "products": products,
        **{name: _order(name) for name in ORDERS},
    }
)


def answer(call: str, world: World, question: Question) -> Json:
    """The service's answer to a call.

    Raises:
        Refusal: The service refuses; with the status for "not found" that the switches ask for.
    """
    try:
        with world.lock:
            return HANDLERS[call](world, question)
    except Refusal as refusal:
        if refusal.reason != "RESOURCE_NOT_FOUND":
            raise
        raise Refusal(refusal.reason, refusal.message, status=question.switches.not_found_status) from refusal
    except OSError as error:
        raise Refusal("UNKNOWN", f"the simulated world can't be written: {error.strerror or error}") from error


def _filter(world: World, query: Mapping[str, str]) -> Callable[[Instance], bool] | None:
    """Which instances a list is asked for: names are matched by a part of them, whatever the case."""
    name, product_name = _name(query, "name"), _name(query, "productName")
    status = query.get("status", "")
    if status and status not in STATUSES:
        raise bad_parameter(f"status {status} is not known")
    if not (name or product_name or status):
        return None
    name_of = world.settings.catalogue.product_name

    def matches(instance: Instance) -> bool:
        return (
            name.lower() in instance.name.lower()
            and product_name.lower() in name_of(instance.product_id).lower()
            and (not status or status == world.standing(instance).status)
        )

    return matches


def _product_filter(query: Mapping[str, str], world: World) -> Callable[[Product], bool]:
    """Which products are asked for. Every parameter is looked at, also where another one leaves nothing."""
    method = query.get("billingMethod") or "onDemand"
    if method not in ALL_METHODS:
        raise bad_parameter(f"billingMethod must be one of {', '.join(ALL_METHODS)}")
    cpus, memory_gb, rootfs_gb = (_number(query, key) for key in ("minCpuPerGpu", "minMemoryPerGpu", "minRootFSSize"))
    cluster_id, name = query.get("clusterId", ""), query.get("productName", "").lower()

    def fits(product: Product) -> bool:
        return (
            method in product.billing_methods
            and (not cluster_id or cluster_id in world.settings.catalogue.clusters_of(product))
            and name in product.name.lower()
            and product.cpu_per_gpu >= cpus
            and product.memory_gb_per_gpu >= memory_gb
            and product.max_rootfs_gb >= rootfs_gb
        )

    return fits


def _name(query: Mapping[str, str], key: str) -> str:
    text = query.get(key, "")
    if len(text) > _LONGEST_NAME:
        raise bad_parameter(f"{key} must have at most {_LONGEST_NAME} characters, not {len(text)}")
    return text


def _number(query: Mapping[str, str], key: str, *, most: int = LARGEST_NUMBER) -> int:
    text = query.get(key, "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else 0 if not text else -1
    if not 0 <= number <= most:
        raise bad_parameter(f"{key} must be 0 to {most}")
    return number
