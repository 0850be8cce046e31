"""A page in order: each month gives its rows after the cursor, and the months are merged.

The engine sorts by one column and leaves ties in no order. So a page is put together from slices: what is equal to the cursor's value,
after its id; then what lies beyond the value; then what has no value. Where a slice ends within a run of equal values, that run is asked
again by id. Ties go with the direction: the descending list is the ascending one reversed, but for events without a value, always last.
By time and by id a narrow part of the order is asked first (`store/embedded/windows.py`), so that a page far down costs no more than the
first.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from math import ceil
from typing import Final, TypeAlias

import tantivy

from store.columns import SORTED_BY, Role, Value, key_of, sort_value
from store.cursor import Position
from store.embedded.alphabet import decode
from store.embedded.ask import Ask
from store.embedded.compile import all_of, between, equal, exists, numbers
from store.embedded.documents import event_of
from store.embedded.windows import first_full, heads, keys, times
from store.event import Event
from store.events import Sort

_KEY: Final = "id"
_TIME: Final = "timestamp"
_SHARED: Final = 20  # events of one millisecond that a page by time reads more, so that it need not ask twice

_Hits: TypeAlias = Sequence[tuple[Value | None, tantivy.DocAddress]]


@dataclass(frozen=True, slots=True)
class Row:
    """An event and where it stands in the order."""

    value: Value | None
    key: str
    event: Event

    @property
    def position(self) -> Position:
        """Where the next page begins, if this is the last row."""
        return Position(self.value, self.key)


@dataclass(frozen=True)
class Slice:
    """What one month has for a query, `count` in all, in one order."""

    ask: Ask
    count: int
    sort: Sort

    @cached_property
    def _order(self) -> tantivy.Order:
        return tantivy.Order.Desc if self.sort.descending else tantivy.Order.Asc

    def rows(self, after: Position | None, limit: int) -> list[Row]:
        """The first `limit` rows after a position, in order."""
        if self.sort.field == _KEY:
            return self._by_key(self.ask.query, after.key if after else None, limit)
        if self.sort.field == _TIME and (found := self._by_time(after, limit)) is not None:
            return found
        rows: list[Row] = []
        if after is None or after.value is not None:
            if after:
                rows = self._tied(after.value, after.key, limit)
            rows += self._beyond(after.value if after else None, limit - len(rows))
            after = None
        if len(rows) < limit:
            rows += self._tied(None, after.key if after else None, limit - len(rows))
        return rows

    def _by_time(self, after: Position | None, limit: int) -> list[Row] | None:
        """Rows by time: few events share a millisecond. None where more do than can be told apart so."""
        hits = self._hits_by_time(after, limit + _SHARED)
        last = hits[-1][0] if len(hits) == limit + _SHARED else None
        rows = self._sorted(address for value, address in hits if value != last)
        if after:
            position = (after.value, after.key)
            rows = [row for row in rows if ((row.value, row.key) < position if self.sort.descending else (row.value, row.key) > position)]
        return rows[:limit] if last is None or len(rows) >= limit else None

    def _hits_by_time(self, after: Position | None, limit: int) -> _Hits:
        """The first hits from a position on, those of its own millisecond included."""
        start, end = self.ask.start, self.ask.end
        if after:
            moment = int(after.value or 0)
            start, end = (start, min(end, moment + 1)) if self.sort.descending else (max(start, moment), end)
        if start >= end:
            return []

        def within(share: float) -> _Hits:
            width = ceil(share * (self.ask.end - self.ask.start))
            low, high = times(start, end, width, descending=self.sort.descending)
            return self._ordered(all_of([self.ask.query, numbers(_TIME, low, high, high_open=True)]), _TIME, limit)

        found = first_full(within, limit, self.count)
        return within(1) if found is None else found

    def _beyond(self, value: Value | None, limit: int) -> list[Row]:
        """Rows with a value beyond this one (None: any value), in order."""
        if limit == 0:
            return []
        hits = self._hits_beyond(value, limit + 1)
        last = hits[-1][0] if len(hits) > limit else None  # the run of this value may go on: it is asked whole
        rows = self._sorted(address for found, address in hits if found is not None and found != last)
        if last is not None and len(rows) < limit:
            rows += self._tied(_plain(last), None, limit - len(rows))
        return rows[:limit]

    def _hits_beyond(self, value: Value | None, limit: int) -> _Hits:
        """The first hits beyond a value."""
        hits: _Hits = ()
        for part in self._parts_beyond(value, limit):
            hits = self._ordered(all_of([self.ask.query, *part]), self.sort.field, limit)
            if len(hits) == limit:
                break
        return hits

    def _parts_beyond(self, value: Value | None, limit: int) -> Iterator[list[tantivy.Query]]:
        """What lies beyond a value in the direction of the order: of text narrow parts first; at last all of it."""
        column = SORTED_BY[self.sort.field]
        if value is None:
            yield []
        elif column.role in {Role.WHOLE, Role.ORDER}:
            for start, end in heads(str(value), limit, self.count, descending=self.sort.descending):
                yield [between(column.name, start, end, low_open=not self.sort.descending, high_open=True)]
        else:
            number = float(value) if column.role is Role.FLOAT else int(value)
            low, high = (None, number) if self.sort.descending else (number, None)
            yield [numbers(column.name, low, high, low_open=True, high_open=True)]

    def _tied(self, value: Value | None, key: str | None, limit: int) -> list[Row]:
        """Rows with exactly this value (None: without one) whose key comes after `key`."""
        if limit == 0:
            return []
        column = SORTED_BY[self.sort.field]
        if value is None:
            return self._by_key(all_of([self.ask.query], without=[exists(self.sort.field)]), key, limit)
        same = equal(column.name, value) if isinstance(value, str) else numbers(column.name, value, value)
        return self._by_key(all_of([self.ask.query, same]), key, limit)

    def _by_key(self, query: tantivy.Query, key: str | None, limit: int) -> list[Row]:
        """Rows of a query by key alone, after `key`."""

        def within(share: float) -> _Hits:
            ends = keys(key, share, descending=self.sort.descending)
            return self._by_key_within(query, ends[0], ends[1], limit) if ends else ()

        found = first_full(within, limit, self.count)
        if found is None:
            low, high = (None, key) if self.sort.descending else (key, None)
            found = self._by_key_within(query, low, high, limit)
        return [self._row(address) for _, address in found]

    def _by_key_within(self, query: tantivy.Query, low: str | None, high: str | None, limit: int) -> _Hits:
        if low is not None or high is not None:
            query = all_of([query, between(_KEY, low, high, low_open=True, high_open=True)])
        return self._ordered(query, _KEY, limit)

    def _ordered(self, query: tantivy.Query, field: str, limit: int) -> _Hits:
        column = SORTED_BY[field].name
        return self.ask.searcher.search(query, limit=limit, count=False, order_by_field=column, order=self._order).hits

    def _sorted(self, addresses: Iterable[tantivy.DocAddress]) -> list[Row]:
        return sorted(map(self._row, addresses), key=lambda row: (row.value, row.key), reverse=self.sort.descending)

    def _row(self, address: tantivy.DocAddress) -> Row:
        event = event_of(self.ask.searcher.doc(address))
        return Row(sort_value(event, self.sort.field), key_of(event.id), event)


def _plain(found: Value) -> Value:
    """A value of the engine as the columns have it."""
    return decode(found) if isinstance(found, str) else found


def first_of(months: Sequence[Sequence[Row]], sort: Sort, limit: int) -> list[Row]:
    """The first rows of several months, each of which is in order."""
    return list(islice(_merged(months, sort), limit))


def _merged(months: Sequence[Sequence[Row]], sort: Sort) -> Iterator[Row]:
    """Sorted rows of several months as one sorted run: first those with a value, then those without."""
    whole = [[row for row in rows if row.value is not None] for rows in months]
    rest = [[row for row in rows if row.value is None] for rows in months]
    yield from heapq.merge(*whole, key=lambda row: (row.value, row.key), reverse=sort.descending)
    yield from heapq.merge(*rest, key=lambda row: row.key, reverse=sort.descending)
