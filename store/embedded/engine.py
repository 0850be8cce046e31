"""The `EventStore` on tantivy: puts the parts of this package together."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import tantivy

from store import cursor
from store.columns import key_of
from store.cursor import Position
from store.embedded.aggregate import highest, quarters
from store.embedded.compile import all_of, compiled, equal, numbers, one_of
from store.embedded.documents import event_of
from store.embedded.failures import translated
from store.embedded.partitions import Partitions, Snapshot
from store.embedded.rewrite import without
from store.embedded.search import Row, Slice, merged
from store.embedded.write import Writer
from store.errors import NotFoundError
from store.event import Event
from store.events import MAX_LIMIT, Bucket, Health, Page, Query, Results, Scope, Sort, WriteReport
from store.histogram import rolled_up

_EXPORTED: Final = 1000  # rows an export holds at a time, for each month


def _silent() -> None:
    """Wait without saying so."""


class EmbeddedStore:
    """Events in a folder. Readers in any number of processes and threads; writers take turns.

    `on_wait` is called when a write has to wait for another process; after `patience` seconds it gives up with `StoreBusyError`.
    """

    def __init__(self, folder: Path, *, patience: float = 120.0, on_wait: Callable[[], None] = _silent) -> None:
        self._folder = folder
        self._partitions = Partitions(folder)
        self._writer = Writer(self._partitions, patience, on_wait)

    def write(self, events: Sequence[Event]) -> WriteReport:
        """See `EventStore.write`."""
        with translated(self._folder):
            return self._writer.write(events)

    def search(self, query: Query, scope: Scope, page: Page) -> Results:
        """See `EventStore.search`."""
        after = cursor.read(page.cursor, page.sort) if page.cursor is not None else None
        limit = max(1, min(page.limit, MAX_LIMIT))
        with translated(self._folder):
            asked = self._asked(query, scope)
            rows = _page(asked, page.sort, after, limit + 1)
            total = sum(_count(snapshot, wanted) for snapshot, wanted in asked)
        more = len(rows) > limit
        rows = rows[:limit]
        return Results(tuple(row.event for row in rows), total, cursor.written(page.sort, rows[-1].position) if more else None)

    def get(self, event_id: str, scope: Scope) -> Event:
        """See `EventStore.get`."""
        wanted = all_of([equal("id", key_of(event_id)), *_seen_by(scope)])
        with translated(self._folder):
            for snapshot in self._partitions.snapshots(None, None):
                for _, address in snapshot.searcher.search(wanted, limit=1, count=False).hits:
                    return event_of(snapshot.searcher.doc(address))
        raise NotFoundError("There is no such event, or you may not see it.")

    def count(self, query: Query, scope: Scope) -> int:
        """See `EventStore.count`."""
        with translated(self._folder):
            return sum(_count(snapshot, wanted) for snapshot, wanted in self._asked(query, scope))

    def histogram(self, query: Query, scope: Scope, interval: str, zone: str) -> list[Bucket]:
        """See `EventStore.histogram`."""
        with translated(self._folder):
            return rolled_up(quarters(self._asked(query, scope)), interval, zone)

    def top(self, field: str, query: Query, scope: Scope, limit: int) -> list[tuple[str, int]]:
        """See `EventStore.top`."""
        with translated(self._folder):
            return highest(self._asked(query, scope), field, limit)

    def delete(self, query: Query, scope: Scope) -> int:
        """See `EventStore.delete`. Each month with a match is written anew without it; a crash leaves months either way, never half."""
        with translated(self._folder), self._writer.exclusive():
            self._writer.close_months()
            return sum(without(self._partitions, snapshot, wanted) for snapshot, wanted in self._asked(query, scope))

    def export(self, query: Query, scope: Scope, sort: Sort) -> Iterator[Event]:
        """See `EventStore.export`; all of it is as it was at the start, whatever is written meanwhile."""
        with translated(self._folder):
            asked = self._asked(query, scope)
            after: Position | None = None
            while rows := _page(asked, sort, after, _EXPORTED):
                yield from (row.event for row in rows)
                after = rows[-1].position

    def ping(self) -> Health:
        """See `EventStore.ping`."""
        with translated(self._folder):
            snapshots = self._partitions.snapshots(None, None)
            events = sum(snapshot.searcher.num_docs for snapshot in snapshots)
        return Health(ok=True, detail=f"{events} events in {len(snapshots)} months in {self._folder}")

    def close(self) -> None:
        """See `EventStore.close`; what was written is kept either way."""
        with translated(self._folder):
            self._writer.let_go()

    def _asked(self, query: Query, scope: Scope) -> list[tuple[Snapshot, tantivy.Query]]:
        """The months to ask, oldest first, and what to ask each: the tree within scope, and the range where it does not cover the month."""
        if scope.domains is not None and not scope.domains:
            return []
        wanted = [compiled(query.tree), *_seen_by(scope)]
        return [(snapshot, all_of([*wanted, *_within(snapshot, query)])) for snapshot in self._partitions.snapshots(query.start, query.end)]


def _seen_by(scope: Scope) -> list[tantivy.Query]:
    """What restricts a query to a scope; nothing for an operator, and an empty scope sees nothing."""
    return [] if scope.domains is None else [one_of("sender_domain", scope.domains)]


def _within(snapshot: Snapshot, query: Query) -> list[tantivy.Query]:
    """What restricts a month to the query's time range; nothing where the month lies in it whole."""
    month = snapshot.partition
    start = query.start if query.start is not None and query.start > month.start else None
    end = query.end if query.end is not None and query.end < month.end else None
    return [] if start is None and end is None else [numbers("timestamp", start, end, high_open=True)]


def _count(snapshot: Snapshot, wanted: tantivy.Query) -> int:
    return int(snapshot.searcher.search(wanted, limit=1, count=True).count)  # type: ignore[attr-defined]  # its stub forgot it


def _page(asked: Sequence[tuple[Snapshot, tantivy.Query]], sort: Sort, after: Position | None, limit: int) -> list[Row]:
    slices = [partial(Slice(snapshot.searcher, wanted, sort).rows, after, limit) for snapshot, wanted in asked]
    return merged(slices, sort, limit)
