"""The newest events first, of many.

Events lie on the cluster in the order in which they came. From old to new Elasticsearch stops soon; from new to old each event that it
looks at is newer than those before, so it looks at all of a month. Hence the last hours are asked for first, and then the last days.
"""

import time
from collections.abc import Sequence
from typing import Final

from store.cursor import Position
from store.elastic.answers import Found
from store.elastic.bodies import counting
from store.elastic.compile import Dsl, all_of
from store.elastic.in_time import FIELD, Ask, in_time
from store.event import Event
from store.events import Sort

NEWEST_FIRST: Final = Sort(FIELD, descending=True)
_HOUR: Final = 3_600_000  # ms
_SPANS: Final = (6 * _HOUR, 72 * _HOUR)
_FEW: Final = 10_000  # matches that are gone over in less time than another request takes
_NEWEST: Final = {"size": 0, "aggs": {"newest": {"max": {"field": "timestamp"}}}}  # of all there is: found without looking at any


def newest_first(ask: Ask, wanted: Dsl, end: int | None, after: Position | None, limit: int) -> tuple[list[Event], Sequence[Found]]:
    """The first `limit` events after a position, from new to old, and the answers they come from; the last one is that with their total.

    `end`: where the search's time range ends, ms since 1970 UTC.
    """
    counted, newest = ask([counting(wanted), _NEWEST])
    found = counted.hits.total
    for span in _SPANS if found and found.value > _FEW else ():
        start = _last(newest, end, after) - span
        events, answers = in_time(ask, all_of([wanted, {"range": {FIELD: {"gte": start}}}]), NEWEST_FIRST, after=after, limit=limit)
        if len(events) == limit:
            return events, (*answers, counted)
    events, answers = in_time(ask, wanted, NEWEST_FIRST, after=after, limit=limit)
    return events, (*answers, counted)


def _last(newest: Found, end: int | None, after: Position | None) -> int:
    """The time that no row lies behind, in ms; one event with a clock far ahead does not move it."""
    value = newest.aggregations.get("newest", {}).get("value")
    bounds = [int(time.time() * 1000) + _HOUR, end, value, after.value if after else None]
    return int(min(bound for bound in bounds if isinstance(bound, (int, float))))
