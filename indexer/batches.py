"""Gathers events into batches and writes each while the next one fills."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Final, Self

from indexer.errors import WriteFailedError
from store.errors import StoreDamagedError, StoreError
from store.event import Event
from store.events import EventWriter, WriteReport

SIZE: Final = 10_000  # events written at once: each write costs a sync of the disk, and more of them mean more merging
SECONDS: Final = 1.0  # how long an event may wait for a batch to fill


class Batches:
    """Writes to one store from one thread of its own; `written` is told how many events each write held and what became of them."""

    def __init__(self, store: EventWriter, written: Callable[[int, WriteReport], None]) -> None:
        self._store, self._written = store, written
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="portal-writer")
        self._writing: Future[WriteReport] | None = None
        self._writes = 0  # events in the write under way
        self._batch: list[Event] = []
        self._oldest = 0.0  # when the first event of the batch came
        self.place = "the start"  # the source and line read last; an error names it

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
        elif self._writing is not None and self._writing.done():
            self._settle()

    def flush(self) -> None:
        """Write all that is left; on return it is kept. Raises `WriteFailedError`."""
        if self._batch:
            self._write()
        self._settle()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._thread.shutdown()

    def _write(self) -> None:
        self._settle()
        self._writing = self._thread.submit(self._kept, self._batch, self.place)
        self._writes, self._batch = len(self._batch), []

    def _settle(self) -> None:
        if self._writing is not None:
            writing, self._writing = self._writing, None
            self._written(self._writes, writing.result())

    def _kept(self, events: list[Event], place: str) -> WriteReport:
        try:
            return self._store.write(events)
        except StoreError as error:
            said = f"events read up to {place} could not be written: {str(error).rstrip('.')}. Everything written before is kept"
            if isinstance(error, StoreDamagedError):  # the same command would fail again; the error says what helps
                raise WriteFailedError(said) from error
            raise WriteFailedError(f"{said}: run the same command again to go on") from error
