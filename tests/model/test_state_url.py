"""What names a place on an object store, and what doesn't."""

import pytest

from gpuspec.model.state_url import StateUrl, is_url, state_url


@pytest.mark.parametrize(
    ("text", "place", "shown"),
    [
        ("s3://team", StateUrl(scheme="s3", bucket="team"), "s3://team"),
        ("s3://team/", StateUrl(scheme="s3", bucket="team"), "s3://team"),
        ("s3://team/gpu/states", StateUrl(scheme="s3", bucket="team", prefix="gpu/states"), "s3://team/gpu/states"),
        ("gs://team.example.com/a_b/", StateUrl(scheme="gs", bucket="team.example.com", prefix="a_b"), None),
        ("az://container/x", StateUrl(scheme="az", bucket="container", prefix="x"), "az://container/x"),
    ],
)
def test_a_place_is_read_and_shown_without_slashes_at_its_end(text: str, place: StateUrl, shown: str | None) -> None:
    """Two ways to write a place are one place."""
    assert state_url(text) == place
    assert str(place) == (shown or text.rstrip("/"))


@pytest.mark.parametrize(
    "text",
    [
        "s3://",
        "s3:///prefix",
        "s3://user:password@team/x",
        "s3://team/x?versionId=1",
        "s3://team/x#y",
        "s3://team//x",
        "s3://team/a/../b",
        "s3://team/./b",
        "s3://team/a b",
        "s3://team/a\nb",
        "s3://team/\u202e",
        "s3://team/" + "x" * 513,
        "http://team/x",
        "https://team.s3.amazonaws.com/x",
        "file:///etc/passwd",
        "memory://x",
        "S3://team/x",
    ],
)
def test_what_is_no_place_is_none_and_no_file_either(text: str) -> None:
    """A URL that can't be meant is never taken for a file's name."""
    assert state_url(text) is None
    assert is_url(text)


@pytest.mark.parametrize("text", ["", "gpuspec.state.json", "../x/y.json", "/abs/file", "s3:team", "c:/x"])
def test_a_file_is_no_url(text: str) -> None:
    """What has no scheme with two slashes is a file."""
    assert not is_url(text)
    assert state_url(text) is None


def test_a_place_below_another_has_its_name_behind_it() -> None:
    """An environment's state stands below the project's."""
    assert str(StateUrl(scheme="s3", bucket="team").below("prod")) == "s3://team/prod"
    assert str(StateUrl(scheme="s3", bucket="team", prefix="a").below("prod")) == "s3://team/a/prod"
