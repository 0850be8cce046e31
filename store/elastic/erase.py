"""Deletes: whole months where nothing of them is left, single events otherwise; their bytes leave the disk before this returns."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from store.elastic.answers import Found, Hit, Item
from store.elastic.bulk import Line, sent, trouble_of
from store.elastic.cluster import Cluster
from store.elastic.compile import Dsl
from store.elastic.failures import RefusedError
from store.elastic.search import total
from store.elastic.versions import Versions
from store.encoded import ENCODER

_NOT_FOUND: Final = 404
_NEXT_LOOK: Final = 0.2  # seconds between two looks whether an index takes changes again

Drain = Callable[[Dsl, str], Iterator[list[Hit]]]


def _wait() -> None:
    time.sleep(_NEXT_LOOK)


def erased_everywhere(cluster: Cluster, drain: Drain, versions: Versions, wanted: Dsl, patience: float) -> int:
    """Delete what matches from every version; how many were in the live one.

    The live one comes first: what a reindex copies from it after that is not there any more, and what it has copied before goes with the
    other versions or, at the latest, when it compares the two. Where another version went live meanwhile, it is done again from there.
    """
    removed = 0
    while True:
        live, states = versions.found(), versions.all()
        for version in sorted(states, key=lambda each: each != live):

            def blocked(version: int = version) -> None:
                if versions.all().get(version) == "kept":
                    versions.open(version, guarded=True)  # nobody is to write to it, but all are to be forgotten in it
                else:
                    _wait()

            filling = states[version] == "next"
            here = sum(
                erased(cluster, drain, index, wanted, patience, filling=filling, blocked=blocked)
                for index in versions.indices(version).values()
            )
            removed = max(removed, here) if version == live else removed
        if versions.found() == live:
            return removed


def erased(  # noqa: PLR0913 - what is erased where and how, by name
    cluster: Cluster, drain: Drain, index: str, wanted: Dsl, patience: float, *, filling: bool = False, blocked: Callable[[], None] = _wait
) -> int:
    """Delete from one index what matches; how many they were. The index goes where that is all it holds, unless it is just `filling`.

    The point in time that is read from is of the moment it begins, so an event that comes meanwhile stays. `blocked` is called while the
    index takes no changes, because its version is being replaced: to wait, or to do something about it.
    """
    count = _counted(cluster, index, wanted)
    if count == 0:
        return 0
    if not filling and count == _counted(cluster, index, {"match_all": {}}):
        cluster.ask("DELETE", f"/{index}")
        return count
    removed = 0
    for hits in drain({"query": wanted, "size": 5_000, "sort": ["_shard_doc"], "_source": False, "track_total_hits": False}, index):
        for item in _sent(
            cluster, index, [Line(hit.id, b'{"delete":{"_id":%b}}\n' % ENCODER.encode(hit.id)) for hit in hits], patience, blocked
        ):
            error = None if item.status == _NOT_FOUND else trouble_of(cluster, item)
            if error is not None:
                raise error
            removed += item.status != _NOT_FOUND
    cluster.ask("POST", f"/{index}/_forcemerge", params={"only_expunge_deletes": "true"})
    cluster.ask("POST", f"/{index}/_refresh")
    return removed


def _sent(cluster: Cluster, index: str, lines: Sequence[Line], patience: float, blocked: Callable[[], None]) -> list[Item]:
    """What became of the lines, once the index takes them."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return sent(cluster, index, lines, patience)
        except RefusedError as error:
            if not error.blocked or time.monotonic() > deadline:
                raise
        blocked()


def _counted(cluster: Cluster, index: str, wanted: Dsl) -> int:
    try:
        cluster.ask("POST", f"/{index}/_refresh")
        return total(cluster.ask("POST", f"/{index}/_search", {"query": wanted, "size": 0, "track_total_hits": True}, answer=Found))
    except RefusedError as error:
        if error.missing:
            return 0
        raise
