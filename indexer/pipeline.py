"""One index run: sources in, events joined in order and written in batches, rejected records kept, everything counted."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from indexer.deadletter import DeadLetter
from indexer.errors import IncompleteError, SourceError, WriteFailedError
from indexer.records import Joiner, Parsed
from indexer.sources import Meter, Source, pieces, survey
from indexer.summary import Progress, Summary
from indexer.workers import Outcome, in_order
from store.errors import StoreError
from store.event import Event
from store.events import EventWriter, WriteReport

__all__ = ["Progress", "Summary", "run"]

BATCH: Final = 5_000  # events written at once
BATCH_SECONDS: Final = 1.0  # how long an event may wait for a batch to fill
_EXAMPLES: Final = 5


def run(  # noqa: PLR0913 - what a run can be told, all but two by name
    paths: Sequence[str | os.PathLike[str]],
    store: EventWriter,
    *,
    format: str | None = None,  # noqa: A002 - the name of the option people type
    zone: str = "UTC",
    dead_letter: Path | None = None,
    follow: bool = False,
    processes: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: threading.Event | None = None,
) -> Summary:
    """Index what is at `paths` (`-`: standard input) into `store`; running it again adds nothing, because ids come from the content.

    `format` names the format of all sources (else each is recognised), `zone` is where logs without a time zone were written. Rejected
    records are appended to `dead_letter`. `processes`: how many parse (None: one a core, 0: this one). `stop` ends the run after the batch
    under way. Raises `SourceError` or `UnknownFormatError` before anything is read; `WorkerDiedError`, `WriteFailedError` on the way, and
    `IncompleteError` at the end where a source could not be read to its end: what was written before is kept.
    """
    sources = survey(paths, name=format, zone=zone, follow=follow)
    _check_dead_letter(dead_letter, sources)
    with DeadLetter(dead_letter) as letters:
        return _Run(store, letters, sources, progress, stop or threading.Event()).all(processes)


class _Run:
    """The state of one run."""

    def __init__(
        self,
        store: EventWriter,
        letters: DeadLetter,
        sources: Sequence[Source],
        progress: Callable[[Progress], None] | None,
        stop: threading.Event,
    ) -> None:
        self._store, self._letters, self._sources, self._stop = store, letters, sources, stop
        self._progress = progress
        self._meter = Meter()
        sizes = [source.size for source in sources if source.size is not None and not source.follow]
        self._total = sum(sizes) if len(sizes) == len(sources) else None
        self._joiners: dict[str, Joiner] = {}
        self._batch: list[Event] = []
        self._oldest = 0.0  # when the first event of the batch came
        self._place = "the start"
        self._summary = Summary()

    def all(self, processes: int | None) -> Summary:
        begun = time.monotonic()
        problems: list[str] = []
        with contextlib.closing(in_order(pieces(self._sources, self._meter, self._stop, problems), processes)) as outcomes:
            for outcome in outcomes:
                if self._stop.is_set():
                    break
                if outcome is not None:
                    self._take(outcome)
                self._write_due()
        for joiner in self._joiners.values():
            self._add(joiner.close())
        self._write()
        self._summary.stopped = self._stop.is_set()
        self._summary.seconds = time.monotonic() - begun
        if problems:
            raise IncompleteError("\n".join(problems), self._summary)
        return self._summary

    def _take(self, outcome: Outcome) -> None:
        form, content = outcome.piece.format, outcome.piece.content
        joiner = self._joiners.get(form.name) or self._joiners.setdefault(form.name, form.joiner())
        self._place = f"{content.source}, line {content.line}"
        for parsed in outcome.parts:
            self._count(parsed)
            self._letters.write(parsed.rejected, form.name, getattr(content, "modified", 0.0))
            self._add(joiner.add(parsed))
        if self._progress is not None:
            counts = self._summary
            self._progress(Progress(self._meter.taken, self._total, counts.read, counts.events, counts.rejected, content.source))

    def _count(self, parsed: Parsed) -> None:
        self._summary.read += parsed.read
        self._summary.rejected += len(parsed.rejected)
        self._summary.examples += parsed.rejected[: _EXAMPLES - len(self._summary.examples)]

    def _add(self, events: Iterable[Event]) -> None:
        for event in events:
            if not self._batch:
                self._oldest = time.monotonic()
            self._batch.append(event)
            if len(self._batch) >= BATCH:
                self._write()

    def _write_due(self) -> None:
        if self._batch and time.monotonic() - self._oldest >= BATCH_SECONDS:
            self._write()

    def _write(self) -> None:
        if not self._batch:
            return
        try:
            report = self._store.write(self._batch)
        except StoreError as error:
            raise WriteFailedError(
                f"events read up to {self._place} could not be written: {error}. "
                "Everything written before is kept: run the same command again to go on"
            ) from error
        self._count_written(report)

    def _count_written(self, report: WriteReport) -> None:
        self._summary.events += len(self._batch)
        self._summary.new += report.new
        self._summary.changed += report.changed
        self._summary.same += report.same
        self._batch = []


def _check_dead_letter(path: Path | None, sources: Sequence[Source]) -> None:
    """A run that reads the file it writes to would never end."""
    if path is None or not path.exists():
        return
    for source in sources:
        if source.path is not None and source.path.exists() and source.path.samefile(path):
            raise SourceError(f"{source.name}: is also the dead-letter file of this run. Name another one with --dead-letter")
