"""The newest first on a cluster: the last hours are asked for before all of a month, and nobody sees a difference."""

import secrets
from collections.abc import Iterator
from itertools import accumulate

import pytest
from elastic_cleanup import without_trace

from store.elastic import Address, ElasticStore, latest
from store.event import Event
from store.events import Page, Query, Scope, Sort
from store.tree import All, Exact

ALL = Scope.operator()
HOUR = 3_600_000
BEGIN = 1_730_000_000_000
END = BEGIN + 300 * HOUR
LATER = 10**15
# Gaps in hours between the events, also at one time: crowded, thin, and one with a clock that is years ahead.
GAPS = [0, 0, 1, 1, 0, 30, 1, 200, 0, 1, 1, 1, 5, 0, 0, 100, 90, 0, 1, 2, 0, 0, 1, 700_000]
EVENTS = [
    Event(id=f"{number:02}", timestamp=BEGIN + hours * HOUR, type=("send", "bounce")[number % 2], source="ndjson")
    for number, hours in enumerate(accumulate(GAPS))
]
NEWEST = sorted(EVENTS, key=lambda event: (event.timestamp, event.id), reverse=True)


@pytest.fixture(scope="module")
def store(elastic_url: str) -> Iterator[ElasticStore]:
    """These events on the cluster."""
    prefix = f"test-{secrets.token_hex(6)}"
    opened = ElasticStore(Address((elastic_url,)), prefix=prefix)
    opened.write(EVENTS)
    yield opened
    opened.close()
    without_trace(elastic_url, [prefix])


@pytest.mark.parametrize("few", [0, len(EVENTS)], ids=["asked for by spans", "gone over"])
@pytest.mark.parametrize("limit", [1, 3, 50])
@pytest.mark.parametrize("query", [Query(), Query(Exact("type", "bounce")), Query(end=END)], ids=["all", "bounces", "to an end"])
def test_all_pages_are_the_whole_from_new_to_old(
    store: ElasticStore, monkeypatch: pytest.MonkeyPatch, few: int, limit: int, query: Query
) -> None:
    """Whether the matches are many or few, and wherever the pages end."""
    monkeypatch.setattr(latest, "_FEW", few)
    bounces = query.tree != All()
    wanted = [event.id for event in NEWEST if event.timestamp < (query.end or LATER) and not (bounces and event.type != "bounce")]
    found: list[str] = []
    cursor = None
    while True:
        page = store.search(query, ALL, Page(Sort(descending=True), limit, cursor))
        assert page.total == len(wanted)
        found += [event.id for event in page.events]
        if (cursor := page.next) is None:
            break
    assert found == wanted
