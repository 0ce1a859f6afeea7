"""The list of environments to data, for `--json`."""

from gpuspec.model.environments import EnvironmentList, EnvironmentRow
from gpuspec.model.project import JsonValue

VERSION = 1


def environments_document(found: EnvironmentList) -> dict[str, JsonValue]:
    """Every environment; `state` is null for an abstract one, `instances` also where the state can't be read."""
    return {
        "version": VERSION,
        "command": "env list",
        "project": found.project,
        "environments": [_row(row) for row in found.rows],
    }


def _row(row: EnvironmentRow) -> dict[str, JsonValue]:
    return {
        "name": row.name,
        "extends": row.extends or None,
        "abstract": row.abstract,
        "cloud": row.cloud,
        "endpoint": row.endpoint or None,
        "state": row.state or None,
        "instances": row.instances,
        "trouble": row.trouble or None,
    }
