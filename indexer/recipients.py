"""Tells accounts of the recipients of what was written, and keeps what could not be told for the next run."""

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from indexer.pending import Pending
from store.accounts import Sighting
from store.errors import AccountsUnavailableError
from store.event import Event
from store.events import EventWriter, Scope, WriteReport


class Noting(Protocol):
    """What takes sightings: all that an index run needs of accounts."""

    def seen(self, sightings: Iterable[Sighting], scope: Scope) -> int:
        """See `store.accounts.Accounts.seen`."""
        ...


class Recipients:
    """Writes events to a store, then tells accounts of their recipients; first of those that earlier runs could not tell of.

    `write` returns when accounts have been told of all but the last `ahead` batches: with 1, they hear of a batch from a thread of its own
    while the next one is written. `close` waits for those too. What a kill leaves untold is told when the same events are written again.

    Where accounts are away events are written all the same. The sightings go to a file in `folder`, which the next run reads; `problem`
    says what was wrong.
    """

    def __init__(self, store: EventWriter, accounts: Noting, scope: Scope, folder: Path, *, ahead: int = 0) -> None:
        self._store, self._accounts, self._scope, self._ahead = store, accounts, scope, ahead
        self._pending = Pending(folder)
        self._caught_up = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="portal-recipients")  # one: the file and `problem` are its own
        self._telling: deque[Future[None]] = deque()
        self._lock = threading.Lock()
        self.problem: str | None = None

    @property
    def concurrent_writes(self) -> int:
        """As many as the store takes."""
        return self._store.concurrent_writes

    def write(self, events: Sequence[Event]) -> WriteReport:
        """See `EventWriter.write`."""
        report = self._store.write(events)
        refused = {each.event.id for each in report.refused}
        seen = list(sightings(event for event in events if event.id not in refused))
        with self._lock:
            self._telling.append(self._thread.submit(self._tell, seen))
            self._settle(self._ahead)
        return report

    def close(self) -> None:
        """Wait until accounts have been told of everything, or it is put down; let go of the file."""
        try:
            with self._lock:
                self._settle(0)
        finally:
            self._thread.shutdown()
            self._pending.close()

    def _settle(self, left: int) -> None:
        """Wait until no more than `left` batches are untold; raises what went wrong with them."""
        while len(self._telling) > left:
            self._telling.popleft().result()

    def _tell(self, seen: Sequence[Sighting]) -> None:
        try:
            self._catch_up()
            self._accounts.seen(seen, self._scope)
        except AccountsUnavailableError as error:
            self.problem = str(error)
            self._pending.keep(seen)

    def _catch_up(self) -> None:
        if not self._caught_up:
            self._pending.replay(lambda seen: self._accounts.seen(seen, self._scope))
            self._caught_up = True


def sightings(events: Iterable[Event]) -> Iterator[Sighting]:
    """Mail to each recipient."""
    return (
        Sighting(event.recipient, event.timestamp, event.type == "bounce", event.sender_domain or "") for event in events if event.recipient
    )
