"""The field table is complete and agrees with itself."""

import pytest

from gpuspec.model.field import Change, Field, Kind, ReadBack, Unset
from gpuspec.model.fields import FIELDS, MAY_BE_SECRET, MUST_BE_WRITTEN
from gpuspec.model.lifecycle_fields import LIFECYCLE

SEED = {
    "name": (Kind.STRING, True),
    "productId": (Kind.STRING, True),
    "gpuNum": (Kind.INTEGER, True),
    "cpuNum": (Kind.INTEGER, False),
    "memory": (Kind.INTEGER, False),
    "diskSize": (Kind.INTEGER, True),
    "rootfsSize": (Kind.INTEGER, True),
    "imageUrl": (Kind.STRING, True),
    "imageAuth": (Kind.STRING, False),
    "ports": (Kind.PORTS, True),
    "envs": (Kind.ENVS, False),
    "tools": (Kind.TOOLS, False),
    "command": (Kind.STRING, True),
    "clusterId": (Kind.STRING, False),
    "localStorageMountPoint": (Kind.STRING, False),
    "networkStorages": (Kind.MOUNTS, False),
    "networkId": (Kind.STRING, False),
    "kind": (Kind.STRING, True),
}
LATER = {"imageAuthId", "entrypoint", "billingMode", "month", "autoRenew", "autoRenewMonth", "minCudaVersion"}
NEVER_READ = {"cpuNum", "memory", "diskSize", "localStorageMountPoint", "tools", "month", "imageAuth"}
NEVER_READ |= {"autoRenew", "autoRenewMonth", "minCudaVersion"}
ALL = [*FIELDS.values(), *LIFECYCLE.values(), *(item for row in FIELDS.values() for item in row.items)]


@pytest.mark.parametrize("name", SEED)
def test_each_field_of_the_create_page_has_a_row(name: str) -> None:
    """Type and need are those of the API's page."""
    assert (FIELDS[name].kind, FIELDS[name].required) == SEED[name]


def test_nothing_else_is_in_the_table_but_the_later_fields() -> None:
    """A field that no page documents would be refused or dropped by the service."""
    assert set(FIELDS) == set(SEED) | LATER


def test_what_has_to_be_written() -> None:
    """All else that the request needs has a default."""
    assert MUST_BE_WRITTEN == ("productId", "gpuNum", "diskSize", "rootfsSize", "imageUrl")


def test_how_fields_change() -> None:
    """What no call changes is replaced."""
    changed = {name: row.change for name, row in FIELDS.items() if row.change is not Change.REPLACE}

    assert changed == {
        "ports": Change.EDIT,
        "rootfsSize": Change.GROW,
        "imageUrl": Change.UPGRADE,
        "imageAuthId": Change.UPGRADE,
        "command": Change.UPGRADE,
        "entrypoint": Change.UPGRADE,
        "envs": Change.UPGRADE,
        "networkStorages": Change.UPGRADE,
        "billingMode": Change.CONVERT,
        "month": Change.CONVERT,
    }


def test_what_the_api_never_shows() -> None:
    """Drift in these can't be seen."""
    assert {name for name, row in FIELDS.items() if row.read_back is ReadBack.NEVER} == NEVER_READ


def test_what_removing_a_line_clears() -> None:
    """The other fields keep what they have."""
    cleared = {name for name, row in FIELDS.items() if row.unset is Unset.CLEAR}

    assert cleared == {"ports", "envs", "command", "entrypoint", "imageAuthId", "networkStorages", "tools"}


def test_only_what_a_call_changes_is_repairable() -> None:
    """Drift in a field that would need a replacement is never repaired."""
    repairable = {name for name, row in FIELDS.items() if row.repairable}

    assert repairable == {"ports", "envs", "command", "entrypoint", "imageAuthId", "networkStorages", "imageUrl"}


def test_only_the_credentials_are_always_secret() -> None:
    """Secret fields may hold secrets."""
    assert {name for name, row in FIELDS.items() if row.secret} == {"imageAuth"}
    assert MAY_BE_SECRET <= set(FIELDS)


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.name)
def test_each_row_is_documented(row: Field) -> None:
    """A sentence, a source and an example: `explain` and the schema show them."""
    assert row.doc.endswith(".")
    assert row.source
    assert row.example is not None
