"""Deletes: whole months where nothing of them is left, single events otherwise; their bytes leave the disk before this returns."""

from collections.abc import Callable, Iterator
from typing import Final

from store.elastic.answers import Found, Hit
from store.elastic.bulk import Line, sent
from store.elastic.cluster import Cluster
from store.elastic.compile import Dsl
from store.elastic.failures import RefusedError, problem
from store.elastic.search import total
from store.encoded import ENCODER

_NOT_FOUND: Final = 404
_BAD: Final = 400

Drain = Callable[[Dsl, str], Iterator[list[Hit]]]


def erased(cluster: Cluster, drain: Drain, index: str, wanted: Dsl, patience: float) -> int:
    """Delete from one index what matches; how many they were. The index goes where that is all it holds.

    The point in time that is read from is of the moment it begins, so an event that comes meanwhile stays.
    """
    count = _counted(cluster, index, wanted)
    if count == 0:
        return 0
    if count == _counted(cluster, index, {"match_all": {}}):
        cluster.ask("DELETE", f"/{index}")
        return count
    removed = 0
    for hits in drain({"query": wanted, "size": 5_000, "sort": ["_shard_doc"], "_source": False, "track_total_hits": False}, index):
        items = sent(cluster, index, [Line(hit.id, b'{"delete":{"_id":%b}}\n' % ENCODER.encode(hit.id)) for hit in hits], patience)
        for item in items:
            if item.status >= _BAD and item.status != _NOT_FOUND:
                raise problem(cluster.address.shown, item.status, b'{"error":' + (bytes(item.error) or b"null") + b"}")
            removed += item.status < _BAD
    cluster.ask("POST", f"/{index}/_forcemerge", params={"only_expunge_deletes": "true"})
    cluster.ask("POST", f"/{index}/_refresh")
    return removed


def _counted(cluster: Cluster, index: str, wanted: Dsl) -> int:
    try:
        cluster.ask("POST", f"/{index}/_refresh")
        return total(cluster.ask("POST", f"/{index}/_search", {"query": wanted, "size": 0, "track_total_hits": True}, answer=Found))
    except RefusedError as error:
        if error.missing:
            return 0
        raise
