"""Looks at everything on a cluster that the portal depends on, one after the other; what an earlier failure hides is left out."""

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from store.elastic.check_cluster import clocks, connection, disks, rights, room, versions
from store.elastic.check_indices import aliases, blocks, live, mappings, state, unfinished
from store.elastic.cluster import Cluster
from store.elastic.failures import RefusedError
from store.elastic.names import Names
from store.elastic.versions import Versions
from store.errors import StoreError
from store.findings import Finding

Look: TypeAlias = Callable[[Cluster, Names, Versions], Iterator[Finding]]

_FORBIDDEN: Final = 403
_OF_THE_CLUSTER: Final[tuple[tuple[str, Look], ...]] = (
    ("rights", rights),
    ("Elasticsearch", versions),
    ("disk", disks),
    ("shards", room),
    ("clock", clocks),
)
_OF_THE_INDICES: Final[tuple[tuple[str, Look], ...]] = (
    ("copies", state),
    ("mapping", mappings),
    ("alias", aliases),
    ("write blocks", blocks),
    ("reindex", unfinished),
)


def examined(cluster: Cluster, names: Names, found: Versions) -> Iterator[Finding]:
    """Every finding; raises a `StoreError` where the cluster cannot be reached or holds nothing of this portal.

    Where the user may not look is said once, by the finding about rights.
    """
    yield from connection(cluster, names, found)
    lacking = False
    for about, look in _OF_THE_CLUSTER:
        for finding in _looked(about, look(cluster, names, found), silent=lacking):
            lacking = lacking or (about == "rights" and not finding.ok)
            yield finding
    yield from live(cluster, names, found)
    for about, look in _OF_THE_INDICES:
        yield from _looked(about, look(cluster, names, found), silent=lacking)


def _looked(about: str, findings: Iterator[Finding], *, silent: bool) -> Iterator[Finding]:
    """What a look finds; one that fails is a finding, unless it is forbidden and that has been said (`silent`)."""
    try:
        yield from findings
    except StoreError as error:
        if not (silent and isinstance(error, RefusedError) and error.status == _FORBIDDEN):
            yield Finding(ok=False, about=about, detail=str(error))
