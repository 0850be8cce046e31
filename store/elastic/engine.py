"""The `EventStore` on Elasticsearch: puts the parts of this package together."""

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

from store import cursor
from store.columns import key_of
from store.elastic import aggregate
from store.elastic.check import examined
from store.elastic.cluster import Address, Cluster
from store.elastic.compile import seen
from store.elastic.erase import Eraser
from store.elastic.failures import RefusedError, UnreachableError
from store.elastic.names import Names
from store.elastic.purge import purged
from store.elastic.reindex import ClusterJournal, How, Reindexer, UnderWay
from store.elastic.search import Pages, position_of, total
from store.elastic.versions import Versions
from store.elastic.waiting import Waiting
from store.elastic.write import Writer
from store.errors import NotFoundError
from store.event import Event
from store.events import MAX_LIMIT, Bucket, Health, Judge, Page, Query, Results, Scope, Sort, Work, WriteReport
from store.findings import Finding
from store.histogram import rolled_up
from store.months import bounds
from store.moving import Journal
from store.tree import Exact

PREFIX: Final = "portal-events"
_REFRESH: Final = 10.0  # seconds
_AT_ONCE: Final = 50  # indices named in one address
_NOT_FOUND: Final = "There is no such event, or you may not see it."


def _here() -> bool:
    """Nobody leaves."""
    return False


class ElasticStore:
    """Events on a cluster, in an index a month behind the alias `prefix`. Safe to use from several threads; open it after a fork.

    `patience`: seconds that a write waits for a cluster that is overloaded or away. `left` says whether the one who asked has gone, so that
    the cluster need not go on. `shards`: of each new month.
    """

    def __init__(
        self, address: Address, *, prefix: str = PREFIX, patience: float = 120.0, left: Callable[[], bool] = _here, shards: int = 1
    ) -> None:
        self._cluster = Cluster(address)
        self._names = Names(prefix)
        self._versions = Versions(self._cluster, self._names, shards)
        self._waiting = Waiting(left)
        self._pages = Pages(self._cluster, self._names, self._waiting)
        self._patience = patience
        self._under_way = UnderWay(self._cluster, self._names)
        self._fresh = False
        self._eraser = Eraser(self._cluster, self._names, self._versions, self._pages.drain, patience)
        self._writer = Writer(self._cluster, self._names, self._versions, patience)

    @property
    def concurrent_writes(self) -> int:
        """As many batches as keep the cluster busy while the next is read (each goes out in several requests)."""
        return 2

    def made(self) -> bool:
        """Whether this portal has a store on the cluster."""
        return self._versions.found() is not None

    def make(self) -> None:
        """Make the store, if there is none yet."""
        if not self.made():
            _ = self._versions.live

    def write(self, events: Sequence[Event]) -> WriteReport:
        """See `EventStore.write`."""
        return self._writer.write(events)

    def search(self, query: Query, scope: Scope, page: Page) -> Results:
        """See `EventStore.search`."""
        after = cursor.read(page.cursor, page.sort) if page.cursor is not None else None
        limit = max(1, min(page.limit, MAX_LIMIT))
        if _nobody(scope):
            return Results((), 0, None)
        self._see()
        events, answers = self._pages.page(query, scope, page.sort, after, limit + 1)
        following = cursor.written(page.sort, position_of(events[limit - 1], page.sort)) if len(events) > limit else None
        partial = any(found.partial for found in answers)
        missing = self._pages.missing(answers) if partial else []
        return Results(tuple(events[:limit]), total(answers[-1]), following, not partial, partial, tuple(missing))

    def get(self, event_id: str, scope: Scope) -> Event:
        """See `EventStore.get`."""
        if _nobody(scope):
            raise NotFoundError(_NOT_FOUND)
        self._see()
        found = self._pages.get(seen(Query(Exact("id", key_of(event_id))), scope))
        if found is None:
            raise NotFoundError(_NOT_FOUND)
        return found

    def count(self, query: Query, scope: Scope) -> int:
        """See `EventStore.count`."""
        if _nobody(scope):
            return 0
        self._see()
        return self._pages.count(query, scope)

    def histogram(self, query: Query, scope: Scope, interval: str, zone: str) -> list[Bucket]:
        """See `EventStore.histogram`."""
        if _nobody(scope):
            return []
        self._see()
        months = [bounds(month) for month in self._versions.months()]
        within = [span for span in months if (query.end is None or span[0] < query.end) and (query.start is None or span[1] > query.start)]
        return rolled_up(aggregate.quarters(self._pages, seen(query, scope), within, interval, zone), interval, zone)

    def top(self, field: str, query: Query, scope: Scope, limit: int) -> list[tuple[str, int]]:
        """See `EventStore.top`."""
        if _nobody(scope):
            return []
        self._see()
        return aggregate.highest(self._pages, seen(query, scope), field, limit)

    def values(self, field: str, beginning: str, query: Query, scope: Scope, limit: int) -> list[tuple[str, int]]:
        """See `EventStore.values`."""
        if _nobody(scope):
            return []
        self._see()
        return aggregate.beginning_with(self._pages, seen(query, scope), field, beginning, limit)

    def export(self, query: Query, scope: Scope, sort: Sort) -> Generator[Event, None, None]:
        """See `EventStore.export`; all of it is as it was at the start, whatever is written meanwhile."""
        if _nobody(scope):
            return
        self._see()
        yield from self._pages.export(query, scope, sort)

    def delete(self, query: Query, scope: Scope) -> int:
        """See `EventStore.delete`; from every version of the indices."""
        return 0 if _nobody(scope) else self._eraser.delete(query, scope)

    def rewrite(self, query: Query, scope: Scope, judge: Judge) -> Counter[str]:
        """See `EventStore.rewrite`; in every version of the indices."""
        return Counter() if _nobody(scope) else self._eraser.rewrite(query, scope, judge)

    def purge(self, query: Query) -> None:
        """See `EventStore.purge`."""
        purged(self._cluster, [month.index for month in self._eraser.months(query)])

    def check(self) -> Iterator[Finding]:
        """See `EventStore.check`."""
        return examined(self._cluster, self._names, self._versions)

    def ping(self) -> Health:
        """See `EventStore.ping`."""
        health = self._cluster.ask(
            "GET", f"/_cluster/health/{self._names.every}", answer=dict[str, Any], params={"expand_wildcards": "all"}
        )
        months = len(self._versions.months())
        events = self._pages.count(Query(), Scope.operator()) if months else 0
        nodes = health["number_of_nodes"]
        detail = (
            f"{events:,} event{'s' * (events != 1)} in {months} month{'s' * (months != 1)} "
            f"on Elasticsearch at {self._cluster.address.shown}, "
            f"{nodes} node{'s' * (nodes != 1)}, state {health['status']}"
        )
        return Health(ok=health["status"] != "red", detail=detail)

    def under_way(self) -> Work | None:
        """See `EventStore.under_way`; the answer is some seconds old at most."""
        return self._under_way.now()

    def reindexer(self, how: How) -> Reindexer:
        """What moves all events to a new version of the indices."""
        return Reindexer(self._cluster, self._names, self._versions, self._pages.drain, how)

    def journal(self, *, resume: bool) -> Journal:
        """Where copying into this store from another engine is; `resume` an interrupted one."""
        return ClusterJournal(self._cluster, self._names, resume=resume)

    def close(self) -> None:
        """See `EventStore.close`; what was written is kept either way."""
        self._writer.close()
        self._waiting.close()
        self._cluster.close()

    def _see(self) -> None:
        """Let searches see what this process has written, and at first what others had; what they go on to write shows in a second.

        A node that is away is no reason to go without: another one is asked. An index of which a part is away would keep this waiting for
        it: the search, which does not, comes first then.
        """
        indices = [] if self._fresh else [self._names.alias]
        self._fresh = True
        while self._writer.touched:
            indices.append(self._writer.touched.pop())
        for first in range(0, len(indices), _AT_ONCE):
            names = ",".join(indices[first : first + _AT_ONCE])
            with suppress(UnreachableError, RefusedError):  # where the cluster is away the search itself says so
                self._cluster.ask("POST", f"/{names}/_refresh", params={"ignore_unavailable": "true"}, seconds=_REFRESH)


def _nobody(scope: Scope) -> bool:
    """Whether a scope sees nothing."""
    return scope.domains is not None and not scope.domains
