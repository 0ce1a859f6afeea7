"""The list of instances, walked page by page: whole and consistent, or said to be incomplete.

It is not documented whether the first page is 0 or 1, nor how large a page may be. The walk starts at 0, tells rows
apart by id, and takes a page without a new id for a repetition, not for the end, as long as rows are missing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from gpuspec.cloud.decode import live_instance
from gpuspec.cloud.failures import credentials_error, denied, in_words
from gpuspec.cloud.reply import Flaw, NoReply, Outcome
from gpuspec.cloud.routes import PAGE_SIZE
from gpuspec.cloud.shapes import integer, unwrapped
from gpuspec.model.answer import Denied
from gpuspec.model.live import Listing, LiveInstance

PAGES_AT_ONCE = 4
PAGE_CAP = 2_000
_STALE_LIMIT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one page showed. `unnamed` counts rows without a usable id; `total` is None when it isn't said."""

    rows: tuple[LiveInstance, ...]
    unnamed: int
    total: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BadPage:
    """Why a page could not be read, as a clause; `denied` when it is a matter of the key or the client."""

    reason: str
    denied: Denied | None = None


ReadPage = Callable[[int], Awaitable[Page | BadPage]]


def page_of(outcome: Outcome) -> Page | BadPage:
    """The page in an answer of the list call."""
    if isinstance(outcome, NoReply):
        return BadPage(reason=outcome.reason)
    if outcome.status != HTTPStatus.OK or outcome.flaw is not Flaw.NONE:
        return BadPage(reason=in_words(outcome), denied=denied(outcome))
    document = unwrapped(outcome.json) or {}
    total = integer(document.get("total"))
    rows = _rows(document, total)
    if rows is None:
        return BadPage(reason="status 200, and no list in the answer: perhaps this is not the API")
    found = [live_instance(row) if isinstance(row, dict) else None for row in rows]
    return Page(rows=tuple(row for row in found if row is not None), unnamed=found.count(None), total=total)


def _rows(document: Mapping[str, object], total: int | None) -> list[object] | None:
    """The list in the answer; one that is null, or left out where the total is 0, has no rows."""
    rows = next((document[key] for key in ("instances", "data") if key in document), [] if total == 0 else False)
    if rows is None:
        return []
    return rows if isinstance(rows, list) else None


async def walk(read_page: ReadPage) -> Listing:
    """The whole list. When it changes while it is read, it is read once more, and then given up.

    Raises:
        CredentialsError: A page was refused because of the key, or of this client.
    """
    progress = await _walk_once(read_page)
    if progress.changed:
        progress = await _walk_once(read_page)
    if progress.denied is not None:
        raise credentials_error(progress.denied)
    return Listing(rows=tuple(progress.rows.values()), incomplete=progress.incomplete())


class Progress:
    """What a walk knows so far; pages are told to it in their order."""

    def __init__(self) -> None:
        self.rows: dict[str, LiveInstance] = {}
        self.changed = False
        self.ended = False
        self.next_page = 0
        self.denied: Denied | None = None
        self._total: int | None = None
        self._unnamed = 0
        self._stale = 0
        self._largest = 0
        self._bad = ""

    def take(self, page: Page | BadPage) -> None:
        """Learn from the next page."""
        self.next_page += 1
        if isinstance(page, BadPage):
            self._bad = f"page {self.next_page - 1} could not be read: {page.reason}"
            self.denied, self.ended = page.denied, True
            return
        before = len(self.rows)
        self.rows.update((row.id, row) for row in page.rows)
        self.changed = self.changed or (self.next_page > 1 and page.total != self._total)
        self._total = page.total
        self._unnamed += page.unnamed
        self._largest = max(self._largest, len(page.rows))
        self._stale = 0 if len(self.rows) > before else self._stale + 1
        self.ended = self._is_end(page)

    def pages_ahead(self) -> int:
        """How many pages are surely still to be read, as far as `total` tells."""
        missing = 1 if self._total is None else self._total - len(self.rows)
        wanted = -(-missing // (self._largest or PAGE_SIZE))
        return max(1, min(wanted, PAGES_AT_ONCE, PAGE_CAP - self.next_page))

    def incomplete(self) -> str:
        """Why the walk proves nothing, as a sentence; empty when it proves."""
        if self._bad:
            return f"The list of instances is incomplete: {self._bad}."
        if self._unnamed:
            return f"{self._unnamed} rows of the list of instances name no id that can be read."
        # Without it, a page that the service left out by mistake would look just like the end.
        if self._total is None:
            return "The list of instances does not say how many there are, so it can't be told whether it is whole."
        if self.changed:
            return "The list of instances changed while it was read, twice in a row."
        if len(self.rows) != self._total:
            return f"The list of instances says that there are {self._total}, and shows {len(self.rows)}."
        return ""

    def _is_end(self, page: Page) -> bool:
        all_seen = self._total is not None and len(self.rows) >= self._total
        # Where counting begins at 1, page 0 may be empty.
        past_the_end = not page.rows and not page.unnamed and self.next_page > 1
        return all_seen or past_the_end or self._stale >= _STALE_LIMIT or self.next_page >= PAGE_CAP


async def _walk_once(read_page: ReadPage) -> Progress:
    progress = Progress()
    while not progress.ended:
        first = progress.next_page
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_read(read_page, first + ahead)) for ahead in range(progress.pages_ahead())]
        for task in tasks:
            if not progress.ended:
                progress.take(task.result())
    return progress


async def _read(read_page: ReadPage, number: int) -> Page | BadPage:
    return await read_page(number)
