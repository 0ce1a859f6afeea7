"""What an action sends, and what that means for the machine: its calls, restarts, lost data, months paid ahead."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gpuspec.model.instance import Handling, Power
from gpuspec.model.plan import ActionKind
from gpuspec.model.settings import Wait
from gpuspec.model.state import Call
from gpuspec.planning.normal import MONTHLY, billing_mode
from gpuspec.planning.subjects import Subject
from gpuspec.planning.updating import data_lost, may_restart

_DATA_LOST = "its data is lost"
_DISK_LOST = "its root disk is lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """What an action sends, in order; see `model.plan.Action`."""

    calls: tuple[Call, ...] = ()
    restarts: bool = False
    data_lost: str = ""
    prepaid: bool = False


def doing(kind: ActionKind, subject: Subject) -> Doing:
    """What an action of this kind sends for the subject."""
    match kind:
        case ActionKind.CREATE:
            return Doing(calls=(Call.CREATE, *_then(subject)), prepaid=_pays_ahead(subject))
        case ActionKind.REPLACE:
            calls = (*_replacing(subject.handling), *_then(subject))
            return Doing(calls=calls, data_lost=_DISK_LOST, prepaid=_pays_ahead(subject))
        case ActionKind.DELETE:
            return Doing(calls=(Call.DELETE,), data_lost=_DATA_LOST)
        case ActionKind.UPDATE:
            return Doing(
                calls=subject.calls,
                restarts=may_restart(subject.calls),
                data_lost=data_lost(subject.calls, subject.handling),
                prepaid=Call.CONVERT in subject.calls,
            )
        case _:
            return Doing()


def consequences(calls: Sequence[Call], handling: Handling) -> str:
    """What calls on a machine that stays mean for it, as a part of a sentence; lost data is told apart."""
    return "; ".join(_consequences(calls, handling))


def _pays_ahead(subject: Subject) -> bool:
    return subject.instance is not None and billing_mode(subject.instance.fields) == MONTHLY


def _replacing(handling: Handling) -> tuple[Call, ...]:
    return (Call.CREATE, Call.DELETE) if handling.create_before_destroy else (Call.DELETE, Call.CREATE)


def _then(subject: Subject) -> tuple[Call, ...]:
    """What a machine gets once it runs, which the create call makes it do; a stop can't be sent before."""
    is_waited_for = subject.handling.wait is not Wait.NONE
    return (Call.STOP,) if subject.lifecycle.desired is Power.STOPPED and is_waited_for else ()


def _consequences(calls: Sequence[Call], handling: Handling) -> Iterator[str]:
    if Call.UPGRADE in calls:
        yield "the container restarts"
        if handling.save:
            yield "what is saved of its root disk may fail to come back if the image does not fit it"
    elif Call.EDIT in calls:
        yield "the container may restart"
    if Call.START in calls:
        yield "a start fails where no GPU is free"
    if Call.CONVERT in calls:
        yield "months are paid ahead, and there is no way back"
    if Call.STOP in calls:
        yield "its container ends and its GPUs are given back: a start may find none free"
