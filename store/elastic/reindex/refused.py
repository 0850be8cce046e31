"""Keeps which events a version did not take, in the index `{prefix}-state`: there they outlast a kill, and none counts twice."""

from collections.abc import Iterator, Sequence

import msgspec

from store import events
from store.elastic.answers import Several
from store.elastic.bulk import Line, sent
from store.elastic.cluster import Cluster
from store.elastic.documents import event_of
from store.elastic.failures import RefusedError
from store.elastic.names import Names
from store.elastic.reindex.copy import Rejection
from store.encoded import ENCODER
from store.event import event_id

_PAGE = 1_000


class _Entry(msgspec.Struct):
    """One event that a version did not take; `key` is its name in the state index."""

    refused_by: int
    key: str
    month: str
    id: str
    reason: str


class _Hit(msgspec.Struct):
    source: _Entry = msgspec.field(name="_source")


class _Hits(msgspec.Struct):
    hits: list[_Hit] = []


class _Page(msgspec.Struct):
    hits: _Hits = msgspec.field(default_factory=_Hits)


class Refused:
    """The events that one version did not take and another holds."""

    def __init__(self, cluster: Cluster, names: Names, patience: float) -> None:
        self._cluster, self._names, self._patience = cluster, names, patience

    def add(self, version: int, rejections: Sequence[Rejection]) -> None:
        """Note that the version does not take these."""
        lines = []
        for each in rejections:
            parts = self._names.parts(each.index)
            month = parts[1] if parts else ""
            key = event_id("refused", str(version), month, each.id)
            entry = _Entry(version, key, month, each.id, each.reason)
            lines.append(Line(key, b'{"index":{"_id":%b}}\n%b\n' % (ENCODER.encode(key), ENCODER.encode(entry))))
        if lines:
            sent(self._cluster, self._names.state, lines, self._patience)

    def count(self, version: int) -> int:
        """How many the version did not take."""
        return sum(1 for _ in self._entries(version))

    def events(self, version: int, holder: int) -> Iterator[events.Refused]:
        """What the version did not take and `holder` still has."""
        for entry in self._entries(version):
            index = self._names.index(holder, entry.month)
            for got in self._cluster.ask("POST", f"/{index}/_mget", {"ids": [entry.id]}, answer=Several).docs:
                if got.found:
                    yield events.Refused(event_of(got.source), entry.reason)

    def settle(self, version: int, holder: int) -> dict[str, set[str]]:
        """The `_id`s that `holder` has and `version` does not, by month; what is no longer so is forgotten."""
        left: dict[str, set[str]] = {}
        months: dict[str, list[_Entry]] = {}
        for entry in self._entries(version):
            months.setdefault(entry.month, []).append(entry)
        gone: list[str] = []
        for month, entries in months.items():
            held, taken = (self._found(self._names.index(each, month), [entry.id for entry in entries]) for each in (holder, version))
            left[month] = held - taken
            gone += [entry.key for entry in entries if entry.id not in left[month]]
        self._forget(gone)
        return {month: ids for month, ids in left.items() if ids}

    def clear(self, version: int) -> None:
        """Forget what the version did not take: the version goes."""
        self._forget([entry.key for entry in self._entries(version)])

    def _forget(self, keys: Sequence[str]) -> None:
        if keys:
            lines = [Line(key, b'{"delete":{"_id":%b}}\n' % ENCODER.encode(key)) for key in keys]
            sent(self._cluster, self._names.state, lines, self._patience)

    def _found(self, index: str, ids: Sequence[str]) -> set[str]:
        """Which of these an index has; none where there is no such index."""
        found: set[str] = set()
        for start in range(0, len(ids), _PAGE):
            some = {"ids": list(ids[start : start + _PAGE])}
            asked = self._cluster.ask("POST", f"/{index}/_mget", some, params={"_source": "false"}, answer=Several)
            found |= {got.id for got in asked.docs if got.found}
        return found

    def _entries(self, version: int) -> Iterator[_Entry]:
        after: list[str] = []
        while True:
            body = {"query": {"term": {"refused_by": version}}, "size": _PAGE, "sort": ["key"]}
            try:
                self._cluster.ask("POST", f"/{self._names.state}/_refresh")
                page = self._cluster.ask(
                    "POST", f"/{self._names.state}/_search", body | ({"search_after": after} if after else {}), answer=_Page
                )
            except RefusedError as error:
                if error.missing:
                    return
                raise
            entries = [hit.source for hit in page.hits.hits]
            yield from entries
            if len(entries) < _PAGE:
                return
            after = [entries[-1].key]
