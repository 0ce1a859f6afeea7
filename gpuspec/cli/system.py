"""The outside world behind the ports: the machine's clock, chance, environment and files of secrets."""

import random
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gpuspec.errors import SecretMissing
from gpuspec.model.secret import SecretRef
from gpuspec.ports import NotReadable
from gpuspec.workflow.files import read_bytes

SECRET_FILE_LIMIT = 64 * 1024


class SystemClock:
    """`ports.Clock` on the machine's clock."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        # Imported here: commands that wait for nothing start without it, and those that wait have it already.
        import asyncio

        await asyncio.sleep(seconds)


class SystemRandomness:
    """`ports.Randomness` from the operating system."""

    def nonce(self) -> str:
        return secrets.token_hex(8)

    def lineage(self) -> str:
        # Imported here: it is asked for once in a state's life.
        import uuid

        return str(uuid.uuid4())

    def jitter(self) -> float:
        # Spreads retries, guards nothing.
        return random.random()  # noqa: S311


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemSecrets:
    """`ports.Secrets` from the environment and from files; a relative path counts from the project folder."""

    environ: Mapping[str, str]
    folder: Path

    def read(self, ref: SecretRef) -> str:
        match ref.kind:
            case "env":
                return self._from_environment(ref)
            case "file":
                return self._from_file(ref)
            case _:
                message = f"`{ref}` is of a kind that gpuspec doesn't know."
                raise SecretMissing(message, hint="use `env:NAME` or `file:path`.")

    def _from_environment(self, ref: SecretRef) -> str:
        text = self.environ.get(ref.name)
        if not text:
            state = "is not set" if text is None else "is empty"
            message = f"The spec needs `secret('{ref}')`, and the environment variable `{ref.name}` {state}."
            raise SecretMissing(message, hint="set it for this command; gpuspec writes its value nowhere.")
        try:
            text.encode()
        except UnicodeEncodeError:
            message = f"The spec needs `secret('{ref}')`, and what `{ref.name}` holds is not UTF-8 text."
            raise SecretMissing(message, hint="a request can carry text only.") from None
        return text

    def _from_file(self, ref: SecretRef) -> str:
        content = read_bytes(self.folder / ref.name, limit=SECRET_FILE_LIMIT)
        if isinstance(content, NotReadable):
            message = f"The spec needs `secret('{ref}')`. {content.message}"
            raise SecretMissing(message, hint="put the secret alone into a file; paths count from the project folder.")
        try:
            text = content.decode()
        except UnicodeDecodeError:
            message = f"The spec needs `secret('{ref}')`, and the file is not UTF-8 text."
            raise SecretMissing(message, hint="a request can carry text only.") from None
        if not text.strip():
            message = f"The spec needs `secret('{ref}')`, and the file is empty."
            raise SecretMissing(message, hint="put the secret alone into the file.")
        return text[:-1] if text.endswith("\n") else text
