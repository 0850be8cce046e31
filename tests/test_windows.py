"""Pages of a month large enough that parts of it are asked first: uneven times, many equal ones, ids of every make, both directions."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from store import cursor as cursors
from store.columns import key_of, sort_value
from store.cursor import Position
from store.embedded import EmbeddedStore
from store.embedded.windows import first_full, heads, keys, times
from store.event import Event, event_id
from store.events import Page, Query, Scope, Sort
from store.tree import Exact

ALL = Scope.operator()
BEGIN, LENGTH = 1_730_419_200_000, 30 * 86_400_000  # November 2024
COUNT = 3000
CODES = (250, 250, 250, 250, 550, None)


def moment(rng: random.Random, number: int) -> int:
    """A time of the month: thinly all over, thickly in one hour, a run in one millisecond, and the month's own two ends."""
    if number < 2:
        return BEGIN + (LENGTH - 1) * number
    match number % 3:
        case 0:
            return BEGIN + rng.randrange(LENGTH)
        case 1:
            return BEGIN + LENGTH // 2 + rng.randrange(3_600_000)
        case _:
            return BEGIN + LENGTH // 3 + rng.randrange(50) // 40 * 1000


def made(number: int) -> Event:
    """One event; some ids are not hashes but sort before, after and among them."""
    rng = random.Random(number)  # noqa: S311 - sample data
    name = event_id("windows", str(number))
    identity = name if number % 10 else f"{rng.choice(('!', '0000000', 'abc-', 'ffffffffff', 'zz', name[:9] + 'x'))}{number}"
    return Event(
        id=identity,
        timestamp=moment(rng, number),
        type="bounce" if number % 60 == 0 else "delivery",
        source="test",
        smtp_code=rng.choice(CODES),
        delay=rng.choice((0.0, -0.0, 0.25, 3.5)),
        subject=rng.choice(
            (None, "", "invoice", f"invoice {rng.randrange(999)}", f"Re: {name[: rng.randrange(9)]}", name, "~~~", "\U0010ffff x")
        ),
    )


EVENTS = [made(number) for number in range(COUNT)]


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    """A store that holds `EVENTS`, in no order and in several batches; tests only read it."""
    store = EmbeddedStore(tmp_path_factory.mktemp("month") / "events")
    for part in range(3):
        store.write(EVENTS[part::3])
    yield store
    store.close()


def in_order(events: list[Event], sort: Sort) -> list[str]:
    """The ids in the order of the contract."""
    places = [(sort_value(event, sort.field), event.id) for event in events]
    having = sorted((place for place in places if place[0] is not None), reverse=sort.descending)
    lacking = sorted((place for place in places if place[0] is None), reverse=sort.descending)
    return [identity for _, identity in having + lacking]


def position(identity: str, sort: Sort) -> Position:
    """Where the event with this id stands."""
    (event,) = (each for each in EVENTS if each.id == identity)
    return Position(sort_value(event, sort.field), key_of(identity))


@pytest.mark.parametrize("field", ["timestamp", "id", "smtp_code", "delay", "subject"])
@pytest.mark.parametrize("descending", [False, True], ids=["up", "down"])
@pytest.mark.parametrize("limit", [20, 333])
def test_pages_of_an_uneven_month_are_the_whole_in_order(month: EmbeddedStore, field: str, limit: int, *, descending: bool) -> None:
    """However the events lie, the pages put together are all of them once, in order."""
    sort, found, cursor = Sort(field, descending), [], None
    while True:
        results = month.search(Query(), ALL, Page(sort, limit, cursor))
        found += [event.id for event in results.events]
        cursor = results.next
        if cursor is None:
            break
    assert found == in_order(EVENTS, sort)


SPANS = st.just((None, None)) | st.tuples(st.integers(BEGIN - 1000, BEGIN + LENGTH), st.integers(BEGIN, BEGIN + LENGTH + 1000))
SORTS = st.builds(Sort, st.sampled_from(["timestamp", "id", "subject"]), st.booleans())


@examples(max_examples=60, deadline=None)
@given(span=SPANS, sort=SORTS, place=st.tuples(st.integers(0, COUNT), st.integers(1, 40)), rare=st.booleans())
def test_a_page_anywhere_is_what_follows_there(
    month: EmbeddedStore, span: tuple[int | None, int | None], sort: Sort, place: tuple[int, int], *, rare: bool
) -> None:
    """In any time range, for common and rare matches, the page after any row holds the rows that come next."""
    (start, end), (skipped, limit) = span, place
    matching = [e for e in EVENTS if (not rare or e.type == "bounce") and (start is None or end is None or start <= e.timestamp < end)]
    query = Query(Exact("type", "bounce"), start, end) if rare else Query(start=start, end=end)
    wanted = in_order(matching, sort)
    skipped = min(skipped, len(wanted))
    cursor = cursors.written(sort, position(wanted[skipped - 1], sort)) if skipped else None
    results = month.search(query, ALL, Page(sort, limit, cursor))
    assert [event.id for event in results.events] == wanted[skipped : skipped + limit]
    assert results.total == len(matching)


def test_a_part_grows_until_it_holds_enough_or_is_no_longer_small() -> None:
    """Parts without a match grow quickly, and what no small part holds is left to the whole."""
    asked: list[float] = []

    def nothing(share: float) -> list[int]:
        asked.append(share)
        return []

    assert first_full(nothing, 50, 1_000_000) is None
    assert 1 <= len(asked) <= 4
    assert asked == sorted(asked)
    assert first_full(lambda share: [1] * int(share * 1_000_000), 50, 1_000_000) == [1] * 100
    assert first_full(nothing, 50, 0) is None


@given(start=st.integers(0, 1000), length=st.integers(1, 1000), width=st.integers(1, 2000))
def test_a_part_of_the_time_begins_where_the_order_does(start: int, length: int, width: int) -> None:
    """Up, it begins at the start; down, it ends at the end; it is as wide as asked for, or all there is."""
    end = start + length
    assert times(start, end, width, descending=False) == (start, start + min(width, length))
    assert times(start, end, width, descending=True) == (end - min(width, length), end)


@pytest.mark.parametrize("after", ["", "abc", "g123456789", "00000000-0000", "\u0661" * 10, "FFFFFFFFFFFF"])
def test_an_id_that_is_no_hash_has_no_part(after: str) -> None:
    """Where the next ids lie is known for hashes only."""
    assert keys(after, 0.01, descending=False) is None


def test_a_part_of_the_ids_ends_where_it_should() -> None:
    """From the first, from the last, or from the id given; none that would reach beyond all ids."""
    assert keys(None, 1 / 16, descending=False) == (None, "1000000000")
    assert keys(None, 1 / 16, descending=True) == ("efffffffff", None)
    assert keys("8000000000ab", 1 / 16, descending=False) == ("8000000000ab", "9000000000")
    assert keys("8000000000ab", 1 / 16, descending=True) == ("7000000000", "8000000000ab")
    assert keys("f800000000ab", 1 / 16, descending=False) is None
    assert keys("0800000000ab", 1 / 16, descending=True) is None


def test_texts_that_begin_alike_are_asked_first() -> None:
    """By as many characters as the count makes likely, then by fewer, at last without."""
    assert list(heads("abcdef", 50, 50 * 16 * 16, descending=False)) == [
        ("abcdef", "ab\U0010ffff"),
        ("abcdef", "a\U0010ffff"),
        ("abcdef", None),
    ]
    assert list(heads("ab", 50, 10**9, descending=True)) == [("a", "ab"), (None, "ab")]
    assert list(heads("abcdef", 50, 40, descending=True)) == [(None, "abcdef")]
    assert list(heads("", 50, 10**9, descending=False)) == [("", None)]
