"""What the simulator in the process gets for secrets: it keeps its world in a file, where no secret may stand."""

from collections.abc import Callable
from dataclasses import dataclass

from gpuspec.model.secret import SecretRef
from gpuspec.ports import Sealer, Secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIns:
    """`ports.Secrets` that reads each secret and gives a keyed digest of it.

    A secret that is missing is still missed, and one that changed still differs.

    Attributes:
        sealer: Asked at each reading: a run that records makes the key before it reads its first secret.
    """

    secrets: Secrets
    sealer: Callable[[], Sealer]

    def read(self, ref: SecretRef) -> str:
        """See `ports.Secrets`."""
        return f"simulated-{self.sealer().seal(self.secrets.read(ref)).digest}"
