"""How the commands that users are told to run have to be given here, so that they work as printed."""

import re
import shlex
from dataclasses import dataclass

# Commands that act in an environment. Of the others none is told which: `init` and `explain` know no project.
IN_ENVIRONMENTS = frozenset(
    {
        *("apply", "audit", "destroy", "drift", "import", "plan", "recover", "render", "restart", "ssh", "ssh-config"),
        *("start", "state", "status", "stop", "test", "unlock", "validate", "vars"),
    }
)
# Commands that without FILE take the project's own specs, which may be others, or more.
WITH_FILES = frozenset({"apply", "destroy", "drift", "import", "plan", "render", "validate"})

# A command that stands for itself, or in a sentence between backquotes.
_COMMAND = re.compile(r"(?P<before>^|`)gpuspec (?P<name>[a-z-]+)(?P<rest>[^`\n]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """Which environment and which specs a command was given; both empty where nothing needs to be said.

    Attributes:
        files: As typed.
    """

    environment: str = ""
    files: tuple[str, ...] = ()

    def whole(self, text: str) -> str:
        """The text, a command or sentences, with what each command in it lacks.

        A text that is whole already stays as it is.
        """
        return _COMMAND.sub(self._whole, text) if self.environment or self.files else text

    def _whole(self, found: re.Match[str]) -> str:
        name = found["name"]
        if name not in IN_ENVIRONMENTS:
            return found[0]
        files = "".join(f" {shlex.quote(file)}" for file in self.files) if name in WITH_FILES else ""
        rest = found["rest"] if found["rest"].endswith(files) else found["rest"] + files
        environment = f"-e {self.environment} " if self.environment else ""
        return f"{found['before']}gpuspec {environment}{name}{rest}"


# Where nothing needs to be said.
PLAIN = Calling()
