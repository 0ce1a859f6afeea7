"""Seals, and the key that they are made with."""

from pathlib import Path

import pytest

from gpuspec.errors import StateError, StoreFailed, UsageError
from gpuspec.store.seal import HmacSealer, sealer_at_hand, sealer_from_text, sealer_kept
from tests.builders.disk import FailingDisk


def _counting(length: int) -> bytes:
    return bytes(range(length))


def test_equal_texts_have_equal_seals_under_one_key() -> None:
    """And other texts, other seals."""
    sealer = HmacSealer(b"k" * 32)

    assert sealer.seal("hunter2") == HmacSealer(b"k" * 32).seal("hunter2")
    assert sealer.seal("hunter2") != sealer.seal("hunter3")
    assert sealer.seal("\ud800") != sealer.seal("")


def test_seals_of_two_keys_can_be_told_apart() -> None:
    """By the key's id, which doesn't tell the key."""
    one, other = HmacSealer(b"k" * 32), HmacSealer(b"l" * 32)

    assert one.key_id != other.key_id
    assert one.seal("x").key_id == one.key_id
    assert len(one.key_id) == 8


def test_a_key_is_drawn_once_and_kept(tmp_path: Path) -> None:
    """In a file of mode 0600 below the work folder."""
    first = sealer_kept(tmp_path / ".gpuspec")
    path = tmp_path / ".gpuspec" / "digest.key"

    assert sealer_kept(tmp_path / ".gpuspec").key_id == first.key_id
    assert sealer_at_hand(tmp_path / ".gpuspec").key_id == first.key_id
    assert path.stat().st_mode & 0o777 == 0o600


def test_without_a_key_a_plan_writes_none(tmp_path: Path) -> None:
    """Its seals match nothing, and two plans don't match each other."""
    assert sealer_at_hand(tmp_path / ".gpuspec").key_id != sealer_at_hand(tmp_path / ".gpuspec").key_id
    assert list(tmp_path.iterdir()) == []


def test_the_text_of_a_key_file_is_its_key(tmp_path: Path) -> None:
    """A team can hand the file's text to its runners."""
    kept = sealer_kept(tmp_path, entropy=_counting)

    assert sealer_from_text((tmp_path / "digest.key").read_text()).key_id == kept.key_id
    assert HmacSealer(_counting(32)).key_id == kept.key_id


def test_any_long_text_is_a_key() -> None:
    """Blanks round it don't matter."""
    assert sealer_from_text("correct horse battery").key_id == sealer_from_text(" correct horse battery\n").key_id


def test_a_short_text_is_refused() -> None:
    """It could be guessed; the message doesn't tell it."""
    with pytest.raises(UsageError, match="has 7 characters") as caught:
        sealer_from_text("hunter2")

    assert "hunter2" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("content", [b"", b"abc", b"\xff" * 64, b"g" * 64], ids=["empty", "short", "odd", "no hex"])
def test_a_damaged_key_file_is_named(tmp_path: Path, content: bytes) -> None:
    """And not replaced: seals made with the right one would become unknown."""
    (tmp_path / "digest.key").write_bytes(content)

    for sealer in (sealer_at_hand, sealer_kept):
        with pytest.raises(StateError, match="holds no digest key"):
            sealer(tmp_path)


def test_a_key_is_not_written_through_a_link(tmp_path: Path) -> None:
    """Not even through one that points nowhere."""
    (tmp_path / "digest.key").symlink_to(tmp_path / "nowhere")

    with pytest.raises(StateError, match="is a symbolic link"):
        sealer_kept(tmp_path)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("fail_at", [1, 2, 3, 4, 5])
def test_a_key_that_is_not_durable_is_not_used(tmp_path: Path, fail_at: int) -> None:
    """Seals under a key that is lost would be worth nothing."""
    with pytest.raises(StoreFailed, match="could not be written"):
        sealer_kept(tmp_path, disk=FailingDisk(fail_at=fail_at))


def test_a_run_that_dies_while_it_makes_a_key_leaves_none_or_a_whole_one(tmp_path: Path) -> None:
    """A half-written key under its name would stop every later run."""
    for fail_at in range(1, 6):
        with pytest.raises(StoreFailed):
            sealer_kept(tmp_path / str(fail_at), disk=FailingDisk(fail_at=fail_at))

        assert len(sealer_kept(tmp_path / str(fail_at)).key_id) == 8
        assert [path.name for path in (tmp_path / str(fail_at)).iterdir()] == ["digest.key"]


def test_a_key_that_another_run_makes_meanwhile_is_used(tmp_path: Path) -> None:
    """Environments of one project share the key, and each run has its own environment's lock only."""

    def entropy(length: int) -> bytes:
        sealer_kept(tmp_path, entropy=_counting)
        return b"k" * length

    assert sealer_kept(tmp_path, entropy=entropy).key_id == HmacSealer(_counting(32)).key_id
