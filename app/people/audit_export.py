"""The audit trail as CSV or NDJSON, streamed, with a last line that says whether it is whole."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Final

import msgspec
from flask import Response

from app import shown
from app.errors import problem_of
from app.streaming import Form, csv_lines, csv_remark, streamed
from store.customers.trail import Entry
from store.event import iso

COLUMNS: Final = ("time", "who", "what", "about", "detail", "via", "id")
_CHUNK: Final = 500  # entries that travel together
_ENCODER: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Csv:
    """A row an entry, times in UTC; what a spreadsheet would take for a formula begins with an apostrophe."""

    separator: str = ","
    bom: bool = False
    mimetype: str = "text/csv; charset=utf-8"

    def head(self) -> bytes:
        """The names of the columns."""
        return ("\ufeff" if self.bom else "").encode() + csv_lines([COLUMNS], self.separator)

    def rows(self, entries: Iterable[Entry]) -> bytes:
        """A row for each."""
        return csv_lines(([shown.csv_cell(text, self.separator) for text in fields(each).values()] for each in entries), self.separator)

    def end(self, count: int) -> bytes:
        """A row as wide as the others."""
        return self._remark(f"# end: {count} entries")

    def broken(self, count: int, error: Exception) -> bytes:
        """A row that says that this is not all."""
        return self._remark(f"# error: the export broke off after {count} entries: {problem_of(error)[1].message}")

    def _remark(self, text: str) -> bytes:
        return csv_remark(text, len(COLUMNS), self.separator)


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

    def end(self, count: int) -> bytes:
        """How many lines there were."""
        return _ENCODER.encode({"end": True, "entries": count}) + b"\n"

    def broken(self, count: int, error: Exception) -> bytes:
        """The same, with what broke it off."""
        return _ENCODER.encode({"end": False, "entries": count, "error": problem_of(error)[1].message}) + b"\n"


def fields(entry: Entry) -> dict[str, str]:
    """An entry by the names of the columns."""
    known = asdict(entry) | {"time": iso(entry.at)}
    return {name: known[name] for name in COLUMNS}


def stream(entries: Iterator[Entry], form: Form[Entry]) -> Response:
    """The export."""
    return streamed(entries, form, _CHUNK)
