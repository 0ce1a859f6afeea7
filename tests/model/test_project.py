"""What holds in an environment: its own values, then those of the environments that it extends."""

from gpuspec.model.marker import MarkerMode
from gpuspec.model.project import CloudKind, Environment, Limits, Project, Tuning

BASE = Environment(
    name="base",
    abstract=True,
    variables={"size": 1, "image": "a"},
    endpoint="https://a.b",
    cloud=CloudKind.SIMULATOR,
    marker=MarkerMode.NAME,
    tuning=Tuning(parallelism=2, rate=0.0),
    limits=Limits(max_instances=2, max_gpus=0),
)
MIDDLE = Environment(name="middle", extends="base", state="middle.json", variables={"size": 2, "more": None})
PROD = Environment(
    name="prod",
    extends="middle",
    cloud=CloudKind.NOVITA,
    variables={"image": "b"},
    tuning=Tuning(parallelism=3),
    limits=Limits(max_instances=0),
)
PROJECT = Project(environments={each.name: each for each in (PROD, MIDDLE, BASE)})


def test_the_nearest_environment_wins() -> None:
    """Value by value; a limit of 0 is a value, and so is a variable's null."""
    held = PROJECT.environment("prod")

    assert held.variables == {"size": 2, "image": "b", "more": None}
    assert (held.cloud, held.endpoint, held.marker) == (CloudKind.NOVITA, "https://a.b", MarkerMode.NAME)
    assert held.tuning == Tuning(parallelism=3, rate=0.0)
    assert held.limits == Limits(max_instances=0, max_gpus=0)


def test_a_state_is_never_taken_over() -> None:
    """Two environments that record in one file would undo each other's work; nor is what extends itself abstract."""
    held = PROJECT.environment("prod")

    assert (held.name, held.extends, held.state, held.abstract) == ("prod", "middle", "", False)


def test_an_environment_that_extends_nothing_is_as_written() -> None:
    """And only those that are not abstract can be worked on."""
    assert PROJECT.environment("base") == BASE
    assert PROJECT.usable == ("prod", "middle")


def test_a_chain_ends() -> None:
    """At an environment that extends none, at one that is not declared, and where a circle closes."""
    circle = {name: Environment(name=name, extends=to) for name, to in (("a", "b"), ("b", "a"), ("c", "x"))}

    assert [each.name for each in PROJECT.chain("prod")] == ["prod", "middle", "base"]
    assert [each.name for each in Project(environments=circle).chain("a")] == ["a", "b"]
    assert [each.name for each in Project(environments=circle).chain("c")] == ["c"]
    assert PROJECT.chain("nowhere") == ()
