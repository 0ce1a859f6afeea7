"""The walk over the pages: whole and consistent, or said to be incomplete."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gpuspec.cloud.pages import PAGE_CAP, PAGES_AT_ONCE, BadPage, Page, page_of, walk
from gpuspec.cloud.reply import Flaw, NoReply, Outcome, Reply
from gpuspec.errors import CredentialsError
from gpuspec.model.live import Listing

pytestmark = pytest.mark.anyio


def a_page(ids: range | list[int], total: int | None, *more: object) -> Reply:
    """An answer of the list call with these rows, and more things among them."""
    rows = [{"id": f"i{number}", "status": "running"} for number in ids]
    document = {"instances": [*rows, *more], **({} if total is None else {"total": total})}
    return Reply(status=200, body=json.dumps(document).encode())


class Service:
    """Answers page by page and remembers which ones it was asked for."""

    def __init__(self, answer: Callable[[int], Outcome]) -> None:
        self.answer = answer
        self.asked: list[int] = []

    async def __call__(self, number: int) -> Page | BadPage:
        self.asked.append(number)
        return page_of(self.answer(number))


def of(count: int, *, page: int = 100, base: int = 0, total: int | None = -1) -> Service:
    """A service with so many instances, so many a page, counting pages from `base`."""
    said = count if total == -1 else total

    def answer(number: int) -> Outcome:
        start = max(number - base, 0) * page
        return a_page(range(start, min(start + page, count)), said)

    return Service(answer)


def ids(listing: Listing) -> list[str]:
    return [row.id for row in listing.rows]


@pytest.mark.parametrize("base", [0, 1])
@pytest.mark.parametrize("page", [7, 100])
@pytest.mark.parametrize("count", [0, 1, 6, 7, 8, 99, 100, 101, 200, 1234])
async def test_all_rows_are_read_whatever_the_base_and_size_of_pages(count: int, page: int, base: int) -> None:
    """Page 0 may be the first or the same as page 1, and the service may give less a page than asked for."""
    service = of(count, page=page, base=base)
    listing = await walk(service)

    assert listing.incomplete == ""
    assert ids(listing) == [f"i{number}" for number in range(count)]
    assert len(service.asked) <= -(-count // page) + 1 + base


async def test_an_empty_page_0_is_not_the_end_where_counting_begins_at_1() -> None:
    """The total says that there is more."""
    listing = await walk(Service(lambda number: a_page(range(0) if number == 0 else range(30), 30)))
    assert (len(listing.rows), listing.incomplete) == (30, "")


INCOMPLETE: dict[str, tuple[Service, str]] = {
    "no total": (of(30, total=None), "does not say how many"),
    "a total that is too large": (of(30, total=31), "says that there are 31, and shows 30"),
    "a total that is too small": (of(30, total=29), "says that there are 29, and shows 30"),
    "the same page over and over": (Service(lambda _: a_page(range(100), 150)), "are 150, and shows 100"),
    "a page that is missing": (
        Service(lambda number: a_page(range(number * 100, number * 100 + 100) if number < 2 else range(0), 300)),
        "are 300, and shows 200",
    ),
    "a row without id": (Service(lambda _: a_page(range(3), 4, {"name": "x"})), "name no id"),
    "a row that is none": (Service(lambda _: a_page(range(3), 4, "row")), "name no id"),
    "a total that never settles": (Service(lambda number: a_page([number], 100 + number)), "changed while it was read"),
}


@pytest.mark.parametrize("name", INCOMPLETE)
async def test_a_list_that_contradicts_itself_is_incomplete(name: str) -> None:
    """Its rows are shown all the same, and a sentence says why it proves nothing."""
    service, says = INCOMPLETE[name]
    listing = await walk(service)

    assert says in listing.incomplete
    assert listing.incomplete.endswith(".")
    assert listing.rows


ERROR = {"code": 400, "reason": "RESOURCE_NOT_FOUND", "message": "instance not found"}
BAD: dict[str, tuple[Outcome, str]] = {
    "a refusal": (Reply(status=400, body=json.dumps(ERROR).encode()), "RESOURCE_NOT_FOUND: instance not found"),
    "a fault of the service": (Reply(status=500), "status 500"),
    "no reply": (NoReply(reason="no answer came in time"), "no answer came in time"),
    "half an answer": (Reply(status=200, flaw=Flaw.BROKEN), "broke off"),
    "no JSON": (Reply(status=200, body=b"<html>"), "no list in the answer"),
    "another object": (Reply(status=200, body=b'{"items": []}'), "no list in the answer"),
    "a list that is text": (Reply(status=200, body=b'{"instances": "none", "total": 0}'), "no list in the answer"),
    "a redirect": (Reply(status=302), "status 302"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("at", [0, 1, 5])
async def test_one_page_that_can_not_be_read_spoils_the_list(name: str, at: int) -> None:
    """The list call never answers that there is no list: also RESOURCE_NOT_FOUND proves nothing."""
    outcome, says = BAD[name]
    whole = of(1000)
    listing = await walk(Service(lambda number: outcome if number == at else whole.answer(number)))

    assert f"page {at} could not be read" in listing.incomplete
    assert says in listing.incomplete
    assert len(listing.rows) == at * 100


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("at", [0, 2])
async def test_a_refused_key_ends_the_walk(status: int, at: int) -> None:
    """It is no matter of one page."""
    whole = of(1000)
    refusal = Reply(status=status, body=b"error code: 1010")
    with pytest.raises(CredentialsError):
        await walk(Service(lambda number: refusal if number == at else whole.answer(number)))


async def test_a_list_that_changes_while_it_is_read_is_read_once_more() -> None:
    """Rows move between pages when one goes; the second walk is undisturbed."""
    before, after = of(150), of(149)
    service = Service(lambda number: (before if len(service.asked) == 1 else after).answer(number))
    listing = await walk(service)

    assert (len(listing.rows), listing.incomplete) == (149, "")
    assert service.asked == [0, 1, 0, 1]


@pytest.mark.parametrize(
    "document",
    [
        {"instances": None, "total": 0},
        {"total": 0},
        {"data": {"instances": [], "total": "0"}},
        {"data": [], "total": 0},
    ],
)
async def test_no_instances_can_be_written_in_many_ways(document: dict[str, Any]) -> None:
    """An account without instances has a whole list, if the total says so."""
    listing = await walk(Service(lambda _: Reply(status=200, body=json.dumps(document).encode())))
    assert listing == Listing(rows=())


async def test_a_service_that_never_ends_is_left_at_some_point() -> None:
    """Pages that always show something else are not read for ever."""
    service = Service(lambda number: a_page([number], None))
    listing = await walk(service)

    assert len(service.asked) == PAGE_CAP
    assert listing.incomplete


async def test_pages_are_read_a_few_at_a_time() -> None:
    """After the first one, which tells how many there are."""
    service = of(1000)
    await walk(service)
    assert service.asked == list(range(10))
    assert PAGES_AT_ONCE == 4
