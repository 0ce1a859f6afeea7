"""The calls that change an instance that is there: from which statuses they are taken, and what they make of it.

Source: Novita API reference, pages "Start", "Stop", "Restart", "Delete", "Edit", "Upgrade", "Change billing" and "Save
image"; the statuses from which they are taken are those in which the service's own console offers them, and as there
most are refused while a job is under way.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from gpuspec.simulator.admission import check_image, check_mounts, check_rootfs, check_start
from gpuspec.simulator.body import Body
from gpuspec.simulator.instance import MONTH_S, Instance
from gpuspec.simulator.refusals import Refusal, not_found
from gpuspec.simulator.rules import check_count, check_saving, edit_by, months_by, upgrade_by
from gpuspec.simulator.statuses import PASSING
from gpuspec.simulator.world import World

Order = Callable[[World, Instance, Body], Instance]

_CREATING = PASSING["create"]
_STOPPED = ("exited", "stopping", "toStop", "pending")


def start(world: World, instance: Instance, _: Body) -> Instance:
    _only_from(world, instance, "exited", what="start")
    check_start(instance, world=world)
    begun = _ordered(world, instance, "start", rests_at="running")
    return world.put("start", instance, replace(begun, starts=instance.starts + 1, started_at=begun.ordered_at))


def stop(world: World, instance: Instance, _: Body) -> Instance:
    _only_from(world, instance, "running", what="stop")
    begun = _ordered(world, instance, "stop", rests_at="exited")
    return world.put("stop", instance, replace(begun, stopped_at=begun.ordered_at))


def restart(world: World, instance: Instance, _: Body) -> Instance:
    _only_from(world, instance, "running", what="restart")
    begun = _ordered(world, instance, "restart", rests_at="running")
    return world.put("restart", instance, replace(begun, starts=instance.starts + 1, started_at=begun.ordered_at))


def delete(world: World, instance: Instance, _: Body) -> Instance:
    """Delete an instance in any status, unless its month is paid. One that is leaving is left to leave."""
    if instance.billing_mode == "monthly":
        raise Refusal("PREPAID_INSTANCE_NOT_SUPPORT_RELEASE", "prepaid instance does not support release")
    if world.standing(instance).status == "removed":
        raise not_found(instance.id)
    if instance.removed:
        return instance
    return world.put("delete", instance, _ordered(world, instance, "remove", rests_at="removed"))


def edit(world: World, instance: Instance, body: Body) -> Instance:
    """Replace all ports, and add to the root disk; nothing is restarted."""
    wanted = edit_by(body)
    _only_from(world, instance, "running", "exited", what="edit")
    ports = instance.ports if wanted.ports is None else wanted.ports
    check_count(ports, instance.tools)
    rootfs_gb = instance.rootfs_gb + wanted.more_gb
    if wanted.more_gb:
        check_rootfs(rootfs_gb, world.settings.catalogue.products.get(instance.product_id), world.settings)
    return world.put("edit", instance, replace(instance, ports=ports, rootfs_gb=rootfs_gb))


def upgrade(world: World, instance: Instance, body: Body) -> Instance:
    """Put the instance on another image, with all that goes with it; it returns to rest where it rested."""
    wanted = upgrade_by(body)
    if instance.removed or world.standing(instance).status in ("pending", "migrating"):
        raise _wrong_status(world, instance, what="upgrade")
    _not_while_saving(world, instance, what="upgrade")
    check_image(wanted.image, world.settings)
    check_mounts(wanted.mounts, world.settings)
    reset = replace(
        _ordered(world, instance, "reset", rests_at=instance.rests_at),
        image=wanted.image,
        image_auth_id=wanted.image_auth_id,
        command=wanted.command,
        entrypoint=wanted.entrypoint,
        envs=wanted.envs,
        mounts=wanted.mounts,
    )
    return world.put("upgrade", instance, reset)


def monthly(world: World, instance: Instance, body: Body) -> Instance:
    """Turn a pay-as-you-go instance into a monthly one."""
    months = months_by(body)
    product = world.settings.catalogue.products.get(instance.product_id)
    if instance.billing_mode != "onDemand" or (product and "monthly" not in product.billing_methods):
        raise Refusal("UNSUPPORTED_BILLING_MODE", f"instance {instance.id} can't be turned into a monthly one")
    if instance.removed or world.standing(instance).status in _STOPPED:
        raise _wrong_status(world, instance, what="change the billing of")
    ends_at = world.now() + months * MONTH_S
    return world.put("monthly", instance, replace(instance, billing_mode="monthly", months=months, ends_at=ends_at))


def renew(world: World, instance: Instance, body: Body) -> Instance:
    """Add months to a monthly instance."""
    months = months_by(body)
    if instance.billing_mode != "monthly":
        raise Refusal("UNSUPPORTED_BILLING_MODE", f"instance {instance.id} is not a monthly one")
    if world.standing(instance).status in _CREATING:
        raise Refusal("CREATING_INSTANCE_NOT_SUPPORT_RENEWAL", "instance being created does not support renewal")
    longer = replace(instance, months=instance.months + months, ends_at=instance.ends_at + months * MONTH_S)
    return world.put("renew", instance, longer)


def save(world: World, instance: Instance, body: Body) -> Instance:
    """Save the image of a stopped instance: a job, until whose end most other calls are refused."""
    check_saving(body)
    _only_from(world, instance, "exited", what="save the image of")
    number = int(instance.job.rpartition("-")[2] or 0) + 1
    job = f"job-{instance.id}-{number}"
    ends_at = world.after_s(world.settings.pace.saving_s)
    return world.put("save", instance, replace(instance, job=job, job_ends_at=ends_at))


ORDERS: Mapping[str, Order] = MappingProxyType(
    {
        "start": start,
        "stop": stop,
        "restart": restart,
        "delete": delete,
        "edit": edit,
        "upgrade": upgrade,
        "monthly": monthly,
        "renew": renew,
        "save": save,
    }
)


def _ordered(world: World, instance: Instance, order: str, *, rests_at: str) -> Instance:
    return replace(instance, order=order, ordered_at=world.now(), rests_at=rests_at, stuck_at="", status_error=("", ""))


def _only_from(world: World, instance: Instance, *statuses: str, what: str) -> None:
    if world.standing(instance).status not in statuses:
        raise _wrong_status(world, instance, what=what)
    _not_while_saving(world, instance, what=what)


def _not_while_saving(world: World, instance: Instance, *, what: str) -> None:
    if world.is_saving(instance):
        raise Refusal("CONFLICT", f"can't {what} instance {instance.id} while its image is saved")


def _wrong_status(world: World, instance: Instance, *, what: str) -> Refusal:
    status = world.standing(instance).status
    return Refusal("OPERATION_LIMIT", f"can't {what} instance {instance.id} in status {status}")
