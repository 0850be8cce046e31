"""Contract: order, pages and totals."""

import base64
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from letters import LETTERS, in_order

from store.errors import BadCursorError, NotFoundError
from store.event import Event
from store.events import EventStore, Page, Query, Scope, Sort
from store.fields import FIELDS
from store.tree import Exact, Exists, Not

ALL = Scope.operator()
SORTS = [Sort(field.name, descending) for field in FIELDS if field.sortable for descending in (False, True)]


def pages(store: EventStore, query: Query, sort: Sort, limit: int) -> Iterator[tuple[Event, ...]]:
    """Every page of a query, by cursor."""
    cursor = None
    while True:
        results = store.search(query, ALL, Page(sort, limit, cursor))
        yield results.events
        cursor = results.next
        if cursor is None:
            return


@pytest.mark.parametrize("sort", SORTS, ids=lambda sort: sort.text)
@pytest.mark.parametrize("limit", [7, 50, 1000])
def test_pages_by_cursor_are_the_whole_in_order(filled: EventStore, sort: Sort, limit: int) -> None:
    """On every column, both ways, the pages put together are all events once, in the order of the contract."""
    found = [event for page in pages(filled, Query(), sort, limit) for event in page]
    assert [event.id for event in found] == [event.id for event in in_order(LETTERS, sort)]


@pytest.mark.parametrize("sort", SORTS, ids=lambda sort: sort.text)
def test_an_export_is_what_the_pages_are(filled: EventStore, sort: Sort) -> None:
    """The export gives the same events in the same order, whole."""
    assert list(filled.export(Query(), ALL, sort)) == in_order(LETTERS, sort)


@examples(max_examples=30, deadline=None)
@given(limit=st.integers(1, 200), sort=st.sampled_from(SORTS))
def test_every_page_but_the_last_is_full(filled: EventStore, limit: int, sort: Sort) -> None:
    """No page is short before the end, none is empty, and the last has no cursor."""
    sizes = [len(page) for page in pages(filled, Query(), sort, limit)]
    assert sum(sizes) == len(LETTERS)
    assert all(size == limit for size in sizes[:-1])
    assert sizes[-1] > 0


@pytest.mark.parametrize(
    ("start", "end"), [(0, None), (40, 41), (10, 90), (None, 75), (149, None)], ids=["from the first", "one", "some", "to", "last"]
)
def test_a_time_range_has_its_start_and_not_its_end(filled: EventStore, start: int | None, end: int | None) -> None:
    """`start` is included, `end` is not, and either may be open."""
    first = None if start is None else LETTERS[start].timestamp
    last = None if end is None else LETTERS[end].timestamp
    wanted = [e for e in LETTERS if (first is None or e.timestamp >= first) and (last is None or e.timestamp < last)]
    results = filled.search(Query(start=first, end=last), ALL, Page(Sort(), 1000))
    assert list(results.events) == in_order(wanted, Sort())
    assert results.total == len(wanted)
    assert filled.count(Query(start=first, end=last), ALL) == len(wanted)


def test_the_total_is_of_all_pages_and_the_same_on_each(filled: EventStore) -> None:
    """A page's total counts all matches, however few it shows."""
    query = Query(Exact("type", "bounce"))
    first = filled.search(query, ALL, Page(Sort("recipient"), 5))
    second = filled.search(query, ALL, Page(Sort("recipient"), 5, first.next))
    wanted = sum(event.type == "bounce" for event in LETTERS)
    assert (first.total, second.total, first.total_is_exact) == (wanted, wanted, True)


def test_nothing_found_is_an_empty_last_page(filled: EventStore) -> None:
    """No match: no events, a total of 0, no cursor."""
    results = filled.search(Query(Exact("type", "no such")), ALL, Page())
    assert (results.events, results.total, results.next) == ((), 0, None)


def test_an_empty_store_answers_everything(store: EventStore) -> None:
    """Before the first write there is nothing to find, and nothing fails."""
    assert store.search(Query(), ALL, Page()).events == ()
    assert store.count(Query(), ALL) == 0
    assert store.histogram(Query(), ALL, "1d", "UTC") == []
    assert store.top("type", Query(), ALL, 5) == []
    assert list(store.export(Query(), ALL, Sort())) == []
    assert store.delete(Query(), ALL) == 0
    assert store.ping().ok


def test_events_between_two_pages_do_not_shift_them(store: EventStore) -> None:
    """What is written while somebody pages is neither a reason to show a row twice nor to leave one out."""
    store.write(LETTERS[:60])
    first = store.search(Query(), ALL, Page(Sort(), 20))
    store.write(LETTERS[60:])
    second = store.search(Query(), ALL, Page(Sort(), 20, first.next))
    assert list(first.events + second.events) == in_order(LETTERS, Sort())[:40]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("descending", [False, True])
def test_events_of_one_millisecond_stand_in_the_order_of_their_ids(store: EventStore, limit: int, *, descending: bool) -> None:
    """Wherever a page ends among them, and where more of them than a page has happened at once."""
    alike = [msgspec.structs.replace(event, timestamp=LETTERS[0].timestamp + number // 13) for number, event in enumerate(LETTERS[:30])]
    sort = Sort("timestamp", descending)
    store.write(alike)
    found = [event for page in pages(store, Query(), sort, limit) for event in page]
    assert found == in_order(alike, sort)


def test_get_gives_the_whole_event(filled: EventStore) -> None:
    """By its id, in any letter case, with every field as it was written."""
    for event in LETTERS[:20]:
        assert filled.get(event.id, ALL) == event
        assert filled.get(event.id.upper(), ALL) == event


@pytest.mark.parametrize("unknown", ["", "0" * 32, "*", "x" * 5000, 'a "b" [c', "\x00"])
def test_get_of_an_unknown_id_is_not_found(filled: EventStore, unknown: str) -> None:
    """Whatever is asked for, what is not there is not found."""
    with pytest.raises(NotFoundError):
        filled.get(unknown, ALL)


def test_a_cursor_of_another_order_is_refused(filled: EventStore) -> None:
    """A cursor belongs to its field and direction."""
    cursor = filled.search(Query(), ALL, Page(Sort("recipient"), 5)).next
    for sort in (Sort("recipient", descending=True), Sort("sender"), Sort()):
        with pytest.raises(BadCursorError):
            filled.search(Query(), ALL, Page(sort, 5, cursor))


SORTS = [Sort(field.name, descending) for field in FIELDS if field.sortable for descending in (False, True)]
FORGED = st.one_of(st.text(max_size=60), st.binary(max_size=60).map(lambda data: base64.urlsafe_b64encode(data).decode()))
VALUES = st.none() | st.booleans() | st.integers() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(max_size=20)
KEYS = st.text(max_size=20) | st.text("0123456789abcdef", min_size=32, max_size=32) | st.none() | st.integers()


def page_or_refusal(store: EventStore, sort: Sort, forged: str) -> None:
    """Ask for the page after a forged cursor; anything but a page or `BadCursorError` fails the test."""
    try:
        results = store.search(Query(), ALL, Page(sort, 5, forged))
    except BadCursorError:
        return
    assert results.total == len(LETTERS)


@examples(max_examples=150, deadline=None)
@given(forged=FORGED, sort=st.sampled_from(SORTS))
def test_any_text_as_a_cursor_is_a_bad_cursor_or_a_place_in_the_order(filled: EventStore, forged: str, sort: Sort) -> None:
    """No text as a cursor leads to anything but a page or `BadCursorError`."""
    page_or_refusal(filled, sort, forged)


@pytest.mark.parametrize("sort", SORTS, ids=lambda sort: sort.text)
@examples(max_examples=15, deadline=None)
@given(version=st.sampled_from([1, 1, 1, 0, "1"]), value=VALUES, key=KEYS)
def test_a_forged_position_is_a_bad_cursor_or_a_place_in_the_order(
    filled: EventStore, sort: Sort, version: object, value: object, key: object
) -> None:
    """Well-formed cursors with any value and key, for every order, lead to a page or to `BadCursorError`."""
    payload = msgspec.json.encode([version, sort.text, value, key])
    page_or_refusal(filled, sort, base64.urlsafe_b64encode(payload).decode())


@pytest.mark.parametrize("field", ["id", "timestamp", "type", "source"])
def test_an_event_without_what_every_event_has_is_no_place_in_the_order(filled: EventStore, field: str) -> None:
    """Every event has these fields, so no cursor of ours says that one lacks them."""
    for sort in (Sort(field), Sort(field, descending=True)):
        forged = base64.urlsafe_b64encode(msgspec.json.encode([1, sort.text, None, "x"])).decode()
        with pytest.raises(BadCursorError):
            filled.search(Query(), ALL, Page(sort, 5, forged))


@pytest.mark.parametrize("field", [field.name for field in FIELDS if field.sortable])
def test_exists_and_its_opposite_part_the_events(filled: EventStore, field: str) -> None:
    """An event has the field or lacks it; an empty subject is a value."""
    having = sum(getattr(event, field) is not None for event in LETTERS)
    assert filled.count(Query(Exists(field)), ALL) == having
    assert filled.count(Query(Not(Exists(field))), ALL) == len(LETTERS) - having
