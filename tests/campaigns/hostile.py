"""Hostile input: what a service says is harmless wherever it is shown, no template gets out, no pattern hangs."""

import json
import random
import re
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

from markdown_it import MarkdownIt

from tests.builders.fleet import PRODUCT
from tests.builders.shell import Said, Shell, a_project, a_spec
from tests.campaigns.escapes import EXPRESSIONS, PLACES, TEMPLATES
from tests.campaigns.patterns import a_pattern
from tests.campaigns.talker import Talker, a_talker

MOST_S = 5.0
MOST_MB = 600.0
WORDS: tuple[str, ...] = (
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "\x1b]52;c;ZXZpbA==\x07\x1bP1$r\x1b\\\x9b31m\x9d0;x\x9c",
    "\x00\x01\x08\x7f\x85\x1b[2J\x1b[1;1H\x1bc",
    "\r\nerror: all is lost\r\n\x0b\x0c",
    "\u202egnp.exe\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
    "\u2028\u2029\u200b\ufeff\u00ad\u2060\ue000\U000e0041",
    "zalgo\u0301\u0302\u0303 \ud800 \U0010ffff",
    "a | b | c |\n|---|---|\n| x | y |",
    "@octocat @org/team #1 GH-1 !7 owner/name#12 $$x$$",
    "<script>alert(1)</script><img src=x onerror=alert(1)><!-- x --></details></code>@octocat",
    "[x](https://evil.example) ![x](https://evil.example/x.png) <https://evil.example> www.evil.example",
    "``` `@octocat` ```\n# heading\n> quote\n- [ ] task\n***\n~~~",
    "::error file=app.py,line=1::evil\n::set-output name=x::y\n::add-mask::a\n%0A::stop-commands::x",
    "[bold red]markup[/] [link=https://evil.example]x[/link] {0} %s {{ 1 }} ${HOME} $(id) `id`",
    "x\n  ProxyCommand evil\nHost *\n  PermitLocalCommand yes",
    "=cmd|' /C calc'!A0 -oProxyCommand=evil --help ; rm -rf / && id",
)
_MODES = ("rows", "refusing", "naming", "denying", "page")
_COMMANDS = (
    "plan",
    "plan --full --replace trainer",
    "plan --format markdown",
    "plan --format github",
    "plan --json --out plan.json --summary summary.md",
    "show plan.json",
    "status",
    "status --json",
    "ssh-config",
    "drift",
    "drift --format markdown",
    "drift --json",
    "audit",
    "audit --json",
    "apply --yes --wait none --settle 0s --debug --events events.ndjson",
    "restart trainer --yes --wait-timeout 1s --settle 0s --json",
    "recover --settle 0s",
    "import adopted i000000000000002 --write more.yaml --yes --take-over",
    "state list",
    "state show trainer",
    "state pull",
    "audit --debug",
)
_SSH = re.compile(r"(#.*|Host [A-Za-z0-9._-]+|  (HostName|User|HostKeyAlias) [A-Za-z0-9._-]+|  Port \d+|)")
_ANNOTATION = re.compile(r"::(error|warning|notice) [^:]*::.*")
_ELEMENTS = frozenset(
    ["h3", "p", "strong", "code", "br", "details", "summary", "table", "thead", "tbody", "tr", "th", "td"]
)
# What only Python's own objects, or somebody's files, look like.
_OUTSIDE = re.compile(
    r"<(class|function|module|built-in|bound method|method|generator|frame|code) |object at 0x|root:x:0"
)
_SPEC_OF_A_TEMPLATE = a_spec("a") + "    command: |-\n      "


class Harmful(AssertionError):
    """Something came through, got out, or took too much."""


def run_seed(seed: int) -> Mapping[str, int]:
    """Let a service say something, or try a template or a pattern, by turns.

    Raises:
        Harmful: It was not harmless.
    """
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "project"
        match seed % 3:
            case 0:
                return _spoken(folder, seed // 3, chance)
            case 1:
                return _templated(folder, templates_of(seed // 3, chance))
            case _:
                return _matched(folder, chance)


def templates_of(number: int, chance: random.Random) -> tuple[str, ...]:
    """A few templates of these: every expression and template as it is, and then expressions in other places."""
    plain = (*(PLACES[0].replace("…", each) for each in EXPRESSIONS), *TEMPLATES)
    if number * 10 < len(plain):
        return plain[number * 10 : number * 10 + 10]
    return tuple(chance.choice(PLACES).replace("…", chance.choice(EXPRESSIONS)) for _ in range(10))


def _spoken(folder: Path, number: int, chance: random.Random) -> Mapping[str, int]:
    figures: Counter[str] = Counter()
    with a_talker() as talker:
        shell = _project(folder, talker)
        assert shell("apply", "--yes", "--wait", "none").status == 0
        shell.write("instances.yaml", a_spec("trainer", "more", gpuNum=2, productId=PRODUCT))
        talker.words = WORDS[number % len(WORDS)]
        talker.mode = _MODES[number // len(WORDS) % len(_MODES)] if number < len(WORDS) * len(_MODES) else "rows"
        if number >= len(WORDS) * len(_MODES):
            talker.words = "".join(chance.sample(WORDS, 3))
        for command in _COMMANDS:
            arguments = command.split()
            _check_output(arguments, shell(*arguments), words=talker.words)
            figures["outputs"] += 1
        for name in ("events.ndjson", "gpuspec.state.json"):
            path = folder / name
            lines = path.read_text().splitlines() if path.exists() else []
            _check_text(f"{name} at {talker.words!r}", "\n".join(lines))
    return figures


def _project(folder: Path, talker: Talker) -> Shell:
    shell = a_project(folder, a_spec("trainer", "other", productId=PRODUCT), NOVITA_API_KEY="sk_hostile")
    settings = {"version": 1, "project": "demo", "endpoint": talker.origin, "settleWindow": 0.5, "requestTimeout": 1}
    shell.write("gpuspec.yaml", json.dumps(settings))
    return shell


def _check_output(arguments: list[str], said: Said, *, words: str) -> None:
    what = f"`{' '.join(arguments)}` at {words!r}"
    if "Traceback" in said.err or "bug in gpuspec" in said.err:
        raise Harmful(f"{what} broke down: {said.err[-1_500:]}")
    _check_text(f"The errors of {what}", said.err)
    _check_text(f"The result of {what}", said.raw)
    if "--json" in arguments:
        json.loads(said.raw)
    if "markdown" in arguments and said.raw:
        _check_page(what, said.raw)
    if "github" in arguments:
        _check_lines(what, said.raw, _ANNOTATION)
    if arguments[0] == "ssh-config":
        _check_lines(what, said.raw, _SSH)


def _check_text(what: str, text: str) -> None:
    """Nothing in it that a terminal obeys, or that moves or hides what stands beside it."""
    found = {character for character in text if not character.isprintable() and character != "\n"}
    if found:
        raise Harmful(f"{what} has {sorted(map(ascii, found))}.\n{text[-1_500:]!a}")


def _check_lines(what: str, text: str, shape: re.Pattern[str]) -> None:
    odd = [line for line in text.splitlines() if not shape.fullmatch(line)]
    if odd:
        raise Harmful(f"{what} has lines that it should not: {odd[:3]}")


def _check_page(what: str, text: str) -> None:
    page = _Page()
    page.feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))
    page.close()
    if page.odd:
        raise Harmful(f"{what} makes {page.odd} of its page:\n{text}")


class _Page(HTMLParser):
    """What a browser would make of a page, as far as it should not."""

    def __init__(self) -> None:
        super().__init__()
        self.odd: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _ELEMENTS or attrs:
            self.odd.append(f"<{tag} {attrs}>")

    def handle_data(self, data: str) -> None:
        self.odd += re.findall(r"[@#]\w+", data) if "\u200b" not in data and self.lasttag != "code" else []

    def handle_comment(self, data: str) -> None:
        if not data.strip().startswith("gpuspec"):
            self.odd.append(f"<!--{data}-->")


def _templated(folder: Path, templates: tuple[str, ...]) -> Mapping[str, int]:
    shell = a_project(folder, a_spec("a"))
    figures: Counter[str] = Counter()
    for template in templates:
        shell.write("instances.yaml", _SPEC_OF_A_TEMPLATE + template.replace("\n", "\n      ") + "\n")
        said = _within_bounds(shell, ("render",), what=template)
        if _OUTSIDE.search(said.out + said.err):
            raise Harmful(f"{template[:300]!r} got out: {said.out[:500]}{said.err[:500]}")
        figures["templates"] += 1
        figures["templates refused"] += said.status != 0
    return figures


def _matched(folder: Path, chance: random.Random) -> Mapping[str, int]:
    shell = a_project(folder, a_spec("a", name='"{{ word }}"'))
    for _ in range(5):
        pattern, word = a_pattern(chance)
        variables = {"word": {"pattern": pattern, "default": "a"}}
        rule = {"properties": {"name": {"pattern": pattern}, "envs": {"patternProperties": {pattern: {}}}}}
        shell.write("policy.json", json.dumps(rule))
        settings = {"version": 1, "project": "demo", "cloud": "simulator"}
        for more in ({"variables": variables}, {"policy": ["policy.json"]}):
            shell.write("gpuspec.yaml", json.dumps({**settings, **more}))
            _within_bounds(shell, ("validate", "--var", f"word={word}"), what=f"{pattern!r} with {word!r}")
    return {"patterns": 10}


def _within_bounds(shell: Shell, arguments: tuple[str, ...], *, what: str) -> Said:
    began = time.process_time()
    said = shell(*arguments)
    took_s = time.process_time() - began
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    if "Traceback" in said.err or "bug in gpuspec" in said.err or said.status not in {0, 1, 5}:
        raise Harmful(f"{what[:500]!r} ended with {said.status}: {said.err[-1_500:]}")
    if took_s > MOST_S or peak_mb > MOST_MB:
        raise Harmful(f"{what[:500]!r} took {took_s:.1f} s and {peak_mb:.0f} MB.")
    return said
