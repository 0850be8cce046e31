"""Moves all events to a new version of the indices, with the mapping of this version of the portal, while they are searched and added to.

The new version is built beside the live one. Changes are copied from each shard's history up to a point that is certain, again and again,
until little is left; then writers wait for about a second in which the rest is copied, both are compared, and everybody moves over. What
has been copied is told by one number a shard, so a run that was interrupted anywhere goes on from there.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from store.elastic.cluster import Cluster
from store.elastic.documents import FORM, document, event_of
from store.elastic.erase import Drain
from store.elastic.names import Names
from store.elastic.reindex.compare import Comparison, Excepted
from store.elastic.reindex.copy import Copier, Document, Stretch
from store.elastic.reindex.plan import Plan, Planner
from store.elastic.reindex.refused import Refused as RefusedDocuments
from store.elastic.reindex.run import Kind, Mark, Phase, Run, Runs
from store.elastic.reindex.shards import Shards, Span, copied, pending
from store.elastic.reindex.switch import Switch
from store.elastic.versions import Versions
from store.errors import ReindexError
from store.events import Refused
from store.moving import Headway, Moved, Stop, Tell

_LITTLE = 2_000  # changes that are left to the moment in which writers wait
_PASSES = 20  # at most, where more comes than is copied
_CLOSINGS = 3  # tries to find both equal


class RefusedByMappingError(ReindexError):
    """Some events are not taken by the new mapping, so nothing was switched."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"{count:,} event{'s' * (count != 1)} would be missing, because the new mapping does not take "
            f"{'them' if count != 1 else 'it'}, so nothing was switched. Mend the mapping and start anew (--abort first), "
            "or leave them out: `portal reindex --resume --accept-rejected`."
        )


@dataclass(frozen=True, slots=True)
class How:
    """How a run is to be done: `rate` in events a second at most, `accept` whether events may be left out that are not taken."""

    tell: Tell = lambda _: None
    stop: Stop = lambda: False
    rate: float | None = None
    accept: bool = False
    patience: float = 120.0


class Reindexer:
    """Builds, switches, goes back, gives up and cleans up."""

    def __init__(self, cluster: Cluster, names: Names, versions: Versions, drain: Drain, how: How) -> None:
        self._cluster, self._names, self._versions, self._drain, self._how = cluster, names, versions, drain, how
        self._runs = Runs(cluster, names)
        self._shards = Shards(cluster, names)
        self._refused = RefusedDocuments(cluster, names, how.patience)

    def start(self) -> Moved:
        """Move to a new version."""
        versions = self._versions.all()
        live = self._live()
        if kept := [version for version, state in versions.items() if state == "kept"]:
            raise ReindexError(f"Version {kept[0]} is still kept from the last time. Remove it first: `portal reindex --drop-old`.")
        run = Run(0, Kind.REINDEX, live, max(versions) + 1)
        self._runs.begin(run)
        return self._go(run)

    def resume(self) -> Moved:
        """Go on with a run that was interrupted."""
        run = self._runs.take_over()
        if run.phase is Phase.ABORTING:
            raise ReindexError("The interrupted reindex was being given up: `portal reindex --abort` ends that.")
        return self._go(run)

    def rollback(self) -> Moved:
        """Move back to the version that was kept, with the events that have come since."""
        last, versions = self._runs.last(), self._versions.all()
        if last is None or not last.over or versions.get(last.source) != "kept" or versions.get(last.target) != "live":
            if last is not None and not last.over:
                self._runs.begin(last)  # says what is in the way
            raise ReindexError("There is no version to go back to: none is kept.")
        run = Run(0, Kind.ROLLBACK, last.target, last.source, marks=last.base)
        self._runs.begin(run)
        return self._go(run)

    def abort(self) -> str:
        """Give up a run that was interrupted, and leave everything as it was before; what was done, in a sentence."""
        run = self._runs.take_over()
        switch = self._switch(run)
        if switch.moved():
            raise ReindexError(
                "Too late to give it up: everybody reads the new version. --resume ends it; after that --rollback goes back."
            )
        run.phase = Phase.ABORTING
        self._runs.save(run)
        switch.reopen()
        if run.kind is Kind.ROLLBACK:
            # What was brought back stays there: a later rollback goes on from it.
            after = Run(run.number, Kind.REINDEX, run.target, run.source, Phase.DONE, run.owner, base=run.marks, started=run.started)
            self._runs.save(after)
            return f"Given up: version {run.source} stays the live one."
        self._versions.discard(run.target)
        self._refused.clear(run.target)
        run.phase = Phase.ABORTED
        self._runs.save(run)
        return f"Given up: version {run.source} stays the live one, what was built of version {run.target} is gone."

    def drop_old(self) -> str:
        """Remove the version that is kept; what was done, in a sentence."""
        last = self._runs.last()
        if last is not None and not last.over:
            self._runs.begin(last)  # says what is in the way
        kept = [version for version, state in self._versions.all().items() if state == "kept"]
        if not kept:
            raise ReindexError("There is no old version to remove: none is kept.")
        for version in kept:
            self._versions.drop(version)
        for version, state in self._versions.all().items():
            if state == "live":
                self._refused.clear(version)
        return f"Removed version {kept[0]}. There is no way back to it any more."

    def plan(self) -> Plan:
        """What `start` would do; nothing is changed."""
        live = self._live()
        document = None if self._versions.form_of(live) == FORM else anew
        planner = Planner(self._cluster, self._names, self._how.patience)
        return planner.plan(live, max(self._versions.all()) + 1, document, self._how.rate)

    def refused(self) -> Iterator[Refused]:
        """The events that the last run left out, or would, because its target does not take them."""
        last = self._runs.last()
        if last is not None:
            yield from self._refused.events(last.target, last.source)

    def _live(self) -> int:
        live = self._versions.found()
        if live is None:
            raise ReindexError("There are no events to move: `portal index` makes the first version.")
        return live

    def _go(self, run: Run) -> Moved:
        """From wherever the run is to its end, or until it is asked to stop."""
        try:
            return self._to_the_end(run)
        finally:
            if not run.over:
                self._runs.let_go(run)

    def _to_the_end(self, run: Run) -> Moved:
        switch = self._switch(run)
        pause = 0.0
        if not (run.phase is Phase.SWITCHING and switch.moved()):
            if run.phase is Phase.SWITCHING:  # writers wait since the run was interrupted: they need not, while the rest is copied
                switch.reopen()
                run.phase = Phase.COPYING
                self._runs.save(run)
            self._prepare(run)
            copier = self._copier(run)
            if not self._catch_up(run, copier):
                return self._moved(run, stopped=True)
            pause = self._switched(run, switch, copier)
        if not run.base:
            run.base = self._base(run)
        if run.phase is not Phase.DONE:
            switch.release()
            switch.keep()
            run.phase = Phase.DONE
            run.done = run.total
            self._runs.save(run)
        return self._moved(run, pause=pause)

    def _prepare(self, run: Run) -> None:
        """See that there is a version to write to."""
        state = self._versions.all().get(run.target)
        if run.kind is Kind.ROLLBACK:
            self._versions.open(run.target, guarded=True)
        elif state is None:
            self._versions.make(run.target, "next")

    def _catch_up(self, run: Run, copier: Copier) -> bool:
        """Copy until little is left; False where it was asked to stop before."""
        for _ in range(_PASSES):
            reached = self._shards.reached(run.source)
            spans = pending(reached, run.marks)
            run.done, run.total = copied(reached, run.marks)
            self._runs.save(run)
            if not self._pass(run, copier, spans):
                return False
            if sum(span.width for span in spans) <= _LITTLE:
                break
        self._cluster.ask("POST", f"/{self._names.indices(run.target)}/_refresh")
        excepted, extra = self._exceptions(run)
        self._may_leave_out(run)
        comparison = self._comparison(run)
        # What was deleted while it was copied goes before writers have to wait.
        comparison.remove_deleted(set(comparison.differing(excepted, extra)), excepted, extra)
        return not self._how.stop()

    def _pass(self, run: Run, copier: Copier, spans: Sequence[Span]) -> bool:
        """Copy these; False where it was asked to stop before the end."""
        widths = sum(span.width for span in spans)
        lows = {(span.index, span.shard): span.low for span in spans}
        before, rejected = run.done, self._refused.count(run.target)

        def done(stretch: Stretch, safe: dict[tuple[str, str], int]) -> None:
            nonlocal rejected
            run.read += stretch.read
            run.written += stretch.written
            rejected += len(stretch.rejected)
            self._refused.add(run.target, stretch.rejected)
            for (index, shard), high in safe.items():
                run.marks[index].shards[shard] = high
            run.done = before + sum(high - lows[key] for key, high in safe.items())
            self._runs.save_now_and_then(run)
            self._how.tell(Headway(f"version {run.source} to {run.target}", run.done, run.total, run.read, rejected))

        copier.copy(spans, done, self._how.stop)
        self._runs.save(run)
        return run.done >= before + widths

    def _switched(self, run: Run, switch: Switch, copier: Copier) -> float:
        """Have everybody move over; for how many seconds no event could be written. Where that fails all stays as it was."""
        run.phase = Phase.SWITCHING
        self._runs.save(run)
        began = time.monotonic()
        try:
            switch.close()
            self._equal(run, copier)
            run.base = self._base(run)
            self._runs.save(run)
            switch.move()
        except BaseException:
            if not switch.moved():
                switch.reopen()
                run.phase = Phase.COPYING
                self._runs.save(run)
            raise
        switch.release()
        return time.monotonic() - began

    def _equal(self, run: Run, copier: Copier) -> None:
        """Copy the last changes, and see that both versions have the same events. No event can be written meanwhile."""
        comparison = self._comparison(run)
        for _ in range(_CLOSINGS):
            reached = self._shards.reached(run.source)
            if not self._pass(run, copier, pending(reached, run.marks)):
                raise ReindexError("Stopped before the end. `portal reindex --resume` goes on.")
            self._cluster.ask("POST", f"/{self._names.indices(run.target)}/_refresh")
            excepted, extra = self._exceptions(run)
            self._may_leave_out(run)
            differing = comparison.differing(excepted, extra)
            if not differing:
                comparison.sample(reached, self._document(run), excepted)
                return
            comparison.remove_deleted(set(differing), excepted, extra)
            for month, (expected, there) in comparison.differing(excepted, extra).items():
                if there < expected:  # as after a crash of the cluster: copied anew
                    run.marks.pop(self._names.index(run.source, month), None)
        raise ReindexError(
            f"Version {run.target} has other numbers of events than version {run.source} "
            f"({', '.join(f'{month}: {there:,} for {expected:,}' for month, (expected, there) in differing.items())}), "
            "so nothing was switched. `portal reindex --resume` tries again, --abort gives it up."
        )

    def _exceptions(self, run: Run) -> tuple[Excepted, Excepted]:
        """The events, by month, that rightly only the source has, and only the target: each does not take some of the other's."""
        return self._refused.settle(run.target, run.source), self._refused.settle(run.source, run.target)

    def _may_leave_out(self, run: Run) -> None:
        if not self._how.accept and (count := self._refused.count(run.target)):
            raise RefusedByMappingError(count)

    def _base(self, run: Run) -> dict[str, Mark]:
        return self._shards.reached(run.target)

    def _switch(self, run: Run) -> Switch:
        return Switch(self._cluster, self._names, self._versions, run.source, run.target)

    def _comparison(self, run: Run) -> Comparison:
        return Comparison(
            self._cluster, self._names, self._versions, self._drain, source=run.source, target=run.target, patience=self._how.patience
        )

    def _copier(self, run: Run) -> Copier:
        def target(index: str) -> str:
            parts = self._names.parts(index)
            if parts is None:
                raise ReindexError(f"{index} is no index of this portal.")
            return self._names.index(run.target, parts[1])

        return Copier(self._cluster, run.number, target, patience=self._how.patience, rate=self._how.rate, document=self._document(run))

    def _document(self, run: Run) -> Document | None:
        """What makes a document anew where the two versions' documents differ; None where they are copied as they are."""
        if self._versions.form_of(run.source) == self._versions.form_of(run.target):
            return None
        if self._versions.form_of(run.target) != FORM:
            raise ReindexError(f"Documents of version {run.target} are made by another version of the portal: use that one.")
        return anew

    def _moved(self, run: Run, *, pause: float = 0.0, stopped: bool = False) -> Moved:
        rejected = self._refused.count(run.target)
        return Moved(run.read, run.written, rejected, run.seconds, pause, stopped)


def anew(source: bytes) -> bytes:
    """The document that this version of the portal makes of the event in another one."""
    return document(event_of(source))
