"""The facts of one address that the sentences of a plan may mention."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from gpuspec.model.live import LiveInstance
from gpuspec.model.plan import Certainty, Change
from gpuspec.model.state import Call, OpenIntent, OpenOrder
from gpuspec.planning.doing import consequences
from gpuspec.planning.sightings import Sightings, ids_of
from gpuspec.planning.subjects import Subject, needs_replacement


def told(subject: Subject, sightings: Sightings, *, calls: Sequence[Call]) -> Mapping[str, str]:
    """What sentences may mention; a sentence asks only for what its row makes sure of.

    Args:
        calls: What the action sends.
    """
    record, live = subject.record, subject.live
    return {
        "address": subject.address,
        "id": "" if record is None else record.id,
        "status": "" if live is None else live.status,
        "why": _why(subject, sightings),
        "candidates": ids_of(sightings.candidates(subject.address, subject.name)),
        "late": ids_of(sightings.late_answers(subject.address)),
        "source": "" if subject.instance is None else subject.instance.source or "standard input",
        "recorded_source": "" if record is None else record.source,
        "noted": ", ".join(subject.noted),
        "replaced": "" if record is None else ", ".join(record.outgoing),
        **_told_of_update(subject, calls),
        **_told_of_replacement(subject),
        **_told_of_order(subject.order),
    }


def in_a_row(words: Sequence[str]) -> str:
    """The words as a part of a sentence: `a, b and c`."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def _told_of_update(subject: Subject, calls: Sequence[Call]) -> Mapping[str, str]:
    if subject.record is None:
        return {}
    desired = subject.lifecycle.desired
    return {
        "fields": ", ".join(_causes(subject)),
        "drifted": _fields(subject.mended),
        "accepted": _fields(_certain(subject.drift)),
        "calls": in_a_row([call.value for call in calls]),
        "consequences": consequences(calls, subject.handling),
        "desired": "" if desired is None else desired.value,
    }


def _causes(subject: Subject) -> Iterator[str]:
    """What an update is for."""
    yield from (f"`{change.field}`" for change in _certain(subject.changes))
    if subject.mended:
        yield f"drift in {_fields(subject.mended)}"
    if subject.power is not None:
        yield "`lifecycle.desired`"


def _told_of_replacement(subject: Subject) -> Mapping[str, str]:
    """Why no call on the machine itself is enough, and which goes first, the machine that is there or the other."""
    if subject.record is None:
        return {}
    certain = _certain(subject.changes)
    decisive = [change for change in certain if needs_replacement(change)] or certain
    asked = "`--replace` asks for another machine"
    id_, first = subject.record.id, subject.handling.create_before_destroy
    return {
        "cause": f"{_fields(decisive)} can't be changed in place" if decisive else asked,
        "back": "put the spec back as it was" if decisive else "leave `--replace` out",
        "turns": f"another is made, then {id_} is deleted" if first else f"{id_} is deleted, then another is made",
    }


def _told_of_order(held: OpenOrder | None) -> Mapping[str, str]:
    if held is None:
        return {}
    why = f" ({_sentence_part(held.reason)})" if held.reason else ""
    taken = "the service took it; that it is through is not proven yet"
    return {
        "call": held.order.call.value,
        "ordered": held.order.id,
        "standing": f"what became of it is not known{why}" if held.obeyed_at is None else taken,
    }


def _why(subject: Subject, sightings: Sightings) -> str:
    observation = sightings.observation
    if subject.intent is not None:
        return _why_open(subject.intent, sightings.candidates(subject.address, subject.name), sightings)
    listed = observation.incomplete or observation.hidden
    if subject.record is None:
        return _sentence_part(listed)
    return _sentence_part(observation.unproven.get(subject.record.id) or listed or "it was not looked for")


def _why_open(intent: OpenIntent, candidates: Sequence[LiveInstance], sightings: Sightings) -> str:
    seen = sightings.answers.get(intent.intent.nonce)
    if seen is not None:
        return f"; {seen.id} carries its marker"
    same_name = f"; of the same name: {ids_of(candidates)}" if candidates else ""
    return (f" ({_sentence_part(intent.reason)})" if intent.reason else "") + same_name


def _certain(changes: Iterable[Change]) -> list[Change]:
    return [change for change in changes if change.certainty is Certainty.DIFFERENT]


def _fields(changes: Iterable[Change]) -> str:
    return ", ".join(f"`{change.field}`" for change in changes)


def _sentence_part(sentence: str) -> str:
    return sentence.rstrip(".")
