"""Whether events are being moved now, for pages: asked of the cluster once in a while, not for each page."""

import threading
import time
from typing import Final

from store.elastic.cluster import Cluster
from store.elastic.names import Names
from store.elastic.reindex.run import EMBEDDED, VERSIONS, Kind, Run, Runs
from store.errors import StoreUnavailableError
from store.events import Work

_FRESH: Final = 3.0  # seconds
WORDS: Final = {Kind.REINDEX: "Reindexing", Kind.ROLLBACK: "Going back to the old index", Kind.IMPORT: "Copying from the embedded engine"}


class UnderWay:
    """Remembers the answer for some seconds; safe to use from several threads."""

    def __init__(self, cluster: Cluster, names: Names) -> None:
        self._runs = [Runs(cluster, names, what) for what in (VERSIONS, EMBEDDED)]
        self._lock = threading.Lock()
        self._asked: float | None = None
        self._known: Work | None = None

    def now(self) -> Work | None:
        """What is under way; None also where that cannot be told."""
        with self._lock:
            if self._asked is not None and time.monotonic() - self._asked < _FRESH:
                return self._known
            self._asked = time.monotonic()  # others need not wait for the answer: they get the one before
        try:
            found = [run for runs in self._runs if (run := runs.last(at_once=True)) is not None and not run.over]
        except StoreUnavailableError:
            found = []
        self._known = _work(found[0]) if found else None
        return self._known


def _work(run: Run) -> Work:
    return Work(WORDS[run.kind], run.done, run.total)
