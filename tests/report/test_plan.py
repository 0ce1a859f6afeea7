"""A plan as a user reads it, whole."""

from dataclasses import replace
from textwrap import dedent

from gpuspec.model.instance import Handling, Lifecycle, OnRemove, Power
from gpuspec.model.live import Phase
from gpuspec.model.plan import Action, ActionKind, Outside, Plan
from gpuspec.model.values import Port
from gpuspec.planning.scope import Scope
from gpuspec.report.plan import plan_lines
from gpuspec.report.text import plain
from gpuspec.report.view import summary
from tests.builders.planning import (
    BIRTH,
    a_live,
    a_marker,
    a_plan,
    a_record,
    a_state,
    a_tombstone,
    an_instance,
    an_intent,
    an_observation,
    envs,
    marked,
    seal,
)

HTTP = Port(number=8080, protocol="http")


def shown(plan: Plan, *, full: bool = False) -> str:
    """The plan's text without its receipt, which is a digest."""
    return plain(plan_lines(replace(plan, receipt="sha256:0"), full=full))


def test_a_create_shows_every_field_and_no_secret() -> None:
    """The whole text of a first plan."""
    plan = a_plan(an_instance(ports=(HTTP,), envs=envs(RUN="nightly\x1b[2J", TOKEN=seal("x")), month=1))

    expected = """\
        demo/default at https://api.novita.ai, state serial 41

          +   trainer  create: not made yet; pays months ahead
              name        trainer
              productId   4090.16c62g
              gpuNum      1
              diskSize    60
              rootfsSize  60
              imageUrl    pytorch/pytorch:latest
              ports       8080/http
              envs.RUN    nightly\\x1b[2J
              envs.TOKEN  (secret)
              kind        gpu
              month       1

        Receipt: sha256:0
        Plan: 1 to create, 0 to update (0 restarts), 0 to replace, 0 to delete, 0 to forget; 0 unresolved
        """
    assert shown(plan) == dedent(expected)


def test_a_plan_with_all_that_can_stand_in_it() -> None:
    """Notes, creates, doubts, strays, refusals, drift, what is outside, and warnings."""
    tombstone = a_tombstone("kept")
    intent = an_intent("open", nonce="00000000000000dd")
    state = a_state(
        replace(a_record("kept", nonce="00000000000000cc"), shown={"rootfsSize": 60}),
        replace(a_record("secret", envs=envs(TOKEN=seal("x", "key0"))), nonce="00000000000000ce"),
        a_record("changed", envs=envs(A="1"), source="b.yaml"),
        replace(a_record("drifted", nonce="00000000000000cf"), shown={"imageUrl": "a"}),
        a_record("unknown"),
        a_record("gone"),
        a_record("outside", source="lost.yaml"),
        tombstones={tombstone.intent.nonce: tombstone},
        intents={intent.intent.nonce: intent},
    )
    observation = an_observation(
        a_live("id-kept", rootfsSize=80),
        a_live("id-drifted", imageUrl="b"),
        a_live("id-secret"),
        a_live("id-changed"),
        a_live("id-unknown", phase=Phase.UNKNOWN),
        a_live("id-9", trace=marked(a_marker("kept"))),
        gone=frozenset({"id-gone"}),
    )
    scope = Scope(whole=False, named=frozenset({"instances.yaml"}), exclude=("left", "typo"))
    plan = a_plan(
        an_instance("kept"),
        an_instance("secret", envs=envs(TOKEN=seal("x"))),
        an_instance("changed", gpuNum=2, ports=(HTTP,), envs=envs(A="2"), lifecycle=Lifecycle(protect=True)),
        an_instance("drifted"),
        an_instance("unknown"),
        an_instance("left"),
        state=state,
        observation=observation,
        scope=scope,
    )

    expected = """\
        demo/default at https://api.novita.ai, state serial 41

          .   gone  forget: the spec no longer has it and id-gone is gone; its record is dropped

          ~   drifted  update: drift in `imageUrl`: id-drifted is set back by upgrade; the container restarts; what is \
saved of its root disk may fail to come back if the image does not fit it
              imageUrl  a → b  (drift)

          ?   open  unresolved: a create request was sent and what became of it is not known (no answer within 60 s)
              hint: decide with `gpuspec recover open --found ID` or `--absent`, or let the next apply settle it:
                  gpuspec apply

          !   kept  stray: id-9 (status `running`) turned up after its create request had been judged absent
              hint: it costs money until it is deleted in the console

          ?   unknown  blocked: id-unknown has the status `unknown`, which gpuspec does not know
              hint: look at it in the console; nothing is done about this address meanwhile

          !   changed  refused: `gpuNum` can't be changed in place, and `lifecycle.protect` forbids to replace \
id-changed
              gpuNum  1 → 2
              ports   with 8080/http
              envs.A  1 → 2
              hint: take `protect` away first, or have the rest with `--exclude 'changed'`, or put the spec back \
as it was

          =   kept  keep: as recorded
              rootfsSize  60 → 80  (drift)

          =   secret  keep: as recorded
              envs.TOKEN  (secret) → (secret)  (can't tell)

        Outside this plan: 1 record whose file was not named.
        Of these, 1 record of lost.yaml, which no longer exists.
        Left out by `--only` and `--exclude`: 1 address.
        warning: `--exclude typo` matches no address.

        Beside these: 1 stray, 1 blocked, 1 refused, 2 unchanged.
        Receipt: sha256:0
        Plan: 0 to create, 1 to update (1 restarts), 0 to replace, 0 to delete, 1 to forget; 1 unresolved
        """
    assert shown(plan) == dedent(expected)


def test_what_changes_a_machine_says_its_calls_and_what_they_cost() -> None:
    """Updates, replacements either way round, a stop of what left the spec, and what stays stopped."""
    later = Lifecycle(on_remove=OnRemove.STOP)
    records = [
        *(a_record(name) for name in ("image", "disk", "other", "first", "on", "paid")),
        *(a_record(name, lifecycle=later) for name in ("left", "off")),
    ]
    phases = {"off": Phase.STOPPED, "on": Phase.STOPPED}
    plan = a_plan(
        an_instance("image", imageUrl="b", handling=Handling(save=False)),
        an_instance("disk", rootfsSize=80),
        an_instance("other", gpuNum=2),
        an_instance("first", handling=Handling(create_before_destroy=True)),
        an_instance("on", lifecycle=Lifecycle(desired=Power.RUNNING)),
        an_instance("paid", month=2),
        state=a_state(*records),
        observation=an_observation(
            *(a_live(record.id, phase=phases.get(record.address, Phase.RUNNING)) for record in records)
        ),
        scope=Scope(replace=frozenset({"first"})),
    )

    expected = """\
        demo/default at https://api.novita.ai, state serial 41

          ~   left  update: the spec no longer has it (`onRemove: stop`): id-left gets a stop; its container ends and \
its GPUs are given back: a start may find none free

          ~   image  update: `imageUrl`: id-image is changed in place by upgrade; the container restarts; what is on \
its root disk is lost
              imageUrl  pytorch/pytorch:latest → b

          ~   disk  update: `rootfsSize`: id-disk is changed in place by edit; the container may restart
              rootfsSize  60 → 80

          ~   on  update: `lifecycle.desired` is running, and id-on is `stopped`: start; a start fails where no GPU is \
free

          ~   paid  update: `billingMode`, `month`: id-paid is changed in place by convert; months are paid ahead, and \
there is no way back
              billingMode  onDemand → monthly
              month        (absent) → 2

          -/+ other  replace: `gpuNum` can't be changed in place: id-other is deleted, then another is made; its root \
disk is lost
              gpuNum  1 → 2

          -/+ first  replace: `--replace` asks for another machine: another is made, then id-first is deleted; its \
root disk is lost

          =   off  keep: the spec no longer has it (`onRemove: stop`), and id-off is stopped; its disk is paid for as \
long as it is kept

        Beside these: 1 unchanged.
        Receipt: sha256:0
        Plan: 0 to create, 5 to update (3 restarts), 2 to replace, 0 to delete, 0 to forget; 0 unresolved
        """
    assert shown(plan) == dedent(expected)


def test_a_plan_without_work_says_so() -> None:
    """Kept instances are counted, not listed."""
    plan = a_plan(an_instance(), state=a_state(a_record()), observation=an_observation(asked=False))

    expected = """\
        demo/default at https://api.novita.ai, state serial 41

        Made offline: the API was not asked, so everything recorded counts as there.

        Nothing to do.
        Beside these: 1 unchanged.
        Receipt: sha256:0
        Plan: 0 to create, 0 to update (0 restarts), 0 to replace, 0 to delete, 0 to forget; 0 unresolved
        """
    assert shown(plan) == dedent(expected)


def test_an_empty_plan_says_so() -> None:
    """Neither spec nor state has anything."""
    assert "\n\nNothing to do.\nReceipt:" in shown(a_plan())


def test_a_big_fleet_is_counted_beyond_forty_of_a_kind() -> None:
    """All of it is shown when it is asked for."""
    plan = a_plan(*(an_instance(f"w-{number:04}") for number in range(1_500)))

    assert "w-0039  create" in shown(plan)
    assert "w-0040" not in shown(plan)
    assert "  … and 1,460 more to create\n" in shown(plan)
    assert "w-1499  create" in shown(plan, full=True)


def test_many_doubts_are_counted_in_their_own_words() -> None:
    """Nobody wants to block something."""
    plan = a_plan(
        *(an_instance(f"w-{number}") for number in range(42)), observation=an_observation(incomplete="Page 2 failed.")
    )

    assert "  … and 2 more blocked\n" in shown(plan)


def test_the_last_line_counts_restarts_among_updates() -> None:
    """Restarts are counted among updates, and an action says what it costs."""
    action = Action(
        kind=ActionKind.UPDATE,
        address="trainer",
        reason="changed",
        explanation="its image changes",
        restarts=True,
        data_lost="the local disk is emptied",
    )
    plan = Plan(birth=BIRTH, serial=1, made_at=0.0, actions=(action,), receipt="sha256:0", outside=Outside())

    assert summary(plan).startswith("Plan: 0 to create, 1 to update (1 restarts), ")
    assert "  ~   trainer  update: its image changes; the local disk is emptied\n" in shown(plan)
