"""Objects through obstore, on an S3 server and on servers that say no: each failure in words of our own."""

import os
from dataclasses import replace
from unittest.mock import patch

import pytest

from gpuspec.errors import StateError
from gpuspec.model.state_url import StateUrl
from gpuspec.store.objects import Conflict, Found, Stored, Unclear, Version
from gpuspec.store.objects_obstore import connect
from tests.builders.s3 import S3, SECRET
from tests.builders.s3_proxy import a_server_that_says


def test_conditions_hold_on_a_real_protocol(s3: S3) -> None:
    """Made once, replaced once, and each refusal leaves what was there."""
    objects = s3.objects(s3.place())

    made = objects.create("a", b"1")
    assert isinstance(made, Stored)
    assert objects.create("a", b"2") == Conflict()
    assert objects.get("a") == Found(content=b"1", version=made.version)
    assert isinstance(objects.replace("a", b"3", made.version), Stored)
    assert objects.replace("a", b"4", made.version) == Conflict()
    assert objects.replace("b", b"4", made.version) == Conflict()
    found = objects.get("a")
    assert found is not None
    assert found.content == b"3"


def test_a_listing_has_all_pages_and_keys_of_its_folder_alone(s3: S3) -> None:
    """A page has a thousand keys at most."""
    objects = s3.objects(s3.place())
    keys = [f"journal/{number:04d}" for number in range(1_001)]
    for key in (*keys, "journals/1", "other"):
        objects.create(key, b"x")

    assert list(objects.list("journal")) == keys
    objects.delete(keys)
    assert list(objects.list("journal")) == []
    objects.delete([*keys[:1], "never there"])
    objects.delete([])


def test_nothing_is_found_where_nothing_is(s3: S3) -> None:
    """Neither an object nor a folder."""
    objects = s3.objects(s3.place())

    assert objects.get("a") is None
    assert list(objects.list("journal")) == []


def test_two_places_in_a_bucket_know_nothing_of_each_other(s3: S3) -> None:
    """Keys are relative to the place."""
    place = s3.place()
    s3.objects(place).create("lock.json", b"1")

    assert s3.objects(s3.place()).get("lock.json") is None
    assert s3.objects(StateUrl(scheme="s3", bucket=place.bucket)).get(f"{place.prefix}/lock.json") is not None


def test_a_bucket_that_is_not_there_is_named_by_every_call(s3: S3) -> None:
    """Or a reader would take the state for one that was never born."""
    objects = s3.objects(replace(s3.place(), bucket="nobodys"))

    for call in (
        lambda: objects.get("a"),
        lambda: objects.create("a", b"1"),
        lambda: objects.list("journal"),
    ):
        with pytest.raises(StateError, match="there is no such bucket"):
            call()


@pytest.mark.parametrize(
    ("status", "words"), [(401, "refused the credentials"), (403, "refused the credentials"), (400, "HTTP status 400")]
)
def test_a_refusal_is_told_without_the_server_s_words(status: int, words: str) -> None:
    """They may quote what was sent."""
    with a_server_that_says(status, SECRET.encode()) as server:
        objects = server.objects(server.place())

        for call in (
            lambda: objects.get("a"),
            lambda: objects.create("a", b"1"),
            lambda: objects.list("journal"),
            lambda: objects.delete(["a"]),
        ):
            with pytest.raises(StateError, match=words) as told:
                call()
            assert SECRET not in f"{told.value.message} {told.value.hint}"
            assert told.value.__suppress_context__


def test_an_answer_of_not_found_is_no_success() -> None:
    """There is no place to make an object at; what is to be replaced is gone, which is a conflict."""
    with a_server_that_says(404) as server:
        objects = server.objects(server.place())

        with pytest.raises(StateError, match="there is no such bucket"):
            objects.create("a", b"1")
        assert objects.replace("a", b"1", Version(e_tag='"x"')) == Conflict()
        assert objects.get("a") is None


def test_a_server_in_trouble_leaves_a_write_unclear_and_a_read_failed() -> None:
    """It was asked several times, within bounded time."""
    with a_server_that_says(501) as server:
        objects = server.objects(server.place(), retries=1)

        assert isinstance(objects.create("a", b"1"), Unclear)
        with pytest.raises(StateError, match="could not be reached"):
            objects.get("a")


def test_credentials_that_are_nowhere_are_told(s3: S3, tmp_path: os.PathLike[str]) -> None:
    """Neither a key nor a profile."""
    environ = {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true", "PATH": os.environ["PATH"]}
    with patch.dict(os.environ, environ, clear=True), pytest.raises(StateError, match="no AWS credentials"):
        connect(s3.place(), aws_session=True)


def test_a_profile_gives_the_credentials(s3: S3, tmp_path: os.PathLike[str]) -> None:
    """As AWS's own tools would find them."""
    config = os.path.join(tmp_path, "credentials")
    with open(config, "w") as file:
        file.write(f"[team]\naws_access_key_id = test\naws_secret_access_key = {SECRET}\n")
    environ = {
        "AWS_SHARED_CREDENTIALS_FILE": config,
        "AWS_PROFILE": "team",
        "AWS_ENDPOINT_URL": s3.origin,
        "AWS_EC2_METADATA_DISABLED": "true",
        "HOME": str(tmp_path),
    }
    with patch.dict(os.environ, environ, clear=True):
        objects = connect(s3.place(), plain_http=True, aws_session=True)

        assert isinstance(objects.create("a", b"1"), Stored)


@pytest.mark.parametrize("scheme", ["gs", "az"])
def test_settings_that_can_t_be_meant_are_told_without_them(scheme: str) -> None:
    """A store is chosen by its scheme; what it needs and lacks is named by variable, not by value."""
    url = StateUrl(scheme=scheme, bucket="team", prefix="x")
    environ = {"GOOGLE_SERVICE_ACCOUNT_KEY": SECRET, "PATH": os.environ["PATH"]}
    with (
        patch.dict(os.environ, environ, clear=True),
        pytest.raises(StateError, match="settings in the environment") as told,
    ):
        connect(url)

    assert SECRET not in f"{told.value.message} {told.value.hint}"
