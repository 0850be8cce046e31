"""What a version's shards hold: up to which change (`_seq_no`) each can be copied, and how many events each month has."""

from dataclasses import dataclass
from typing import Any

import msgspec

from store.elastic.cluster import Cluster
from store.elastic.names import Names
from store.elastic.reindex.run import Mark
from store.errors import StoreUnavailableError
from store.moving import Size


@dataclass(frozen=True, slots=True)
class Span:
    """Changes of a shard that are to be copied: those above `low`, up to `high`."""

    index: str
    shard: str
    low: int
    high: int

    @property
    def width(self) -> int:
        """How many changes they are; at most so many events."""
        return self.high - self.low


class _Routing(msgspec.Struct):
    primary: bool = False
    state: str = ""


class _Numbers(msgspec.Struct):
    global_checkpoint: int = -1


class _Copy(msgspec.Struct):
    routing: _Routing = msgspec.field(default_factory=_Routing)
    seq_no: _Numbers | None = None


class _Index(msgspec.Struct):
    uuid: str = ""
    health: str = ""
    primaries: dict[str, Any] = {}
    shards: dict[str, list[_Copy]] = {}


class _Stats(msgspec.Struct):
    indices: dict[str, _Index] = {}


class Shards:
    """Asks about the indices of a version."""

    def __init__(self, cluster: Cluster, names: Names) -> None:
        self._cluster, self._names = cluster, names

    def reached(self, version: int) -> dict[str, Mark]:
        """Up to which change each shard can be copied now, by index; what is reached can be searched when this returns.

        Up to there every change is kept whatever node fails, and no number is missing that may still come.
        """
        found = self._stats(version)
        if found:
            self._cluster.ask("POST", f"/{self._names.indices(version)}/_refresh")
        marks = {}
        for index, stats in found.items():
            primaries = {shard: copy.seq_no for shard, copies in stats.shards.items() for copy in copies if copy.routing.primary}
            if stats.health == "red" or None in primaries.values():
                raise StoreUnavailableError(f"A part of {index} is away, so it cannot be copied. `portal check` tells more.")
            marks[index] = Mark(stats.uuid, {shard: numbers.global_checkpoint for shard, numbers in primaries.items() if numbers})
        return marks

    def sizes(self, version: int) -> dict[str, Size]:
        """How large each month is, oldest first."""
        sizes = {}
        for index, stats in self._stats(version).items():
            if parts := self._names.parts(index):
                held = stats.primaries
                sizes[parts[1]] = Size(held["docs"]["count"], held["store"]["size_in_bytes"])
        return dict(sorted(sizes.items()))

    def _stats(self, version: int) -> dict[str, _Index]:
        params = {"level": "shards", "expand_wildcards": "all"}
        return self._cluster.ask("GET", f"/{self._names.indices(version)}/_stats/docs,store", params=params, answer=_Stats).indices


def pending(reached: dict[str, Mark], marks: dict[str, Mark]) -> list[Span]:
    """What is left to be copied, oldest month first. An index that was made anew under its name is copied from its first change on."""
    spans = []
    for index, now in sorted(reached.items()):
        known = marks.get(index)
        if known is None or known.uuid != now.uuid:
            known = marks[index] = Mark(now.uuid, {})
        for shard, high in sorted(now.shards.items()):
            low = known.shards.get(shard, -1)
            if high > low:
                spans.append(Span(index, shard, low, high))
    return spans


def copied(reached: dict[str, Mark], marks: dict[str, Mark]) -> tuple[int, int]:
    """How many changes are copied, and of how many."""
    total = sum(high + 1 for mark in reached.values() for high in mark.shards.values())
    return total - sum(span.width for span in pending(reached, marks)), total
