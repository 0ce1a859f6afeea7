"""A plan as Markdown: what a reviewer reads on GitHub or GitLab, and what no value can make of it."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from textwrap import dedent

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gpuspec.errors import GpuspecError, PlanUnreadable, Refused, SpecFaults
from gpuspec.model.instance import Lifecycle
from gpuspec.model.live import Phase
from gpuspec.model.place import Place
from gpuspec.model.plan import Absence, Action, ActionKind, Basis, Change, Outside, Plan
from gpuspec.model.problem import Problem
from gpuspec.model.values import Port
from gpuspec.report.clean import clean
from gpuspec.report.markdown import failed_markdown, plan_markdown
from gpuspec.report.markdown_page import LIMIT
from gpuspec.report.markdown_text import clipped, code, prose
from tests.builders.planning import (
    BIRTH,
    a_live,
    a_plan,
    a_record,
    a_state,
    an_instance,
    an_intent,
    an_observation,
    envs,
    seal,
)

HTTP = Port(number=8080, protocol="http")
REFUSAL = Refused("Nothing is sent because of a|b and @team.", reason="several", hint="look at `a`", command="x #1")

# What others have made of text that nobody had looked at, beside any text at all.
NASTY = st.sampled_from(
    (
        "@octocat",
        "#1",
        "GH-1",
        "owner/name#12",
        "!7",
        "a | b",
        "|---|",
        "<script>alert(1)</script>",
        "<!-- x -->",
        "-->",
        "</details>",
        "</code>@octocat",
        "```",
        "`",
        "``` `@octocat` ```",
        "[x](https://evil.example)",
        "![x](https://evil.example/x.png)",
        "https://evil.example",
        "www.evil.example",
        "\n/close\n",
        "\n# heading\n",
        "\r\n> quote",
        "$$x$$",
        "**bold** _it_ ~~no~~",
        "\\",
        "&lt;script&gt;&#64;octocat",
        "\u202egnp.exe",
        "\x1b[31m",
        "  two  blanks  ",
        "ﬁ\u200b",
    )
)
TEXTS = st.one_of(st.text(max_size=40), NASTY, st.lists(NASTY, max_size=4).map("".join))
CHANGES = st.builds(
    Change,
    field=TEXTS,
    before=st.one_of(st.sampled_from(Absence), TEXTS),
    after=st.one_of(st.integers(), TEXTS, st.just(seal("x"))),
)
ACTIONS = st.builds(
    Action,
    kind=st.sampled_from(ActionKind),
    address=TEXTS,
    reason=TEXTS,
    explanation=TEXTS,
    id=TEXTS,
    changes=st.lists(CHANGES, max_size=3).map(tuple),
    drift=st.lists(CHANGES, max_size=2).map(tuple),
    data_lost=TEXTS,
    hint=TEXTS,
    command=TEXTS,
)
PLANS = st.builds(
    Plan,
    birth=st.builds(
        lambda project, environment, origin: replace(BIRTH, project=project, environment=environment, origin=origin),
        TEXTS,
        TEXTS,
        TEXTS,
    ),
    serial=st.integers(min_value=0),
    made_at=st.just(100.0),
    actions=st.lists(ACTIONS, max_size=6).map(tuple),
    receipt=TEXTS,
    outside=st.builds(Outside, lost_files=st.lists(st.tuples(TEXTS, st.integers()), max_size=2).map(tuple)),
    basis=st.builds(Basis, files=st.lists(TEXTS, max_size=2).map(tuple)),
    warnings=st.lists(TEXTS, max_size=3).map(tuple),
)
ERRORS = st.builds(lambda message, hint: Refused(message, reason="x", hint=hint), TEXTS, TEXTS)

# What a page is made of: any other element would come from a value.
ELEMENTS = {"h3", "p", "strong", "code", "br", "details", "summary", "table", "thead", "tbody", "tr", "th", "td"}
# What GitHub and GitLab make links of, once HTML is read: names, numbers, addresses of the web and of mail.
REFERENCE = re.compile(r"[@#!$~&%][\w\"]|\bgh-\d|://\w|www\.\w", re.I)


class Page(HTMLParser):
    """What a browser would show: elements, comments, and the text that stands outside of code."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.elements: Counter[str] = Counter()
        self.comments: list[str] = []
        self.linkable: list[str] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert attrs == []
        self.elements[tag] += 1
        self.open += [tag] if tag != "br" else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if "code" not in self.open:
            self.linkable.append(data)


def shown(plan: Plan, *, refused: Sequence[GpuspecError] = (), reviewed: bool = False) -> str:
    """The plan's Markdown with a receipt that doesn't change."""
    return plan_markdown(replace(plan, receipt="sha256:0"), refused=refused, reviewed=reviewed)


def a_plan_of(*actions: Action) -> Plan:
    """A plan with these actions."""
    return Plan(birth=BIRTH, serial=1, made_at=100.0, actions=actions, receipt="sha256:0")


def an_action(address: str = "trainer", *, kind: ActionKind = ActionKind.CREATE, explanation: str = "why") -> Action:
    """An action without changes."""
    return Action(kind=kind, address=address, reason="x", explanation=explanation)


def assert_harmless(markdown: str) -> None:
    """Nothing in the page is a reference, a link, an element or a command but for what the page has itself."""
    page = Page(markdown)
    first, *lines = markdown.splitlines()

    assert re.fullmatch(r"<!-- gpuspec-plan:[a-z0-9_-]{0,63}/[a-z0-9_-]{0,63} -->", first)
    assert len(page.comments) == 1
    assert set(page.elements) <= ELEMENTS
    assert page.elements["details"] == page.elements["summary"] <= len(ActionKind)
    assert page.elements["h3"] == 1
    assert page.open == []
    assert REFERENCE.search("\n".join(page.linkable)) is None
    assert [line for line in lines if set(line) & set("@\\`[]$")] == []
    # The line of a comment that begins so is an order to GitLab.
    assert not any(line.lstrip().startswith("/") for line in lines)
    assert all(clean(line) == line for line in lines)
    assert len(markdown) <= LIMIT


def test_a_plan_has_its_counts_and_a_folded_table_for_each_kind() -> None:
    """The whole page: hidden first line, heading, counts, receipt, what stands in the way, blocks, warnings."""
    state = a_state(
        a_record("kept"),
        a_record("changed", envs=envs(A="1")),
        a_record("unknown"),
        intents={"00000000000000dd": an_intent("open", nonce="00000000000000dd")},
    )
    observation = an_observation(a_live("id-kept"), a_live("id-changed"), a_live("id-unknown", phase=Phase.UNKNOWN))
    plan = a_plan(
        an_instance("kept"),
        an_instance("changed", gpuNum=2, envs=envs(A="2"), lifecycle=Lifecycle(protect=True)),
        an_instance("unknown"),
        an_instance("trainer", ports=(HTTP,), envs=envs(RUN="a|b @team", TOKEN=seal("x"))),
        state=state,
        observation=observation,
    )

    expected = """\
        <!-- gpuspec-plan:demo/default -->
        ### gpuspec plan: <code>demo/default</code>

        **Plan: 1 to create, 0 to update (0 restarts), 0 to replace, 0 to delete, 0 to forget; 1 unresolved**

        Beside these: 1 blocked, 1 refused, 1 unchanged.

        <code>demo/default at https&#58;//api.novita.ai, state serial 41</code><br>Receipt: <code>sha256:0</code>

        **error: refused**<br>Nothing is sent because of a&#124;b and &#64;&#8203;team.<br>hint: look at <code>a</code>\
<br><code>x &#35;1</code>

        <details>
        <summary>! refused: 1</summary>

        | address | why | what |
        | --- | --- | --- |
        | <code>changed</code> | refused: <code>gpuNum</code> can't be changed in place, and \
<code>lifecycle.protect</code> forbids to replace id-changed<br>hint: take <code>protect</code> away first, or have \
the rest with <code>--exclude 'changed'</code>, or put the spec back as it was | <code>gpuNum: 1 → 2</code><br>\
<code>envs.A: 1 → 2</code> |

        </details>

        <details>
        <summary>? unresolved: 1</summary>

        | address | why | what |
        | --- | --- | --- |
        | <code>open</code> | unresolved: a create request was sent and what became of it is not known \
(no answer within 60 s)<br>hint: decide with <code>gpuspec recover open --found ID</code> or <code>--absent</code>, \
or let the next apply settle it:<br><code>gpuspec apply</code> |  |

        </details>

        <details>
        <summary>? blocked: 1</summary>

        | address | why | what |
        | --- | --- | --- |
        | <code>unknown</code> | blocked: id-unknown has the status <code>unknown</code>, which gpuspec does not know\
<br>hint: look at it in the console; nothing is done about this address meanwhile |  |

        </details>

        <details>
        <summary>+ create: 1</summary>

        | address | why | what |
        | --- | --- | --- |
        | <code>trainer</code> | create: not made yet | <code>name: trainer</code><br><code>productId: 4090.16c62g\
</code><br><code>gpuNum: 1</code><br><code>diskSize: 60</code><br><code>rootfsSize: 60</code><br>\
<code>imageUrl: pytorch/pytorch:latest</code><br><code>ports: 8080/http</code><br>\
<code>envs.RUN: a&#124;b &#64;team</code><br><code>envs.TOKEN: (secret)</code><br><code>kind: gpu</code> |

        </details>

        note: Outside this plan: 1 record whose file was not named.

        **warning:** The service lists no <code>x</code>.
        """
    plan = replace(plan, warnings=("The service lists no `x`.",), outside=Outside(count=1))
    assert shown(plan, refused=[REFUSAL]) == dedent(expected)


def test_a_plan_without_work_says_so() -> None:
    """There is nothing to unfold."""
    plan = a_plan(an_instance(), state=a_state(a_record()), observation=an_observation(a_live()))

    text = shown(plan)

    assert "\n\nNothing to do.\n\nBeside these: 1 unchanged.\n\n" in text
    assert "<details>" not in text


def test_a_plan_from_a_file_says_when_it_was_made_and_from_what() -> None:
    """As the text does."""
    plan = replace(a_plan(an_instance()), basis=Basis(files=("a_b.yaml",)))

    assert "\n\nMade 1970-01-01 00:01:40 UTC from a&#95;b.yaml\n\n" in shown(plan, reviewed=True)


def test_a_plan_that_could_not_be_made_takes_the_place_of_an_earlier_one() -> None:
    """It has the same marker, and says what is wrong, each fault with its place."""
    fault = Problem(
        code="unknown-field",
        message="An instance has no field `gpuNumm`.",
        place=Place(file="instances.yaml", line=9, column=5),
        hint="did you mean `gpuNum`?",
    )

    expected = """\
        <!-- gpuspec-plan:demo/prod -->
        ### gpuspec plan: <code>demo/prod</code>

        **There is no plan.**

        **error: unknown field** <code>instances.yaml:9:5</code><br>An instance has no field <code>gpuNumm</code>.<br>\
hint: did you mean <code>gpuNum</code>?
        """
    assert failed_markdown("demo", "prod", SpecFaults([fault])) == dedent(expected)
    assert "**error: the plan can't be read**<br>It is a&#124;b." in failed_markdown(
        "demo", "prod", PlanUnreadable("It is a|b.")
    )


def test_faults_without_number_are_counted() -> None:
    """Twenty are told, however long they are, and the page keeps its size."""
    faults = [Problem(code="unknown-field", message="@" * 5_000, hint="`#1`" * 500) for _ in range(500)]

    text = failed_markdown("demo", "prod", SpecFaults(faults))

    assert text.endswith("\n\n… and 480 more problems\n")
    assert_harmless(text)


def test_a_big_fleet_is_cut_by_whole_actions_and_counted() -> None:
    """A row is there or is not, and every block says how many it has in all and how many it lacks."""
    plan = a_plan(*(an_instance(f"w-{number:04}") for number in range(10_000)))

    text = shown(plan)

    rows = [line for line in text.splitlines() if line.startswith("| <code>w-")]
    assert all(line.endswith("<code>kind: gpu</code> |") for line in rows)
    assert f"\n\n… and {10_000 - len(rows):,} more; <code>gpuspec plan --full</code> shows all of them\n" in text
    assert "<summary>+ create: 10,000</summary>" in text
    assert LIMIT - 1_000 < len(text) <= LIMIT


def test_the_weightiest_actions_have_the_room_first() -> None:
    """What is refused is told whole, however much is to be made; every kind keeps its count."""
    creates = [an_action(f"w-{number}", explanation="x" * 500) for number in range(500)]
    plan = a_plan_of(*creates, an_action("kept", kind=ActionKind.REFUSED), an_action("gone", kind=ActionKind.DELETE))

    text = shown(plan)

    assert text.index("| <code>kept</code>") < text.index("| <code>gone</code>") < text.index("| <code>w-0</code>")
    assert "<summary>+ create: 500</summary>" in text


def test_an_action_that_is_longer_than_the_page_leaves_room_for_the_others() -> None:
    """It is counted as left out."""
    plan = a_plan_of(an_action("long", explanation="@" * LIMIT), an_action("short"))

    text = shown(plan)

    assert "<code>long</code>" not in text
    assert "| <code>short</code> |" in text
    assert "… and 1 more; <code>gpuspec plan --full</code> shows all of them" in text


def test_what_must_be_there_survives_anything_beside_it() -> None:
    """Heading, counts, receipt and refusals stand in the page, each cut where it is endless."""
    endless = "@|" * LIMIT
    actions = [an_action(endless, kind=kind, explanation=endless) for kind in ActionKind for _ in range(3)]
    refused = [Refused(endless, reason="x", hint=endless, command=endless) for _ in range(40)]
    plan = replace(a_plan_of(*actions), birth=replace(BIRTH, origin=endless), warnings=(endless,) * 40)

    text = shown(plan, refused=refused)

    assert "### gpuspec plan: <code>demo/default</code>\n\n**Plan: 3 to create, " in text
    assert "Receipt: <code>sha256:0</code>" in text
    assert text.count("**error: refused**") == 3
    assert "… and 37 more\n" in text
    assert text.count("<summary>") == len(ActionKind) - 1
    assert_harmless(text)


@given(PLANS, st.lists(ERRORS, max_size=3), st.booleans())
def test_no_value_makes_anything_but_text(plan: Plan, refused: list[Refused], reviewed: bool) -> None:
    """Whatever is in names, values, reasons and warnings: no mention, link, table, element or order comes of it."""
    assert_harmless(plan_markdown(plan, refused=refused, reviewed=reviewed))


@given(TEXTS, TEXTS, TEXTS)
def test_no_fault_makes_anything_but_text(message: str, hint: str, file: str) -> None:
    """So it is with the faults of a spec."""
    problem = Problem(code="unknown-field", message=message, hint=hint, place=Place(file=file, line=1, column=1))

    assert_harmless(failed_markdown(file, "prod", SpecFaults([problem])))


@given(TEXTS)
def test_what_is_shown_as_code_reads_as_it_was(text: str) -> None:
    """A reader sees and copies the characters of the value, what can't be seen as escapes."""
    page = Page(f"x{code(text)}")

    assert "".join(page.text).strip("\n").replace("\xa0", " ") == f"x{clean(text)}".replace("\xa0", " ")


@given(TEXTS.map(lambda text: text * 50), st.integers(min_value=20, max_value=400))
def test_a_text_is_cut_to_what_it_comes_to(text: str, most: int) -> None:
    """Neither form of it is longer than was asked for, and one that fits stays whole."""
    cut = clipped(text, most)

    assert len(prose(cut)) <= most
    assert len(code(cut)) <= most
