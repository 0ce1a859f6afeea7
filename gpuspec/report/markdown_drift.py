"""Drift as Markdown, for an issue or the summary of a scheduled job: the parts of the text, folded."""

from collections.abc import Iterable, Iterator

from gpuspec.model.calling import PLAIN, Calling
from gpuspec.model.drift import Drifted, DriftReport, Unverified
from gpuspec.model.plan import Action, ActionKind, Change
from gpuspec.planning.compare import wording
from gpuspec.report.drift import certain, explained, missing_words, outside_words, some, totals
from gpuspec.report.markdown_page import Block, Page, marker, page_text, sentence, words_in_code
from gpuspec.report.markdown_text import BREAK, code, prose, row
from gpuspec.report.status import target

KIND = "drift"
_MORE = "`gpuspec drift --full` shows all of them"
_HEADS = ("address", "why", "what")


def drift_markdown(report: DriftReport, *, calling: Calling = PLAIN) -> str:
    """The report within `markdown_page.LIMIT` characters; hidden in its first line is what a bot finds it by."""
    birth = report.birth
    title = words_in_code(f"{birth.project}/{birth.environment}")
    head = (
        f"{marker(KIND, birth.project, birth.environment)}\n### gpuspec drift: {title}",
        f"**{prose(totals(report))}**",
        words_in_code(f"{target(birth)}, state serial {report.serial}"),
    )
    blocks = (block for block in _blocks(report) if block.count)
    return page_text(Page(head=head, blocks=tuple(blocks), notes=tuple(_notes(report)), more=calling.whole(_MORE)))


def _blocks(report: DriftReport) -> Iterator[Block]:
    yield _block("drifted", map(_drifted, report.drifted), len(report.drifted))
    yield _block("open", map(_action, report.doubts), len(report.doubts))
    yield _block("pending, no drift", map(_action, report.pending), len(report.pending))
    yield Block(
        title="can't be verified",
        heads=("field", "why", "addresses"),
        rows=map(_unverified, report.unverified),
        count=len(report.unverified),
    )


def _block(title: str, rows: Iterable[str], count: int) -> Block:
    return Block(title=title, heads=_HEADS, rows=rows, count=count)


def _drifted(found: Drifted) -> str:
    why = missing_words(found) if found.missing else found.id
    return row((code(found.address), prose(why), _changes(found.changes)))


def _action(action: Action) -> str:
    why = [prose(explained(action))]
    why += [f"hint: {prose(action.hint)}"] if action.hint else []
    why += [code(action.command)] if action.command else []
    changes = () if action.kind is ActionKind.CREATE else action.changes
    return row((code(action.address), BREAK.join(why), _changes(changes)))


def _changes(changes: Iterable[Change]) -> str:
    return BREAK.join(code(f"{change.field}: {words}") for change in certain(changes) for words in wording(change))


def _unverified(found: Unverified) -> str:
    return row((code(found.field), prose(found.why.value), prose(some(found.addresses))))


def _notes(report: DriftReport) -> Iterator[str]:
    for words in outside_words(report.outside):
        yield f"note: {sentence(words)}"
    for warning in report.warnings:
        yield f"**warning:** {sentence(warning)}"
