"""What a note makes of a record that is rebuilt: the unknown filled in, everything else in the spec's form."""

from dataclasses import replace
from typing import Any

import pytest

from gpuspec.model.instance import Lifecycle
from gpuspec.model.secret import OutOfReach, SecretRef
from gpuspec.model.state import Record
from gpuspec.model.values import Port, Tool
from gpuspec.planning.compare import changes
from gpuspec.planning.noting import known, noted, what_is_noted
from tests.builders.planning import a_record, an_instance, envs, seal

MISSING = OutOfReach(refs=(SecretRef(kind="env", name="AUTH"),))
HTTP = Port(number=8888, protocol="http")
JUPYTER = Tool(name="Jupyter", port="8888", type="http")


def a_rebuilt(*unknown: str, **fields: Any) -> Record:
    """A record of which these fields are not known any more."""
    record = a_record(**fields)
    kept = {name: value for name, value in record.fields.items() if name not in unknown}
    return replace(record, fields=kept, unknown=frozenset(unknown))


def test_an_unknown_field_is_no_change_and_noted() -> None:
    """What the spec has of it is taken over; what it lacks is known to be absent."""
    record, desired = a_rebuilt("diskSize", "memory", "month"), an_instance(memory=62)

    found = changes(desired.fields, known(record, desired.fields), named=desired.named)
    after = noted(record, desired)

    assert found == ()
    assert what_is_noted(record, desired) == ("fields that were unknown: memory, diskSize",)
    assert (after.fields["memory"], after.fields["diskSize"], after.unknown) == (62, 60, frozenset())
    assert what_is_noted(after, desired) == ()


def test_what_the_spec_never_had_is_settled_without_a_name() -> None:
    """The record learns that nothing was sent."""
    assert what_is_noted(a_rebuilt("month"), an_instance()) == ("fields that were unknown",)


@pytest.mark.parametrize(
    ("field", "value"), [("imageAuth", MISSING), ("envs", envs(RUN="a", TOKEN=MISSING)), ("command", MISSING)]
)
def test_a_secret_that_is_not_at_hand_stays_unknown(field: str, value: Any) -> None:
    """It has no seal that could be written; it is no change and no reason for a note."""
    record, desired = a_rebuilt(field), an_instance(**{field: value})

    after = noted(record, desired)

    assert changes(desired.fields, known(record, desired.fields), named=desired.named) == ()
    assert what_is_noted(record, desired) == ()
    assert (after.unknown, field in after.fields) == (frozenset({field}), False)


@pytest.mark.parametrize("wanted", ["", (HTTP,)])
def test_the_port_of_an_unknown_tool_is_no_port_of_the_spec(wanted: Any) -> None:
    """An answer may show the ports of tools among the others; one that the spec has as well stays."""
    record = a_rebuilt("tools", ports=(HTTP,))
    desired = an_instance(tools=(JUPYTER,), ports=wanted)

    assert changes(desired.fields, known(record, desired.fields), named=desired.named) == ()
    assert noted(record, desired).fields["ports"] == (wanted or ())


def test_without_ports_there_are_none_to_sort_out() -> None:
    """Ports that were not shown are the spec's."""
    record, desired = a_rebuilt("tools", "ports"), an_instance(tools=(JUPYTER,), ports=(HTTP,))

    assert known(record, desired.fields)["ports"] == (HTTP,)


def test_what_was_shown_follows_the_form_of_what_was_sent() -> None:
    """Or the next drift could not be told: two seals are compared, and two texts, but not one with the other."""
    sealed: dict[str, Any] = {"command": seal("run"), "envs": envs(RUN=seal("a"), TOKEN=seal("t"), GONE=seal("g"))}
    record = replace(a_record(**sealed), shown={**sealed})
    desired = an_instance(command="run", envs=envs(RUN="a", TOKEN=seal("t")))

    after = noted(record, desired, seal)

    assert after.fields["envs"] == after.shown["envs"] == envs(RUN="a", TOKEN=seal("t"), GONE=seal("g"))
    assert after.fields["command"] == after.shown["command"] == "run"


def test_a_text_that_became_a_secret_is_sealed_in_what_was_shown() -> None:
    """A state holds no secret, wherever it came from."""
    record = replace(a_record(command="run"), shown={"command": "run"})

    after = noted(record, an_instance(command=seal("run")), seal)

    assert after.fields["command"] == after.shown["command"] == seal("run")


def test_a_record_that_was_not_rebuilt_is_as_it_is() -> None:
    """Nothing is made up for it."""
    record = a_record()

    assert known(record, an_instance(memory=62).fields) is record.fields
    assert what_is_noted(record, an_instance(lifecycle=Lifecycle(protect=True))) == ("lifecycle",)
