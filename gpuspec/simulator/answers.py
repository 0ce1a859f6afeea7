"""Instances, products and clusters as the service shows them: numbers as strings here, capital `Id`s there.

Source: Novita API reference, "List instances", "Get instance", "List products", "List clusters".
"""

import hashlib

from gpuspec.simulator.catalogue import Catalogue, Cluster, Product
from gpuspec.simulator.instance import Instance
from gpuspec.simulator.settings import Switches
from gpuspec.simulator.statuses import Standing

Json = dict[str, object]

# A name that never resolves (RFC 2606), so that nobody sends anything to somebody's host.
_DOMAIN = "gpu-instance.simulator.invalid"
_KEEP_DATA_DAYS = 7


def row(instance: Instance, standing: Standing, *, catalogue: Catalogue, switches: Switches, ready: bool) -> Json:
    """An instance in a list; endpoints once it is `ready`, which public clients read there too."""
    shown = _shared(instance, standing, catalogue=catalogue, switches=switches)
    shown |= _product(instance, catalogue)
    shown["volumeMounts"] = _volume_mounts(instance, size_as_text=True)
    shown["portMappings"] = _port_mappings(instance, switches, ready=ready and switches.endpoints_in_list)
    if switches.envs_in_list:
        shown["envs"] = _envs(instance)
    return shown


def detail(
    instance: Instance, standing: Standing, *, catalogue: Catalogue, switches: Switches, ready: bool, saving: bool
) -> Json:
    """One instance, with the ways into it.

    Args:
        ready: It has run long enough to have endpoints.
        saving: A job is saving its image.
    """
    shown = _shared(instance, standing, catalogue=catalogue, switches=switches)
    if switches.product_in_get:
        shown |= _product(instance, catalogue)
    if switches.envs_in_get:
        shown["envs"] = _envs(instance)
    shown |= {
        "portMappings": _port_mappings(instance, switches, ready=ready),
        "volumeMounts": _volume_mounts(instance, size_as_text=False),
        "network": {"id": instance.network_id, "ip": "10.0.0.2" if instance.network_id and ready else ""},
        "node": [{"maxRootfsSize": 6144}],
        "jobs": [{"id": instance.job, "type": "saveImage"}] if saving else [],
        "freeStorageSize": 60,
        "keepDataDay": _KEEP_DATA_DAYS,
    }
    return shown | _components(instance, ready=ready)


def cluster(shown: Cluster, *, catalogue: Catalogue) -> Json:
    """A cluster in the list of clusters."""
    types = {
        product.name: None for product in catalogue.products.values() if shown.id in catalogue.clusters_of(product)
    }
    return {
        "id": shown.id,
        "name": shown.name,
        "availableGpuType": list(types),
        "supportNetworkStorage": shown.network_storage,
        "supportInstanceNetwork": shown.private_network,
    }


def product(shown: Product, *, catalogue: Catalogue, free_gpus: int, gpu_num: int) -> Json:
    """A product in the list of products.

    Args:
        gpu_num: For how many GPUs an instance is wanted.
    """
    return {
        "id": shown.id,
        "name": shown.name,
        "cpuPerGpu": shown.cpu_per_gpu,
        "memoryPerGpu": shown.memory_gb_per_gpu,
        "diskPerGpu": 6144,
        "availableDeploy": free_gpus >= max(gpu_num, 1),
        "minRootFS": 10,
        "maxRootFS": shown.max_rootfs_gb,
        "minLocalStorage": 0,
        "maxLocalStorage": 6144,
        "regions": [catalogue.cluster_name(cluster_id) for cluster_id in catalogue.clusters_of(shown)],
        "price": str(shown.price),
        "monthlyPrice": [{"price": str(shown.price * 648), "month": 1}] if "monthly" in shown.billing_methods else [],
        "billingMethods": list(shown.billing_methods),
        "spotPrice": str(shown.spot_price),
        "inventoryState": _inventory(free_gpus),
    }


def _shared(instance: Instance, standing: Standing, *, catalogue: Catalogue, switches: Switches) -> Json:
    state, message = instance.status_error
    sold = catalogue.products.get(instance.product_id)
    return {
        "id": instance.id,
        "name": instance.name,
        "clusterId": instance.cluster_id,
        "clusterName": catalogue.cluster_name(instance.cluster_id),
        "status": standing.status,
        "statusError": {"state": state, "message": message},
        "imageUrl": instance.image,
        "imageAuthId": instance.image_auth_id,
        "command": instance.command,
        "entrypoint": instance.entrypoint,
        "cpuNum": str(sold.cpu_per_gpu * instance.gpu_num if sold else 0),
        "memory": str(sold.memory_gb_per_gpu * instance.gpu_num if sold else 0),
        "gpuNum": str(instance.gpu_num),
        "kind": instance.kind,
        "billingMode": "" if switches.blank_billing_mode else instance.billing_mode,
        "endTime": _seconds(instance.ends_at) if instance.ends_at else "-1",
        "spotStatus": instance.spot_status,
        "spotReclaimTime": _seconds(instance.spot_reclaim_at),
        "createdAt": _seconds(instance.created_at),
        "lastStartedAt": _seconds(instance.started_at),
        "lastStoppedAt": _seconds(instance.stopped_at),
    }


def _product(instance: Instance, catalogue: Catalogue) -> Json:
    return {
        "productId": instance.product_id,
        "productName": catalogue.product_name(instance.product_id),
        "rootfsSize": instance.rootfs_gb,
    }


def _ports(instance: Instance, switches: Switches) -> tuple[tuple[int, str], ...]:
    return instance.ports + instance.tools if switches.tools_in_ports else instance.ports


def _envs(instance: Instance) -> list[Json]:
    return [{"key": key, "value": value} for key, value in instance.envs]


def _volume_mounts(instance: Instance, *, size_as_text: bool) -> list[Json]:
    mounts: list[tuple[str, int, str, str]] = [("network", 0, id_, path) for id_, path in instance.mounts]
    if instance.local_mount:
        mounts.append(("local", instance.local_gb, "", instance.local_mount))
    return [
        {"type": kind, "size": str(size_gb) if size_as_text else size_gb, "id": id_, "mountPath": path}
        for kind, size_gb, id_, path in mounts
    ]


def _components(instance: Instance, *, ready: bool) -> Json:
    jupyter_port = instance.tools[0][0] if instance.tools else 0
    return {
        "connectComponentSSH": {
            "sshCommand": f"ssh -p {_public_port(instance, 22)} root@proxy.{instance.cluster_id}.{_DOMAIN}"
            if ready
            else "",
            "password": f"not-a-real-password-{_digest(instance, 'ssh')[:8]}" if ready else "",
            "isRunning": ready,
        },
        "connectComponentWebTerminal": {"address": "", "username": "", "password": "", "isRunning": False},
        "connectComponentJupyter": {
            "port": str(jupyter_port) if jupyter_port else "",
            "address": _endpoint(instance, jupyter_port, "http") if jupyter_port and ready else "",
            "isRunning": bool(jupyter_port) and ready,
        },
        "connectComponentLog": {"systemLogAddress": "", "instanceLogAddress": "", "isRunning": False},
    }


def _port_mappings(instance: Instance, switches: Switches, *, ready: bool) -> list[Json]:
    return [
        {"port": port, "endpoint": _endpoint(instance, port, kind) if ready else "", "type": kind}
        for port, kind in _ports(instance, switches)
    ]


def _endpoint(instance: Instance, port: int, kind: str) -> str:
    if kind == "http":
        return f"https://{instance.id}-{port}.{instance.cluster_id}.{_DOMAIN}"
    return f"proxy.{instance.cluster_id}.{_DOMAIN}:{_public_port(instance, port)}"


def _public_port(instance: Instance, port: int) -> int:
    return 30_000 + int(_digest(instance, str(port))[:8], 16) % 30_000


def _digest(instance: Instance, what: str) -> str:
    """Something that differs at each start, as the service's ports and passwords do, and is the same in each run."""
    return hashlib.sha256(f"{instance.id}/{instance.starts}/{what}".encode()).hexdigest()


def _inventory(free_gpus: int) -> str:
    levels = ((0, "none"), (8, "low"), (64, "normal"))
    return next((level for most, level in levels if free_gpus <= most), "high")


def _seconds(at: float) -> str:
    return str(int(at))
