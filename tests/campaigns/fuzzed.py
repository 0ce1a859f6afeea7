"""The process that atheris takes over: `python -m tests.campaigns.fuzzed READER LIBFUZZER_ARGUMENT...`."""

import importlib
import random
import sys
from typing import Any


def main(reader: str, arguments: list[str]) -> None:
    """Fuzz until libFuzzer has had enough; it ends the process by itself, and never comes back."""
    # By its name, since it is there in few environments only.
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["gpuspec"]):
        corpus = importlib.import_module("tests.campaigns.corpus")
        readers = importlib.import_module("tests.campaigns.readers")

    def changed(content: bytes, largest: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if chance.random() < 0.5:
            made: bytes = atheris.Mutate(content, largest)
            return made
        return bytes(corpus.mutated(content, chance)[:largest])

    atheris.Setup([sys.argv[0], *arguments], lambda content: readers.examine(reader, content), custom_mutator=changed)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
