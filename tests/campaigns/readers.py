"""Readers: whatever bytes one is given, it returns what it promises or a failure that a user can meet, in bounds.

The campaign `readers` hands mutants to these functions, and `tests.campaigns.fuzzing` what its fuzzer comes upon.
"""

import json
import random
import time
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import cache

from gpuspec.cli.limits import RENDER_BYTES, RENDER_SECONDS, memory_limited
from gpuspec.cloud.catalogue import catalogue_of
from gpuspec.cloud.decode import live_instance
from gpuspec.cloud.failures import classify_create
from gpuspec.cloud.order_answers import classify_order
from gpuspec.cloud.pages import page_of
from gpuspec.cloud.reply import Reply
from gpuspec.cloud.shapes import unwrapped
from gpuspec.codec.plan import decode_plan, encode_plan
from gpuspec.codec.problems import problem_documents
from gpuspec.codec.state import decode_state, encode_state
from gpuspec.errors import Bug, GpuspecError, PlanUnreadable, StateError
from gpuspec.model.order import Delete, Start
from gpuspec.model.problem import Problem, Problems
from gpuspec.model.state import State
from gpuspec.report.errors import error_lines
from gpuspec.report.markdown import plan_markdown
from gpuspec.report.plan import reviewed_lines
from gpuspec.report.problems import problem_lines
from gpuspec.report.state import state_lines
from gpuspec.report.text import plain
from gpuspec.spec.check.policy_reading import read_policies
from gpuspec.spec.formatting.format import Formatted, formatted
from gpuspec.spec.load import T, load
from gpuspec.spec.project import read_project
from gpuspec.spec.rendered_document import rendered_document
from gpuspec.spec.source import Source
from gpuspec.spec.template.bounds import Bounds, Deadline
from gpuspec.spec.testing.read import read_tests
from gpuspec.spec.text import decode
from gpuspec.spec.variable_files import read_variables
from gpuspec.store.fit import Expected
from gpuspec.store.memory import Medium, MemoryStore
from gpuspec.store.state_store import Unborn, peek
from tests.builders.spec import Files
from tests.builders.stores import expected_of
from tests.campaigns import corpus
from tests.campaigns.inputs import Broken, check_cost

# Raises what went wrong.
Read = Callable[[bytes], None]

# Controls, formats, surrogates, private use, line and paragraph separators.
_OBEYED = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_NOW = 1_780_000_000.0
_INCLUDED = {"macros.yaml": b"{% macro text(n) %}t{{ n }}{% endmacro %}", "part.yaml": b"    gpuNum: {{ workers }}\n"}
_MACHINE = "0123456789abcdef"


def examine(reader: str, content: bytes) -> None:
    """Let a reader have some bytes.

    Raises:
        Broken: It took too much, or what it says can't be shown.
        Exception: It broke down.
    """
    began = time.process_time()
    READERS[reader](content)
    check_cost(f"{reader} with {content[:2_000]!r}", took_s=time.process_time() - began)


def run_seed(seed: int) -> None:
    """Let the reader that the seed says have a mutant.

    Raises:
        Broken: See `examine`; the message names the bytes.
    """
    reader = list(READERS)[seed % len(READERS)]
    content = corpus.mutant(reader, random.Random(seed))
    try:
        examine(reader, content)
    except Exception as error:
        raise Broken(f"{reader}: {content[:2_000]!r}") from error


def _spec(content: bytes) -> None:
    source = Source(file="instances.yaml", inside="instances.yaml", content=content)
    includes = Files({**_INCLUDED, "instances.yaml": content})
    loaded = load((source,), variables=corpus.VARIABLES, includes=includes, bounds=Bounds(), guard=_guarded)
    if isinstance(loaded, Problems):
        _check_problems(loaded.items, source)
    else:
        _check_problems(loaded.warnings, source)
        json.dumps(rendered_document(loaded))


def _project(content: bytes) -> None:
    source = Source(file="gpuspec.yaml", inside="gpuspec.yaml", content=content)
    read = read_project(source, version="1.0")
    _check_problems(read.items if isinstance(read, Problems) else (), source)


def _variables(content: bytes) -> None:
    for name in ("values.yaml", "values.json"):
        source = Source(file=name, inside=name, content=content)
        read = read_variables(source)
        _check_problems(read.items if isinstance(read, Problems) else (), source)


def _policy(content: bytes) -> None:
    source = Source(file="policy.json", inside="policy.json", content=content)
    read = read_policies((source,), reader=Files({"shared/owner.json": content}))
    _check_problems(read.items if isinstance(read, Problems) else (), source)


def _tests(content: bytes) -> None:
    source = Source(file="tests.yaml", inside="tests.yaml", content=content)
    read = read_tests(source)
    _check_problems(read.items if isinstance(read, Problems) else (), source)


def _layout(content: bytes) -> None:
    source = Source(file="instances.yaml", inside="instances.yaml", content=content)
    text = decode(source)
    if isinstance(text, Problems):
        return
    laid_out = formatted(text, file=source.file)
    if isinstance(laid_out, Problem):
        _check_problems((laid_out,), source)
        return
    again = formatted(laid_out.text, file=source.file)
    if not isinstance(again, Formatted) or again.text != laid_out.text:
        raise Broken("What was laid out is laid out otherwise the second time.")


def _state(content: bytes) -> None:
    _peek(Medium(snapshot=content))


def _journal(content: bytes) -> None:
    """Each line is an entry; checksums and numbers are put to them, or no fuzzer would come further than those."""
    lines = content.split(b"\n")
    numbered = list(enumerate(lines, start=_born().seq + 1))
    for medium in (
        Medium(snapshot=corpus.STATE, lines=[(seq, corpus.journal_line(line, seq=seq)) for seq, line in numbered]),
        Medium(snapshot=corpus.STATE, lines=numbered),
    ):
        _peek(medium)


def _plan(content: bytes) -> None:
    try:
        plan = decode_plan(content, where="plan.json")
    except PlanUnreadable as error:
        _check_error(error)
        return
    if decode_plan(encode_plan(plan), where="plan.json") != plan:
        raise Broken("The plan is another one once it was written.")
    _check_text(plain(reviewed_lines(plan, full=True)))
    _check_text(plan_markdown(plan, reviewed=True))


def _answer(content: bytes) -> None:
    """The first line is the status and perhaps a `Retry-After`; the rest is the body, read as every call would."""
    head, _, body = content.partition(b"\n")
    status, _, retry_after = head.decode("latin-1").partition(" ")
    number = int(status) if status.isascii() and status.isdigit() and len(status) == 3 else 200
    reply = Reply(status=number, body=body, retry_after=retry_after, key="sk_0123456789abcdef")
    page_of(reply)
    catalogue_of(reply, reply)
    row = unwrapped(reply.json, "instance")
    found = live_instance(row) if row is not None else None
    said = [found.status, found.status_error] if found is not None else []
    for answer in (
        classify_create(reply, now=_NOW),
        classify_order(reply, Start(id=_MACHINE), now=_NOW),
        classify_order(reply, Delete(id=_MACHINE), now=_NOW),
    ):
        said += [getattr(answer, name, "") for name in ("id", "reason", "message")]
    for text in said:
        _check_text(text)


READERS: Mapping[str, Read] = {
    "spec": _spec,
    "project": _project,
    "variables": _variables,
    "policy": _policy,
    "tests": _tests,
    "layout": _layout,
    "state": _state,
    "journal": _journal,
    "plan": _plan,
    "answer": _answer,
}


def _peek(medium: Medium) -> None:
    try:
        state = peek(MemoryStore(medium), _expected())
    except StateError as error:
        _check_error(error)
        return
    if isinstance(state, Unborn):
        raise Broken("There was a state, and it was taken for none.")
    if decode_state(encode_state(state), where="the state") != state:
        raise Broken("The state is another one once it was written.")
    _check_text(plain(state_lines(state)))


@cache
def _born() -> State:
    return decode_state(corpus.STATE, where="the state")


def _expected() -> Expected:
    return expected_of(_born().birth)


def _guarded(call: Callable[[Deadline], T], /) -> T:
    """As the program bounds a rendering, but for its alarm: the fuzzer has one of its own."""
    over = time.monotonic() + RENDER_SECONDS
    with memory_limited(RENDER_BYTES):
        return call(lambda: time.monotonic() > over)


def _check_problems(problems: Iterable[Problem], source: Source) -> None:
    problems = tuple(problems)
    text = decode(source)
    lines = text.split("\n") if isinstance(text, str) else None
    for problem in problems:
        if not (problem.message and problem.hint and problem.summary and problem.place):
            raise Broken(f"A problem without words or a place: {problem}")
        place = problem.place
        # Line 0 is the file as a whole.
        if place.file != source.file or lines is None or not place.line:
            continue
        if not (1 <= place.line <= len(lines) and 1 <= place.column <= len(lines[place.line - 1]) + 1):
            raise Broken(f"A problem whose place is not in the file: {problem}")
    if problems:
        _check_text(plain(problem_lines(problems)))
        json.dumps(problem_documents(problems))


def _check_error(error: GpuspecError) -> None:
    if isinstance(error, Bug) or not error.message:
        raise Broken(f"A failure that no user should meet: {error!r}") from error
    _check_text(plain(error_lines(error)))


def _check_text(text: str) -> None:
    """What is shown can be written to a terminal, and moves nothing there."""
    text.encode()
    if any(unicodedata.category(character) in _OBEYED for character in text.replace("\n", "")):
        raise Broken(f"A text with control characters: {text!r}")
