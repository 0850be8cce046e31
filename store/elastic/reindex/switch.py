"""Puts one version in the place of another: writers wait while the last changes are copied, then readers and writers move at once.

Readers are complete at every moment, because the alias moves in one step, from a version that takes no events any more to its equal. A kill
between two steps leaves writers waiting, and `Reindexer.resume` goes on: what has been done already is seen from the cluster itself.
"""

from typing import Any

from store.elastic.cluster import Cluster
from store.elastic.names import Names
from store.elastic.versions import Versions


class Switch:
    """From version `source`, which is live, to version `target`."""

    def __init__(self, cluster: Cluster, names: Names, versions: Versions, source: int, target: int) -> None:
        self._cluster, self._names, self._versions = cluster, names, versions
        self._source, self._target = source, target

    def close(self) -> None:
        """Let the source take no events: no new months, and then none in those that are there. Deletes wait too."""
        self._versions.mark(self._source, "live", guarded=True)
        self._versions.block(self._source)

    def reopen(self) -> None:
        """Undo `close`."""
        self._versions.open(self._source)
        self._versions.mark(self._source, "live", guarded=False)

    def moved(self) -> bool:
        """Whether readers are at the target already."""
        return not self._behind(self._source) and bool(self._behind(self._target) or not self._versions.indices(self._target))

    def move(self) -> None:
        """Move readers from the source to the target, in one step."""
        alias = self._names.alias
        there, coming = self._behind(self._source), self._versions.indices(self._target).values()
        actions: list[dict[str, Any]] = [{"remove": {"index": index, "alias": alias}} for index in there]
        actions += [{"add": {"index": index, "alias": alias}} for index in coming]
        if actions:
            self._cluster.ask("POST", "/_aliases", {"actions": actions})

    def release(self) -> None:
        """Let writers go on, in the target."""
        if self._versions.all().get(self._target) != "next":  # one that was kept is guarded
            self._versions.open(self._target)
        self._versions.mark(self._target, "live", guarded=False)

    def keep(self) -> None:
        """Keep the source as it is: only deletes reach it any more. Its block stays until one does."""
        self._versions.guard(self._source)
        self._versions.mark(self._source, "kept", guarded=True)

    def _behind(self, version: int) -> list[str]:
        """A version's indices that readers see."""
        answer = self._cluster.ask(
            "GET", f"/{self._names.indices(version)}/_alias", params={"expand_wildcards": "all"}, answer=dict[str, Any]
        )
        return [index for index, found in answer.items() if self._names.alias in found.get("aliases", {})]
