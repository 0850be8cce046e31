"""Deletes and replaces events in every version of the indices, and drops months that go as a whole.

The live version comes first: what a reindex copies from it after that is as it is to be, and what it has copied before is seen to in the
version it fills or, at the latest, when it compares the two. Where another version went live meanwhile, all is done again from there.
Nobody else writes into a version that is kept (`store/elastic/versions.py`), but what is erased is erased there too.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from store.elastic.answers import Found, Got, Hit, Item, Several
from store.elastic.bulk import Line, replaced, sent, trouble_of
from store.elastic.cluster import Cluster
from store.elastic.compile import seen
from store.elastic.documents import document, event_of
from store.elastic.failures import RefusedError
from store.elastic.names import UNGUARDED, Names
from store.elastic.search import total
from store.elastic.versions import Versions
from store.encoded import ENCODER
from store.events import Judge, Query, Scope, Verdict
from store.months import bounds
from store.tree import All

_NOT_FOUND: Final = 404
_CONFLICT: Final = 409
_DELETED: Final = 5_000  # events deleted at a time
_JUDGED: Final = 1_000  # events looked at at a time
_NEXT_LOOK: Final = 0.2  # seconds between two looks whether an index takes changes again

Drain = Callable[[dict[str, Any], str], Iterator[list[Hit]]]


@dataclass(frozen=True, slots=True)
class Month:
    """A month's index in a version that is `live`, `next` (being filled) or `kept`."""

    index: str
    start: int
    end: int
    version: int
    state: str


class Eraser:
    """Takes events out of all versions; `drain` reads an index from one point in time, so an event that comes meanwhile stays."""

    def __init__(self, cluster: Cluster, names: Names, versions: Versions, drain: Drain, patience: float) -> None:
        self._cluster, self._names, self._versions, self._drain, self._patience = cluster, names, versions, drain, patience

    def delete(self, query: Query, scope: Scope) -> int:
        """See `EventStore.delete`; counts what was in the live version."""

        def work(month: Month) -> Counter[str]:
            # A month that is being filled is not dropped: what fills it would make it again, with the first events only.
            drop = month.state != "next" and _whole(month, query, scope)
            return Counter(removed=self._drop(month) if drop else self._delete(month, query, scope))

        return self._everywhere(query, work)["removed"]

    def rewrite(self, query: Query, scope: Scope, judge: Judge) -> Counter[str]:
        """See `EventStore.rewrite`; counts what was in the live version."""
        return self._everywhere(query, lambda month: self._rewrite(month, query, scope, judge))

    def months(self, query: Query) -> Iterator[Month]:
        """The months of all versions that have a time in the query's range, those of the live version first."""
        live, states = self._versions.found(), self._versions.all()
        for version in sorted(states, key=lambda each: each != live):
            for name, index in self._versions.indices(version).items():
                start, end = bounds(name)
                if (query.end is None or start < query.end) and (query.start is None or end > query.start):
                    yield Month(index, start, end, version, states[version])

    def _everywhere(self, query: Query, work: Callable[[Month], Counter[str]]) -> Counter[str]:
        """Do it in every month of every version; what was done in the live one."""
        done: Counter[str] = Counter()
        while True:
            live, here = self._versions.found(), Counter[str]()
            for month in self.months(query):
                counts = work(month)
                here += counts if month.version == live else Counter()
            done = max(done, here, key=Counter.total)
            if self._versions.found() == live:
                return done

    def _drop(self, month: Month) -> int:
        """Remove a whole month; how many events it had."""
        try:
            count = self._counted(month.index, Query(), Scope.operator())
            self._cluster.ask("DELETE", f"/{month.index}")
        except RefusedError as error:
            if error.missing:
                return 0
            raise
        return count

    def _delete(self, month: Month, query: Query, scope: Scope) -> int:
        if not self._counted(month.index, query, scope):
            return 0
        body = {"query": seen(query, scope), "size": _DELETED, "sort": ["_shard_doc"], "_source": False, "track_total_hits": False}
        removed = 0
        for hits in self._drain(body, month.index):
            for item in self._sent(month, [Line(hit.id, _removed(hit.id)) for hit in hits]):
                self._settled(item)
                removed += item.status != _NOT_FOUND
        self._refresh(month.index)
        return removed

    def _rewrite(self, month: Month, query: Query, scope: Scope, judge: Judge) -> Counter[str]:
        self._refresh(month.index)
        body = {
            "query": seen(query, scope),
            "size": _JUDGED,
            "sort": ["_shard_doc"],
            "seq_no_primary_term": True,
            "track_total_hits": False,
        }
        tally: Counter[str] = Counter()
        for hits in self._drain(body, month.index):
            judged = _judged(hits, judge)
            while judged:
                again = self._carry_out(month, judged, tally)
                judged = _judged(self._now(month.index, again), judge)
        if tally:
            self._refresh(month.index)
        return tally

    def _carry_out(self, month: Month, judged: "Sequence[tuple[Hit | Got, Verdict]]", tally: Counter[str]) -> list[str]:
        """Remove or replace, where nobody has changed the event meanwhile; counts what is done, and gives the ids of the others."""
        items = self._sent(month, [Line(hit.id, _line(hit, verdict)) for hit, verdict in judged])
        again = []
        for (hit, verdict), item in zip(judged, items, strict=True):
            if item.status == _CONFLICT:
                again.append(hit.id)
                continue
            self._settled(item)
            tally[verdict.why] += item.status != _NOT_FOUND
        return again

    def _sent(self, month: Month, lines: Sequence[Line]) -> list[Item]:
        """What became of the lines, once the index takes them: one that is kept is made to, for another its turn is waited for."""
        deadline = time.monotonic() + self._patience
        while True:
            try:
                return sent(self._cluster, month.index, lines, self._patience, params=UNGUARDED)
            except RefusedError as error:
                if not error.blocked or time.monotonic() > deadline:
                    raise
            if self._versions.all().get(month.version) == "kept":
                self._versions.open(month.version, guarded=True)
            else:
                time.sleep(_NEXT_LOOK)

    def _settled(self, item: Item) -> None:
        """Raise for what was not done, but for what was gone already."""
        error = None if item.status == _NOT_FOUND else trouble_of(self._cluster, item)
        if error is not None:
            raise error

    def _now(self, index: str, ids: Sequence[str]) -> list[Got]:
        """The events with these ids, as they are now."""
        if not ids:
            return []
        answer = self._cluster.ask("POST", f"/{index}/_mget", {"ids": ids}, answer=Several)
        return [got for got in answer.docs if got.found]

    def _counted(self, index: str, query: Query, scope: Scope) -> int:
        self._refresh(index)
        body = {"query": seen(query, scope), "size": 0, "track_total_hits": True}
        try:
            return total(self._cluster.ask("POST", f"/{index}/_search", body, answer=Found))
        except RefusedError as error:
            if error.missing:
                return 0
            raise

    def _refresh(self, index: str) -> None:
        try:
            self._cluster.ask("POST", f"/{index}/_refresh")
        except RefusedError as error:
            if not error.missing:
                raise


def _whole(month: Month, query: Query, scope: Scope) -> bool:
    """Whether a query is sure to take all of a month, what is written to it meanwhile included."""
    early = query.start is None or query.start <= month.start
    late = query.end is None or query.end >= month.end
    return early and late and query.tree == All() and scope.domains is None


def _judged(found: "Sequence[Hit | Got]", judge: Judge) -> "list[tuple[Hit | Got, Verdict]]":
    """What is to change, with what is to become of it."""
    judged = ((each, judge(event_of(each.source))) for each in found)
    return [(each, verdict) for each, verdict in judged if verdict is not None]


def _line(hit: Hit | Got, verdict: Verdict) -> bytes:
    """What carries out a verdict on an event that is still as it was found."""
    if verdict.event is not None:
        return replaced(hit, document(verdict.event))
    return b'{"delete":{"_id":%b,"if_seq_no":%d,"if_primary_term":%d}}\n' % (ENCODER.encode(hit.id), hit.seq_no, hit.primary_term)


def _removed(name: str) -> bytes:
    return b'{"delete":{"_id":%b}}\n' % ENCODER.encode(name)
