"""What the ends of its two steps make of a replacement: one outcome an action. Pure."""

from dataclasses import replace

from gpuspec.model.outcome import OUTGOING, Outcome, Result

MADE = frozenset({Result.DONE, Result.FOUND})
GONE = frozenset({Result.DELETED, Result.NOTED})


def after_delete(made: Outcome, before: str) -> Outcome:
    """The end of the create, of a machine whose predecessor is gone already."""
    match made.result:
        case Result.DONE | Result.FOUND:
            return _in_place(made, before)
        case Result.FAILED | Result.NOT_STARTED:
            words = f"{before} is deleted, and nothing was made in its place; the next apply creates it."
            return replace(made, result=Result.FAILED, message=_said(made.message, words))
        case _:
            return replace(made, message=_said(f"{before}, which it replaces, is deleted.", made.message))


def without_delete(made: Outcome, before: str) -> Outcome:
    """The end of the create, of a machine whose predecessor is still there, and stays."""
    id_ = made.id if made.result in {Result.NOT_READY, Result.UNRESOLVED} else before
    return replace(made, id=id_, message=_said(made.message, f"{before}, which it is to replace, stays for now."))


def with_delete(made: Outcome, ended: Outcome, before: str) -> Outcome:
    """The ends of both steps, where the create came first and made its machine.

    As long as the machine before is there, both are paid for: that is told as strongly as what is unresolved.
    """
    if ended.result in GONE:
        return _in_place(made, before)
    why = ": ".join(part for part in (ended.reason, ended.message) if part)
    words = f"It is there, and {before}, which it replaces, is still to be deleted."
    return replace(made, result=Result.UNRESOLVED, reason=OUTGOING, message=_said(words, why))


def _in_place(made: Outcome, before: str) -> Outcome:
    return replace(made, reason="replaced", message=_said(f"It takes the place of {before}.", made.message))


def _said(*sentences: str) -> str:
    """The sentences as one text; the service's own words may have no stop at their end."""
    said = [sentence if sentence.endswith((".", "!", "?")) else f"{sentence}." for sentence in sentences if sentence]
    return " ".join(said)
