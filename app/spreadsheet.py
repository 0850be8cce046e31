"""The export as a workbook for spreadsheet programs: written to a temporary file in flat memory, and sent when it is whole."""

import math
import tempfile
from collections.abc import Iterator, Sequence
from typing import IO, Final

import xlsxwriter
from flask import Response, send_file
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app import dates, shown
from app.asker import gone
from app.language import gettext
from app.params import Search
from app.services import services
from app.viewer import scope
from store.errors import AbandonedError
from store.event import Event
from store.fields import BY_NAME

MIMETYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEET_ROWS: Final = 1_048_576  # the most that a sheet has
_MOST_TEXT: Final = 32_767  # characters in a cell
_EXACT: Final = 2**53  # a spreadsheet's numbers are floating point
_FIRST_YEAR: Final = 1900  # its calendar begins there
_LOOK: Final = 1_000  # events after which it is seen whether anybody still waits
_WIDTHS: Final = {"timestamp": 22, "subject": 40, "diagnostic": 60, "sender": 30, "recipient": 30}
_OFFSET: Final = "timestamp_offset"  # stands beside the time, whose cells have no zone of their own
# Texts stay texts, whatever they look like: no formula, no link and no number is made of what came by mail.
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def answer(search: Search, columns: Sequence[str]) -> Response:
    """Every match with these columns, in the order and the zone of the search. What goes wrong is an ordinary error: nothing was sent."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it when it has been sent
    try:
        write(file, services().store.export(search.query, scope(), search.page.sort), columns, search.zone)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return send_file(file, mimetype=MIMETYPE, as_attachment=True, download_name="events.xlsx")


def write(file: IO[bytes], events: Iterator[Event], columns: Sequence[str], zone: str, rows: int = SHEET_ROWS) -> int:
    """Write a workbook of the events, on as many sheets of `rows` rows as they take; how many they were.

    The row after the last says how many there are. Raises `AbandonedError` when nobody waits for it any more.
    """
    with xlsxwriter.Workbook(file, _OPTIONS) as book:
        pages = _Pages(book, columns, zone, rows)
        for event in events:
            pages.add(event)
        pages.remark(f"# end: {pages.count} events")
        return pages.count


class _Pages:
    """The sheets of a workbook, filled one after the other."""

    def __init__(self, book: xlsxwriter.Workbook, columns: Sequence[str], zone: str, rows: int) -> None:
        self.count = 0
        self._book = book
        self._columns = [each for name in columns for each in ((name, _OFFSET) if name == "timestamp" else (name,))]
        self._zone = zone
        self._rows = rows
        self._bold: Format = book.add_format({"bold": True})
        self._date: Format = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"})
        self._begin()

    def add(self, event: Event) -> None:
        """The next row."""
        if self.count % _LOOK == 0 and gone():
            raise AbandonedError("Nobody waits for the workbook any more.")
        row = self._next()
        for column, name in enumerate(self._columns):
            self._cell(row, column, name, event)
        self.count += 1

    def remark(self, text: str) -> None:
        """A row with a text in its first cell."""
        row = self._next()  # which may begin a sheet
        self._sheet.write_string(row, 0, text)

    def _begin(self) -> None:
        """A sheet with its headers."""
        self._sheet: Worksheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        for column, name in enumerate(self._columns):
            self._sheet.set_column(column, column, _WIDTHS.get(name, 16))
            self._sheet.write_string(0, column, self._title(name), self._bold)
        self._row = 1

    def _title(self, name: str) -> str:
        if name == _OFFSET:
            return gettext("UTC offset")
        label = gettext(BY_NAME[name].label)
        return f"{label} ({self._zone})" if name == "timestamp" else label

    def _next(self) -> int:
        """The number of the next row, on a further sheet where this one is full."""
        if self._row == self._rows:
            self._begin()
        self._row += 1
        return self._row - 1

    def _cell(self, row: int, column: int, name: str, event: Event) -> None:
        if name in ("timestamp", _OFFSET):
            self._time(row, column, event.timestamp, offset=name == _OFFSET)
            return
        value = getattr(event, name)
        match value:
            case None | ():
                pass
            case bool():
                self._sheet.write_boolean(row, column, value)
            case int() | float() if math.isfinite(value) and abs(value) < _EXACT:
                self._sheet.write_number(row, column, value)
            case _:
                self._sheet.write_string(row, column, _text(shown.plain(value)))

    def _time(self, row: int, column: int, milliseconds: int, *, offset: bool) -> None:
        """A time as the spreadsheet's own, which knows no zone, or its offset; one before its calendar as text."""
        moment = dates.local(milliseconds, self._zone)
        if offset:
            self._sheet.write_string(row, column, shown.offset(moment))
        elif moment.year < _FIRST_YEAR:
            self._sheet.write_string(row, column, shown.iso_local(milliseconds, self._zone))
        else:
            self._sheet.write_datetime(row, column, moment.replace(tzinfo=None), self._date)


def _text(text: str) -> str:
    """A text that fits a cell and its file: cut where it is too long, and without what XML cannot hold."""
    held = text.encode("utf-8", "replace").decode().replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
    return held if len(held) <= _MOST_TEXT else held[: _MOST_TEXT - 1] + "\u2026"
