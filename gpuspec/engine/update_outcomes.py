"""What became of an update, as an outcome: what was done before is said, and what was not sent. Pure."""

from gpuspec.engine.updates import Update, in_words
from gpuspec.model.live import LiveInstance
from gpuspec.model.outcome import Outcome, Result
from gpuspec.model.state import Call

# The reason of an outcome whose machine was seen to be as it was to be.
UPDATED = "updated"
_NO_CAPACITY = "A stop gives the GPUs back, and somebody else has them now; try again later, or let it be made anew."


def updated(update: Update, live: LiveInstance) -> Outcome:
    """It is as it was to be."""
    return Outcome(
        address=update.address,
        result=Result.DONE,
        id=update.id,
        status=live.status,
        reason=UPDATED,
        message=in_words(update.sent) or "nothing was left to send",
        endpoints=live.endpoints,
    )


def given_up(update: Update, result: Result, reason: str, message: str, *, status: str = "") -> Outcome:
    """It is not; what was done before stays recorded."""
    halfway = update.sent and update.left
    parts = (
        message,
        f"Done and recorded: {in_words(update.sent)}." if halfway else "",
        f"Not sent: {in_words(update.left)}." if halfway else "",
    )
    return Outcome(
        address=update.address,
        result=result,
        id=update.id,
        status=status,
        reason=reason,
        message=" ".join(part for part in parts if part),
    )


def refused(update: Update, call: Call, reason: str, message: str) -> Outcome:
    """The service refused a call, in its own words."""
    words = f"{call.value}: {message}" if message else f"The service refused to {call.value}."
    hint = f" {_NO_CAPACITY}" if reason == "INSUFFICIENT_RESOURCE" else ""
    return given_up(update, Result.FAILED, reason, f"{words}{hint}")


def in_doubt(update: Update, call: Call, reason: str) -> Outcome:
    """The answer was lost, and what became of the call was not to be told."""
    way_on = f"The next apply goes on from there, or decide: `gpuspec recover {update.address} --done` or `--absent`."
    return given_up(
        update, Result.UNRESOLVED, "in-doubt", f"The answer to its {call.value} was lost. {reason} {way_on}"
    )
