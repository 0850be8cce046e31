"""Both engines answer alike: to queries as people type them, beside the plain reading of each, and about values that are odd."""

import math
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from comparing import COUNTED, OPERATOR, SORTS, ZONES, Comparison, Pair, rows
from elastic_cleanup import without_trace
from odd_events import PLAIN, odd_events
from test_query_cases import CASES, EVENTS, MALFORMED, typed
from typed_queries import Typist

from store.columns import ip_text
from store.elastic import Address, ElasticStore
from store.embedded import EmbeddedStore
from store.errors import NotFoundError
from store.event import Event
from store.events import INTERVALS, EventStore, Query, Scope, Sort
from store.fields import BY_NAME, FIELDS, Kind
from store.tree import Any as Wild
from store.tree import Exact, Exists, Fuzzy, Network, Node, Not, Range, Wildcard, Words
from store.words import words

QUERIES = 240
PARTS = 4
ODD = odd_events()


@pytest.fixture(scope="module")
def prefix(elastic_url: str) -> Iterator[Callable[[], str]]:
    """Gives a store on the node a name of its own."""
    given: list[str] = []

    def new() -> str:
        given.append(f"test-equal-{secrets.token_hex(4)}")
        return given[-1]

    yield new
    without_trace(elastic_url, given)


def opened(url: str, prefix: str, folder: Path) -> Pair:
    """Both engines, empty."""
    return Pair(EmbeddedStore(folder / prefix), ElasticStore(Address((url,)), prefix=prefix, patience=60))


@pytest.fixture(scope="module")
def worked(elastic_url: str, prefix: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Comparison]:
    """Both engines with the events of the worked cases."""
    pair = opened(elastic_url, prefix(), tmp_path_factory.mktemp("worked"))
    pair.write(EVENTS)
    yield Comparison(pair, EVENTS)
    pair.close()


@pytest.fixture(scope="module")
def odd(elastic_url: str, prefix: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Both engines with odd events."""
    pair = opened(elastic_url, prefix(), tmp_path_factory.mktemp("odd"))
    pair.write(ODD)
    yield pair
    pair.close()


@pytest.mark.parametrize("part", range(PARTS))
def test_a_typed_query_has_one_answer(worked: Comparison, part: int) -> None:
    """Rows in a random order, and one of pages, ranges, scopes, histograms and rankings; `scripts/compare-engines` asks thousands more."""
    typist = Typist(part, EVENTS, [typed(case) for case in (*CASES, *MALFORMED)])
    outcomes = [worked.of(number, *typist.readable()) for number in range(QUERIES // PARTS)]
    assert [(found.query, found.difference) for found in outcomes if found.difference] == []
    assert sum(found.matching > 0 for found in outcomes) > QUERIES // PARTS // 2


def same(one: Event, other: Event) -> bool:
    """Whether two events are equal; a number that is none is equal to itself here."""
    pairs = zip(msgspec.structs.astuple(one), msgspec.structs.astuple(other), strict=True)
    return all(a == b or (isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b)) for a, b in pairs)


def test_an_odd_event_comes_back_as_it_was_written(odd: Pair) -> None:
    """From both engines alike, whatever of it could be indexed."""
    one, other = (list(store.export(Query(), OPERATOR, Sort("id"))) for store in (odd.embedded, odd.elastic))
    assert len(one) == len(other) == len(ODD)
    assert [(a, b) for a, b in zip(one, other, strict=True) if not same(a, b)] == []


@pytest.mark.parametrize("event", ODD, ids=lambda event: ascii(event.id[:20]))
def test_an_odd_event_is_found_by_its_id(odd: Pair, event: Event) -> None:
    """By the same ids, in any case."""

    def got(store: EventStore) -> object:
        try:
            return store.get(event.id, OPERATOR).timestamp
        except NotFoundError:
            return None

    assert got(odd.embedded) == got(odd.elastic) == event.timestamp


@pytest.mark.parametrize("sort", SORTS, ids=lambda sort: sort.text)
def test_odd_events_have_one_order(odd: Pair, sort: Sort) -> None:
    """In pages of any size."""
    assert odd.differing(lambda store: rows(store, Query(), OPERATOR, sort, 1000)) is None
    assert odd.differing(lambda store: rows(store, Query(), OPERATOR, sort, 7)) is None


@pytest.mark.parametrize("field", COUNTED)
def test_odd_values_are_counted_alike(odd: Pair, field: str) -> None:
    """The most frequent values of each field."""
    assert odd.differing(lambda store: store.top(field, Query(), OPERATOR, 200)) is None


@pytest.mark.parametrize("zone", ZONES)
def test_odd_events_are_counted_over_time_alike(odd: Pair, zone: str) -> None:
    """Types of any length and kind."""
    for interval in INTERVALS:
        assert odd.differing(lambda store, each=interval: store.histogram(Query(), OPERATOR, each, zone)) is None


def test_odd_domains_are_scopes_alike(odd: Pair) -> None:
    """Every domain that the events have, and a few that they might be thought to have."""
    for domain in sorted({event.sender_domain for event in ODD if event.sender_domain} | {"", " ", "x.nl ", "?@x.nl"}):
        assert odd.differing(lambda store, each=domain: rows(store, Query(), Scope.of([each]), Sort(), 1000)) is None


def leaves(event: Event) -> Iterator[Node]:
    """Conditions made of what is odd about an event, as typed values would be: in lower case, cut into words."""
    for field in FIELDS:
        for value in (values if isinstance(values := getattr(event, field.name), tuple) else [values])[:3]:
            if value not in {None, *PLAIN.values()} and field.kind not in {Kind.STORED, Kind.TIME}:
                yield Exists(field.name)
                yield from about(field.name, value)


def about(field: str, value: object) -> Iterator[Node]:
    """Conditions that a value may meet; of numbers that can be typed."""
    match BY_NAME[field].kind, value:
        case ((Kind.INTEGER | Kind.NUMBER), (int() | float())) if math.isfinite(value):
            yield from (Range(field, value, value), Range(field, value, None, low_open=True), Range(field, None, value, high_open=True))
        case Kind.FLAG, _:
            yield Exact(field, str(value).lower())
        case Kind.IP, str():
            yield from (Exact(field, ip_text(value) or "none"), Network(field, "192.0.2.0/24"), Network(field, "::/0"))
        case ((Kind.EXACT | Kind.ADDRESS), str()):
            short = value[:200].lower()
            begin, end, inside = short[:5] or "a", short[-5:] or "a", short[1:6] or "a"
            yield from (Exact(field, short), Exact(field, value.lower()[:600]), Range(field, short, None, low_open=True))
            yield from (
                Wildcard(field, (begin, Wild.MANY)),
                Wildcard(field, (Wild.MANY, end)),
                Wildcard(field, (Wild.ONE, inside, Wild.MANY)),
            )
            yield Fuzzy(field, short[:30] or "a", 1)
    if BY_NAME[field].kind in {Kind.TEXT, Kind.ADDRESS}:
        cut = words(str(value)[:1000])
        yield from (Words(field, tuple(some)) for some in (cut[-1:], cut[:3]))


@pytest.mark.parametrize("part", range(PARTS))
def test_odd_values_are_found_alike(odd: Pair, part: int) -> None:
    """By every kind of condition that they may meet, and left out by its opposite."""
    wrong = []
    for leaf in dict.fromkeys(leaf for event in ODD[part::PARTS] for leaf in leaves(event)):
        difference = odd.differing(lambda store, each=leaf: rows(store, Query(each), OPERATOR, Sort(), 1000)) or odd.differing(
            lambda store, each=leaf: store.count(Query(Not(each)), OPERATOR)
        )
        if difference:
            wrong.append((leaf, difference))
    assert wrong == []
