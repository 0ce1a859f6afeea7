"""Drift, as a user reads it, whole."""

from textwrap import dedent
from typing import Any

from gpuspec.codec.drift import drift_document
from gpuspec.model.drift import Drifted, DriftReport, Unseen, Unverified
from gpuspec.model.plan import Action, ActionKind, Change, Outside
from gpuspec.report.drift import SHOWN, drift_lines
from gpuspec.report.text import plain
from tests.builders.planning import BIRTH, envs, seal

IMAGE = Change(field="imageUrl", before="a", after="b")
TOKEN = Change(field="envs.TOKEN", before=seal("x"), after=seal("y"))


def a_report(**parts: Any) -> DriftReport:
    """A report with these parts."""
    empty: dict[str, Any] = {"drifted": (), "pending": (), "doubts": (), "unverified": (), "in_step": 0}
    return DriftReport(birth=BIRTH, serial=41, at=2.0, **{"outside": Outside(), **empty, **parts})


def an_action(kind: ActionKind, address: str, **facts: Any) -> Action:
    """An action in words."""
    return Action(kind=kind, address=address, **{"reason": "r", "explanation": "because", **facts})


def test_every_part_is_listed_as_what_it_is() -> None:
    """The whole text, secrets masked."""
    report = a_report(
        drifted=(
            Drifted(address="trainer", id="id-1", changes=(IMAGE, TOKEN)),
            Drifted(address="gone", id="id-2", missing=True),
        ),
        doubts=(
            an_action(ActionKind.UNRESOLVED, "open", hint="decide, or:", command="gpuspec apply"),
            an_action(ActionKind.BLOCKED, "busy", hint="try again"),
        ),
        pending=(
            an_action(ActionKind.CREATE, "new", changes=(IMAGE,)),
            an_action(ActionKind.UPDATE, "changed", reason="changed", changes=(IMAGE,)),
        ),
        unverified=(
            Unverified(field="diskSize", why=Unseen.NEVER_SHOWN, addresses=("a", "b", "c", "d", "e")),
            Unverified(field="envs.TOKEN", why=Unseen.SECRET, addresses=("a",)),
        ),
        in_step=7,
        outside=Outside(count=2, excluded=1),
        warnings=("Careful.",),
    )

    expected = """\
        demo at https://api.novita.ai, state serial 41

        drifted:
          ~   trainer  id-1
              imageUrl    a → b
              envs.TOKEN  (secret) → (secret)
          -   gone  id-2 is missing: not in a complete list, and not found when asked for twice

        open:
          ?   open  unresolved: because
              hint: decide, or:
                  gpuspec apply
          ?   busy  blocked: because

        pending, no drift:
          +   new  create: because
          ~   changed  update: because
              imageUrl  a → b

        can't be verified:
          diskSize    the API never shows it                                     a, b, c and 2 more
          envs.TOKEN  its secret is not at hand, or was sealed with another key  a

        Not looked at: 2 records whose file was not named.
        Left out by `--only` and `--exclude`: 1 address.
        warning: Careful.

        Drift: 1 drifted, 1 missing, 7 in step; 2 pending, 1 unresolved, 0 stray, 1 can't be told
        """
    assert plain(drift_lines(report)) == dedent(expected)


def test_nothing_to_tell_is_one_line() -> None:
    """Beside the target."""
    assert plain(drift_lines(a_report(in_step=3))) == (
        "demo at https://api.novita.ai, state serial 41\n\n"
        "Drift: 0 drifted, 0 missing, 3 in step; 0 pending, 0 unresolved, 0 stray, 0 can't be told\n"
    )


def test_long_parts_are_cut_unless_all_is_asked_for() -> None:
    """The rest is counted."""
    report = a_report(drifted=tuple(Drifted(address=f"w-{at}", id="i", missing=True) for at in range(SHOWN + 2)))

    assert "  … and 2 more\n" in plain(drift_lines(report))
    assert "more" not in plain(drift_lines(report, full=True))


def test_what_the_service_shows_is_made_harmless() -> None:
    """An image's name can't clear the screen."""
    change = Change(field="imageUrl", before="a", after="b\x1b[2J")
    text = plain(drift_lines(a_report(drifted=(Drifted(address="a", id="i", changes=(change,)),))))

    assert "a → b\\x1b[2J" in text


def test_the_document_has_all_of_it() -> None:
    """Secrets as their digests, actions as the plan has them, every address of what can't be verified."""
    report = a_report(
        drifted=(Drifted(address="a", id="id-1", changes=(IMAGE, TOKEN)),),
        pending=(an_action(ActionKind.CREATE, "new"),),
        unverified=(Unverified(field="diskSize", why=Unseen.NEVER_SHOWN, addresses=("a", "b")),),
        outside=Outside(count=2, excluded=1),
        warnings=("Careful.",),
    )
    document: Any = drift_document(report)

    assert document["exitStatus"] == 8
    assert document["drifted"] == [
        {
            "address": "a",
            "id": "id-1",
            "missing": False,
            "changes": [
                {"field": "imageUrl", "before": "a", "after": "b", "certainty": "different"},
                {
                    "field": "envs.TOKEN",
                    "before": {"key": "key1", "sealed": seal("x").digest},
                    "after": {"key": "key1", "sealed": seal("y").digest},
                    "certainty": "different",
                },
            ],
        }
    ]
    assert [(each["kind"], each["address"]) for each in document["pending"]] == [("create", "new")]
    assert document["unverified"] == [{"field": "diskSize", "why": "the API never shows it", "addresses": ["a", "b"]}]
    assert {name: document[name] for name in ("version", "command", "doubts", "outside", "excluded", "warnings")} == {
        "version": 1,
        "command": "drift",
        "doubts": [],
        "outside": 2,
        "excluded": 1,
        "warnings": ["Careful."],
    }


def test_envs_are_listed_one_by_one() -> None:
    """Each under its own name."""
    change = Change(field="ports", before=(), after=envs(A="1"))
    assert "with A = 1" in plain(drift_lines(a_report(drifted=(Drifted(address="a", id="i", changes=(change,)),))))
