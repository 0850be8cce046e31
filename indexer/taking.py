"""Events that somebody hands over: read, kept, and what could not be, line by line."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Final

from msgspec.structs import replace

from indexer.batches import Batches, Place
from indexer.formats.ndjson import NdjsonFormat
from indexer.records import Block, Format, Parsed, Rejected
from store.event import Event, event_id
from store.events import EventWriter, Scope, WriteReport

MAX_LINE: Final = 1 << 20  # bytes; the longest event that its bounds let through is a fraction of that
MOST_TOLD: Final = 1_000  # rejected lines that are told one by one
_FORMAT: Final = NdjsonFormat()
_SOURCE: Final = "request"
_LATER: Final = 0.0  # the format takes no date from its source


@dataclass(slots=True)
class Taken:
    """What became of the lines: `read` that were not blank, `events` they gave, `new` that the store did not have.

    `rejected` are the first of those that could not be kept, each with its line (from 1) and the reason; `more_rejected` counts the rest.
    """

    read: int = 0
    events: int = 0
    new: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)
    more_rejected: int = 0

    def reject(self, line: int, reason: str) -> None:
        """One line that could not be kept."""
        if len(self.rejected) < MOST_TOLD:
            self.rejected.append((line, reason))
        else:
            self.more_rejected += 1


def take(lines: IO[bytes], store: EventWriter, scope: Scope) -> Taken:
    """Keep the events of `lines`, each a line in our own schema, that are of `scope`; the same again adds nothing.

    The id of a customer's event is made from the one it came with and the customer, so that nobody completes another's event by naming it.
    Raises `WriteFailedError` as `Batches` does.
    """
    return _kept(((number, _parsed(number, line)) for number, line in enumerate(_lines(lines), 1)), store, scope)


def take_records(records: bytes, form: Format, store: EventWriter, scope: Scope) -> Taken:
    """The same for whole records in another format, of a kind that needs no joining; all are told as line 1."""
    return _kept([(1, form.parse(Block(_SOURCE, records, 1, 0, _LATER)))], store, scope)


def _kept(parts: Iterable[tuple[int, Parsed]], store: EventWriter, scope: Scope) -> Taken:
    taken = Taken()

    def written(events: int, report: WriteReport, place: Place) -> None:
        taken.events += events - len(report.refused)
        taken.new += report.new
        for each in report.refused:
            taken.reject(numbers.get(each.event.id, place.line), each.reason)

    numbers: dict[str, int] = {}  # of the events that are under way: what the store refuses is told by its line
    with Batches(store, written) as batches:
        for number, parsed in parts:
            taken.read += parsed.read
            for each in parsed.rejected:
                taken.reject(number, each.reason)
            events = list(_of(scope, parsed.events, number, taken))
            numbers |= {event.id: number for event in events}
            batches.place = Place(_SOURCE, number)
            batches.add(events)
        batches.flush()
    return taken


def _parsed(number: int, line: bytes) -> Parsed:
    if len(line) > MAX_LINE:
        return Parsed([], [Rejected(_SOURCE, number, 0, f"longer than {MAX_LINE} bytes", b"")], 1)
    return _FORMAT.parse(Block(_SOURCE, line, number, 0, _LATER))


def _of(scope: Scope, events: Sequence[Event], number: int, taken: Taken) -> Iterator[Event]:
    for event in events:
        if not scope.holds(event):
            taken.reject(number, "sender: not of a domain that these events may be of")
        elif scope.domains is None:
            yield event
        else:
            yield replace(event, id=event_id(scope.customer or "", event.id))


def _lines(lines: IO[bytes]) -> Iterator[bytes]:
    """Line by line; of one that is too long only so much that it shows."""
    while line := lines.readline(MAX_LINE + 1):
        rest = line
        while len(rest) > MAX_LINE and not rest.endswith(b"\n"):
            rest = lines.readline(MAX_LINE + 1)
            if len(rest) <= MAX_LINE:
                break
        yield line.removesuffix(b"\n")
