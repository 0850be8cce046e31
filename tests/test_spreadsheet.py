"""The workbook: all that matches on as many sheets as it takes, texts that stay texts, and an end that says how many there are."""

import io
import re
import zipfile
from html import unescape
from typing import Final

import pytest
from flask.testing import FlaskClient
from samples import HOSTILE, MAIL, mail

from app import spreadsheet
from store.errors import AbandonedError
from store.event import Event

ZONE: Final = "Europe/Amsterdam"
_CELL: Final = re.compile(r'<c r="([A-Z]+)(\d+)"[^>]*?(?:/>|>(.*?)</c>)', re.DOTALL)


def sheets(book: bytes) -> list[list[list[str]]]:
    """The cells of each sheet of a workbook, row by row, as they stand in its files."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        names = sorted(name for name in archive.namelist() if name.startswith("xl/worksheets/sheet"))
        texts = [archive.read(name).decode() for name in names]
    assert not any("<f>" in text for text in texts)
    found = []
    for text in texts:
        rows: dict[int, list[str]] = {}
        for _, row, inner in _CELL.findall(text):
            rows.setdefault(int(row), []).append(unescape(re.sub("<[^>]+>", "", inner)))
        found.append(list(rows.values()))
    return found


def written(
    *events: Event, columns: tuple[str, ...] = ("timestamp", "subject"), rows: int = spreadsheet.SHEET_ROWS
) -> list[list[list[str]]]:
    """The sheets of a workbook of these events."""
    file = io.BytesIO()
    spreadsheet.write(file, iter(events), columns, ZONE, rows)
    return sheets(file.getvalue())


def test_the_workbook_holds_what_is_shown(client: FlaskClient) -> None:
    """Of the same search, with the same columns in the same order."""
    answer = client.get("/api/v1/events.xlsx?q=type:bounce&sort=-recipient&columns=recipient,type:wide&tz=Europe/Amsterdam")
    assert answer.mimetype == spreadsheet.MIMETYPE
    assert "events.xlsx" in answer.headers["Content-Disposition"]
    (sheet,) = sheets(answer.data)
    answer.close()
    assert sheet[0] == ["Recipient", "Event"]
    bounced = sorted((event.recipient or "" for event in MAIL if event.type == "bounce"), key=str.lower, reverse=True)
    assert [row[0] for row in sheet[1:-1]] == bounced
    assert sheet[-1] == [f"# end: {len(bounced)} events"]


def test_what_does_not_fit_goes_on_on_further_sheets() -> None:
    """Each with its headers; the end line stands behind the last event, on a sheet of its own where the last is full."""
    found = written(*(mail(number) for number in range(6)), columns=("message_id",), rows=4)
    assert [[row[0] for row in sheet] for sheet in found] == [
        ["Message-ID", "m0@shop.example", "m1@shop.example", "m2@shop.example"],
        ["Message-ID", "m3@shop.example", "m4@shop.example", "m5@shop.example"],
        ["Message-ID", "# end: 6 events"],
    ]


def test_a_text_stays_a_text() -> None:
    """No formula, no link; what is too long for a cell is cut, and what a file cannot hold is replaced."""
    found = written(HOSTILE, Event(id="x", timestamp=0, type="send", source="ndjson", subject="\ud800\uffff=1+1"))[0]
    assert found[1][2].startswith("=HYPERLINK(1)<script>")
    assert found[2][2] == "?\ufffd=1+1"


def test_times_are_those_of_the_zone_with_their_offset() -> None:
    """As the spreadsheet's own; the hour that comes twice is told apart by its offset."""
    twice = [Event(id=str(at), timestamp=at, type="send", source="ndjson") for at in (1_792_888_200_000, 1_792_891_800_000)]
    rows = written(*twice, columns=("timestamp",))[0]
    assert rows[0] == [f"Time ({ZONE})", "UTC offset"]
    assert rows[1][0] == rows[2][0]
    assert [rows[1][1], rows[2][1]] == ["+02:00", "+01:00"]
    assert written(Event(id="x", timestamp=-(10**13), type="send", source="ndjson"), columns=("timestamp",))[0][1][0].startswith("1653-")


def test_nobody_waiting_ends_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the workbook is whole."""
    monkeypatch.setattr(spreadsheet, "gone", lambda: True)
    with pytest.raises(AbandonedError):
        written(mail(1))


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_chosen_columns_are_those_of_the_other_exports_too(client: FlaskClient, form: str) -> None:
    """In their order, and nothing else."""
    lines = client.get(f"/api/v1/events.{form}?q=type:send&columns=recipient,type").text.splitlines()
    assert lines[0] == ("recipient,type" if form == "csv" else '{"recipient":"anna@school.example","type":"send"}')
    assert client.get(f"/api/v1/events.{form}?columns=raw").status_code == 400
