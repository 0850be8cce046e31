"""The audit trail as CSV or NDJSON, streamed, with a last line that says whether it is whole."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import chain, islice
from typing import Final, Protocol

import msgspec
from flask import Response, current_app, stream_with_context

from app import shown
from app.errors import problem_of, request_id
from store.customers.trail import Entry
from store.errors import AbandonedError
from store.event import iso

COLUMNS: Final = ("time", "who", "what", "about", "detail", "via", "id")
_CHUNK: Final = 500  # entries that travel together
_ENCODER: Final = msgspec.json.Encoder()


class Form(Protocol):
    """How it is written."""

    @property
    def mimetype(self) -> str:
        """The Content-Type."""
        ...

    def head(self) -> bytes:
        """What stands before the first entry."""
        ...

    def rows(self, entries: Iterable[Entry]) -> bytes:
        """These entries."""
        ...

    def end(self, count: int, error: str = "") -> bytes:
        """The last line: how many there were, and what broke it off, if anything."""
        ...


@dataclass(frozen=True, slots=True)
class Csv:
    """A row an entry, times in UTC; what a spreadsheet would take for a formula begins with an apostrophe."""

    separator: str = ","
    bom: bool = False
    mimetype: str = "text/csv; charset=utf-8"

    def head(self) -> bytes:
        """The names of the columns."""
        return ("\ufeff" if self.bom else "").encode() + self._csv([COLUMNS])

    def rows(self, entries: Iterable[Entry]) -> bytes:
        """A row for each."""
        return self._csv([shown.csv_cell(text, self.separator) for text in fields(each).values()] for each in entries)

    def end(self, count: int, error: str = "") -> bytes:
        """A row as wide as the others."""
        text = f"# error: the export broke off after {count} entries: {error}" if error else f"# end: {count} entries"
        return self._csv([[text] + [""] * (len(COLUMNS) - 1)])

    def _csv(self, rows: Iterable[Iterable[str]]) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=self.separator).writerows(rows)
        return text.getvalue().encode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Ndjson:
    """A line of JSON an entry; the last is `{"end": true, "entries": n}`."""

    mimetype: str = "application/x-ndjson"

    def head(self) -> bytes:
        """Nothing."""
        return b""

    def rows(self, entries: Iterable[Entry]) -> bytes:
        """A line for each."""
        return b"".join(_ENCODER.encode(fields(each)) + b"\n" for each in entries)

    def end(self, count: int, error: str = "") -> bytes:
        """How many lines there were."""
        return _ENCODER.encode({"end": not error, "entries": count} | ({"error": error} if error else {})) + b"\n"


def fields(entry: Entry) -> dict[str, str]:
    """An entry by the names of the columns."""
    known = asdict(entry) | {"time": iso(entry.at)}
    return {name: known[name] for name in COLUMNS}


def stream(entries: Iterator[Entry], form: Form) -> Response:
    """The export. What goes wrong before the first entry is an ordinary error; later it is the last line."""
    first = list(islice(entries, 1))
    return Response(stream_with_context(_pieces(chain(first, entries), form)), content_type=form.mimetype)


def _pieces(entries: Iterator[Entry], form: Form) -> Iterator[bytes]:
    yield form.head()
    count = 0
    try:
        while chunk := list(islice(entries, _CHUNK)):
            yield form.rows(chunk)
            count += len(chunk)
    except AbandonedError:  # nobody reads on
        return
    except Exception as error:  # the status line is gone: whatever happened has to be said in the stream
        current_app.logger.exception("request %s: export of the audit trail broke off after %d", request_id(), count)
        yield form.end(count, problem_of(error)[1].message)
    else:
        yield form.end(count)
