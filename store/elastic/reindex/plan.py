"""What a reindex would do, how long it would take and how much disk it needs: told from a sample that is really copied, and removed."""

import time
from dataclasses import dataclass
from typing import Any, Final

from store.elastic.cluster import Cluster
from store.elastic.failures import RefusedError
from store.elastic.names import Names
from store.elastic.reindex.copy import Copier, Document, Rejection, Stretch
from store.elastic.reindex.shards import Shards, Span
from store.elastic.versions import SETTINGS, mapping
from store.moving import Size

_SAMPLE: Final = 20_000  # events, about


@dataclass(frozen=True, slots=True)
class Plan:
    """What would happen. `months` of version `source` with their sizes; `rate` events a second and `each` bytes an event, as measured.

    `copies` of each shard are kept; `free` bytes are left on the disks. `rejections` of the `sampled` events would not be taken.
    """

    source: int
    target: int
    months: dict[str, Size]
    sampled: int
    rate: float
    each: float
    copies: int
    free: int
    rejections: tuple[Rejection, ...]

    @property
    def events(self) -> int:
        """How many would be copied."""
        return sum(size.events for size in self.months.values())

    @property
    def seconds(self) -> float:
        """How long that would take."""
        return self.events / self.rate if self.rate else 0.0

    @property
    def needed(self) -> int:
        """Bytes of disk that the new version would take, its copies included."""
        return int(self.events * self.each * self.copies)


class Planner:
    """Measures with a sample in an index of its own."""

    def __init__(self, cluster: Cluster, names: Names, patience: float) -> None:
        self._cluster, self._names, self._patience = cluster, names, patience
        self._shards = Shards(cluster, names)

    def plan(self, source: int, target: int, document: Document | None, rate: float | None) -> Plan:
        """The plan for a move from version `source` to a new one."""
        self._shards.reached(source)  # so that what came last counts as well
        months = self._shards.sizes(source)
        self._remove()
        try:
            settings = {**SETTINGS, "number_of_shards": 1, "auto_expand_replicas": "false", "number_of_replicas": 0}
            self._cluster.ask("PUT", f"/{self._names.scratch}", {"settings": settings, "mappings": mapping()})
            stretches, seconds = self._copied(source, document, rate)
            size = self._size()
        finally:
            self._remove()
        written = sum(each.written for each in stretches)
        read = sum(each.read for each in stretches)
        rejections = tuple(one for each in stretches for one in each.rejected)
        free, nodes = self._free()
        return Plan(
            source,
            target,
            months,
            read,
            read / seconds if read else 0.0,
            size / written if written else 0.0,
            min(2, nodes),
            free,
            rejections,
        )

    def _copied(self, source: int, document: Document | None, rate: float | None) -> tuple[list[Stretch], float]:
        """A sample of the month that has most, copied, and the seconds that took."""
        reached = self._shards.reached(source)
        spans = [
            Span(index, shard, max(-1, high - _SAMPLE), high) for index, mark in reached.items() for shard, high in mark.shards.items()
        ]
        largest = max(spans, key=lambda span: span.high, default=None)
        stretches: list[Stretch] = []
        copier = Copier(self._cluster, 1, lambda _: self._names.scratch, patience=self._patience, rate=rate, document=document)
        began = time.monotonic()
        if largest is not None:
            copier.copy([largest], lambda stretch, _: stretches.append(stretch), lambda: False)
        return stretches, max(time.monotonic() - began, 0.001)

    def _size(self) -> int:
        """The bytes of the sample on the disk, merged as a month would be in the end."""
        self._cluster.ask("POST", f"/{self._names.scratch}/_forcemerge", params={"max_num_segments": 1})
        self._cluster.ask("POST", f"/{self._names.scratch}/_flush")
        stats = self._cluster.ask("GET", f"/{self._names.scratch}/_stats/store", answer=dict[str, Any])
        size: int = stats["_all"]["primaries"]["store"]["size_in_bytes"]
        return size

    def _free(self) -> tuple[int, int]:
        """Bytes that are free on the disks of the nodes that hold events, each disk counted once, and how many nodes these are."""
        nodes = self._cluster.ask("GET", "/_nodes/stats/fs", answer=dict[str, Any])["nodes"].values()
        holding = [node for node in nodes if any(role.startswith("data") for role in node.get("roles", ["data"]))]
        disks: dict[object, int] = {}
        for node in holding:
            for disk in node["fs"].get("data", []):
                disks[node.get("host"), disk.get("mount")] = disk.get("available_in_bytes", 0)
        return sum(disks.values()), len(holding)

    def _remove(self) -> None:
        try:
            self._cluster.ask("DELETE", f"/{self._names.scratch}")
        except RefusedError as error:
            if not error.missing:
                raise
