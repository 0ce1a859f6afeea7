"""What one look at a machine tells about an order whose answer was lost. Pure.

Status tells of a delete, a start and a stop, billing of a conversion; of an edit and an upgrade the fields that the
order changes tell, each by whether it shows what was asked for or what was there before.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from gpuspec.engine.votes import Vote, votes
from gpuspec.errors import Bug
from gpuspec.model.live import LiveInstance, NotFound, Phase, Seen, Sight, Unreadable
from gpuspec.model.state import Call, Order, Record
from gpuspec.planning.normal import Seal

_AT_REST = frozenset({Phase.RUNNING, Phase.STOPPED})


class Obedience(Enum):
    """What became of an order, as far as one look tells.

    DONE: What the call promises is there. Of a DELETE: the machine is not; that takes a second look, some time later.
    UNDER_WAY: The service has taken the order and is at it: as good as its answer.
    NOT_DONE: It is as it was before. A request that is still on its way may yet change that, so it counts only
        once the settle window has passed.
    GONE: The machine is not there, and the order was not to delete it; that takes a second look, some time later.
    UNTOLD: This look doesn't tell.
    """

    DONE = "done"
    UNDER_WAY = "under way"
    NOT_DONE = "not done"
    GONE = "gone"
    UNTOLD = "untold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one look tells; `reason` is a sentence where it is UNTOLD, for whoever has to decide."""

    obedience: Obedience
    reason: str = ""


DONE = Finding(obedience=Obedience.DONE)
UNDER_WAY = Finding(obedience=Obedience.UNDER_WAY)
NOT_DONE = Finding(obedience=Obedience.NOT_DONE)
GONE = Finding(obedience=Obedience.GONE)


def obeyed(order: Order, sight: Sight, *, before: Record, seal: Seal) -> Finding:
    """What this look tells about the order.

    Args:
        sight: A GET, or a row of the list as `Seen`; a row shows the size of the root disk, which GET may not.
        before: The record at the order's address; it can't change while the order is open.
        seal: Seals what the service shows, so that it can be compared with what is recorded.
    """
    match sight:
        case Unreadable(reason=reason):
            return _untold(reason)
        case NotFound():
            return _missing(order)
        case Seen(instance=instance) if instance.phase is Phase.REMOVED:
            return _missing(order)
        case Seen(instance=instance) if instance.under_way is order.call:
            return UNDER_WAY
        case Seen(instance=instance):
            return _by_instance(order, instance, before=before, seal=seal)
        case _:
            assert_never(sight)


def _missing(order: Order) -> Finding:
    return DONE if order.call is Call.DELETE else GONE


def _by_instance(order: Order, live: LiveInstance, *, before: Record, seal: Seal) -> Finding:
    match order.call:
        case Call.DELETE:
            return _deletion(live)
        case Call.START:
            return _power(live, wanted=Phase.RUNNING, otherwise=Phase.STOPPED)
        case Call.STOP:
            return _power(live, wanted=Phase.STOPPED, otherwise=Phase.RUNNING)
        case Call.RESTART:
            return _untold("A restart leaves no trace that could be read.")
        case Call.EDIT | Call.UPGRADE:
            return _at_rest(_by_fields(order, live, before=before, seal=seal), live)
        case Call.CONVERT:
            return _at_rest(_conversion(live), live)
        case Call.CREATE:
            raise Bug(f"The order {order.nonce} is to create.")
        case _:
            assert_never(order.call)


def _deletion(live: LiveInstance) -> Finding:
    if live.phase is Phase.LEAVING:
        return UNDER_WAY
    return _untold(_odd_status(live)) if live.phase is Phase.UNKNOWN else NOT_DONE


def _power(live: LiveInstance, *, wanted: Phase, otherwise: Phase) -> Finding:
    if live.phase is wanted:
        return DONE
    return NOT_DONE if live.phase is otherwise else _untold(_odd_status(live))


def _at_rest(finding: Finding, live: LiveInstance) -> Finding:
    """Of a machine that is busy, or leaving, nothing is concluded from what it does not show yet."""
    if finding.obedience is Obedience.NOT_DONE and live.phase not in _AT_REST:
        return _untold(_odd_status(live))
    return finding


def _conversion(live: LiveInstance) -> Finding:
    mode = live.fields.get("billingMode")
    if mode == "monthly":
        return DONE
    if mode:
        return NOT_DONE
    # Source: public clients of the API report an empty `billingMode`; the end tells too.
    if live.end_time is None:
        return _untold("The service does not show how the machine is paid for.")
    return DONE if live.end_time else NOT_DONE


def _by_fields(order: Order, live: LiveInstance, *, before: Record, seal: Seal) -> Finding:
    if order.after is None:
        raise Bug(f"The order {order.nonce} to {order.call.value} says nothing of the record after it.")
    cast = votes(order.call, live.fields, before=before, after=order.after, seal=seal)
    kinds = set(cast.values())
    # The service may show the name of an image otherwise than it was sent; a size or a port it may not.
    odd_one_matters = Vote.ELSE in kinds and order.call is not Call.UPGRADE
    if Vote.AFTER in kinds and Vote.BEFORE not in kinds and not odd_one_matters:
        return DONE
    if Vote.BEFORE in kinds and Vote.AFTER not in kinds:
        return NOT_DONE
    return _untold(_in_doubt(name for name, vote in cast.items() if vote is not Vote.AFTER))


def _in_doubt(names: Iterable[str]) -> str:
    words = ", ".join(f"`{name}`" for name in names) or "what the order changes"
    return f"What the service shows is neither wholly what was asked for nor what was there before: {words}."


def _odd_status(live: LiveInstance) -> str:
    return f"Its status is `{live.status}`." if live.status else "The service shows no status of it."


def _untold(reason: str) -> Finding:
    return Finding(obedience=Obedience.UNTOLD, reason=reason)
