"""Where copying from another engine is, kept on the cluster that it copies into."""

from store.elastic.cluster import Cluster
from store.elastic.names import Names
from store.elastic.reindex.run import EMBEDDED, Kind, Phase, Run, Runs
from store.errors import ReindexError
from store.moving import Headway


class ClusterJournal:
    """A `store.moving.Journal`. Raises `ReindexError` where another process is at it, or one was interrupted and this is not to go on."""

    def __init__(self, cluster: Cluster, names: Names, *, resume: bool) -> None:
        self._runs = Runs(cluster, names, EMBEDDED)
        if resume:
            self._run = self._runs.take_over()
            return
        last = self._runs.last()
        if last is not None and not last.over:
            raise ReindexError(
                "Copying from the embedded engine is under way or was interrupted. "
                "`portal reindex --from-embedded --resume` goes on with it."
            )
        self._run = Run(0, Kind.IMPORT, 0, 0)
        self._runs.begin(self._run)

    @property
    def place(self) -> int | None:
        """See `Journal.place`."""
        return int(self._run.place) if self._run.place else None

    def note(self, place: int, headway: Headway) -> None:
        """See `Journal.note`."""
        self._run.place, self._run.done, self._run.total = str(place), headway.done, headway.total
        self._runs.save_now_and_then(self._run)

    def end(self) -> float:
        """See `Journal.end`."""
        self._run.phase = Phase.DONE
        self._runs.save(self._run)
        return self._run.seconds

    def stop(self) -> float:
        """See `Journal.stop`."""
        self._runs.let_go(self._run)
        return self._run.seconds
