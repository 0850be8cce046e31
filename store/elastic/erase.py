"""Deletes and replaces events in every version of the indices, and drops months that go as a whole.

Months of a version that is kept take no writes; for as long as something is taken out of one, it does. Nobody else writes there any more
by then: every writer has looked for the live version since (`Versions.live`).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from store.elastic.answers import Found, Got, Hit, Several
from store.elastic.bulk import Line, replaced, sent
from store.elastic.cluster import Cluster
from store.elastic.compile import seen
from store.elastic.documents import document, event_of
from store.elastic.failures import RefusedError, problem
from store.elastic.names import Names
from store.elastic.search import total
from store.elastic.versions import Versions
from store.encoded import ENCODER
from store.events import Judge, Query, Scope, Verdict
from store.months import bounds
from store.tree import All

_NOT_FOUND: Final = 404
_CONFLICT: Final = 409
_BAD: Final = 400
_DELETED: Final = 5_000  # events deleted at a time
_JUDGED: Final = 1_000  # events looked at at a time

Drain = Callable[[dict[str, Any], str], Iterator[list[Hit]]]


@dataclass(frozen=True, slots=True)
class Month:
    """A month's index; `counts` says whether it is of the live version, of which reports tell."""

    index: str
    start: int
    end: int
    counts: bool
    blocked: bool


class Eraser:
    """Takes events out of all versions; `drain` reads an index from one point in time, so an event that comes meanwhile stays."""

    def __init__(self, cluster: Cluster, names: Names, versions: Versions, drain: Drain, patience: float) -> None:
        self._cluster, self._names, self._versions, self._drain, self._patience = cluster, names, versions, drain, patience

    def delete(self, query: Query, scope: Scope) -> int:
        """See `EventStore.delete`; counts what was in the live version."""
        removed = 0
        for month in self.months(query):
            count = self._drop(month) if _whole(month, query, scope) else self._delete(month, query, scope)
            removed += count if month.counts else 0
        return removed

    def rewrite(self, query: Query, scope: Scope, judge: Judge) -> Counter[str]:
        """See `EventStore.rewrite`; counts what was in the live version."""
        tally: Counter[str] = Counter()
        for month in self.months(query):
            done = self._rewrite(month, query, scope, judge)
            tally += done if month.counts else Counter()
        return tally

    def months(self, query: Query) -> Iterator[Month]:
        """The months of all versions that have a time in the query's range."""
        live = self._versions.found()
        for version, state in self._versions.all().items():
            for name, index in self._versions.indices(version).items():
                start, end = bounds(name)
                if (query.end is None or start < query.end) and (query.start is None or end > query.start):
                    yield Month(index, start, end, version == live, state == "kept")

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
        with self._opened(month):
            for hits in self._drain(body, month.index):
                items = sent(self._cluster, month.index, [Line(hit.id, _removed(hit.id)) for hit in hits], self._patience)
                for item in items:
                    if item.status >= _BAD and item.status != _NOT_FOUND:
                        raise problem(self._cluster.address.shown, item.status, _error(bytes(item.error)))
                    removed += item.status < _BAD
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
        with ExitStack() as stack:
            for hits in self._drain(body, month.index):
                judged = _judged(hits, judge)
                if judged and not tally:
                    stack.enter_context(self._opened(month))
                while judged:
                    again = self._carry_out(month.index, judged, tally)
                    judged = _judged(self._now(month.index, again), judge)
        if tally:
            self._refresh(month.index)
        return tally

    def _carry_out(self, index: str, judged: "Sequence[tuple[Hit | Got, Verdict]]", tally: Counter[str]) -> list[str]:
        """Remove or replace, where nobody has changed the event meanwhile; counts what is done, and gives the ids of the others."""
        items = sent(self._cluster, index, [Line(hit.id, _line(hit, verdict)) for hit, verdict in judged], self._patience)
        again = []
        for (hit, verdict), item in zip(judged, items, strict=True):
            if item.status == _CONFLICT:
                again.append(hit.id)
            elif item.status < _BAD:
                tally[verdict.why] += 1
            elif item.status != _NOT_FOUND:
                raise problem(self._cluster.address.shown, item.status, _error(bytes(item.error)))
        return again

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

    @contextmanager
    def _opened(self, month: Month) -> Iterator[None]:
        """Within it a month of a version that is kept takes writes."""
        if not month.blocked:
            yield
            return
        path = f"/{month.index}/_settings"
        self._cluster.ask("PUT", path, {"index.blocks.write": False})
        try:
            yield
        finally:
            self._cluster.ask("PUT", path, {"index.blocks.write": True})


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


def _error(error: bytes) -> bytes:
    return b'{"error":' + (error or b"null") + b"}"
