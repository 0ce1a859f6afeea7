"""A project with a secret in every channel, each a canary of its own, and the watch that finds those that come out."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.builders.fleet import PRODUCT
from tests.builders.shell import Said, Shell
from tests.campaigns.canaries import Canary, canary, contents, tellers, told

# What nobody but the user wrote, or the simulator: it keeps literals as it is sent them, see SECURITY.md.
_HOLDERS = (
    "instances.yaml",
    "values.yaml",
    "secret.txt",
    "key.txt",
    ".novita/api_key",
    "broken.yaml",
    "broken/gpuspec.yaml",
)
_WORLD = ".gpuspec/simulator/world.ndjson"
_WRITTEN_OUT = frozenset({"imageAuth", "literal", "variable in a file", "variable in the environment"})
_PLAIN = frozenset({"proxy", "endpoint", "state URL", "state key", "AWS key"})
_CHANNELS = (
    "key in the environment",
    "key in a file",
    "key at home",
    "imageAuth",
    "literal",
    "secret in the environment",
    "secret in a file",
    "variable in a file",
    "variable in the environment",
    *sorted(_PLAIN),
)
_KEYS = ("key in the environment", "key in a file", "key at home")
# What goes into requests.
SENT = frozenset({"secret in the environment", "secret in a file", *_WRITTEN_OUT})


class Leaked(AssertionError):
    """A secret came out, or a command broke down."""


@dataclass(kw_only=True)
class Planted:
    """The project, and the canaries by their channels; `spec` is what it asks for."""

    shell: Shell
    canaries: dict[str, Canary]
    spec: dict[str, object]
    figures: Counter[str] = field(default_factory=Counter)

    def text(self, channel: str) -> str:
        """The secret in this channel."""
        return self.canaries[channel].text

    @property
    def sent(self) -> list[str]:
        """Every secret that a request may carry, the keys aside."""
        return [self.text(channel) for channel in sorted(SENT)]

    def run(self, *arguments: str, **environ: str) -> Said:
        """Run a command, and see that nothing came out."""
        said = self.shell(*arguments, stdin=b"", **environ)
        what = " ".join(arguments)
        if "Traceback" in said.out + said.err or "bug in gpuspec" in said.err:
            raise Leaked(f"`{what}` broke down: {said.err[-2_000:]}")
        self.check(what, said.raw.encode(), said.err.encode())
        return said

    def check(self, what: str, *said: bytes) -> None:
        """See that nothing came out of a flow that has ended.

        Raises:
            Leaked: Something did.
        """
        self.figures["flows"] += 1
        folder, everything = self.shell.folder, tellers(self.canaries.values())
        but_literals = tellers(one for one in self.canaries.values() if one.channel not in _WRITTEN_OUT)
        holders = frozenset(folder / name for name in _HOLDERS)
        places = [("output", content, everything) for content in said]
        for path, content in contents(folder, but=holders):
            name = str(path.relative_to(folder))
            places.append((name, content, but_literals if name == _WORLD else everything))
        for place, content, patterns in places:
            self.figures["bytes searched"] += len(content)
            leaks = told(content, patterns)
            if leaks:
                shown = content.decode(errors="replace")[-3_000:]
                raise Leaked(f"{place} of `{what}` tells {', '.join(leaks)}:\n{shown}")

    def ask_for(self, **instances: object) -> None:
        """Change what the spec asks for; None drops an instance."""
        spec = self.spec["instances"]
        assert isinstance(spec, dict)
        spec.update(instances)
        kept = {address: fields for address, fields in spec.items() if fields is not None}
        self.shell.write("instances.yaml", json.dumps({**self.spec, "instances": kept}, indent=2, ensure_ascii=False))


def planted(folder: Path, chance: random.Random, *, origin: str) -> Planted:
    """The project, its service at this origin; its key comes by one of the three ways, and all three are there."""
    canaries = {name: canary(name, chance, plain=name in _PLAIN) for name in _CHANNELS}
    texts = {name: one.text for name, one in canaries.items()}
    folder.mkdir(parents=True)
    shell = Shell(
        folder,
        CANARY=texts["secret in the environment"],
        GPUSPEC_VAR_from_env=texts["variable in the environment"],
        GPUSPEC_STATE_KEY=texts["state key"],
        HTTPS_PROXY=f"http://user:{texts['proxy']}@127.0.0.1:9",
        HTTP_PROXY=f"http://user:{texts['proxy']}@127.0.0.1:9",
        ALL_PROXY=f"socks5://user:{texts['proxy']}@127.0.0.1:9",
        AWS_SECRET_ACCESS_KEY=texts["AWS key"],
        AWS_ACCESS_KEY_ID="AKIAEXAMPLE",
        **_key(texts, chance.choice(_KEYS)),
    )
    shell.write(".novita/api_key", f"{texts['key at home']}\n")
    shell.write("key.txt", f"{texts['key in a file']}\n")
    shell.write("secret.txt", f"{texts['secret in a file']}\n")
    shell.write("values.yaml", json.dumps({"from_file": texts["variable in a file"]}))
    shell.write("gpuspec.yaml", json.dumps(_project(origin), indent=2))
    shell.write("policy/names.schema.json", json.dumps({"properties": {"name": {"maxLength": 200}}}))
    shell.write("tests/one.yaml", json.dumps({"version": 1, "tests": []}))
    home = Planted(shell=shell, canaries=canaries, spec=_spec(texts))
    home.ask_for()
    return home


def _key(texts: dict[str, str], channel: str) -> dict[str, str]:
    match channel:
        case "key in the environment":
            return {"NOVITA_API_KEY": texts[channel], "NOVITA_API_KEY_FILE": "key.txt"}
        case "key in a file":
            return {"NOVITA_API_KEY_FILE": "key.txt"}
        case _:
            return {}


def _project(origin: str) -> dict[str, object]:
    hidden = {"type": "string", "sensitive": True}
    return {
        "version": 1,
        "project": "planted",
        "endpoint": origin,
        "settleWindow": 0.5,
        "requestTimeout": 1,
        "policy": ["policy/*.schema.json"],
        "variables": {"from_file": hidden, "from_env": {**hidden, "pattern": ".{3,}"}},
        "environments": {},
    }


def _spec(texts: dict[str, str]) -> dict[str, object]:
    envs = {
        "HF_TOKEN": "{{ secret('env:CANARY') }}",
        "DATABASE": "postgres://me:{{ secret('file:secret.txt') }}@db/x",
        "API_PASSWORD": texts["literal"],
        "FROM_FILE": "{{ from_file }}",
        "FROM_ENV": "Bearer {{ from_env }}!",
        "RUN": "nightly",
    }
    fields = {"productId": PRODUCT, "gpuNum": 1, "rootfsSize": 10, "diskSize": 0, "imageUrl": "pytorch:2.7"}
    instances = {"trainer": {"imageAuth": f"me:{texts['imageAuth']}"}, "worker": {"ports": "8080/http"}}
    return {"version": 1, "defaults": {**fields, "envs": envs}, "instances": instances}


def files(*, values: bool = True) -> Sequence[str]:
    """The options that every command with variables takes here."""
    return ("--var-file", "values.yaml") if values else ()
