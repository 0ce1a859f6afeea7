"""What became of a state that moved, and whose lock is broken, as text."""

from collections.abc import Mapping

from gpuspec.model.address import Address
from gpuspec.model.calling import Calling
from gpuspec.model.marker import DEFAULT_ENVIRONMENT
from gpuspec.model.state import State
from gpuspec.report.text import Line, Span, counted, hint_lines, line


def whose(state: State) -> str:
    """Which state it is, and how much is in it."""
    birth = state.birth
    return f"{counted(len(state.records), 'record')} of {birth.project}/{birth.environment}, serial {state.serial}"


def migrated_lines(state: State, *, left: str, to: str) -> tuple[Line, ...]:
    """Where the state is now, and what is still to be done."""
    environment = state.birth.environment
    under = "" if environment == DEFAULT_ENVIRONMENT else f" under `environments.{environment}`"
    way = hint_lines(f"say so in gpuspec.yaml{under}", f"state: {to}")
    if state.birth.origin == "simulator":
        # A project file says where the real state is; that of the simulator is its own.
        way = hint_lines("from now on name it", f"--state {to}")
    return (
        line(Span(to, "bold"), f"  {whose(state)}"),
        line(Span(left, "bold"), "  a note that says so; whoever uses it is told"),
        *way,
    )


def pushed_lines(state: State, *, place: str) -> tuple[Line, ...]:
    """What is recorded now."""
    return (line(Span(place, "bold"), f"  {whose(state)}"),)


def replaced_lines(before: State | None, after: State) -> tuple[Line, ...]:
    """What a push would replace, and by what."""
    first = "nothing" if before is None else whose(before)
    return (line(f"recorded  {first}"), line(f"pushed    {whose(after)}"))


def breaking_lines(
    held_by: str, *, open_calls: Mapping[Address, str], trouble: str, moving: bool = False
) -> tuple[Line, ...]:
    """Whose lock would be broken, and what its run may have under way; `moving`: the state, to or from there."""
    lines = [line(held_by)]
    lines += [line(Span(address, "bold"), f"  {call}, not known to be through") for address, call in open_calls.items()]
    if trouble:
        lines.append(line(Span("warning:", "warning"), f" what it has under way can't be told. {trouble}"))
    elif not open_calls:
        lines.append(line("It has noted no request whose end is not known."))
    if moving:
        words = " the state may be at both places. Run that `state migrate` again before anybody works on either."
        lines.append(line(Span("warning:", "warning"), words))
    return tuple(lines)


def broken_lines(lock_id: str, *, open_calls: Mapping[Address, str], calling: Calling) -> tuple[Line, ...]:
    """What was done, and what comes next."""
    done = line(Span(lock_id, "bold"), "  broken; its run is told before it sends anything else")
    return (done, *(hint_lines("settle what is open:", calling.whole("gpuspec recover")) if open_calls else ()))
