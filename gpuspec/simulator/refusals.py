"""What the service answers when it refuses: a reason, a text, and nearly always status 400."""

from collections.abc import Mapping
from types import MappingProxyType

# Source: Novita API reference, "Error codes", table "GPU": all other reasons come with 400.
_STATUS_BY_REASON = MappingProxyType(
    {"UNAUTHORIZED": 401, "FORBIDDEN": 403, "RATE_LIMIT_EXCEEDED": 429, "UNKNOWN": 500}
)


class Refusal(Exception):
    """The service refuses a call, and nothing has changed."""

    def __init__(self, reason: str, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.status = status or _STATUS_BY_REASON.get(reason, 400)

    @property
    def body(self) -> Mapping[str, object]:
        """The service's JSON for an error."""
        return {"code": self.status, "reason": self.reason, "message": self.message, "metadata": {}}


def bad_parameter(message: str) -> Refusal:
    return Refusal("VALIDATOR_PARAM", message)


def not_found(instance_id: str) -> Refusal:
    return Refusal("RESOURCE_NOT_FOUND", f"instance {instance_id} not found")
