"""Takes what was deleted or replaced from the disk.

Elasticsearch only marks it, and keeps it for a while in case a copy of the index has to catch up: each copy holds a lease on all operations
from a number on, which is brought up to date twice a minute. Only what lies before every lease goes in a merge, and the old files go when
what is merged is flushed.
"""

import time
from collections.abc import Callable, Collection, Iterable
from typing import Any, Final, TypeAlias

from store.elastic.cluster import Cluster
from store.errors import StoreUnavailableError

_Parts: TypeAlias = dict[str, list[dict[str, Any]]]  # by number, what each copy of a part of an index says of itself

_LOOK: Final = 1.0  # seconds between two looks at the leases
_LONGEST: Final = 90.0  # seconds: three times as long as leases take
_MERGE: Final = 6 * 3600.0  # seconds that a merge of a large month may take


def purged(cluster: Cluster, indices: Collection[str], wait: Callable[[float], None] = time.sleep) -> None:
    """See that nothing that was deleted from these so far is on the disk any more.

    Raises `StoreUnavailableError` where a copy that is away holds it there.
    """
    until = {index: _last(parts) for index, parts in _parts(cluster, indices).items() if _deleted(parts)}
    _flush(cluster, until)
    deadline = time.monotonic() + _LONGEST
    while held := _held(_parts(cluster, until), until):
        if time.monotonic() > deadline:
            raise StoreUnavailableError(
                f"What was deleted is found no more, but its bytes are still on the disk of Elasticsearch at {cluster.address.shown}: "
                f"a copy of {held[0]} is behind or away. See that all nodes are up (`portal check`), and run the same command again."
            )
        wait(_LOOK)
    _flush(cluster, until)
    for index in until:
        cluster.ask("POST", f"/{index}/_forcemerge", params={"only_expunge_deletes": "true"}, seconds=_MERGE)
    _flush(cluster, until)


def _parts(cluster: Cluster, indices: Collection[str]) -> dict[str, _Parts]:
    """What each of these indices says of its parts and their copies; one that is gone says nothing."""
    params = {"level": "shards", "ignore_unavailable": "true"}
    answers = (cluster.ask("GET", f"/{index}/_stats/docs", answer=dict[str, Any], params=params) for index in indices)
    return {index: each["shards"] for answer in answers for index, each in answer.get("indices", {}).items()}


def _deleted(parts: _Parts) -> bool:
    """Whether any copy holds something that was deleted."""
    return any(copy["docs"]["deleted"] for copies in parts.values() for copy in copies)


def _last(parts: _Parts) -> dict[str, int]:
    """The number of the last operation of each part."""
    return {part: max(copy["seq_no"]["max_seq_no"] for copy in copies) for part, copies in parts.items()}


def _held(now: dict[str, _Parts], until: dict[str, dict[str, int]]) -> list[str]:
    """The indices of which a copy still holds on to operations up to those numbers."""
    return [
        index
        for index, last in until.items()
        for part, copies in now.get(index, {}).items()
        for copy in copies
        if any(lease["retaining_seq_no"] <= last.get(part, -1) for lease in copy["retention_leases"]["leases"])
    ]


def _flush(cluster: Cluster, indices: Iterable[str]) -> None:
    for index in indices:
        cluster.ask("POST", f"/{index}/_flush", params={"force": "true", "wait_if_ongoing": "true", "ignore_unavailable": "true"})
