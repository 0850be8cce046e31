"""Writes events: each is created under its id; where that is known already, the two readings are merged.

So the usual case, a new event, takes one request and no look; the other takes a second one. A merge is written only over the state that
it was made from, and made again where another writer was quicker.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from store.columns import key_of
from store.elastic.answers import Got, Item, Several
from store.elastic.bulk import Line, parted, patiently, replaced, sent, trouble_of
from store.elastic.cluster import Cluster
from store.elastic.documents import document, document_id, event_of
from store.elastic.failures import RefusedError, problem
from store.elastic.names import Names
from store.elastic.versions import Versions
from store.encoded import ENCODER, encoded
from store.event import Event, completed
from store.events import Refused, WriteReport
from store.months import month_of_event

IN_FLIGHT: Final = 4  # requests under way at once
_CREATED: Final = 201
_CONFLICT: Final = 409
_UNAVAILABLE: Final = 503
_NEXT_LOOK: Final = 0.2  # seconds between two looks whether an index that takes no events has been replaced
_SHOWN: Final = 300  # characters of the cluster's words about a document


@dataclass(frozen=True, slots=True)
class _Given:
    """The readings of one event in a batch, in the order they came; the first one's JSON, which is the whole where there is no other."""

    id: str
    written: bytes
    readings: list[Event]

    def document(self) -> bytes:
        """The document, as long as nothing is stored of it."""
        return document(self.readings[0], self.written) if len(self.readings) == 1 else document(self.onto(None)[0])

    def onto(self, stored: Event | None) -> tuple[Event, WriteReport]:
        """The event with each reading merged onto what is stored of it, and what that comes to, as if they had come one by one."""
        event, report = (stored, WriteReport()) if stored else (self.readings[0], WriteReport(new=1))
        for reading in self.readings if stored else self.readings[1:]:
            after = completed(event, reading)
            report += WriteReport(same=1) if after == event else WriteReport(changed=1)
            event = after
        return event, report


class Writer:
    """Writes into the live version; safe to call from several threads. `patience`: seconds that a batch may wait for the cluster."""

    def __init__(self, cluster: Cluster, names: Names, versions: Versions, patience: float) -> None:
        self._cluster, self._names, self._versions, self._patience = cluster, names, versions, patience
        self._threads = ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="elasticsearch-writer")
        self.touched: set[str] = set()  # indices whose newest events a search does not see yet

    def write(self, events: Iterable[Event]) -> WriteReport:
        """Keep the events; on return they are in the cluster's log on the disk, but for those it refused."""
        by_month: dict[str, dict[str, _Given]] = defaultdict(dict)
        for event in events:
            kept, written = encoded(event)
            name = document_id(key_of(kept.id))
            given = by_month[month_of_event(kept)]
            if name in given:
                given[name].readings.append(kept)
            else:
                given[name] = _Given(name, written, [kept])
        parts = [(month, part) for month, given in by_month.items() for part in _parts(list(given.values()))]
        report = WriteReport()
        for each in self._threads.map(lambda pair: self._create(*pair), parts):
            report += each
        return report

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown()

    def _create(self, month: str, part: Sequence[tuple[_Given, Line]]) -> WriteReport:
        """Create what is new, merge what is not."""
        items = self._sent(month, [line for _, line in part]) or ()
        report, known, new = WriteReport(), [], 0
        for (given, _), item in zip(part, items, strict=True):
            if item.status == _CREATED and len(given.readings) == 1:
                new += 1  # nearly always; the rest is looked at one by one
            elif item.status == _CONFLICT:
                known.append(given)
            else:
                report += self._reported(given, item, given.onto(None)[1])
        report += WriteReport(new=new)
        while known:
            merged, known = self._merge(month, known)
            report += merged
        return report

    def _merge(self, month: str, known: Sequence[_Given]) -> tuple[WriteReport, list[_Given]]:
        """Complete what is stored; what another writer changed meanwhile is given back, to be tried again."""
        report, again = WriteReport(), []
        lines: list[Line] = []
        whose: list[tuple[_Given, WriteReport]] = []
        version = self._versions.live
        for given, got in zip(known, self._stored(version, month, known), strict=True):
            stored = event_of(got.source) if got.found else None  # else removed since
            event, done = given.onto(stored)
            if event == stored:
                report += done
            else:
                lines.append(Line(given.id, replaced(got, document(event)) if got.found else _created(given.id, given.document())))
                whose.append((given, done))
        items = self._sent(month, lines, version)
        if items is None:
            return report, [given for given, _ in whose]
        for (given, done), item in zip(whose, items, strict=True):
            if item.status == _CONFLICT:
                again.append(given)
            else:
                report += self._reported(given, item, done)
        return report, again

    def _stored(self, version: int, month: str, known: Sequence[_Given]) -> Sequence[Got]:
        """What is stored under these ids, as it is now (no refresh is needed for that)."""
        index = self._names.index(version, month)
        return patiently(lambda: self._got(index, [given.id for given in known]), self._patience)

    def _got(self, index: str, ids: Sequence[str]) -> Sequence[Got]:
        """The documents with these ids; one that cannot be seen now is no document that is not there."""
        docs = self._cluster.ask("POST", f"/{index}/_mget", {"ids": ids}, answer=Several).docs
        for got in docs:
            if bytes(got.error):
                error = problem(self._cluster.address.shown, _UNAVAILABLE, b'{"error":' + bytes(got.error) + b"}")
                if error.kind != "index_not_found_exception":  # that month was removed meanwhile
                    raise error
        return docs

    def _sent(self, month: str, lines: Sequence[Line], only: int | None = None) -> list[Item] | None:
        """What became of the lines; where the index is replaced meanwhile, in the next version.

        Lines that are right for one version `only` (a document is merged over one state of it) are not sent to another: None then.
        """
        if not lines:
            return []
        tries = 0
        while True:
            version = patiently(lambda: self._versions.live, self._patience if tries else 0)
            if only not in {None, version}:
                return None
            index = self._names.index(version, month)
            try:
                items = sent(self._cluster, index, lines, self._patience)
            except RefusedError as error:
                if not error.blocked or (tries := tries + 1) > self._patience / _NEXT_LOOK:
                    raise
                time.sleep(_NEXT_LOOK)
                self._versions.forget()
                continue
            self.touched.add(index)
            return items

    def _reported(self, given: _Given, item: Item, done: WriteReport) -> WriteReport:
        """What became of an event: `done`, or refused by the mapping; raises where the cluster takes none at all."""
        error = trouble_of(self._cluster, item)
        if error is None:
            return done
        if not error.of_the_document:
            raise error
        reason = f"Elasticsearch does not take it: {error.detail[:_SHOWN]}"
        return WriteReport(refused=tuple(Refused(reading, reason) for reading in given.readings))


def _parts(given: list[_Given]) -> Iterator[Sequence[tuple[_Given, Line]]]:
    """The events with their lines, in requests of a fit size."""
    lines = [Line(each.id, _created(each.id, each.document())) for each in given]
    start = 0
    for part in parted(lines):
        yield list(zip(given[start : start + len(part)], part, strict=True))
        start += len(part)


def _created(name: str, written: bytes) -> bytes:
    """The lines that make a document, where there is none of this `_id` yet."""
    return b'{"create":{"_id":%b}}\n%b\n' % (ENCODER.encode(name), written)
