"""Rows in order of time.

Ids break ties, and to order by them Elasticsearch looks up each row's id in every segment: a quarter of what a page costs. Few events
happened in the same millisecond, so the rows are asked for by their time alone, and ordered by id here. Only where several of one
millisecond reach over the end of a page, or over the cursor, those are asked for by their ids.
"""

from collections.abc import Callable, Sequence
from typing import Final

from store.cursor import Position
from store.elastic.answers import Found
from store.elastic.bodies import KEY, key, rows
from store.elastic.compile import Dsl, all_of
from store.elastic.documents import event_of
from store.event import Event
from store.events import Sort

Ask = Callable[[Sequence[Dsl]], Sequence[Found]]

FIELD: Final = "timestamp"


def in_time(  # noqa: PLR0913 - one search, its parts by name
    ask: Ask, wanted: Dsl, sort: Sort, *, after: Position | None, limit: int, more: Sequence[Dsl] = ()
) -> tuple[list[Event], Sequence[Found]]:
    """The first `limit` events after a position, and all answers they come from; those to `more`, which is asked along, are the last."""
    by_id = Sort(KEY, sort.descending)
    tied = [rows(_at(wanted, after.value), by_id, after, limit)] if after else []
    by_time = rows(wanted, sort, after, limit + 1, alone=True)  # one row further, which tells whether the last ones are all of their time
    answers = list(ask([*tied, by_time, *more]))
    events = [event_of(hit.source) for found in answers[: len(tied)] for hit in found.hits.hits]
    later = [event_of(hit.source) for hit in answers[len(tied)].hits.hits]
    if len(events) < limit < len(later) and later[limit].timestamp == (last := later[limit - 1].timestamp):
        (others,) = ask([rows(_at(wanted, last), by_id, None, limit)])
        later = [event for event in later if event.timestamp != last] + [event_of(hit.source) for hit in others.hits.hits]
        answers.insert(0, others)
    later.sort(key=lambda event: (event.timestamp, key(event)), reverse=sort.descending)
    return (events + later)[:limit], answers


def _at(wanted: Dsl, moment: object) -> Dsl:
    """What happened in one millisecond."""
    return all_of([wanted, {"range": {FIELD: {"gte": moment, "lte": moment}}}])
