"""What a project folder remembers of the states that were written from it: lineage -> the highest serial."""

from collections.abc import Mapping
from pathlib import Path

from gpuspec.codec.canonical import canonical
from gpuspec.codec.reading import Damage, Part, parse
from gpuspec.errors import DamagedState
from gpuspec.store.disk import Disk
from gpuspec.store.files import read_file, replace_file


class Serials:
    """The file of what is remembered."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self._path = path
        self._disk = disk

    def read(self) -> Mapping[str, int]:
        """Lineage -> the highest serial that was written here.

        Raises:
            DamagedState: The file can't be read.
        """
        content = read_file(self._path)
        if content is None:
            return {}
        try:
            part = Part(parse(content))
            return {lineage: part.integer(lineage) for lineage, _ in part.entries()}
        except Damage as damage:
            message = f"{self._path} can't be read. {damage}"
            hint = "delete it, if you are sure that the state that it is about is the latest"
            raise DamagedState(message, hint=hint) from damage

    def remember(self, lineage: str, serial: int) -> None:
        """Keep the serial, unless a higher one is known.

        Raises:
            StateError: The file can't be read or written.
        """
        serials = dict(self.read())
        serials[lineage] = max(serial, serials.get(lineage, 0))
        replace_file(self._disk, self._path, canonical({**serials}))
