"""What came back from a call on an instance that is there, classified like a create but for what the call promises."""

from collections.abc import Mapping

from gpuspec.cloud.failures import classify, is_success, says_missing
from gpuspec.cloud.reply import Flaw, Outcome, Reply
from gpuspec.cloud.shapes import identifier, unwrapped
from gpuspec.model.answer import Answer, Done
from gpuspec.model.order import Delete, OrderRequest

# What an answer calls its machine, and what only a complaint has in it.
_NAMES = ("instanceId", "id")
_COMPLAINTS = frozenset({"code", "error", "errors", "message", "reason", "title"})


def classify_order(outcome: Outcome, request: OrderRequest, *, now: float) -> Answer:
    """What came back from this call.

    Args:
        now: Wall-clock seconds since the epoch; `Retry-After` may be a date.
    """

    def done(reply: Reply) -> Done | None:
        return Done(id=request.id) if _is_done(reply, request) else None

    return classify(outcome, done, promised="the answer is not one of this call", now=now)


def _is_done(reply: Reply, request: OrderRequest) -> bool:
    """Whether the reply is a success of this call: empty, or an object that is about no other machine and no fault.

    Source: Novita API reference: these calls document no answer. Public clients see an empty body after a delete and
    `{"instanceId", "state"}` after start and stop. Anything else with status 200 comes from something before the API.
    """
    if isinstance(request, Delete) and says_missing(reply):
        return True
    if not is_success(reply) or reply.flaw is not Flaw.NONE:
        return False
    if not reply.body.strip():
        return True
    document, inner = reply.json, unwrapped(reply.json, "instance")
    if not isinstance(document, dict) or inner is None:
        return False
    return all(_is_about(layer, request.id) for layer in (document, inner))


def _is_about(document: Mapping[str, object], instance_id: str) -> bool:
    named = [identifier(document[name]) for name in _NAMES if name in document]
    return _COMPLAINTS.isdisjoint(document) and all(name == instance_id for name in named)
