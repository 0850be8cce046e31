"""The newest events first, of many.

Events lie on the cluster in the order in which they came. From old to new Elasticsearch stops soon; from new to old each event that it
looks at is newer than those before, so it looks at all of a month. Hence the last hours are asked for first, and then the last days.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final

from store.cursor import Position
from store.elastic.answers import Found
from store.elastic.bodies import counting, rows
from store.elastic.compile import Dsl, all_of
from store.events import Sort

Ask = Callable[[Sequence[Dsl]], Sequence[Found]]

NEWEST_FIRST: Final = Sort("timestamp", descending=True)
_HOUR: Final = 3_600_000  # ms
_SPANS: Final = (6 * _HOUR, 72 * _HOUR)
_FEW: Final = 10_000  # matches that are gone over in less time than another request takes
_NEWEST: Final = {"size": 0, "aggs": {"newest": {"max": {"field": "timestamp"}}}}  # of all there is: found without looking at any


def newest_first(ask: Ask, wanted: Dsl, end: int | None, after: Position | None, limit: int) -> tuple[Found, Found]:
    """The answers with the first `limit` rows after a position, from new to old, and with how many match.

    `end`: where the search's time range ends, ms since 1970 UTC.
    """
    counted, newest = ask([counting(wanted), _NEWEST])
    found = counted.hits.total
    for span in _SPANS if found and found.value > _FEW else ():
        start = _last(newest, end, after) - span
        (part,) = ask([rows(all_of([wanted, {"range": {"timestamp": {"gte": start}}}]), NEWEST_FIRST, after, limit)])
        if len(part.hits.hits) == limit:
            return part, counted
    (whole,) = ask([rows(wanted, NEWEST_FIRST, after, limit)])
    return whole, counted


def _last(newest: Found, end: int | None, after: Position | None) -> int:
    """The time that no row lies behind, in ms; one event with a clock far ahead does not move it."""
    value = newest.aggregations.get("newest", {}).get("value")
    bounds = [int(time.time() * 1000) + _HOUR, end, value, after.value if after else None]
    return int(min(bound for bound in bounds if isinstance(bound, (int, float))))
