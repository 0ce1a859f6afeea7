"""The calls of the API that are used: paths, queries and the size an answer may have.

Source: Novita API reference, GPU instance, version 1.
"""

from collections.abc import Mapping

from gpuspec.cloud.transport import MEGABYTE, Request
from gpuspec.model.state import Call

PREFIX = "/gpu-instance/openapi/v1"
PAGE_SIZE = 100
LARGEST_LIST = 32 * MEGABYTE
_ORDERS = {
    Call.DELETE: "delete",
    Call.START: "start",
    Call.STOP: "stop",
    Call.RESTART: "restart",
    Call.EDIT: "edit",
    Call.UPGRADE: "upgrade",
    Call.CONVERT: "transToMonthlyInstance",
}


def page(number: int) -> Request:
    """One page of the list of instances."""
    query = {"pageNum": str(number), "pageSize": str(PAGE_SIZE)}
    return Request(method="GET", path=f"{PREFIX}/gpu/instances", query=query, cap=LARGEST_LIST)


def instance(instance_id: str) -> Request:
    """One instance."""
    return Request(method="GET", path=f"{PREFIX}/gpu/instance", query={"instanceId": instance_id})


def products() -> Request:
    """Everything that can be rented, not only what is free now."""
    return Request(method="GET", path=f"{PREFIX}/products", cap=LARGEST_LIST)


def clusters() -> Request:
    """Where it can be rented."""
    return Request(method="GET", path=f"{PREFIX}/clusters", cap=LARGEST_LIST)


def create(body: Mapping[str, object], *, secrets: tuple[str, ...]) -> Request:
    """The one call that makes an instance."""
    return Request(method="POST", path=f"{PREFIX}/gpu/instance/create", body=body, secrets=secrets)


def order(call: Call, body: Mapping[str, object], *, secrets: tuple[str, ...]) -> Request:
    """A call on an instance that is there."""
    return Request(method="POST", path=f"{PREFIX}/gpu/instance/{_ORDERS[call]}", body=body, secrets=secrets)
