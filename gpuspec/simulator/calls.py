"""The calls that the simulator plays: name, method, path, and whether they change something."""

from dataclasses import dataclass

PREFIX = "/gpu-instance/openapi/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of the API; `name` is our word for it, in faults and in the log of requests."""

    name: str
    method: str
    path: str

    @property
    def mutating(self) -> bool:
        return self.method == "POST"


def _order(name: str, path: str) -> Call:
    return Call(name=name, method="POST", path=f"{PREFIX}/gpu/instance/{path}")


# Source: Novita API reference, "GPU instance": each mutation is a POST with a JSON body, deletion too.
CALLS = (
    _order("create", "create"),
    Call(name="get", method="GET", path=f"{PREFIX}/gpu/instance"),
    Call(name="list", method="GET", path=f"{PREFIX}/gpu/instances"),
    _order("start", "start"),
    _order("stop", "stop"),
    _order("restart", "restart"),
    _order("delete", "delete"),
    _order("edit", "edit"),
    _order("upgrade", "upgrade"),
    _order("monthly", "transToMonthlyInstance"),
    _order("renew", "renewInstance"),
    Call(name="save", method="POST", path=f"{PREFIX}/job/save/image"),
    Call(name="clusters", method="GET", path=f"{PREFIX}/clusters"),
    Call(name="products", method="GET", path=f"{PREFIX}/products"),
)
CALL_NAMES = tuple(call.name for call in CALLS)
MUTATING = frozenset(call.name for call in CALLS if call.mutating)
READING = frozenset(CALL_NAMES) - MUTATING
