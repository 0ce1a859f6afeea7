"""Drift as Markdown, whole."""

from textwrap import dedent

from gpuspec.model.drift import Drifted, Unseen, Unverified
from gpuspec.model.plan import ActionKind, Change, Outside
from gpuspec.report.markdown_drift import drift_markdown
from gpuspec.report.markdown_page import LIMIT
from tests.builders.planning import seal
from tests.report.test_drift import a_report, an_action

SECRET = Change(field="x", before=seal("a"), after=seal("b"))
IMAGE = Change(field="imageUrl", before="a|b", after="@team")


def test_every_part_is_folded_with_its_count() -> None:
    """The whole page, secrets masked; what is empty is not there."""
    report = a_report(
        drifted=(
            Drifted(address="trainer", id="id-1", changes=(IMAGE, SECRET)),
            Drifted(address="gone", id="id-2", missing=True),
        ),
        doubts=(an_action(ActionKind.UNRESOLVED, "open", hint="decide, or:", command="gpuspec apply"),),
        pending=(
            an_action(ActionKind.CREATE, "new", changes=(IMAGE,)),
            an_action(ActionKind.UPDATE, "changed", reason="changed", changes=(IMAGE,)),
        ),
        unverified=(Unverified(field="diskSize", why=Unseen.NEVER_SHOWN, addresses=("a", "b", "c", "d", "e")),),
        in_step=7,
        outside=Outside(count=2, excluded=1),
        warnings=("Careful.",),
    )

    expected = """\
        <!-- gpuspec-drift:demo/default -->
        ### gpuspec drift: <code>demo/default</code>

        **Drift: 1 drifted, 1 missing, 7 in step; 2 pending, 1 unresolved, 0 stray, 0 can't be told**

        <code>demo at https&#58;//api.novita.ai, state serial 41</code>

        <details>
        <summary>drifted: 2</summary>

        | address | why | what |
        | --- | --- | --- |
        | <code>trainer</code> | id-1 | <code>imageUrl: a&#124;b → &#64;team</code><br>\
<code>x: (secret) → (secret)</code> |
        | <code>gone</code> | id-2 is missing: not in a complete list, and not found when asked for twice |  |

        </details>

        <details>
        <summary>open: 1</summary>

        | address | why | what |
        | --- | --- | --- |
        | <code>open</code> | unresolved: because<br>hint: decide, or:<br><code>gpuspec apply</code> |  |

        </details>

        <details>
        <summary>pending, no drift: 2</summary>

        | address | why | what |
        | --- | --- | --- |
        | <code>new</code> | create: because |  |
        | <code>changed</code> | update: because | <code>imageUrl: a&#124;b → &#64;team</code> |

        </details>

        <details>
        <summary>can't be verified: 1</summary>

        | field | why | addresses |
        | --- | --- | --- |
        | <code>diskSize</code> | the API never shows it | a, b, c and 2 more |

        </details>

        note: Not looked at: 2 records whose file was not named.

        note: Left out by <code>--only</code> and <code>--exclude</code>: 1 address.

        **warning:** Careful.
        """
    assert drift_markdown(report) == dedent(expected)


def test_ten_thousand_drifted_machines_are_a_comment() -> None:
    """Cut by whole rows, and counted."""
    text = drift_markdown(a_report(drifted=[Drifted(address=f"w-{number}", id="x") for number in range(10_000)]))

    assert len(text) <= LIMIT
    assert "<summary>drifted: 10,000</summary>" in text
    assert " more; <code>gpuspec drift --full</code> shows all of them\n" in text
