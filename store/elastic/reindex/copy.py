"""Copies changes from index to index: stretches of a shard's history, several at a time, their sources passed on as the bytes they are.

What is copied is written with a version that grows with its place in the history (Elasticsearch's external versions), so it does not
matter in which order stretches arrive, nor whether one arrives twice or late: the newer state of an event stays.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Final

from store.elastic.answers import Found, Hit, Item
from store.elastic.bulk import Line, parted, sent, trouble_of
from store.elastic.cluster import Cluster
from store.elastic.failures import RefusedError
from store.elastic.names import UNGUARDED
from store.elastic.reindex.shards import Span
from store.elastic.search import whole
from store.encoded import ENCODER
from store.errors import StoreUnavailableError
from store.moving import Stop

IN_FLIGHT: Final = 4
_BYTES: Final = 5_000_000  # of sources in a stretch, about
_WIDEST: Final = 8_000  # changes in a stretch: below what one search may return
_NARROWEST: Final = 100
_FIRST: Final = 1_000
_TICK: Final = 0.1  # seconds between two looks of the one who waits
_AGAIN: Final = 0.5  # seconds until what could not be read is asked for again
_CONFLICT: Final = 409
_PREVIEW: Final = re.compile(r" Preview of field's value: '.*", re.DOTALL)  # what the event says is not kept outside of it
_SHOWN: Final = 300  # characters of the cluster's words about a document
# Above any number of changes a shard will see, so that a later run's versions are above those of an earlier one.
_RUN: Final = 1 << 40

Document = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Rejection:
    """An event that the target does not take: its `_id`, the index it is in, and why."""

    id: str
    index: str
    reason: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """What became of a few changes."""

    read: int
    written: int
    rejected: tuple[Rejection, ...]


@dataclass(slots=True)
class Frontier:
    """Up to where a shard is copied without a gap, while stretches of it are under way."""

    reached: int
    under_way: list[int] = field(default_factory=list)  # where each begins

    @property
    def safe(self) -> int:
        """The last change up to which everything is copied."""
        return min(self.under_way, default=self.reached)


class Copier:
    """Copies spans for run `number` into the index that `target` names for a source's; `document` makes a document of one, None: as it is.

    `rate`: events a second at most.
    """

    def __init__(  # noqa: PLR0913 - what is copied where and how, by name
        self,
        cluster: Cluster,
        number: int,
        target: Callable[[str], str],
        *,
        patience: float,
        rate: float | None = None,
        document: Document | None = None,
    ) -> None:
        self._cluster, self._number, self._target = cluster, number, target
        self._patience, self._document = patience, document
        self._lock = threading.Lock()
        self._pace = Pace(rate)
        self._bytes = _BYTES / _FIRST  # of a change, on average

    def copy(self, spans: Sequence[Span], done: Callable[[Stretch, dict[tuple[str, str], int]], None], stop: Stop) -> None:
        """Copy the spans. `done` is told, in this thread, of each stretch and up to where each shard is copied.

        Returns early where `stop` says so. Raises what hinders it, after what is under way has ended.
        """
        frontiers = {(span.index, span.shard): Frontier(span.low) for span in spans}
        coming = self._stretches(spans, frontiers)
        with ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="reindex") as threads:
            working: dict[Future[Stretch], Span] = {}
            more = True
            while more or working:
                while more and len(working) < IN_FLIGHT:
                    span = None if stop() else next(coming, None)
                    more = span is not None
                    if span is not None:
                        working[threads.submit(self._copied, span)] = span
                for ended in wait(working, timeout=_TICK, return_when="FIRST_COMPLETED").done:
                    span = working.pop(ended)
                    stretch = ended.result()
                    frontiers[span.index, span.shard].under_way.remove(span.low)
                    done(stretch, {key: frontier.safe for key, frontier in frontiers.items()})

    def _stretches(self, spans: Sequence[Span], frontiers: dict[tuple[str, str], Frontier]) -> Iterator[Span]:
        """The spans in stretches of a fit size, each noted as under way."""
        for span in spans:
            low = span.low
            while low < span.high:
                most = min(_WIDEST, self._pace.most)
                high = min(span.high, low + max(_NARROWEST, min(most, int(_BYTES / self._bytes))))
                frontier = frontiers[span.index, span.shard]
                frontier.under_way.append(low)
                frontier.reached = high
                yield Span(span.index, span.shard, low, high)
                low = high

    def _copied(self, span: Span) -> Stretch:
        hits = self._read(span)
        self._learn(span, hits)
        self._pace.wait(len(hits))
        target = self._target(span.index)
        lines = [self._line(hit) for hit in hits]
        written, rejected = 0, []
        for part in parted(lines):
            for line, item in zip(part, sent(self._cluster, target, part, self._patience, params=UNGUARDED), strict=True):
                reason = self._reason(item)
                if reason is None:
                    written += 1
                else:
                    rejected.append(Rejection(line.id, span.index, reason))
        if rejected:  # a state of it that was taken earlier is not to stand for the one that is not
            removed = [Line(each.id, b'{"delete":{"_id":%b}}\n' % ENCODER.encode(each.id)) for each in rejected]
            sent(self._cluster, target, removed, self._patience)
        return Stretch(len(hits), written, tuple(rejected))

    def _read(self, span: Span) -> list[Hit]:
        """The events whose last change is among these. A cluster that is away for a moment, or a part of it, is waited for."""
        deadline = time.monotonic() + self._patience
        while True:
            try:
                return whole(self._cluster.ask("POST", f"/{span.index}/_search", _within(span), params=_on(span), answer=Found)).hits.hits
            except StoreUnavailableError as error:
                if time.monotonic() > deadline or (isinstance(error, RefusedError) and not error.passing):
                    raise
            time.sleep(_AGAIN)

    def _learn(self, span: Span, hits: Sequence[Hit]) -> None:
        """Note how large the changes are, so that stretches become neither too small nor too large."""
        found = sum(len(bytes(hit.source)) for hit in hits) / span.width
        with self._lock:
            self._bytes = max(1.0, (self._bytes + found) / 2)

    def _line(self, hit: Hit) -> Line:
        source = bytes(hit.source)
        head = b'{"index":{"_id":%b,"version":%d,"version_type":"external_gte"}}\n' % (
            ENCODER.encode(hit.id),
            self._number * _RUN + hit.seq_no,
        )
        return Line(hit.id, b"%b%b\n" % (head, source if self._document is None else self._document(source)))

    def _reason(self, item: Item) -> str | None:
        """Why an event was not taken; None where it was, or a newer state is there. Raises where it is not the event's fault."""
        error = None if item.status == _CONFLICT else trouble_of(self._cluster, item)
        if error is not None and not error.of_the_document:
            raise error
        return None if error is None else f"Elasticsearch does not take it: {_PREVIEW.sub('', error.detail)[:_SHOWN]}"


class Pace:
    """Keeps threads together below `rate` events a second; None: as fast as it goes."""

    def __init__(self, rate: float | None) -> None:
        self._rate = rate
        self._next = time.monotonic()
        self._lock = threading.Lock()

    @property
    def most(self) -> int:
        """How many events at a time, so that it goes evenly."""
        return _WIDEST if self._rate is None else max(1, int(self._rate / IN_FLIGHT))

    def wait(self, events: int) -> None:
        """Wait until so many may be written."""
        if self._rate is None:
            return
        with self._lock:
            now = time.monotonic()
            pause = max(0.0, self._next - now)
            self._next = max(now, self._next) + events / self._rate
        time.sleep(pause)


def _within(span: Span) -> dict[str, object]:
    return {
        "query": {"range": {"_seq_no": {"gt": span.low, "lte": span.high}}},
        "size": span.width,
        "sort": ["_doc"],
        "seq_no_primary_term": True,
        "track_total_hits": False,
    }


def _on(span: Span) -> dict[str, str | int]:
    return {"preference": f"_shards:{span.shard}", "ignore_unavailable": "true"}
