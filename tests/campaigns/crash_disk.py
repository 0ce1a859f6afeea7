"""What a disk may hold after a power cut: everything that was synced, and any part of what was not.

`LoggingDisk` does what it is told and keeps a log. `disks_after` plays a prefix of the log on a model: a file's content
is what was synced and then some of what was written since, its last part torn or full of zeros; a name is where it was
when its folder was last synced, and then some of the renames since, in their order.
"""

import random
from dataclasses import dataclass, field
from pathlib import Path

from gpuspec.store.disk import Disk


@dataclass(frozen=True, kw_only=True)
class Step:
    """One operation of the log: `name` of the method, and what it was told."""

    name: str
    path: Path
    target: Path | None = None
    content: bytes = b""
    length: int = 0


class LoggingDisk(Disk):
    """The real disk, with a log of what was done."""

    def __init__(self) -> None:
        self.log: list[Step] = []
        self._paths: dict[int, Path] = {}

    def create(self, path: Path) -> int:
        return self._opened("create", path, super().create(path))

    def open_to_append(self, path: Path) -> int:
        return self._opened("open_to_append", path, super().open_to_append(path))

    def write(self, descriptor: int, content: bytes) -> None:
        super().write(descriptor, content)
        self.log.append(Step(name="write", path=self._paths[descriptor], content=content))

    def truncate(self, descriptor: int, length: int) -> None:
        super().truncate(descriptor, length)
        self.log.append(Step(name="truncate", path=self._paths[descriptor], length=length))

    def sync(self, descriptor: int) -> None:
        # Nothing is cut off from power here: the log is what counts.
        self.log.append(Step(name="sync", path=self._paths[descriptor]))

    def replace(self, source: Path, target: Path) -> None:
        super().replace(source, target)
        self.log.append(Step(name="replace", path=source, target=target))

    def link(self, source: Path, target: Path) -> None:
        super().link(source, target)
        self.log.append(Step(name="link", path=source, target=target))

    def sync_folder(self, path: Path) -> None:
        self.log.append(Step(name="sync_folder", path=path))

    def _opened(self, name: str, path: Path, descriptor: int) -> int:
        self._paths[descriptor] = path
        self.log.append(Step(name=name, path=path))
        return descriptor


@dataclass(kw_only=True)
class _File:
    """A file's content: what is safe, and each content that it had since."""

    safe: bytes = b""
    since: list[bytes] = field(default_factory=list)

    @property
    def content(self) -> bytes:
        return self.since[-1] if self.since else self.safe


class Model:
    """Files and names after some of a log."""

    def __init__(self) -> None:
        self._names: dict[Path, _File] = {}
        self._safe_names: dict[Path, _File] = {}
        self._since: list[tuple[Path, dict[Path, _File]]] = []

    def play(self, step: Step) -> None:
        """One step of the log."""
        file = self._names.get(step.path)
        match step.name:
            case "create" | "open_to_append":
                if file is None:
                    self._name(step.path, {**self._names, step.path: _File()})
            case "write" if file is not None:
                file.since.append(file.content + step.content)
            case "truncate" if file is not None:
                file.since.append(file.content[: step.length])
            case "sync" if file is not None:
                file.safe, file.since = file.content, []
            case "replace" | "link" if file is not None and step.target is not None:
                names = {**self._names, step.target: file}
                if step.name == "replace":
                    del names[step.path]
                self._name(step.path, names)
            case "sync_folder":
                self._sync_names(step.path)

    def cut(self, chance: random.Random) -> dict[Path, bytes]:
        """What is there after the power was cut now."""
        kept = chance.randint(0, len(self._since))
        names = self._since[kept - 1][1] if kept else self._safe_names
        return {path: _cut(file, chance) for path, file in names.items()}

    def kept(self) -> dict[Path, bytes]:
        """What is there when nothing is lost, as after a kill."""
        return {path: file.content for path, file in self._names.items()}

    def _name(self, path: Path, names: dict[Path, _File]) -> None:
        self._names = names
        self._since.append((path.parent, names))

    def _sync_names(self, folder: Path) -> None:
        """Names of this folder are safe now; those of others stay what they were."""
        mine = {path: file for path, file in self._names.items() if path.parent == folder}
        others = {path: file for path, file in self._safe_names.items() if path.parent != folder}
        self._safe_names = {**others, **mine}
        self._since = [
            (where, {**{path: file for path, file in names.items() if path.parent != folder}, **mine})
            for where, names in self._since
            if where != folder
        ]


def _cut(file: _File, chance: random.Random) -> bytes:
    """Any of the contents since the last sync, the last of them perhaps torn, or with zeros where data was to be."""
    if not file.since:
        return file.safe
    at = chance.randint(0, len(file.since))
    before = file.since[at - 1] if at else file.safe
    if at == len(file.since):
        return before
    after = file.since[at]
    if len(after) <= len(before):
        return chance.choice((before, after))
    torn = chance.randint(len(before), len(after))
    return after[:torn] + (b"\0" * (len(after) - torn) if chance.random() < 0.3 else b"")
