"""Every folder under `examples/` does what its story says: on the simulator, twice, in a copy."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders.shell import Said, Shell, files_below

EXAMPLES = Path(__file__).parents[1] / "examples"
# `ci` has no machines of its own: tests/test_ci_examples.py tries it.
STORIES = tuple(sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir() and path.name != "ci"))
LOGIN, TOKEN, PASSWORD = "robot:registry-login-text", "hf-token-text", "not-a-real-password"
SECRETS = {"REGISTRY_LOGIN": LOGIN, "HF_TOKEN": TOKEN}
# Story and environment -> how many instances it makes.
COUNTS = {
    ("fleet", ""): 24,
    ("lifecycle", ""): 3,
    ("policy", "staging"): 2,
    ("policy", "prod"): 2,
    ("private-image", ""): 1,
    ("quickstart", ""): 3,
    ("seed", ""): 1,
    ("team", "staging"): 2,
    ("team", "prod"): 4,
    ("walkthrough", "staging"): 1,
    ("walkthrough", "prod"): 2,
}


def a_copy(folder: Path, story: str, **environ: str) -> Shell:
    """A shell in a copy of an example, without what earlier runs left there."""
    target = folder / story
    shutil.copytree(EXAMPLES / story, target, ignore=shutil.ignore_patterns(".gpuspec", "*.state.json"))
    return Shell(target, **environ)


def choice(environment: str) -> tuple[str, ...]:
    """The option that chooses an environment, where there is one."""
    return ("-e", environment) if environment else ()


def test_every_example_is_tried() -> None:
    """A folder that nobody lists here would be run by nobody."""
    assert {story for story, _ in COUNTS} == set(STORIES)


@pytest.mark.parametrize(("story", "environment"), COUNTS)
def test_an_example_is_good_and_renders_to_a_spec(tmp_path: Path, story: str, environment: str) -> None:
    """It has no fault and no warning, and what it renders to is good too, without the secrets at hand."""
    shell, chosen = a_copy(tmp_path, story), choice(environment)

    good = shell("validate", *chosen)
    rendered = shell("render", *chosen)
    again = shell("validate", "-", *chosen, stdin=rendered.raw.encode())

    assert (good.status, good.err) == (0, "")
    assert good.out.startswith(f"{COUNTS[story, environment]} instance")
    assert (rendered.status, rendered.err) == (0, "")
    assert again.status == 0


@pytest.mark.parametrize(("story", "environment"), COUNTS)
def test_an_example_applies_twice(tmp_path: Path, story: str, environment: str) -> None:
    """The first time everything is made and runs, the second time there is nothing to do."""
    shell, chosen = a_copy(tmp_path, story, **SECRETS), choice(environment)
    count = COUNTS[story, environment]

    planned = shell("plan", "--simulate", *chosen)
    first = shell(*chosen, "apply", "--simulate", "--yes")
    second = shell("apply", "--simulate", "--yes", *chosen)

    assert (planned.status, planned.out.count("\nPlan: ")) == (0, 1)
    assert f"\nPlan: {count} to create, " in planned.out
    assert (first.status, first.out.splitlines()[-1]) == (0, f"Ledger: {count} done")
    assert first.out.count("  running") == count
    assert (second.status, second.out.splitlines()[-1]) == (0, f"Ledger: {count} kept")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--var", "image=pytorch/pytorch:2.4.0"), {"trainer": "update", "server": "keep", "data": "keep"}),
        (("--var", "gpus=2"), {"trainer": "replace", "server": "replace", "data": "refused"}),
        (("--var", "power=stopped"), {"trainer": "update", "server": "keep", "data": "keep"}),
        (("--replace", "server"), {"trainer": "keep", "server": "replace", "data": "keep"}),
        (("--var", "gpus=2", "--refresh-only"), {"trainer": "keep", "server": "keep", "data": "keep"}),
    ],
)
def test_the_lifecycle_is_as_the_story_tells(
    tmp_path: Path, options: tuple[str, ...], expected: dict[str, str]
) -> None:
    """Each plan that it names does that to each machine."""
    shell = a_copy(tmp_path, "lifecycle")
    shell("apply", "--simulate", "--yes", "--wait", "none")

    said = shell("plan", "--simulate", "--json", *options)

    assert {action["address"]: action["kind"] for action in json.loads(said.raw)["actions"]} == expected


def test_the_team_has_to_say_which_environment(tmp_path: Path) -> None:
    """Without `-e` the error lists them, and nothing is made."""
    shell = a_copy(tmp_path, "team")

    said = shell("apply", "--simulate", "--yes")

    assert (said.status, said.out) == (64, "")
    assert "This project has environments (`staging`, `prod`), and each has a state of its own." in said.err
    assert not (tmp_path / "team" / ".gpuspec").exists()


def test_the_environments_of_the_team_know_nothing_of_each_other(tmp_path: Path) -> None:
    """Each has its own machines under the same addresses."""
    shell = a_copy(tmp_path, "team")
    for environment in ("staging", "prod"):
        assert shell("apply", "--simulate", "--yes", "--wait", "none", "-e", environment).status == 0

    listed = [shell("state", "list", "--simulate", "-e", environment).raw for environment in ("staging", "prod")]

    ids = [{line.split()[1] for line in text.splitlines()[1:] if "instances.yaml" in line} for text in listed]
    assert [len(each) for each in ids] == [2, 4]
    assert not ids[0] & ids[1]


@pytest.mark.parametrize(
    ("environment", "change", "said"),
    [
        ("prod", ("--var", "gpus=5"), "  No machine has more than 4 GPUs.\n"),
        ("prod", ("--var", "owner=nobody"), "  Every machine names who answers for it.\n"),
        (
            "prod",
            ("--var", "product=h100"),
            "  The product `h100` is not among `allowedProducts`: `3090.*`, `4090.*`.\n",
        ),
        ("staging", ("--var", "gpus=2"), "  The specs ask for 3 GPUs together, and `maxGpus` is 2.\n"),
    ],
)
def test_what_the_lab_has_agreed_on_holds(tmp_path: Path, environment: str, change: tuple[str, ...], said: str) -> None:
    """5 from each command, in the lab's words; nothing is made."""
    shell = a_copy(tmp_path, "policy", **SECRETS)

    for command in (("validate",), ("plan", "--simulate"), ("apply", "--simulate", "--yes")):
        refused = shell(*command, "-e", environment, *change)
        assert (refused.status, refused.out) == (5, "")
        assert said in refused.err
    assert not (tmp_path / "policy" / ".gpuspec").exists()


def test_secrets_leave_nothing_behind(tmp_path: Path) -> None:
    """Not in any output of any command, nor in any file below the project's folder but their own."""
    shell = a_copy(tmp_path, "private-image", **SECRETS)

    said = [
        shell(*command)
        for command in (
            ("validate", "--json"),
            ("render",),
            ("render", "--json"),
            ("plan", "--simulate", "--full"),
            ("plan", "--simulate", "--json", "--debug"),
            ("apply", "--simulate", "--yes", "--debug", "--events", "events.ndjson"),
            ("apply", "--simulate", "--yes", "--json"),
            ("plan", "--simulate", "--offline", "--json"),
            ("state", "list", "--simulate", "--json"),
            ("state", "show", "--simulate", "inference"),
        )
    ]

    files = {name: content for name, content in files_below(tmp_path).items() if not name.endswith("database-password")}
    assert [each.status for each in said] == [0] * len(said)
    assert leaking(said, (LOGIN, TOKEN, PASSWORD)) == []
    assert [
        name for name, content in files.items() for text in (LOGIN, TOKEN, PASSWORD) if text.encode() in content
    ] == []


def test_a_secret_that_changed_is_seen(tmp_path: Path) -> None:
    """The simulator gets no secret, and a plan on it still tells one from another; one not at hand can't be told."""
    shell = a_copy(tmp_path, "private-image", **SECRETS)
    shell("apply", "--simulate", "--yes")

    same = shell("plan", "--simulate")
    changed = shell("plan", "--simulate", HF_TOKEN="another")
    absent = Shell(shell.folder)("plan", "--simulate")

    assert (same.status, same.out.splitlines()[2]) == (0, "Nothing to do.")
    assert (changed.status, "\nPlan: 0 to create, 1 to update " in changed.out) == (0, True)
    assert "      envs.HF_TOKEN  (secret)" in changed.out
    assert (absent.status, "can't tell" in absent.out) == (0, True)


def leaking(said: list[Said], texts: tuple[str, ...]) -> list[str]:
    """Those outputs that hold one of the texts."""
    outputs = [output for each in said for output in (each.raw, each.err)]
    return [output for output in outputs if any(text in output for text in texts)]


@pytest.mark.parametrize("missing", [*SECRETS, "database-password"])
def test_a_missing_secret_sends_nothing(tmp_path: Path, missing: str) -> None:
    """1; the one that is missing is named, and the plan can still be shown."""
    shell = a_copy(tmp_path, "private-image", **{name: text for name, text in SECRETS.items() if name != missing})
    if missing not in SECRETS:
        (tmp_path / "private-image" / missing).unlink()

    planned = shell("plan", "--simulate")
    applied = shell("apply", "--simulate", "--yes")

    assert planned.status == 0
    assert (applied.status, applied.out) == (1, "")
    assert "error: a secret is not at hand\n" in applied.err
    assert missing in applied.err.partition("a secret is not at hand")[2]
    assert not list(tmp_path.rglob("*.state.json"))
    assert not [path for path in tmp_path.rglob("world.ndjson") if "create" in path.read_text()]


def test_the_demo_makes_the_quickstart(tmp_path: Path) -> None:
    """`make demo` is the README's first command; as a process of its own, with nothing in its environment."""
    demo = (EXAMPLES.parent / "Makefile").read_text().partition("\ndemo:")[2].splitlines()[1].strip()
    assert demo == "$(BIN)/gpuspec -C examples/quickstart apply --simulate --yes"
    a_copy(tmp_path / "examples", "quickstart")

    said = subprocess.run(
        [sys.executable, "-m", "gpuspec", *demo.split()[1:]], cwd=tmp_path, env={}, capture_output=True, text=True
    )

    assert (said.returncode, said.stdout.splitlines()[-1]) == (0, "Ledger: 3 done")
    assert said.stderr.startswith("quickstart/default at simulator, state serial 0\n")
