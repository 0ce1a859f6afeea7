"""Keyed digests that stand for secrets, and the key that they are made with."""

import contextlib
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path

from gpuspec.errors import StateError, UsageError
from gpuspec.model.secret import Sealed
from gpuspec.store.disk import Disk
from gpuspec.store.files import make_folder, not_written, read_file, write_durably

KEY_NAME = "digest.key"

_KEY_BYTES = 32
_SHORTEST_TEXT = 16
_HEX_KEY = re.compile(r"[0-9a-f]{64}", re.ASCII)


class HmacSealer:
    """A `Sealer` with a key of its own."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._key_id = hashlib.sha256(b"gpuspec digest key\n" + key).hexdigest()[:8]

    @property
    def key_id(self) -> str:
        """8 hex digits that name the key."""
        return self._key_id

    def seal(self, text: str) -> Sealed:
        """HMAC-SHA256 of the text."""
        content = text.encode("utf-8", "surrogatepass")
        return Sealed(key_id=self._key_id, digest=hmac.digest(self._key, content, "sha256").hex())


def sealer_from_text(text: str) -> HmacSealer:
    """The sealer for a key that was handed in; the text of a key file is that file's key.

    Raises:
        UsageError: The text is so short that seals could be guessed.
    """
    plain = text.strip()
    if _HEX_KEY.fullmatch(plain):
        return HmacSealer(bytes.fromhex(plain))
    if len(plain) < _SHORTEST_TEXT:
        message = f"The digest key has {len(plain)} characters, and fewer than {_SHORTEST_TEXT} could be guessed."
        raise UsageError(message, hint="make one:", command="openssl rand -hex 32")
    return HmacSealer(hashlib.sha256(b"gpuspec digest key text\n" + plain.encode("utf-8", "surrogatepass")).digest())


def sealer_at_hand(work_dir: Path, *, entropy: Callable[[int], bytes] = secrets.token_bytes) -> HmacSealer:
    """The sealer with the folder's key, for a run that writes nothing.

    Where there is no key yet, the sealer has a key that no seal was made with: nothing can be told from its seals.
    """
    key = _read(work_dir / KEY_NAME)
    return HmacSealer(entropy(_KEY_BYTES) if key is None else key)


def sealer_kept(
    work_dir: Path, *, disk: Disk | None = None, entropy: Callable[[int], bytes] = secrets.token_bytes
) -> HmacSealer:
    """The sealer with the folder's key; the key is drawn and written where there is none.

    Raises:
        StateError: The key's file can't be read or written.
    """
    path = work_dir / KEY_NAME
    key = _read(path)
    if key is None:
        make_folder(work_dir)
        _write(Disk() if disk is None else disk, path, entropy(_KEY_BYTES))
        key = _read(path)
        if key is None:
            raise StateError(f"{path} was removed while it was being made.")
    return HmacSealer(key)


def _read(path: Path) -> bytes | None:
    content = read_file(path, largest_bytes=4096)
    if content is None:
        return None
    text = content.decode("ascii", "replace").strip()
    if not _HEX_KEY.fullmatch(text):
        message = f"{path} holds no digest key: 64 hex digits belong there."
        hint = "restore it; or delete it, and every secret counts as unknown until the next apply"
        raise StateError(message, hint=hint)
    return bytes.fromhex(text)


def _write(disk: Disk, path: Path, key: bytes) -> None:
    """Put the key there, durably and whole or not at all; a key that another run puts there meanwhile stays.

    Runs in other environments of a project share the folder, and hold other locks.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.unlink(missing_ok=True)
        write_durably(disk, temporary, key.hex().encode() + b"\n")
        with contextlib.suppress(FileExistsError):
            disk.link(temporary, path)
        disk.sync_folder(path.parent)
    except OSError as error:
        raise not_written(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
