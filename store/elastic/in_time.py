"""Rows in order of time.

Ids break ties, and to order by them Elasticsearch looks up each row's id in every segment: a quarter of what a page costs. Few events
happened in the same millisecond, so the rows are asked for by their time alone, some more than are wanted, and ordered by id here. Only
where those of one millisecond are more than that, they are asked for by their ids.
"""

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Final

from store.cursor import Position
from store.elastic.answers import Found
from store.elastic.bodies import KEY, key, rows
from store.elastic.compile import Dsl, all_of
from store.elastic.documents import event_of
from store.event import Event
from store.events import Sort
from store.months import bounds, month_of

Ask = Callable[[Sequence[Dsl]], Sequence[Found]]

FIELD: Final = "timestamp"
_MORE: Final = 8  # rows beyond those wanted: they show that the last ones are all of their time, and make up for those before the position
_LONGS: Final = (-(2**63), 2**63 - 1)


def in_time(  # noqa: PLR0913 - one search, its parts by name
    ask: Ask, wanted: Dsl, sort: Sort, *, after: Position | None, limit: int, more: Sequence[Dsl] = ()
) -> tuple[list[Event], Sequence[Found]]:
    """The first `limit` events after a position, and all answers they come from; those to `more`, which is asked along, are the last."""
    start = None if after is None else _before(after, sort)
    wanted = wanted if start is None else all_of([wanted, *_months(start, sort)])
    first, *others = ask([rows(wanted, sort, start, limit + _MORE, alone=True), *more])
    answers, events, window = [first], [], first
    while True:
        found = [event_of(hit.source) for hit in window.hits.hits]
        edge = found[-1].timestamp if len(found) == limit + _MORE else None  # of this time there may be more
        events += _ordered((event for event in found if event.timestamp != edge), sort, after)
        if edge is None or len(events) >= limit:
            return events[:limit], [*answers, *others]
        position = after if after is not None and after.value == edge else None
        window = ask([rows(_at(wanted, edge), Sort(KEY, sort.descending), position, limit)])[0]
        answers.append(window)
        events += [event_of(hit.source) for hit in window.hits.hits]
        if len(events) >= limit:
            return events[:limit], [*answers, *others]
        window = ask([rows(wanted, sort, Position(edge, ""), limit + _MORE, alone=True)])[0]
        answers.append(window)


def _ordered(events: Iterable[Event], sort: Sort, after: Position | None) -> list[Event]:
    """The events that stand behind a position, in order."""
    placed = [((event.timestamp, key(event)), event) for event in events]
    if after is not None:
        mark = (after.value, after.key)
        placed = [each for each in placed if (each[0] < mark if sort.descending else each[0] > mark)]
    return [event for _, event in sorted(placed, key=itemgetter(0), reverse=sort.descending)]


def _before(after: Position, sort: Sort) -> Position:
    """The millisecond before a position: others of its own may stand behind it."""
    least, most = _LONGS
    value = int(after.value or 0)
    return Position(min(value + 1, most) if sort.descending else max(value - 1, least), "")


def _months(start: Position, sort: Sort) -> list[Dsl]:
    """The months that can have rows behind a position: to others it is no work to see that they have none, to these that all may be."""
    try:
        first, end = bounds(month_of(int(start.value or 0)))
    except OverflowError:  # of a cursor that somebody has made up
        return []
    return [{"range": {FIELD: {"lt": end} if sort.descending else {"gte": first}}}]


def _at(wanted: Dsl, moment: int) -> Dsl:
    """What happened in one millisecond."""
    return all_of([wanted, {"range": {FIELD: {"gte": moment, "lte": moment}}}])
