"""Pages and exports.

A page is asked for with `search_after` and the cursor's own value and id, which need nothing kept on the cluster. Rows and exact total are
two searches in one request, so that the rows may stop early while the total is counted (and remembered, where nothing changes). An
export reads from one point in time, and fetches ahead.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, suppress
from functools import partial
from typing import Any, Final

import msgspec

from store.columns import sort_value
from store.cursor import Position
from store.elastic.answers import Found, Hit, Opened
from store.elastic.bodies import counting, key, rows
from store.elastic.cluster import Cluster
from store.elastic.compile import Dsl, seen
from store.elastic.documents import event_of
from store.elastic.in_time import FIELD, in_time
from store.elastic.latest import NEWEST_FIRST, newest_first
from store.elastic.names import Names
from store.elastic.rights import may_see
from store.elastic.waiting import Waiting
from store.errors import StoreUnavailableError
from store.event import Event
from store.events import Query, Scope, Sort
from store.said import say

_SECONDS: Final = 20  # that a search may take on the cluster; then it answers with what it has
_ANSWER: Final = _SECONDS + 5.0  # seconds for that answer; a node that takes longer hangs, and another one is asked
_ASIDE: Final = 5.0  # seconds for what is not worth waiting for
_KEEP: Final = "5m"  # how long a point in time outlives the last page read from it
_EXPORTED: Final = 2_000  # events an export reads at once
# Rows in order of time: of the months that have them few are asked at once, and those behind what these give are then skipped.
_IN_TURN: Final = {"max_concurrent_shard_requests": 2}
_EMPTY: Final = {"ignore_unavailable": True}  # before the first write there is no index yet


class _Index(msgspec.Struct):
    status: str


class _Health(msgspec.Struct):
    """How the cluster is, index by index."""

    indices: dict[str, _Index] = {}


class Pages:
    """Reads the live version in order."""

    def __init__(self, cluster: Cluster, names: Names, waiting: Waiting) -> None:
        self._cluster, self._names, self._waiting = cluster, names, waiting

    def page(self, query: Query, scope: Scope, sort: Sort, after: Position | None, limit: int) -> tuple[list[Event], Sequence[Found]]:
        """The first `limit` events after a position, and the answers they come from; the last one is that with their total."""
        wanted = seen(query, scope)
        if sort.field != FIELD:
            found, counted = self.ask([rows(wanted, sort, after, limit), counting(wanted)])
            return [event_of(hit.source) for hit in found.hits.hits], (found, counted)
        ask = partial(self.ask, params=_IN_TURN)
        if sort == NEWEST_FIRST:
            return newest_first(ask, wanted, query.end, after, limit)
        return in_time(ask, wanted, sort, after=after, limit=limit, more=[counting(wanted)])

    def count(self, query: Query, scope: Scope) -> int:
        """How many match; raises `StoreUnavailableError` where not all of them can be counted."""
        (counted,) = self.ask([counting(seen(query, scope))])
        return total(whole(counted))

    def get(self, filters: Dsl) -> Event | None:
        """The one event that matches; None where there is none."""
        (found,) = self.ask([{"query": filters, "size": 1}])
        hits = found.hits.hits
        if not hits:
            whole(found)  # what is not found in a part that did not answer may be there
        return event_of(hits[0].source) if hits else None

    def ask(self, bodies: Sequence[Dsl], *, params: Mapping[str, int] | None = None) -> Sequence[Found]:
        """The answers to several searches of the live version; `params` are for all of them."""
        header = {"index": self._names.alias, **_EMPTY}
        asked = [
            (header | ({"request_cache": True} if body.get("size") == 0 else {}), {"timeout": f"{_SECONDS}s", **body}) for body in bodies
        ]
        answers = self._waiting.answer(lambda: self._cluster.many(asked, seconds=_ANSWER, params=params))
        if not all(found.shards.total for found in answers):
            may_see(self._cluster, self._names)
        return answers

    def missing(self, answers: Sequence[Found]) -> list[str]:
        """The months of which some part did not answer, as far as is known: those that say so, or else those that have no copy now."""
        named = {failure.index for found in answers for failure in found.shards.failures if failure.index}
        if not named and any(found.shards.failed for found in answers):
            named = self._away()
        return sorted({parts[1] for index in named if (parts := self._names.parts(index))})

    def _away(self) -> set[str]:
        """The indices of which the cluster has lost a part, for now or for good."""
        try:
            health = self._cluster.ask(
                "GET", f"/_cluster/health/{self._names.alias}", params={"level": "indices", "timeout": "1s"}, answer=_Health, seconds=_ASIDE
            )
        except StoreUnavailableError:
            return set()
        return {name for name, index in health.indices.items() if index.status == "red"}

    def export(self, query: Query, scope: Scope, sort: Sort) -> Generator[Event, None, None]:
        """Every match in order, as they were when it began; raises `StoreUnavailableError` where a part does not answer."""
        body = rows(seen(query, scope), sort, None, _EXPORTED)
        with closing(self.drain(body)) as pages:
            for hits in pages:
                for hit in hits:
                    yield event_of(hit.source)

    def drain(self, body: Dsl, index: str | None = None) -> Generator[list[Hit], None, None]:
        """Every hit of a search with an order, as they were when it began, a page at a time; the next one is fetched meanwhile."""
        params: dict[str, Any] = {"keep_alive": _KEEP, "ignore_unavailable": "true"}
        pit = self._cluster.ask("POST", f"/{index or self._names.alias}/_pit", answer=Opened, params=params).id

        def next_after(after: msgspec.Raw | None) -> Found:
            paged = {**body, "pit": {"id": pit, "keep_alive": _KEEP}} | ({"search_after": after} if after is not None else {})
            return whole(self._cluster.ask("POST", "/_search", paged, answer=Found))

        coming = self._waiting.ahead(partial(next_after, None))
        try:
            if not coming.result().shards.total:
                may_see(self._cluster, self._names)
            while hits := coming.result().hits.hits:
                coming = self._waiting.ahead(partial(next_after, hits[-1].sort))
                yield hits
        finally:
            coming.drop()
            with suppress(StoreUnavailableError):  # it ends by itself too
                self._cluster.ask("DELETE", "/_pit", {"id": pit}, seconds=_ASIDE)


def whole(found: Found) -> Found:
    """An answer to which every part has contributed; raises `StoreUnavailableError` for another."""
    if found.partial:
        raise StoreUnavailableError(
            say(
                "Part of Elasticsearch did not answer, so the answer would not have been whole. Try again in a moment; "
                "`portal check` tells more."
            )
        )
    return found


def total(found: Found) -> int:
    """How many match."""
    return found.hits.total.value if found.hits.total else 0


def position_of(event: Event, sort: Sort) -> Position:
    """Where the page ends whose last row is this event."""
    return Position(sort_value(event, sort.field), key(event))
