"""Every failure a user can meet, drawn as one tree; each class owns its exit status.

    GpuspecError
    ├── SpecFaults          1   the spec has faults, each with a place
    │   └── PolicyBroken    5   the spec is sound, and against a policy or a limit of its project
    ├── UsageError         64   the command line can't be meant
    ├── CloudError          1   the API can't be reached, or answers what can't be read
    │   └── ServiceUntrusted    the service could not prove who it is; nothing was sent
    ├── CredentialsError    3   the API key is missing or refused
    ├── Refused             5   a guard stands in the way; nothing was sent
    ├── StateError          6   the state can't be used now
    │   ├── Locked
    │   ├── DamagedState
    │   ├── NewerState
    │   ├── ForeignState
    │   ├── StateMoved          a note says where the state went
    │   ├── StoreFailed         a write was not durable: no further request is sent
    │   ├── PlanMoved           a reviewed plan or receipt is not what would be done now
    │   └── PlanForeign         a reviewed plan is of another project, environment, service or state
    ├── PlanUnreadable      1   a file is no plan document that can be read
    ├── PlanNotWritten      1   a plan document could not be written
    ├── SecretMissing       1   a secret that this command needs is not at hand
    ├── OutputLost          1   the result can't be written to standard output
    ├── Interrupted   130/143   a signal ended the run in good order
    └── Bug                 1   what cannot happen

Actions that failed or stay unresolved are no exceptions: they are outcomes in the ledger, and
`exit_status_of` in `model.outcome` weighs them.
"""

from collections.abc import Sequence
from typing import ClassVar, Protocol


class Fault(Protocol):
    """What the tree needs to know of a `model.problem.Problem`, which lives above it."""

    @property
    def code(self) -> str: ...
    @property
    def message(self) -> str: ...


class GpuspecError(Exception):
    """A failure that a user can meet.

    Args:
        message: Full sentences: what exactly happened, with user data but never a secret.
        hint: The way out, as a sentence; empty when there is none.
        command: A command to copy, shown alone on an indented line below the hint.
    """

    code: ClassVar[str] = "error"
    summary: ClassVar[str] = "something went wrong"
    exit_status: int = 1

    def __init__(self, message: str, *, hint: str = "", command: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.command = command


class SpecFaults(GpuspecError):
    """The spec, its project file or its variables have faults; all of them are here, in file order."""

    code = "spec-faults"
    summary = "the spec has faults"

    def __init__(self, problems: Sequence[Fault]) -> None:
        super().__init__(f"{len(problems)} found.")
        self.problems = tuple(problems)


class PolicyBroken(SpecFaults):
    """What the spec asks for is against a policy or a limit of its project; nothing was sent."""

    code = "policy-broken"
    summary = "a policy is not kept"
    exit_status = 5


class UsageError(GpuspecError):
    """The command line can't be meant."""

    code = "wrong-usage"
    summary = "wrong usage"
    exit_status = 64


class CloudError(GpuspecError):
    """The API can't be reached, or gives an answer that can't be read."""

    code = "api-unreadable"
    summary = "the API gave no usable answer"


class ServiceUntrusted(CloudError):
    """The service could not prove who it is: neither the key nor a request was sent."""

    code = "service-untrusted"
    summary = "the service's certificate is not accepted"


class CredentialsError(GpuspecError):
    """The API key is missing or refused."""

    code = "credentials"
    summary = "no API key that the service accepts"
    exit_status = 3


class Refused(GpuspecError):
    """A guard stands in the way; nothing was sent.

    `reason` is the guard's kebab-case code, so that programs can tell guards apart.
    """

    code = "refused"
    summary = "refused"
    exit_status = 5

    def __init__(self, message: str, *, reason: str, hint: str = "", command: str = "") -> None:
        super().__init__(message, hint=hint, command=command)
        self.reason = reason


class StateError(GpuspecError):
    """The state can't be used now."""

    code = "state-unusable"
    summary = "the state can't be used"
    exit_status = 6


class Locked(StateError):
    """Somebody else holds the lock."""

    code = "state-locked"
    summary = "the state is locked"


class DamagedState(StateError):
    """The state or its journal can't be read, or they don't belong together."""

    code = "state-damaged"
    summary = "the state is damaged"


class NewerState(StateError):
    """A later gpuspec wrote the state."""

    code = "state-newer"
    summary = "the state was written by a later gpuspec"


class ForeignState(StateError):
    """The state belongs to another project, environment, lineage or origin, or is a stale copy."""

    code = "state-foreign"
    summary = "the state belongs to something else"


class StateMoved(StateError):
    """The state was moved to another place, and a note stands where it was."""

    code = "state-moved"
    summary = "the state moved to another place"


class StoreFailed(StateError):
    """A write was not made durable. It is final: no further request may be sent."""

    code = "state-not-written"
    summary = "the state could not be written"


class PlanMoved(StateError):
    """What was reviewed is not what would be done now, or is too old to tell; nothing was sent."""

    code = "plan-moved"
    summary = "the plan no longer holds"


class PlanForeign(StateError):
    """A reviewed plan is of another project, environment, service or state; nothing was sent."""

    code = "plan-foreign"
    summary = "the plan is of something else"


class PlanNotWritten(GpuspecError):
    """A plan document could not be written; what was there before is still there."""

    code = "plan-not-written"
    summary = "the plan could not be written"


class PlanUnreadable(GpuspecError):
    """A file that was given as a plan is none, is damaged, or was written by a later gpuspec."""

    code = "plan-unreadable"
    summary = "the plan can't be read"


class SecretMissing(GpuspecError):
    """A secret that this command needs is not at hand."""

    code = "secret-missing"
    summary = "a secret is not at hand"


class OutputLost(GpuspecError):
    """The result can't be written to standard output. What the command did is done, and recorded."""

    code = "output-lost"
    summary = "standard output can't be written to"


class Interrupted(GpuspecError):
    """A signal ended the run in good order; what was sent is recorded."""

    code = "interrupted"
    summary = "interrupted"
    exit_status = 130

    def __init__(self, message: str, *, exit_status: int = 130) -> None:
        super().__init__(message)
        self.exit_status = exit_status


class Bug(GpuspecError):
    """What cannot happen."""

    code = "bug"
    summary = "a bug in gpuspec"

    def __init__(self, message: str) -> None:
        super().__init__(f"{message} This is a bug in gpuspec.")
