"""Settings that every test shares."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.builders.s3 import S3, an_s3_server

# The same examples in every run, so that a change is judged by what it changed; HYPOTHESIS_PROFILE=campaign draws new
# ones. A machine that is busy with other tests is no fault of a test.
settings.register_profile("steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("campaign", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as the program does."""
    return "asyncio"


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """An S3 server on loopback with one bucket; each test takes a place of its own in it."""
    with an_s3_server() as server:
        yield server
