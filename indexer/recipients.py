"""Tells accounts of the recipients of what was written, and keeps what could not be told for the next run."""

from collections.abc import Iterable, Iterator, Sequence
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

    Where accounts are away events are written all the same. The sightings go to a file in `folder`, which the next run reads; `problem`
    says what was wrong.
    """

    def __init__(self, store: EventWriter, accounts: Noting, scope: Scope, folder: Path) -> None:
        self._store, self._accounts, self._scope = store, accounts, scope
        self._pending = Pending(folder)
        self._caught_up = False
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
        try:
            self._catch_up()
            self._accounts.seen(seen, self._scope)
        except AccountsUnavailableError as error:
            self.problem = str(error)
            self._pending.keep(seen)
        return report

    def close(self) -> None:
        """Let go of the file."""
        self._pending.close()

    def _catch_up(self) -> None:
        if not self._caught_up:
            self._pending.replay(lambda seen: self._accounts.seen(seen, self._scope))
            self._caught_up = True


def sightings(events: Iterable[Event]) -> Iterator[Sighting]:
    """Mail to each recipient."""
    return (Sighting(event.recipient, event.timestamp, event.type == "bounce") for event in events if event.recipient)
