"""A journal in a file, line by line: what is appended, cut, read back and refused."""

import errno
import re
from pathlib import Path

import pytest

from gpuspec.codec.journal import encode_line
from gpuspec.errors import Bug, DamagedState, StoreFailed
from gpuspec.model.journal import KeyUsed
from gpuspec.store.disk import Disk
from gpuspec.store.journal import Content, JournalFile
from tests.builders.disk import FailingDisk, complaining_closes

HINT = "restore the file from a backup; until then take each id in it for an instance that is running"


def a_line(seq: int) -> bytes:
    """A whole line, without its newline."""
    return encode_line(KeyUsed(key_digest=f"digest-{seq}"), seq=seq).rstrip(b"\n")


def lines(first: int, last: int) -> tuple[bytes, ...]:
    """The lines with these numbers and those between."""
    return tuple(a_line(seq) for seq in range(first, last + 1))


def a_journal(folder: Path, *, disk: Disk | None = None, last: int = 0) -> JournalFile:
    """A journal that holds the lines up to this number."""
    if last:
        (folder / "journal").write_bytes(b"".join(line + b"\n" for line in lines(1, last)))
    return JournalFile(folder / "journal", disk or Disk())


class CountingDisk(Disk):
    """Remembers what became durable, in order."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def sync(self, descriptor: int) -> None:
        self.done.append("sync")
        super().sync(descriptor)

    def sync_folder(self, path: Path) -> None:
        self.done.append(f"sync folder {path.name}")
        super().sync_folder(path)


@pytest.mark.parametrize(
    ("seq", "expected"), [(0, 3), (4, 3), (5, 2), (6, 1), (7, 0), (9, 0)], ids=lambda value: str(value)
)
def test_the_lines_after_a_number_are_those_not_covered(seq: int, expected: int) -> None:
    """Of the lines 5, 6 and 7; a number before all of them covers none."""
    content = Content(lines=lines(5, 7), last_seq=7, length=1)

    assert content.since(seq) == lines(8 - expected, 7)


def test_a_journal_that_is_not_there_is_empty(tmp_path: Path) -> None:
    """Reading it makes no file."""
    assert a_journal(tmp_path).read() == Content(lines=(), last_seq=0, length=0)
    assert list(tmp_path.iterdir()) == []


def test_what_was_appended_is_read_back(tmp_path: Path) -> None:
    """By the same journal and by another one; a torn last line never happened."""
    journal = a_journal(tmp_path)
    journal.append(lines(1, 2), first_seq=1)
    journal.append(lines(3, 3), first_seq=3)
    whole = journal.read()
    journal.close()
    with (tmp_path / "journal").open("ab") as file:
        file.write(a_line(4)[:-1])

    assert whole.lines == lines(1, 3)
    assert (whole.last_seq, whole.length) == (3, sum(len(line) + 1 for line in whole.lines))
    assert a_journal(tmp_path).read() == whole


def test_a_journal_may_begin_with_any_number(tmp_path: Path) -> None:
    """The lines before it were cut."""
    a_journal(tmp_path).append(lines(41, 42), first_seq=41)

    assert a_journal(tmp_path).read().last_seq == 42


@pytest.mark.parametrize("opened_anew", [False, True])
@pytest.mark.parametrize("first_seq", [1, 2, 4])
def test_a_line_that_does_not_follow_the_last_one_is_a_bug(tmp_path: Path, first_seq: int, opened_anew: bool) -> None:
    """It is not written, whether the last one was written by this run or by another."""
    journal = a_journal(tmp_path)
    journal.append(lines(1, 2), first_seq=1)
    if opened_anew:
        journal.close()

    with pytest.raises(Bug, match=re.escape(f"Entry {first_seq} was to follow entry 2.")):
        journal.append([a_line(first_seq)], first_seq=first_seq)

    assert journal.read().lines == lines(1, 2)


def test_opening_makes_the_file_and_its_length_durable(tmp_path: Path) -> None:
    """Before the first line; each append is synced by itself, and the folder once."""
    disk = CountingDisk()
    journal = a_journal(tmp_path, disk=disk)
    journal.append(lines(1, 1), first_seq=1)
    journal.append(lines(2, 2), first_seq=2)

    assert disk.done == ["sync", f"sync folder {tmp_path.name}", "sync", "sync"]


@pytest.mark.parametrize(("seq", "left"), [(0, lines(1, 3)), (1, lines(2, 3)), (2, lines(3, 3)), (3, ()), (9, ())])
@pytest.mark.parametrize("open_already", [False, True])
def test_cutting_drops_the_lines_up_to_a_number(
    tmp_path: Path, seq: int, left: tuple[bytes, ...], open_already: bool
) -> None:
    """What is left is read back, and the next line follows it."""
    journal = a_journal(tmp_path, last=0 if open_already else 3)
    if open_already:
        journal.append(lines(1, 3), first_seq=1)

    journal.cut(seq)

    assert journal.read().lines == left
    journal.append([a_line(4)], first_seq=4)
    assert a_journal(tmp_path).read().lines == (*left, a_line(4))


@pytest.mark.parametrize("last", [0, 3])
def test_cutting_nothing_writes_nothing(tmp_path: Path, last: int) -> None:
    """No line, or none that is covered."""
    disk = FailingDisk(fail_at=10)
    a_journal(tmp_path, disk=disk, last=last).cut(0)

    assert disk.operations == 0


def test_a_journal_cut_whole_may_go_on_with_any_number(tmp_path: Path) -> None:
    """The snapshot says where it stands."""
    journal = a_journal(tmp_path, last=3)
    journal.cut(3)
    journal.append([a_line(9)], first_seq=9)

    assert journal.read().lines == (a_line(9),)


def test_a_damaged_line_is_named_by_its_number(tmp_path: Path) -> None:
    """With the file, and with the way out."""
    (tmp_path / "journal").write_bytes(b"\n".join([a_line(1), b"damaged", a_line(3), b""]))

    with pytest.raises(DamagedState) as caught:
        a_journal(tmp_path).read()

    expected = f"Line 2 of {tmp_path / 'journal'} is damaged: it doesn't fit its checksum."
    assert (caught.value.message, caught.value.hint) == (expected, HINT)


def test_a_missing_line_is_named_by_its_number(tmp_path: Path) -> None:
    """With what was found in its place."""
    (tmp_path / "journal").write_bytes(b"\n".join([a_line(5), a_line(7), b""]))

    with pytest.raises(DamagedState) as caught:
        a_journal(tmp_path).read()

    expected = f"Line 2 of {tmp_path / 'journal'} holds entry 7, where entry 6 belongs."
    assert (caught.value.message, caught.value.hint) == (expected, HINT)


@pytest.mark.parametrize("fail_at", range(1, 7))
def test_a_failed_append_is_final(tmp_path: Path, fail_at: int) -> None:
    """Whatever step of it failed: the same failure is told ever after, without touching the disk."""
    disk = FailingDisk(fail_at=fail_at, number=errno.ENOSPC)
    journal = a_journal(tmp_path, disk=disk)
    with pytest.raises(StoreFailed) as first:
        _fill(journal)
    operations = disk.operations

    with pytest.raises(StoreFailed) as appended:
        journal.append([a_line(9)], first_seq=9)
    with pytest.raises(StoreFailed) as cut:
        journal.cut(9)

    for later in (appended, cut):
        assert (later.value.message, later.value.hint) == (first.value.message, first.value.hint)
    assert first.value.message.startswith(f"{tmp_path / 'journal'} could not be written: ")
    assert first.value.hint
    assert disk.operations == operations


@pytest.mark.parametrize("fail_at", range(1, 7))
def test_a_failed_cut_of_all_lines_is_final(tmp_path: Path, fail_at: int) -> None:
    """Nobody knows whether they are still there."""
    journal = a_journal(tmp_path, disk=FailingDisk(fail_at=fail_at), last=3)
    with pytest.raises(StoreFailed) as first:
        _cut_and_fill(journal)

    with pytest.raises(StoreFailed, match=re.escape(first.value.message)):
        journal.append([a_line(4)], first_seq=4)
    assert first.value.message.startswith(f"{tmp_path / 'journal'} could not be written: ")


def _fill(journal: JournalFile) -> None:
    for seq in range(1, 9):
        journal.append([a_line(seq)], first_seq=seq)


def _cut_and_fill(journal: JournalFile) -> None:
    journal.cut(3)
    journal.append([a_line(4)], first_seq=4)


def test_what_was_appended_is_durable_although_closing_fails(tmp_path: Path) -> None:
    """Each line was synced: there is nothing left that a close could lose."""
    journal = a_journal(tmp_path)
    journal.append(lines(1, 2), first_seq=1)

    with complaining_closes():
        journal.close()

    assert journal.read().lines == lines(1, 2)
