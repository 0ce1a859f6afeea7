"""Whole lives of a project, drawn at random: edits, other clients, faults, deaths, and runs of the command between."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from gpuspec.simulator.instance import Instance
from tests.builders.fleet import PRODUCT
from tests.builders.life import OTHER_PRODUCT, Life, a_changing_service, a_life, edited, renamed_image
from tests.builders.warm import a_warm_interpreter

ADDRESSES = st.sampled_from(("a", "b", "c"))
IMAGES = st.sampled_from(("pytorch:2.7", "pytorch:2.8"))
PORTS = st.sampled_from(([], ["8080/http"], ["8080/http", "22/tcp"]))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "productId": st.sampled_from((PRODUCT, OTHER_PRODUCT)),
    "rootfsSize": st.sampled_from((10, 20, 40)),
    "imageUrl": IMAGES,
    "ports": PORTS,
    "envs": st.sampled_from(({"RUN": "nightly"}, {"RUN": "weekly"}, {"RUN": "nightly", "MODE": "fast"})),
    "lifecycle": st.fixed_dictionaries(
        {},
        optional={
            "protect": st.booleans(),
            "onRemove": st.sampled_from(("delete", "forget", "stop")),
            "desired": st.sampled_from(("running", "stopped")),
            "createBeforeDestroy": st.booleans(),
            "ignoreChanges": st.just(["imageUrl"]),
        },
    ),
}
INSTANCES = st.fixed_dictionaries(VALUES)
CHANGES = st.sampled_from(tuple(VALUES)).flatmap(lambda name: st.tuples(st.just(name), VALUES[name]))
CALLS = st.sampled_from(("create", "delete", "edit", "upgrade", "start", "stop"))
KINDS = st.sampled_from(
    ("lost-response", "lost-request", "reset", "half-body", "500-after", "500-before", "429", "empty-200")
)
FAULTS = st.builds("{}@{}:{}".format, KINDS, CALLS, st.sampled_from(("1x", "2x", "0.5"))) | st.sampled_from(
    ("no-capacity@create:1x", "missing-total@list:1x", "500-before@list:1x", "late-listing@create:1x:0.3")
)
STEPS = st.builds("{}:{}".format, st.integers(1, 40), st.sampled_from(("after", "after", "before")))


class Lives(RuleBasedStateMachine):
    """What may happen to a project, in any order."""

    life: Life

    @initialize(fields=INSTANCES)
    def begins(self, fields: dict[str, Any]) -> None:
        # One is protected in every life: what threatens it is rare enough.
        self.life.asks_for("a", {**fields, "lifecycle": {**fields["lifecycle"], "protect": True}})
        self.life.asks_for("b", fields)
        self.life.applies()

    @rule(address=ADDRESSES, fields=INSTANCES)
    def asks_for(self, address: str, fields: dict[str, Any]) -> None:
        self.life.asks_for(address, fields)

    @precondition(lambda self: self.life.spec)
    @rule(number=st.integers(0, 2), change=CHANGES)
    def changes(self, number: int, change: tuple[str, Any]) -> None:
        self._change(number, change)

    @precondition(lambda self: self.life.spec)
    @rule(number=st.integers(0, 2))
    def applies_a_removal(self, number: int) -> None:
        self.life.removes(self._address(number))
        self.life.applies()

    @precondition(lambda self: self.life.spec)
    @rule(number=st.integers(0, 2), after=ADDRESSES)
    def renames(self, number: int, after: str) -> None:
        if after not in self.life.spec:
            self.life.renames(self._address(number), after)

    @rule()
    def renames_the_file(self) -> None:
        self.life.renames_the_file()

    @precondition(lambda self: self.life.machines)
    @rule(number=st.integers(0, 5), call=st.sampled_from(("delete", "stop", "start", "restart")))
    def somebody_calls(self, number: int, call: str) -> None:
        self.life.console(call, self._machine(number))

    @precondition(lambda self: self.life.machines)
    @rule(number=st.integers(0, 5), ports=PORTS, more_gb=st.sampled_from((0, 0, 10)))
    def somebody_edits(self, number: int, ports: list[str], more_gb: int) -> None:
        machine = self._machine(number)
        self.life.console("edit", machine, **edited(machine, ports=ports, more_gb=more_gb))

    @precondition(lambda self: self.life.machines)
    @rule(number=st.integers(0, 5), image=IMAGES)
    def somebody_upgrades(self, number: int, image: str) -> None:
        renamed_image(self.life, self._machine(number), image)

    @rule()
    def applies(self) -> None:
        self.life.applies()

    @precondition(lambda self: self.life.spec)
    @rule(number=st.integers(0, 2), change=CHANGES, faults=st.lists(FAULTS, min_size=1, max_size=3))
    def applies_a_change_under_faults(self, number: int, change: tuple[str, Any], faults: list[str]) -> None:
        self._change(number, change)
        self.life.applies(faults=faults)

    @precondition(lambda self: self.life.spec)
    @rule(number=st.integers(0, 2), change=CHANGES, step=STEPS, faults=st.lists(FAULTS, max_size=1))
    def dies_of_a_change(self, number: int, change: tuple[str, Any], step: str, faults: list[str]) -> None:
        self._change(number, change)
        self.life.applies(failpoint=step, faults=faults)

    @rule()
    def looks(self) -> None:
        self.life.looks()

    def teardown(self) -> None:
        self.life.brought_in_order()

    def _change(self, number: int, change: tuple[str, Any]) -> None:
        address = self._address(number)
        self.life.spec[address] = {**self.life.spec[address], change[0]: change[1]}

    def _address(self, number: int) -> str:
        return sorted(self.life.spec)[number % len(self.life.spec)]

    def _machine(self, number: int) -> Instance:
        return self.life.machines[number % len(self.life.machines)]


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[type[Lives]]:
    """Machines whose projects have one service and one interpreter in common, and else nothing."""
    numbers = count(1)
    with a_changing_service() as (service, app), a_warm_interpreter(tmp_path) as interpreter:

        class OneOfThem(Lives):
            def __init__(self) -> None:
                super().__init__()
                self.life = a_life(tmp_path / f"life-{next(numbers)}", service, app, interpreter)

        yield OneOfThem


def test_whatever_happens_in_between_everything_can_be_brought_in_order(lives: type[Lives]) -> None:
    """Then a plan has nothing to do, every machine of ours is recorded, and nothing that was protected is gone."""
    # Each takes some seconds.
    examples = settings().max_examples // 16

    run_state_machine_as_test(lives, settings=settings(max_examples=examples, stateful_step_count=12))
