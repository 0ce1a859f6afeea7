"""`env list`: the project's environments, each with what its state says. Takes no lock and asks no API."""

from collections.abc import Callable

from gpuspec.errors import StateError
from gpuspec.model.environments import EnvironmentList, EnvironmentRow
from gpuspec.model.project import Environment, Project
from gpuspec.workflow.recorded import recorded
from gpuspec.workflow.session import Offline

# The name of an environment -> what commands on it work with, and the origin that its state is bound to.
PlaceOf = Callable[[str], tuple[Offline, str]]


def environment_list(project: Project, place_of: PlaceOf) -> EnvironmentList:
    """All environments; where the project declares none, the one row of its only state, which has no name."""
    offline, origin = place_of(project.usable[0] if project.usable else "")
    if not project.environments:
        return EnvironmentList(project=offline.home.name, rows=(_row(offline, origin),))
    rows = tuple(
        _abstract(project, environment) if environment.abstract else _row(*place_of(environment.name))
        for environment in project.environments.values()
    )
    return EnvironmentList(project=offline.home.name, rows=rows)


def _abstract(project: Project, environment: Environment) -> EnvironmentRow:
    held = project.environment(environment.name)
    return EnvironmentRow(
        name=environment.name,
        extends=environment.extends,
        abstract=True,
        cloud=(held.cloud or project.cloud).value,
        endpoint=held.endpoint or project.endpoint,
    )


def _row(offline: Offline, origin: str) -> EnvironmentRow:
    home = offline.home
    instances, trouble = _counted(offline, origin)
    return EnvironmentRow(
        name=home.environment.name,
        extends=home.environment.extends,
        abstract=False,
        cloud=home.cloud.value,
        endpoint=home.endpoint,
        state=offline.workplace.shown(offline.home.folder),
        instances=instances,
        trouble=trouble,
    )


def _counted(offline: Offline, origin: str) -> tuple[int | None, str]:
    if offline.workplace.url is not None:
        return None, "on an object store, not read"
    try:
        return len(recorded(offline, origin=origin).records), ""
    except StateError as error:
        return None, error.summary
