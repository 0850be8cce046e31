"""One index run: sources in, events joined in order and written in batches, rejected records kept, everything counted."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from indexer.batches import Batches, Place
from indexer.collecting import rarely_collected
from indexer.deadletter import DeadLetter
from indexer.errors import IncompleteError, SourceError
from indexer.formats.ndjson import NdjsonFormat, record_of
from indexer.memory import Memory
from indexer.records import Format, Joiner, Parsed, Rejected
from indexer.sources import Meter, pieces
from indexer.summary import Progress, Summary
from indexer.survey import Source, survey
from indexer.workers import Outcome, in_order
from store.events import EventWriter, WriteReport

__all__ = ["Progress", "Summary", "run"]

_EXAMPLES: Final = 5


def run(  # noqa: PLR0913 - what a run can be told, all but two by name
    paths: Sequence[str | os.PathLike[str]],
    store: EventWriter,
    *,
    format: str | None = None,  # noqa: A002 - the name of the option people type
    zone: str = "UTC",
    dead_letter: Path | None = None,
    memory: Path | None = None,
    follow: bool = False,
    processes: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: threading.Event | None = None,
) -> Summary:
    """Index what is at `paths` (`-`: standard input) into `store`; running it again adds nothing, because ids come from the content.

    `format` names the format of all sources (else each is recognised), `zone` is where logs without a time zone were written. Rejected
    records are appended to `dead_letter`. What formats know of messages that are under way goes from run to run in the folder `memory`.
    `processes`: how many parse (None: one a core, 0: this one). `stop` ends the run after the batch under way. Raises `SourceError` or
    `UnknownFormatError` before anything is read; `WorkerDiedError`, `WriteFailedError` on the way, and `IncompleteError` at the end where a
    source could not be read to its end: what was written before is kept.
    """
    sources = survey(paths, name=format, zone=zone, follow=follow)
    _check_dead_letter(dead_letter, sources)
    counts = _Counts(sources, progress)
    stop = stop or threading.Event()
    problems: list[str] = []
    with rarely_collected(), DeadLetter(dead_letter) as letters, Batches(store, _Written(counts, letters)) as batches:
        joining = _Joining(letters, batches, counts, Memory(memory, counts.warnings))
        with contextlib.closing(in_order(pieces(sources, counts.meter, stop, problems), processes)) as outcomes:
            for outcome in outcomes:
                if stop.is_set():
                    break
                if outcome is not None:
                    joining.take(outcome)
                batches.write_due()
        joining.close()
        batches.flush()
        joining.keep()  # a stopped run too: all it took in is written now, and reading on from the start is what joiners expect
    summary = counts.summed(stopped=stop.is_set())
    if problems:
        raise IncompleteError("\n".join(problems), summary)
    return summary


class _Joining:
    """Takes outcomes in the order of their blocks: counts them, keeps what was rejected, joins and hands on the events."""

    def __init__(self, letters: DeadLetter, batches: Batches, counts: "_Counts", memory: Memory) -> None:
        self._letters, self._batches, self._counts, self._memory = letters, batches, counts, memory
        self._joiners: dict[str, Joiner] = {}  # one a format, over all its sources

    def take(self, outcome: Outcome) -> None:
        form, content = outcome.piece.format, outcome.piece.content
        joiner = self._joiners.get(form.name) or self._joiner(form)
        self._batches.place = Place(content.source, content.line)
        for parsed in outcome.parts:
            self._counts.parsed(parsed, content.source)
            self._letters.write(parsed.rejected, form.name, getattr(content, "modified", 0.0))
            self._batches.add(joiner.add(parsed))
        self._counts.again = sum(joiner.again for joiner in self._joiners.values())

    def close(self) -> None:
        """What the joiners still hold."""
        for joiner in self._joiners.values():
            self._batches.add(joiner.close())

    def keep(self) -> None:
        """Remember for the next run; only what is written may be taken for known there."""
        for name, joiner in self._joiners.items():
            self._memory.keep(name, joiner)

    def _joiner(self, form: Format) -> Joiner:
        joiner = self._joiners[form.name] = form.joiner()
        self._memory.recall(form.name, joiner)
        return joiner


class _Written:
    """Hears what became of each batch: counts it, and keeps what the store refused, as records that can be fed in again."""

    def __init__(self, counts: "_Counts", letters: DeadLetter) -> None:
        self._counts, self._letters = counts, letters

    def __call__(self, events: int, report: WriteReport, place: Place) -> None:
        refused = [Rejected(place.source, place.line, 0, each.reason, record_of(each.event)) for each in report.refused]
        self._letters.write(refused, NdjsonFormat.name, 0.0)
        self._counts.written(events - len(refused), report, refused)


class _Counts:
    """Keeps the summary and tells the progress."""

    def __init__(self, sources: Sequence[Source], progress: Callable[[Progress], None] | None) -> None:
        self.meter = Meter()
        self.again = 0  # events among those written that only complete one written before
        self._progress = progress
        self._summary = Summary()
        self.warnings = self._summary.warnings
        self._written = 0
        self._begun = time.monotonic()
        self._source = ""
        sizes = [source.size for source in sources if source.size is not None and not source.follow]
        self._total = sum(sizes) if len(sizes) == len(sources) else None

    def parsed(self, parsed: Parsed, source: str) -> None:
        self._source = source
        self._summary.read += parsed.read
        self._summary.rejected += len(parsed.rejected)
        self._summary.examples += parsed.rejected[: _EXAMPLES - len(self._summary.examples)]
        self._tell()

    def written(self, events: int, report: WriteReport, refused: Sequence[Rejected]) -> None:
        self._written += events
        self._summary.rejected += len(refused)
        self._summary.examples += refused[: _EXAMPLES - len(self._summary.examples)]
        self._summary.new += report.new
        self._summary.changed += report.changed
        self._summary.same += report.same
        self._tell()

    def summed(self, *, stopped: bool) -> Summary:
        self._summary.events = self._written - self.again
        self._summary.stopped = stopped
        self._summary.seconds = time.monotonic() - self._begun
        return self._summary

    def _tell(self) -> None:
        if self._progress is not None:
            counts = self._summary
            self._progress(
                Progress(self.meter.taken, self._total, counts.read, max(0, self._written - self.again), counts.rejected, self._source)
            )


def _check_dead_letter(path: Path | None, sources: Sequence[Source]) -> None:
    """A run that reads the file it writes to would never end."""
    if path is None or not path.exists():
        return
    for source in sources:
        if source.path is not None and source.path.exists() and source.path.samefile(path):
            raise SourceError(f"{source.name}: is also the dead-letter file of this run. Name another one with --dead-letter")
