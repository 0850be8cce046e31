"""Gathers events into batches and writes each while the next one fills."""

import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from indexer.errors import WriteFailedError
from store.errors import StoreDamagedError, StoreError
from store.event import Event
from store.events import EventWriter, WriteReport

SIZE: Final = 10_000  # events written at once: each write costs a sync of the disk, and more of them mean more merging
SECONDS: Final = 1.0  # how long an event may wait for a batch to fill


@dataclass(frozen=True, slots=True)
class Place:
    """How far a run has read: the source and the line where its last block begins."""

    source: str
    line: int

    def __str__(self) -> str:
        return f"{self.source}, line {self.line}" if self.line else self.source


@dataclass(frozen=True, slots=True)
class _Write:
    """A write under way: of these ids, read up to this place."""

    done: Future[WriteReport]
    events: int
    ids: frozenset[str]
    place: Place


class Batches:
    """Writes to one store from threads of its own, as many at once as the store takes.

    `written` is told of each write in turn how many events it held, what became of them, and up to which place they were read. Two readings
    of one event are written in the order they came: a batch that shares an id with one under way waits for it.
    """

    def __init__(self, store: EventWriter, written: Callable[[int, WriteReport, Place], None]) -> None:
        self._store, self._written = store, written
        self._threads = ThreadPoolExecutor(store.concurrent_writes, thread_name_prefix="portal-writer")
        self._writing: deque[_Write] = deque()
        self._batch: list[Event] = []
        self._oldest = 0.0  # when the first event of the batch came
        self.place = Place("the start", 0)  # what was read last; an error names it

    def add(self, events: Iterable[Event]) -> None:
        """Take more events; raises `WriteFailedError` for an earlier batch."""
        for event in events:
            if not self._batch:
                self._oldest = time.monotonic()
            self._batch.append(event)
            if len(self._batch) >= SIZE:
                self._write()

    def write_due(self) -> None:
        """Write what has waited long enough, and hear of a write that is done; raises `WriteFailedError`."""
        if self._batch and time.monotonic() - self._oldest >= SECONDS:
            self._write()
        elif self._writing and self._writing[0].done.done():
            self._settle(len(self._writing) - 1)

    def flush(self) -> None:
        """Write all that is left; on return it is kept. Raises `WriteFailedError`."""
        if self._batch:
            self._write()
        self._settle(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._threads.shutdown(cancel_futures=True)

    def _write(self) -> None:
        ids = frozenset(event.id for event in self._batch) if self._store.concurrent_writes > 1 else frozenset()
        while self._writing and (len(self._writing) >= self._store.concurrent_writes or any(ids & each.ids for each in self._writing)):
            self._settle(len(self._writing) - 1)
        self._writing.append(_Write(self._threads.submit(self._kept, self._batch, self.place), len(self._batch), ids, self.place))
        self._batch = []

    def _settle(self, left: int) -> None:
        """Wait for the oldest writes until no more than `left` are under way."""
        while len(self._writing) > left:
            write = self._writing.popleft()
            self._written(write.events, write.done.result(), write.place)

    def _kept(self, events: list[Event], place: Place) -> WriteReport:
        try:
            return self._store.write(events)
        except StoreError as error:
            said = f"events read up to {place} could not be written: {str(error).rstrip('.')}. Everything written before is kept"
            if isinstance(error, StoreDamagedError):  # the same command would fail again; the error says what helps
                raise WriteFailedError(said) from error
            raise WriteFailedError(f"{said}: run the same command again to go on") from error
