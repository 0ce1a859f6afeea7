"""Putting an edited file in place of the user's: whole, durable, with the permissions that it had."""

import contextlib
import os
from pathlib import Path

from gpuspec.store.disk import Disk
from gpuspec.store.files import write_durably


def rewrite(path: Path, content: bytes) -> None:
    """Replace a file that is there; a reader sees one of the two, whole. `path` is a real path, never a link.

    Raises:
        OSError: It can't be written; the file before is still there.
    """
    disk, temporary = Disk(), path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        mode = path.lstat().st_mode & 0o7777
        temporary.unlink(missing_ok=True)
        write_durably(disk, temporary, content)
        temporary.chmod(mode)
        disk.replace(temporary, path)
        disk.sync_folder(path.parent)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
