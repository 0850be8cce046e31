"""Exports: every match as NDJSON or CSV, streamed in order without a cap, with a last line that says whether it is whole."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from flask import Response

from app import shown
from app.errors import body, problem_of, request_id
from app.params import Search
from app.services import services
from app.streaming import Form, csv_lines, csv_remark, streamed
from app.viewer import scope
from store.event import Event, public, public_json
from store.fields import FIELDS, Kind

# The original record is in the NDJSON only: a spreadsheet cuts a cell at 32,767 characters.
COLUMNS: Final = tuple(field.name for field in FIELDS if field.kind is not Kind.STORED)
_CHUNK: Final = 200  # events that travel together
_ENCODER: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Ndjson:
    """One event a line; the last line is `{"end": true, "events": n}`, or has an `error` where the export broke off.

    With `columns` a line has those fields only, in that order.
    """

    columns: tuple[str, ...] | None = None
    mimetype: str = "application/x-ndjson"

    def head(self) -> bytes:
        """Nothing."""
        return b""

    def rows(self, events: Iterable[Event]) -> bytes:
        """A line of JSON for each event."""
        if self.columns is None:
            return b"".join([public_json(event) + b"\n" for event in events])
        return b"".join([_ENCODER.encode(self._part(public(event))) + b"\n" for event in events])

    def _part(self, whole: dict[str, Any]) -> dict[str, Any]:
        return {name: whole[name] for name in self.columns or () if name in whole}

    def end(self, count: int) -> bytes:
        """How many lines there were."""
        return _ENCODER.encode({"end": True, "events": count}) + b"\n"

    def broken(self, count: int, error: Exception) -> bytes:
        """The error in the shape that the API has everywhere."""
        return _ENCODER.encode({"end": False, "events": count, **body(problem_of(error)[1])}) + b"\n"


@dataclass(frozen=True, slots=True)
class Csv:
    """A header, a row an event with times in `zone`, and an end row as wide as the others whose first cell is `# end: n events`.

    RFC 4180: commas, CRLF, UTF-8. With `bom` it begins with the mark by which Excel knows UTF-8; other readers take it for text.
    `excel` is for Excel with Dutch settings (and most others that write 0,8): that mark, semicolons, and commas in decimals.
    """

    zone: str
    columns: tuple[str, ...] = COLUMNS
    bom: bool = False
    excel: bool = False
    mimetype: str = "text/csv; charset=utf-8"

    def head(self) -> bytes:
        """The names of the columns."""
        return ("\ufeff" if self.bom or self.excel else "").encode() + self._csv([self.columns])

    def rows(self, events: Iterable[Event]) -> bytes:
        """A row for each event, empty cells where it has no value; texts that a spreadsheet would run begin with an apostrophe."""
        return self._csv([self._cell(event, name) for name in self.columns] for event in events)

    def end(self, count: int) -> bytes:
        """The end row."""
        return self._remark(f"# end: {count} events")

    def broken(self, count: int, error: Exception) -> bytes:
        """A row that says that this is not all."""
        problem = problem_of(error)[1]
        return self._remark(f"# error: the export broke off after {count} events: {problem.message} (request {request_id()})")

    def _remark(self, text: str) -> bytes:
        return csv_remark(text, len(self.columns), self._separator)

    def _csv(self, rows: Iterable[Iterable[str]]) -> bytes:
        return csv_lines(rows, self._separator)

    @property
    def _separator(self) -> str:
        return ";" if self.excel else ","

    def _cell(self, event: Event, name: str) -> str:
        value = getattr(event, name)
        if value is None:
            return ""
        if name == "timestamp":
            return shown.iso_local(event.timestamp, self.zone)
        text = shown.plain(value)
        if isinstance(value, float) and self.excel:
            return text.replace(".", ",")
        return text if isinstance(value, int | float) else shown.csv_cell(text, self._separator)


def stream(search: Search, form: Form[Event]) -> Response:
    """The export of a search."""
    return streamed(services().store.export(search.query, scope(), search.page.sort), form, _CHUNK)
