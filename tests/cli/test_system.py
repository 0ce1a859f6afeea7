"""Secrets and keys come from the environment and from files, and from nothing that holds a command up."""

import os
from pathlib import Path

import pytest

from gpuspec.cli.credentials import find_key
from gpuspec.cli.system import SECRET_FILE_LIMIT, SystemSecrets
from gpuspec.errors import CredentialsError, SecretMissing
from gpuspec.model.secret import SecretRef

CANARY = "canary-0xDEADBEEF"


def read(folder: Path, ref: str, **environ: str) -> str:
    kind, _, name = ref.partition(":")
    return SystemSecrets(environ=environ, folder=folder).read(SecretRef(kind=kind, name=name))


def test_a_secret_is_what_the_environment_or_a_file_holds(tmp_path: Path) -> None:
    """But for the line break at a file's end."""
    (tmp_path / "token").write_text(f"{CANARY}\n")

    assert read(tmp_path, "file:token") == read(tmp_path, "env:TOKEN", TOKEN=CANARY) == CANARY


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("env:NONE", "the environment variable `NONE` is not set"),
        ("env:EMPTY", "the environment variable `EMPTY` is empty"),
        ("env:BYTES", "what `BYTES` holds is not UTF-8 text"),
        ("file:none", "There is no such file."),
        ("file:.", "this is a folder"),
        ("file:pipe", "Nothing came out of this pipe."),
        ("file:/dev/zero", "neither a file nor a pipe"),
        ("file:empty", "the file is empty"),
        ("file:bytes", "the file is not UTF-8 text"),
        ("file:large", "more than 65,536 bytes"),
        ("vault:x", "of a kind that gpuspec doesn't know"),
    ],
)
def test_a_secret_that_can_not_be_read_is_missing(tmp_path: Path, ref: str, message: str) -> None:
    """The error says why, with a way out, and never what was read."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").write_text(" \n")
    (tmp_path / "bytes").write_bytes(CANARY.encode() + b"\xff")
    (tmp_path / "large").write_text(CANARY * SECRET_FILE_LIMIT)

    with pytest.raises(SecretMissing) as caught:
        read(tmp_path, ref, EMPTY="", BYTES=f"{CANARY}\udcff")

    assert message in caught.value.message
    assert caught.value.hint
    assert CANARY not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none", "There is no such file."),
        (".", "this is a folder"),
        ("pipe", "Nothing came out of this pipe."),
        ("/dev/zero", "neither a file nor a pipe"),
        ("large", "more than 4,096 bytes"),
        ("bytes", "it has a character that no key has"),
    ],
)
def test_a_key_file_that_can_not_be_read_is_no_key(tmp_path: Path, name: str, message: str) -> None:
    """Its content is not told."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_text(CANARY * 4096)
    (tmp_path / "bytes").write_bytes(CANARY.encode() + b"\xff")

    with pytest.raises(CredentialsError) as caught:
        find_key({"NOVITA_API_KEY_FILE": str(tmp_path / name)}, home=tmp_path)

    assert message in caught.value.message
    assert CANARY not in caught.value.message + caught.value.hint
