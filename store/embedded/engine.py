"""The `EventStore` on tantivy: puts the parts of this package together."""

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from store import cursor
from store.columns import key_of
from store.cursor import Position
from store.embedded.aggregate import beginning_with, highest, quarters
from store.embedded.ask import Ask, Asking, seen_by
from store.embedded.check import examined
from store.embedded.compile import all_of, equal
from store.embedded.documents import event_of
from store.embedded.failures import reading, translated
from store.embedded.partitions import Partitions
from store.embedded.rewrite import anew, rewritten, without
from store.embedded.search import Row, Slice, first_of
from store.embedded.write import Writer
from store.errors import NotFoundError
from store.event import Event
from store.events import MAX_LIMIT, Bucket, Health, Judge, Page, Query, Results, Scope, Sort, WriteReport
from store.findings import Finding
from store.histogram import rolled_up
from store.moving import Size

_NOT_FOUND: Final = "There is no such event, or you may not see it."
_EXPORTED: Final = 1000  # rows an export holds at a time, for each month


def _silent() -> None:
    """Wait without saying so."""


class EmbeddedStore:
    """Events in a folder. Readers in any number of processes and threads; writers take turns.

    `on_wait` is called when a write has to wait for another process; after `patience` seconds it gives up with `StoreBusyError`.
    A folder without a store reads as empty; with `made`, which says that one has been made there, it is an error.
    """

    def __init__(self, folder: Path, *, patience: float = 120.0, on_wait: Callable[[], None] = _silent, made: bool = False) -> None:
        self._folder = folder
        self._partitions = Partitions(folder, made=made)
        self._asking = Asking(self._partitions)
        self._writer = Writer(self._partitions, patience, on_wait)

    @property
    def concurrent_writes(self) -> int:
        """One: writers take turns."""
        return 1

    @staticmethod
    def is_in(folder: Path) -> bool:
        """Whether there is a store in this folder, in whatever state; raises `StoreUnavailableError` where that cannot be seen."""
        with translated(folder):
            return Partitions(folder).any()

    def make(self) -> None:
        """Make the folder a store, if it is none yet; raises `StoreUnavailableError` where it cannot be used as one."""
        with translated(self._folder):
            self._partitions.prepare()

    def write(self, events: Sequence[Event]) -> WriteReport:
        """See `EventStore.write`."""
        with translated(self._folder):
            return self._writer.write(events)

    def search(self, query: Query, scope: Scope, page: Page) -> Results:
        """See `EventStore.search`."""
        after = cursor.read(page.cursor, page.sort) if page.cursor is not None else None
        limit = max(1, min(page.limit, MAX_LIMIT))
        with translated(self._folder):
            asks = self._asking.asks(query, scope)
            counts = self._asking.counts(asks)
            rows = self._rows(_slices(asks, counts, page.sort), after, limit + 1)
        following = cursor.written(page.sort, rows[limit - 1].position) if len(rows) > limit else None
        return Results(tuple(row.event for row in rows[:limit]), sum(counts), following)

    def get(self, event_id: str, scope: Scope) -> Event:
        """See `EventStore.get`."""
        if scope.domains is not None and not scope.domains:
            raise NotFoundError(_NOT_FOUND)
        wanted = all_of([equal("id", key_of(event_id)), *seen_by(scope)])
        with translated(self._folder):
            for snapshot in self._partitions.snapshots(None, None):
                with reading(snapshot.partition.path):
                    for _, address in snapshot.searcher.search(wanted, limit=1, count=False).hits:
                        return event_of(snapshot.searcher.doc(address))
        raise NotFoundError(_NOT_FOUND)

    def count(self, query: Query, scope: Scope) -> int:
        """See `EventStore.count`."""
        with translated(self._folder):
            return sum(self._asking.counts(self._asking.asks(query, scope)))

    def histogram(self, query: Query, scope: Scope, interval: str, zone: str) -> list[Bucket]:
        """See `EventStore.histogram`."""
        with translated(self._folder):
            return rolled_up(quarters(self._asking.asks(query, scope)), interval, zone)

    def top(self, field: str, query: Query, scope: Scope, limit: int) -> list[tuple[str, int]]:
        """See `EventStore.top`."""
        with translated(self._folder):
            return highest(self._asking.asks(query, scope), field, limit)

    def delete(self, query: Query, scope: Scope) -> int:
        """See `EventStore.delete`. Each month with a match is written anew without it; a crash leaves months either way, never half."""
        with translated(self._folder), self._writer.exclusive():
            self._writer.close_months()
            return sum(without(self._partitions, ask) for ask in self._asking.asks(query, scope))

    def rewrite(self, query: Query, scope: Scope, judge: Judge) -> Counter[str]:
        """See `EventStore.rewrite`. As with `delete`, a month is written anew or left as it is, never half."""
        tally: Counter[str] = Counter()
        with translated(self._folder), self._writer.exclusive():
            self._writer.close_months()
            for ask in self._asking.asks(query, scope):
                tally += rewritten(self._partitions, ask, judge)
        return tally

    def purge(self, query: Query) -> None:
        """See `EventStore.purge`: a month that was written anew has no trace of what it was before, so there is nothing left to do."""

    def values(self, field: str, beginning: str, query: Query, scope: Scope, limit: int) -> list[tuple[str, int]]:
        """See `EventStore.values`."""
        with translated(self._folder):
            return beginning_with(self._asking, self._asking.asks(query, scope), field, beginning, limit)

    def export(self, query: Query, scope: Scope, sort: Sort) -> Generator[Event, None, None]:
        """See `EventStore.export`; all of it is as it was at the start, whatever is written meanwhile."""
        with translated(self._folder):
            asks = self._asking.asks(query, scope)
            slices = _slices(asks, self._asking.counts(asks), sort)
            after: Position | None = None
            while rows := self._rows(slices, after, _EXPORTED):
                yield from (row.event for row in rows)
                after = rows[-1].position

    def check(self) -> Iterator[Finding]:
        """See `EventStore.check`."""
        with translated(self._folder):
            yield from examined(self._partitions)

    def ping(self) -> Health:
        """See `EventStore.ping`."""
        with translated(self._folder):
            snapshots = self._partitions.snapshots(None, None)
            events = sum(snapshot.searcher.num_docs for snapshot in snapshots)
        detail = f"{events:,} event{'s' * (events != 1)} in {len(snapshots)} month{'s' * (len(snapshots) != 1)} in {self._folder}"
        return Health(ok=True, detail=detail)

    def sizes(self) -> dict[str, Size]:
        """How large each month is, oldest first."""
        with translated(self._folder):
            snapshots = self._partitions.snapshots(None, None)
            return {each.partition.month: Size(each.searcher.num_docs, _bytes(each.partition.path)) for each in snapshots}

    def renew(self, month: str) -> None:
        """Write a month anew from its events, in the place of the old one at the end; other writers wait for that long."""
        with translated(self._folder), self._writer.exclusive():
            self._writer.close_months()
            for snapshot in self._partitions.snapshots(None, None):
                if snapshot.partition.month == month:
                    anew(self._partitions, snapshot)

    def under_way(self) -> None:
        """See `EventStore.under_way`: there is no such work, as a month that is written anew takes its place at once."""

    def close(self) -> None:
        """See `EventStore.close`; what was written is kept either way."""
        with translated(self._folder):
            self._asking.close()
            self._writer.let_go()

    def _rows(self, slices: Sequence[Slice], after: Position | None, limit: int) -> list[Row]:
        """The first rows after a position. By time the months follow each other, so only as many are asked as the page needs."""
        if not slices:
            return []
        sort = slices[0].sort
        if sort.field != "timestamp":
            return first_of(self._asking.each(lambda each: _rows_of(each, after, limit), slices), sort, limit)
        rows: list[Row] = []
        for each in reversed(slices) if sort.descending else slices:
            rows += _rows_of(each, after, limit - len(rows))
            if len(rows) >= limit:
                break
        return rows


def _rows_of(month: Slice, after: Position | None, limit: int) -> list[Row]:
    """The first rows of one month after a position."""
    with reading(month.ask.partition.path):
        return month.rows(after, limit)


def _bytes(folder: Path) -> int:
    """What a month takes on the disk; a file that goes meanwhile counts for nothing."""
    total = 0
    for file in folder.iterdir():
        with suppress(FileNotFoundError):
            total += file.stat().st_size
    return total


def _slices(asks: Sequence[Ask], counts: Sequence[int], sort: Sort) -> list[Slice]:
    """What each month has that has anything, oldest first."""
    return [Slice(ask, count, sort) for ask, count in zip(asks, counts, strict=True) if count]
