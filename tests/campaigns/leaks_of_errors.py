"""Every class of error, caused with secrets at hand: what it says has none of them in it."""

import errno
import json
import os
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from gpuspec.ports import Holder
from gpuspec.store.disk import Disk
from gpuspec.store.lock import StateLock
from tests.builders.certificates import certificates
from tests.campaigns.fault_proxy import a_proxy
from tests.campaigns.planted import Leaked, Planted, planted
from tests.campaigns.talker import Talker, a_talker

_VALUES = ("--var-file", "values.yaml")
_APPLY = ("apply", "--yes", "--wait", "none", *_VALUES)
_PLAN = ("plan", *_VALUES)
_STATE = "gpuspec.state.json"

Cause = Callable[[Planted, Talker], None]


def cause_every_error(folder: Path, chance: random.Random) -> Mapping[str, int]:
    """Cause them one after another, in a project that is put back in between.

    Raises:
        Leaked: One of them told a secret, or was another one than it should have been.
    """
    causes = list(CAUSES)
    chance.shuffle(causes)
    with a_talker() as talker:
        home = planted(folder, chance, origin=talker.origin)
        talker.secrets = home.sent
        assert home.run(*_APPLY).status == 0
        assert home.run(*_PLAN, "--out", "plan.json").status == 0
        for cause in causes:
            with _put_back(home, talker):
                cause(home, talker)
    home.figures["classes of errors"] = len(causes)
    return home.figures


def _fails(home: Planted, code: str, *arguments: str, **environ: str) -> None:
    """The command fails with this code, and tells no secret: as text, and as JSON."""
    for more in ((), ("--json",)):
        said = home.shell(*arguments, *more, stdin=b"", **environ)
        home.check(" ".join((*arguments, *more)), said.raw.encode(), said.err.encode())
        if "Traceback" in said.out + said.err:
            raise Leaked(f"{said.err}")
    found = json.loads(said.raw)["error"]["code"]
    if found != code:
        raise Leaked(f"`{' '.join(arguments)}` fails with `{found}` and not with `{code}`: {said.err}")


def _spec_faults(home: Planted, _: Talker) -> None:
    broken = {"imageAuth": [home.text("imageAuth")], "envs": {"API_PASSWORD": [home.text("literal")], "N": 1}}
    home.ask_for(trainer=broken, worker={"gpuNum": "two", "envs": home.text("literal")})
    _fails(home, "spec-faults", "validate")
    home.ask_for(worker={"imageAuth": "{{ from_file | upper }}", "name": "{{ secret('env:CANARY') | length }}"})
    _fails(home, "spec-faults", *_PLAN)
    values = {"from_file": [home.text("variable in a file")]}
    home.shell.write("values.yaml", json.dumps(values))
    _fails(home, "spec-faults", *_PLAN, GPUSPEC_VAR_from_env="")
    home.shell.write("values.yaml", f"from_file: '{home.text('variable in a file')}\n  x: [")
    _fails(home, "spec-faults", *_PLAN)


def _policy_broken(home: Planted, _: Talker) -> None:
    rule = {"properties": {"envs": {"additionalProperties": {"maxLength": 1}}, "imageAuth": {"maxLength": 1}}}
    home.shell.write("policy/names.schema.json", json.dumps(rule))
    _fails(home, "policy-broken", *_PLAN)


def _usage(home: Planted, _: Talker) -> None:
    endpoint = home.text("endpoint")
    _fails(home, "wrong-usage", *_PLAN, "--endpoint", f"https://user:{endpoint}@api.example")
    _fails(home, "wrong-usage", *_PLAN, GPUSPEC_ENDPOINT=f"http://{endpoint}@127.0.0.1:1")
    _fails(home, "wrong-usage", *_PLAN, GPUSPEC_ENDPOINT=f"https://u:{endpoint}@[::1")
    _fails(home, "wrong-usage", *_PLAN, "--state", f"s3://me:{home.text('state URL')}@bucket/prefix")
    _fails(home, "wrong-usage", "state", "list", "--state", f"gs://bucket/p?sig={home.text('state URL')}")


def _project_of_urls(home: Planted, talker: Talker) -> None:
    project = json.loads((home.shell.folder / "gpuspec.yaml").read_text())
    for more in (
        {"endpoint": f"https://user:{home.text('endpoint')}@api.example"},
        {"state": f"s3://me:{home.text('state URL')}@bucket/prefix"},
        {"endpoint": talker.origin, "state": f"https://me:{home.text('state URL')}@host/"},
    ):
        home.shell.write("broken/gpuspec.yaml", json.dumps({**project, **more, "policy": ["*.json"]}))
        _fails(home, "spec-faults", "-C", "broken", "validate")
    (home.shell.folder / "broken" / "gpuspec.yaml").unlink()


def _credentials(home: Planted, talker: Talker) -> None:
    talker.mode = "denying"
    _fails(home, "credentials", *_PLAN)
    _fails(home, "credentials", *_PLAN, NOVITA_API_KEY=f"{home.text('key in the environment')} {home.text('literal')}")
    home.shell.write("key.txt", f"{home.text('key in a file')}\n{home.text('key in a file')}\n")
    _fails(home, "credentials", *_PLAN, NOVITA_API_KEY="", NOVITA_API_KEY_FILE="key.txt")


def _refused(home: Planted, _: Talker) -> None:
    home.ask_for(another={})
    _fails(home, "refused", "apply", *_VALUES)


def _locked(home: Planted, _: Talker) -> None:
    held = StateLock(home.shell.folder / ".gpuspec" / f"{_STATE}.lock", Disk())
    held.acquire(Holder(who="ci", host="runner-7", pid=4242, operation="apply", since=0.0), timeout_s=0.0)
    try:
        _fails(home, "state-locked", *_APPLY)
    finally:
        held.release()


def _damaged(home: Planted, _: Talker) -> None:
    path = home.shell.folder / _STATE
    path.write_bytes(path.read_bytes()[:-200])
    _fails(home, "state-damaged", *_PLAN)


def _newer(home: Planted, _: Talker) -> None:
    path = home.shell.folder / _STATE
    path.write_text(json.dumps({**json.loads(path.read_text()), "version": 99}))
    _fails(home, "state-newer", *_PLAN)


def _foreign(home: Planted, _: Talker) -> None:
    _fails(home, "state-foreign", *_PLAN, GPUSPEC_ENDPOINT="http://127.0.0.1:9")


def _moved(home: Planted, _: Talker) -> None:
    (home.shell.folder / "moved").mkdir(exist_ok=True)
    moved = home.run("state", "migrate", "--to", "moved/state.json", "--yes")
    assert moved.status == 0, moved.err
    _fails(home, "state-moved", *_PLAN)


def _not_written(home: Planted, _: Talker) -> None:
    home.ask_for(another={})
    with patch.object(Disk, "write", side_effect=OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))):
        _fails(home, "state-not-written", *_APPLY)


def _plan_moved(home: Planted, _: Talker) -> None:
    home.ask_for(another={})
    _fails(home, "plan-moved", "apply", "plan.json", "--var-file", "values.yaml")


def _plan_foreign(home: Planted, _: Talker) -> None:
    path = home.shell.folder / "gpuspec.yaml"
    path.write_text(json.dumps({**json.loads(path.read_text()), "project": "stranger"}))
    _fails(home, "plan-foreign", "apply", "plan.json", "--var-file", "values.yaml")


def _plan_unreadable(home: Planted, _: Talker) -> None:
    document = json.loads((home.shell.folder / "plan.json").read_text())
    # What a user puts there by mistake may well hold a secret.
    document["actions"] = {home.text("literal"): home.text("literal")}
    home.shell.write("broken.yaml", json.dumps(document))
    _fails(home, "plan-unreadable", "show", "broken.yaml")
    _fails(home, "plan-unreadable", "show", "values.yaml")


def _plan_not_written(home: Planted, _: Talker) -> None:
    _fails(home, "plan-not-written", *_PLAN, "--out", "nowhere/plan.json")


def _secret_missing(home: Planted, _: Talker) -> None:
    home.ask_for(another={})
    _fails(home, "secret-missing", *_APPLY, CANARY="")


def _unreadable(home: Planted, talker: Talker) -> None:
    talker.mode = "page"
    _fails(home, "api-unreadable", "ssh", "trainer")


def _untrusted(home: Planted, talker: Talker) -> None:
    with certificates() as made, made.trusted(), a_proxy(talker.origin) as proxy:
        proxy.offers = lambda _: made.servers["self-signed certificate"]
        origin = proxy.origin.replace("http:", "https:")
        _fails(home, "service-untrusted", *_PLAN, "--state", "another.json", GPUSPEC_ENDPOINT=origin)


def _bug(home: Planted, _: Talker) -> None:
    home.ask_for(another={})
    everything = " ".join(one.text for one in home.canaries.values())
    with patch.object(Disk, "write", side_effect=ValueError(everything)):
        _fails(home, "bug", *_APPLY)


CAUSES: tuple[Cause, ...] = (
    _spec_faults,
    _policy_broken,
    _usage,
    _project_of_urls,
    _unreadable,
    _untrusted,
    _credentials,
    _refused,
    _locked,
    _damaged,
    _newer,
    _foreign,
    _moved,
    _not_written,
    _plan_moved,
    _plan_foreign,
    _plan_unreadable,
    _plan_not_written,
    _secret_missing,
    _bug,
)


@contextmanager
def _put_back(home: Planted, talker: Talker) -> Iterator[None]:
    """Whatever is done to files, spec and service within it is undone."""
    folder, spec = home.shell.folder, json.dumps(home.spec)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    try:
        yield
    finally:
        talker.mode, home.spec = "good", json.loads(spec)
        for path in [path for path in folder.rglob("*") if path.is_file() and path not in before]:
            path.unlink()
        for path, content in before.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
