"""A page in order: each month gives its rows after the cursor, and the months are merged.

The engine sorts by one column and leaves ties in no order. So a page is put together from slices: what is equal to the cursor's value,
after its id; then what lies beyond the value; then what has no value. Where a slice ends within a run of equal values, that run is asked
again by id. Ties go with the direction: the descending list is the ascending one reversed, but for events without a value, always last.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Final

import tantivy

from store.columns import SORTED_BY, Role, Value, key_of, sort_value
from store.cursor import Position
from store.embedded.alphabet import decode
from store.embedded.compile import all_of, between, equal, exists, numbers
from store.embedded.documents import event_of
from store.event import Event
from store.events import Sort

_KEY: Final = "id"
_SHARED: Final = 20  # events of one millisecond that a page by time reads more, so that it need not ask twice


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
    """What one month has for a query, in one order."""

    searcher: tantivy.Searcher
    query: tantivy.Query
    sort: Sort

    @cached_property
    def _order(self) -> tantivy.Order:
        return tantivy.Order.Desc if self.sort.descending else tantivy.Order.Asc

    def rows(self, after: Position | None, limit: int) -> list[Row]:
        """The first `limit` rows after a position, in order."""
        if self.sort.field == _KEY:
            return self._by_key(self.query, after.key if after else None, limit)
        if after and self.sort.field == "timestamp" and (found := self._from(after, limit)) is not None:
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

    def _from(self, after: Position, limit: int) -> list[Row] | None:
        """Rows by time after a position, in one question: few events share a millisecond. None where more do than can be told apart so."""
        hits = self._ordered(all_of([self.query, self._range(after.value or 0, open_end=False)]), self.sort.field, limit + _SHARED)
        last = hits[-1][0] if len(hits) == limit + _SHARED else None
        rows = [self._row(address) for value, address in hits if value != last]
        rows.sort(key=lambda row: (row.value, row.key), reverse=self.sort.descending)
        position = (after.value, after.key)
        rows = [row for row in rows if ((row.value, row.key) < position if self.sort.descending else (row.value, row.key) > position)]
        return rows[:limit] if last is None or len(rows) >= limit else None

    def _beyond(self, value: Value | None, limit: int) -> list[Row]:
        """Rows with a value beyond this one (None: any value), in order."""
        if limit == 0:
            return []
        query = all_of([self.query, self._range(value)]) if value is not None else self.query
        hits = self._ordered(query, self.sort.field, limit + 1)
        last = hits[-1][0] if len(hits) > limit else None  # the run of this value may go on: it is asked whole
        rows = [self._row(address) for found, address in hits if found is not None and found != last]
        rows.sort(key=lambda row: (row.value, row.key), reverse=self.sort.descending)
        if last is not None and len(rows) < limit:
            rows += self._tied(_plain(last), None, limit - len(rows))
        return rows[:limit]

    def _tied(self, value: Value | None, key: str | None, limit: int) -> list[Row]:
        """Rows with exactly this value (None: without one) whose key comes after `key`."""
        if limit == 0:
            return []
        column = SORTED_BY[self.sort.field]
        if value is None:
            return self._by_key(all_of([self.query], without=[exists(self.sort.field)]), key, limit)
        same = equal(column.name, value) if isinstance(value, str) else numbers(column.name, value, value)
        return self._by_key(all_of([self.query, same]), key, limit)

    def _by_key(self, query: tantivy.Query, key: str | None, limit: int) -> list[Row]:
        """Rows of a query by key alone, after `key`."""
        if key is not None:
            query = all_of([query, self._beyond_text(_KEY, key)])
        return [self._row(address) for _, address in self._ordered(query, _KEY, limit)]

    def _range(self, value: Value, *, open_end: bool = True) -> tantivy.Query:
        """What lies beyond a value in the direction of the order; the value itself too, unless the end is open."""
        column = SORTED_BY[self.sort.field]
        if column.role in {Role.WHOLE, Role.ORDER}:
            return self._beyond_text(column.name, str(value))
        number = float(value) if column.role is Role.FLOAT else int(value)
        if self.sort.descending:
            return numbers(column.name, None, number, high_open=open_end)
        return numbers(column.name, number, None, low_open=open_end)

    def _beyond_text(self, column: str, value: str) -> tantivy.Query:
        if self.sort.descending:
            return between(column, None, value, high_open=True)
        return between(column, value, None, low_open=True)

    def _ordered(self, query: tantivy.Query, field: str, limit: int) -> Sequence[tuple[Value | None, tantivy.DocAddress]]:
        column = SORTED_BY[field].name
        return self.searcher.search(query, limit=limit, count=False, order_by_field=column, order=self._order).hits

    def _row(self, address: tantivy.DocAddress) -> Row:
        event = event_of(self.searcher.doc(address))
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
