"""One form for a field's value in which equal means the same to the API: lists are sets, nothing is the default."""

from collections.abc import Callable
from typing import TypeGuard

from gpuspec.model.field import Field
from gpuspec.model.live import LiveInstance
from gpuspec.model.plan import Absence, Certainty
from gpuspec.model.secret import AnySecret, OutOfReach, Revealed, Sealed, Secret
from gpuspec.model.values import Env, Fields, FieldValue, Text

Seal = Callable[[str], Sealed]
Compared = FieldValue | Absence

ON_DEMAND, MONTHLY, SPOT = "onDemand", "monthly", "spot"


def is_secret(value: object) -> TypeGuard[AnySecret]:
    """Whether a value must never be shown, in whatever form it is."""
    return isinstance(value, Secret | Revealed | Sealed | OutOfReach)


def present(value: FieldValue | None) -> Compared:
    """The value, or `ABSENT` for what the API takes as not given: no value, an empty text, an empty list."""
    return Absence.ABSENT if value is None or value in ("", ()) else value


def effective(field: Field, value: FieldValue | None) -> Compared:
    """What the request means for this field: a value that is not given is the default, 0 and false are not given.

    Source: Novita API reference, create instance: the example sends `cpuNum: 0` and `memory: 0` for "not chosen".
    """
    given = present(value)
    if given is Absence.ABSENT or (not field.required and given in (0, False)):
        return present(field.default)
    return given


def billing_mode(fields: Fields) -> str:
    """How a machine made with these fields is paid for, whichever of them says so.

    Source: Novita API reference, create instance: `onDemand` by default, and months make it monthly.
    """
    month, mode = fields.get("month", 0), fields.get("billingMode", "")
    if isinstance(month, int) and month > 0:
        return MONTHLY
    return mode if isinstance(mode, str) and mode else ON_DEMAND


def billing_shown(live: LiveInstance) -> str:
    """How a live machine is paid for; empty where neither its mode nor the end of its months is shown."""
    mode = live.fields.get("billingMode")
    if isinstance(mode, str) and mode:
        return mode
    return MONTHLY if live.end_time else ""


def difference(before: Compared, after: Compared, seal: Seal | None = None) -> Certainty | None:
    """How sure it is that two values differ; None when they are the same.

    Args:
        seal: Seals with the key at hand, so that a plain text can be compared with a sealed one. Without it, such a
            pair can't be told apart.
    """
    if before == after:
        return None
    if before is Absence.ABSENT or after is Absence.ABSENT:
        return Certainty.DIFFERENT
    if not (is_secret(before) or is_secret(after)):
        return None if _as_set(before) == _as_set(after) else Certainty.DIFFERENT
    return _secret_difference(_sealed(before, seal), _sealed(after, seal))


def env_values(value: Compared) -> dict[str, Text]:
    """Key -> value of a field of envs; empty for what is absent."""
    return {item.key: item.value for item in value if isinstance(item, Env)} if isinstance(value, tuple) else {}


def _as_set(value: Compared) -> object:
    return frozenset(value) if isinstance(value, tuple) else value


def _sealed(value: Compared, seal: Seal | None) -> Compared:
    if seal is None:
        return value
    if isinstance(value, Revealed):
        return seal(value.text)
    return seal(value) if isinstance(value, str) else value


def _secret_difference(before: Compared, after: Compared) -> Certainty | None:
    if not isinstance(before, Sealed) or not isinstance(after, Sealed) or before.key_id != after.key_id:
        return Certainty.CANNOT_TELL
    return None if before.digest == after.digest else Certainty.DIFFERENT
