"""Writes events: takes the lock, merges with what is known, adds, commits; lets go when idle or when another process waits."""

import os
import threading
import time
import weakref
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final

import msgspec
import tantivy

from store.columns import key_of
from store.embedded.alphabet import encode
from store.embedded.documents import add, document, event_of
from store.embedded.lock import WriteLock
from store.embedded.partitions import Partition, Partitions
from store.embedded.schema import SCHEMA
from store.encoded import encoded
from store.event import Event, completed
from store.events import WriteReport
from store.months import month_of_event

HEAP: Final = 64_000_000  # bytes a month's writer gathers before it spills a segment
THREADS: Final = 1  # each commit leaves a segment a thread, and merging them costs more than a second thread brings
_SLICE: Final = 1000  # documents made before they are added: added one by one, each would wake the engine's thread from its sleep
_MAX_OPEN: Final = 3  # months written to at once: bounds memory when the input is in no order
_IDLE: Final = 10.0  # seconds without a write after which the lock is let go
_LOOK: Final = 0.03  # seconds between two looks whether another process waits: the workers of one server take turns for single events


class _Given(msgspec.Struct, gc=False):  # tens of thousands are alive at once, and none is in a cycle
    """An event of a batch with its key; its JSON, as long as that is the event's own; and what is known of it and to be done with it."""

    key: str
    event: Event
    written: bytes | None
    stored: bool = False
    touched: bool = False


class Writer:
    """The only writer of a process; safe to call from several threads, which take turns."""

    def __init__(self, partitions: Partitions, patience: float, on_wait: Callable[[], None]) -> None:
        self._partitions = partitions
        self._patience = patience
        self._on_wait = on_wait
        self._lock = WriteLock(partitions.folder)
        self._mutex = threading.RLock()
        self._months: dict[str, tuple[Partition, tantivy.IndexWriter]] = {}
        self._used = 0.0
        self._watcher: threading.Thread | None = None
        _living.add(self)

    def write(self, events: Sequence[Event]) -> WriteReport:
        """Keep the events; on return they are on the disk. A failure keeps whole months of the batch, or nothing."""
        by_month: dict[str, list[_Given]] = defaultdict(list)
        for event in events:
            kept, written = encoded(event)
            by_month[month_of_event(kept)].append(_Given(key_of(kept.id), kept, written))
        report = WriteReport()
        with self.exclusive():
            for month in sorted(by_month):
                report += self._write_month(month, by_month[month])
        return report

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Within it this thread, and no other thread or process, may write; a failure drops what is not committed."""
        with self._mutex:
            if not self._lock.held:
                self._partitions.prepare()
                self._lock.acquire(self._patience, self._on_wait)
                self._partitions.sweep()
                self._watch()
            try:
                yield
            except BaseException:
                self._months.clear()  # an unfinished writer, dropped, leaves the last commit as it was
                self._lock.release()
                raise
            self._used = time.monotonic()
            if self._lock.wanted():
                self.let_go()

    def let_go(self) -> None:
        """Finish merges, close the months' writers and release the lock."""
        with self._mutex:
            try:
                self.close_months()
            finally:
                self._lock.release()

    def pause(self) -> None:
        """Let go, and keep other threads from writing until `resume`."""
        self._mutex.acquire()
        self.let_go()

    def resume(self, *, child: bool) -> None:
        """Undo `pause`; in a forked child, without the thread that was not copied."""
        if child:
            self._watcher = None
        self._mutex.release()

    def close_months(self) -> None:
        """Finish merges and close the months' writers, so that a month may be replaced."""
        with self._mutex:
            while self._months:
                self._close_month(next(iter(self._months)))

    def _write_month(self, month: str, given: list[_Given]) -> WriteReport:
        partition, writer = self._opened(month)
        merged, report = _merge(_known(partition, {each.key for each in given}), given)
        touched = [each for each in merged if each.touched]
        for first in range(0, len(touched), _SLICE):
            some = touched[first : first + _SLICE]
            documents = [document(each.event, each.written) for each in some]
            for each in some:
                if each.stored:
                    writer.delete_documents_by_term("id", each.key)
            for made in documents:
                add(writer, made)
        if touched:
            writer.commit()
        return report

    def _opened(self, month: str) -> tuple[Partition, tantivy.IndexWriter]:
        """The month's partition and its writer, the most recently used last."""
        if month in self._months:
            self._months[month] = self._months.pop(month)
            return self._months[month]
        if len(self._months) >= _MAX_OPEN:
            self._close_month(next(iter(self._months)))
        partition = self._partitions.find(month) or self._partitions.create(month)
        self._months[month] = partition, partition.index.writer(HEAP, THREADS)
        return self._months[month]

    def _close_month(self, month: str) -> None:
        _, writer = self._months.pop(month)
        writer.wait_merging_threads()

    def _watch(self) -> None:
        """Start the thread that lets go after a while without writes, or when another process waits between two."""
        if self._watcher is None:
            self._watcher = threading.Thread(target=self._until_idle, name="event-writer-idle", daemon=True)
            self._watcher.start()

    def _until_idle(self) -> None:
        while True:
            time.sleep(_LOOK)
            with self._mutex:
                if self._lock.held and not self._lock.wanted() and time.monotonic() - self._used < _IDLE:
                    continue
                self._watcher = None
                self.let_go()
                return


# A fork copies the files that hold locks but not the engine's threads. So every writer lets go first, and nobody starts writing meanwhile.
_living: Final[weakref.WeakSet[Writer]] = weakref.WeakSet()


def _before_fork() -> None:
    for writer in _living:
        writer.pause()


def _after_fork(*, child: bool) -> None:
    for writer in _living:
        writer.resume(child=child)


os.register_at_fork(before=_before_fork, after_in_parent=partial(_after_fork, child=False), after_in_child=partial(_after_fork, child=True))


def _known(partition: Partition, keys: set[str]) -> list[_Given]:
    """The stored events with these keys, asked in one query and read in the order they lie in."""
    searcher = partition.snapshot().searcher
    query = tantivy.Query.term_set_query(SCHEMA, "id", [encode(key) for key in keys])
    hits = searcher.search(query, limit=max(1, len(keys)), count=False).hits
    addresses = sorted((address for _, address in hits), key=lambda address: (address.segment_ord, address.doc))
    events = (event_of(searcher.doc(address)) for address in addresses)
    return [_Given(key_of(event.id), event, None, stored=True) for event in events]


def _merge(known: Sequence[_Given], given: Sequence[_Given]) -> tuple[Collection[_Given], WriteReport]:
    """Each event merged with what is known of it, one after the other, as if they had come one by one."""
    merged = {each.key: each for each in known}
    new = changed = 0
    for each in given:
        before = merged.setdefault(each.key, each)
        if before is each:
            each.touched = True
            new += 1
        elif (after := completed(before.event, each.event)) != before.event:
            before.event, before.written, before.touched = after, None, True
            changed += 1
    return merged.values(), WriteReport(new, changed, len(given) - new - changed)
