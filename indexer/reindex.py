"""Copies all events from one engine to another, oldest first; what is there already is not there twice."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Final

from store.errors import ReindexError
from store.event import Event
from store.events import EventStore, Query, Refused, Scope, Sort, WriteReport
from store.months import bounds, month_of
from store.moving import Headway, Journal, Moved, Stop, Tell

_BATCH: Final = 8_000


def copied(  # noqa: PLR0913 - from where to where, and who is told what, by name
    source: EventStore, target: EventStore, journal: Journal, *, tell: Tell, stop: Stop, refused: Callable[[Sequence[Refused]], None]
) -> Moved:
    """Copy from where the journal is to the end, and compare the numbers of events month by month.

    `refused` gets the events that the target does not take. Raises `ReindexError` where a month of the target has fewer than it should.
    """
    operator, start = Scope.operator(), journal.place
    total = source.count(Query(), operator)
    report, read, left_out = WriteReport(), 0, 0
    before = source.count(Query(end=start), operator) if start is not None else 0
    events = source.export(Query(start=start), operator, Sort())
    with ThreadPoolExecutor(1, thread_name_prefix="copying") as writer:
        writing: Future[WriteReport] | None = None
        written: list[Event] = []
        while True:
            batch = list(islice(events, _BATCH))  # read while the one before is written
            if writing is not None:
                done = writing.result()
                refused(done.refused)
                report, read, left_out = report + done, read + len(written), left_out + len(done.refused)
                headway = Headway(month_of(written[-1].timestamp), before + read, total, read, left_out)
                journal.note(written[-1].timestamp, headway)
                tell(headway)
            if not batch or stop():
                break
            writing, written = writer.submit(target.write, batch), batch
    events.close()
    counts = read, report.new + report.changed, left_out
    if stop():
        return Moved(*counts, journal.stop(), stopped=True)
    _compare(source, target, left_out)
    return Moved(*counts, journal.end())


def _compare(source: EventStore, target: EventStore, left_out: int) -> None:
    """Raise where a month of the target has fewer events than the source's; it may have more, of its own."""
    operator, missing = Scope.operator(), {}
    for bucket in source.histogram(Query(), operator, "1M", "UTC"):
        month = month_of(bucket.start)
        first, after = bounds(month)
        lacking = sum(bucket.counts.values()) - target.count(Query(start=first, end=after), operator)
        if lacking > 0:
            missing[month] = lacking
    if sum(missing.values()) > left_out:
        raise ReindexError(
            f"Some events are not there yet ({', '.join(f'{month}: {count:,}' for month, count in missing.items())}). "
            "They came while the others were copied, or were not taken: stop what writes to the embedded engine, and do the same again."
        )
