"""Compares two versions: how many events each month has, which ones were deleted in one meanwhile, and whether a sample is the same."""

import random
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from store.elastic.answers import Found, Several
from store.elastic.bulk import Line, sent
from store.elastic.cluster import Cluster
from store.elastic.erase import Drain
from store.elastic.names import Names
from store.elastic.reindex.copy import Document
from store.elastic.reindex.run import Mark
from store.elastic.search import total, whole
from store.elastic.versions import Versions
from store.encoded import ENCODER
from store.errors import ReindexError

_SAMPLE: Final = 400  # events compared as a whole
_LEAST: Final = 5  # of a month
_HOUR: Final = 3_600_000
_PAGE: Final = 5_000

Excepted = Mapping[str, AbstractSet[str]]  # by month, the ids that the source has and the target does not, rightly


class Comparison:
    """Compares version `source` with version `target`, which is to become the same."""

    def __init__(  # noqa: PLR0913 - what is compared, and the tools
        self, cluster: Cluster, names: Names, versions: Versions, drain: Drain, *, source: int, target: int, patience: float
    ) -> None:
        self._cluster, self._names, self._versions, self._drain = cluster, names, versions, drain
        self._source, self._target, self._patience = source, target, patience

    def differing(self, excepted: Excepted, extra: Excepted) -> dict[str, tuple[int, int]]:
        """The months in which the number of events differs: what they should be, and are. Both are refreshed before."""
        held, copied = self._counts(self._source), self._counts(self._target)
        expected = {
            month: held.get(month, 0) - len(excepted.get(month, ())) + len(extra.get(month, ()))
            for month in held.keys() | excepted.keys() | extra.keys()
        }
        months = expected.keys() | copied.keys()
        return {
            month: (expected.get(month, 0), copied.get(month, 0))
            for month in sorted(months)
            if expected.get(month, 0) != copied.get(month, 0)
        }

    def remove_deleted(self, months: AbstractSet[str], excepted: Excepted, extra: Excepted) -> int:
        """Remove from these months of the target what the source no longer has; how many they were."""
        removed = 0
        there = self._versions.indices(self._source)
        for month, index in self._versions.indices(self._target).items():
            if month not in months:
                continue
            if month not in there and not extra.get(month):
                removed += self._count(index)
                self._cluster.ask("DELETE", f"/{index}")
                continue
            for start in self._hours(month, every=bool(excepted.get(month) or extra.get(month))):
                gone = self._ids(self._target, month, start) - self._ids(self._source, month, start) - extra.get(month, set())
                removed += self._delete(index, gone)
            self._cluster.ask("POST", f"/{index}/_refresh")
        return removed

    def sample(self, marks: Mapping[str, Mark], document: Document | None, excepted: Excepted) -> int:
        """Compare some events of each month as a whole; how many they were. Raises `ReindexError` where one is not the same."""
        compared = 0
        for index, wanted in _drawn(marks):
            parts = self._names.parts(index)
            if parts is None or not wanted:
                continue
            body = {"query": {"terms": {"_seq_no": wanted}}, "size": len(wanted), "track_total_hits": False}
            hits = whole(self._cluster.ask("POST", f"/{index}/_search", body, answer=Found)).hits.hits
            hits = [hit for hit in hits if hit.id not in excepted.get(parts[1], ())]
            if not hits:
                continue
            other = self._names.index(self._target, parts[1])
            got = self._cluster.ask("POST", f"/{other}/_mget", {"ids": [hit.id for hit in hits]}, answer=Several).docs
            for hit, copy in zip(hits, got, strict=True):
                source = bytes(hit.source)
                if bytes(copy.source) != (source if document is None else document(source)):
                    raise ReindexError(
                        f"The event {hit.id} of {parts[1]} is not the same in {other} as in {index}, so nothing was switched. "
                        "`portal reindex --abort` gives the copy up."
                    )
            compared += len(hits)
        return compared

    def _counts(self, version: int) -> dict[str, int]:
        """The events of each month."""
        body = {"size": 0, "track_total_hits": False, "aggs": {"a": {"terms": {"field": "_index", "size": 10_000}}}}
        params: dict[str, str | int] = {"ignore_unavailable": "true", "request_cache": "false"}
        found = whole(self._cluster.ask("POST", f"/{self._names.indices(version)}/_search", body, params=params, answer=Found))
        buckets = found.aggregations.get("a", {}).get("buckets", [])
        return {parts[1]: bucket["doc_count"] for bucket in buckets if (parts := self._names.parts(bucket["key"]))}

    def _count(self, index: str) -> int:
        return total(self._cluster.ask("POST", f"/{index}/_search", {"size": 0, "track_total_hits": True}, answer=Found))

    def _hours(self, month: str, *, every: bool) -> Iterator[int]:
        """The hours of a month in which the two have not the same number of events, or every hour."""
        held, copied = ({} if index is None else self._by_hour(index) for index in self._pair(month))
        yield from sorted(start for start, count in copied.items() if every or held.get(start, 0) != count)

    def _pair(self, month: str) -> Iterator[str | None]:
        for version in (self._source, self._target):
            yield self._versions.indices(version).get(month)

    def _by_hour(self, index: str) -> dict[int, int]:
        by_hour: dict[str, Any] = {"date_histogram": {"field": "timestamp", "fixed_interval": "1h", "min_doc_count": 1}}
        body = {"size": 0, "track_total_hits": False, "aggs": {"a": by_hour}}
        found = whole(self._cluster.ask("POST", f"/{index}/_search", body, params={"request_cache": "false"}, answer=Found))
        return {bucket["key"]: bucket["doc_count"] for bucket in found.aggregations.get("a", {}).get("buckets", [])}

    def _ids(self, version: int, month: str, start: int) -> set[str]:
        """The `_id`s of an hour."""
        index = self._versions.indices(version).get(month)
        if index is None:
            return set()
        within = {"range": {"timestamp": {"gte": start, "lt": start + _HOUR}}}
        body = {"query": within, "size": _PAGE, "sort": ["_shard_doc"], "_source": False, "track_total_hits": False}
        return {hit.id for hits in self._drain(body, index) for hit in hits}

    def _delete(self, index: str, ids: AbstractSet[str]) -> int:
        if ids:
            sent(self._cluster, index, [Line(each, b'{"delete":{"_id":%b}}\n' % ENCODER.encode(each)) for each in ids], self._patience)
        return len(ids)


def _drawn(marks: Mapping[str, Mark]) -> Iterator[tuple[str, list[int]]]:
    """Some changes of each index, drawn at random: more of a large one. Those that are no event's last one find nothing."""
    dice = random.SystemRandom()
    every = sum(high + 1 for mark in marks.values() for high in mark.shards.values()) or 1
    for index, mark in marks.items():
        count = sum(high + 1 for high in mark.shards.values())
        highest = max(mark.shards.values(), default=-1) + 1
        wanted = min(highest, max(_LEAST, _SAMPLE * count // every))
        yield index, dice.sample(range(highest), wanted)
