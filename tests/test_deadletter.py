"""Rejected records are kept with their place and reason, and can be fed in again."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer import deadletter
from indexer.deadletter import DeadLetter
from indexer.errors import WriteFailedError
from indexer.formats import by_name
from indexer.records import Block, Parsed, Rejected
from store.event import Event

RECORD = b'{"timestamp": "2024-11-01T09:00:00Z", "type": "send", "sender": "a@s.example", "recipient": "b@x.example"}'
POSTFIX = (
    b"Nov  1 09:00:00 mx1 postfix/smtp[7]: 4XaB12cdEFz1: to=<b@x.example>, relay=mx.x.example[192.0.2.1]:25, delay=1, "
    b"delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)"
)


def fed_in(data: bytes) -> tuple[Parsed, list[Event]]:
    """A dead-letter file parsed and joined."""
    form = by_name("dead-letter")
    parsed = form.parse(Block("dead.ndjson", data, 1, 0, 0.0))
    joiner = form.joiner()
    return parsed, [*joiner.add(parsed), *joiner.close()]


def test_a_line_holds_the_place_the_reason_and_the_record(tmp_path: Path) -> None:
    """Text as text, bytes that are not UTF-8 in base64; the file appears with the first record."""
    path = tmp_path / "new" / "dead.ndjson"
    with DeadLetter(path) as letters:
        assert not path.exists()
        letters.write([Rejected("in.log", 7, 99, "why", b'say "hi"'), Rejected("in.log", 8, 120, "why", b"\xff\x00")], "ndjson", 5.0)
        first, second = map(json.loads, path.read_text().splitlines())
    assert first == {
        "source": "in.log",
        "line": 7,
        "offset": 99,
        "reason": "why",
        "format": "ndjson",
        "modified": 5.0,
        "record": 'say "hi"',
    }
    assert base64.b64decode(second["record_base64"]) == b"\xff\x00"


def test_a_line_cut_by_a_kill_does_not_spoil_the_next(tmp_path: Path) -> None:
    """The next run begins on a line of its own."""
    path = tmp_path / "dead.ndjson"
    path.write_bytes(b'{"source": "in.l')
    with DeadLetter(path) as letters:
        letters.write([Rejected("in.log", 1, 0, "why", RECORD)], "ndjson", 0.0)
    parsed, events = fed_in(path.read_bytes())
    assert (parsed.read, len(events), len(parsed.rejected)) == (2, 1, 1)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Losing rejected records quietly is not an option."""
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteFailedError, match=r"dead\.ndjson: rejected records cannot be kept there"):
        DeadLetter(tmp_path / "file" / "dead.ndjson").write([Rejected("in", 1, 0, "why", b"x")], None, 0.0)


def test_each_record_is_read_by_its_own_format_again(tmp_path: Path) -> None:
    """Mended or not, with the date of its source, so that a log without years keeps its year."""
    path = tmp_path / "dead.ndjson"
    with DeadLetter(path) as letters:
        letters.write([Rejected("in", 1, 0, "why", RECORD)], "ndjson", 0.0)
        letters.write([Rejected("mail.log", 1, 0, "why", POSTFIX)], "postfix", 1_732_000_000.0)
        letters.write([Rejected("in", 2, 50, "why", RECORD)], None, 0.0)
    parsed, events = fed_in(path.read_bytes())
    assert (parsed.read, parsed.rejected) == (3, [])
    assert [event.source for event in events] == ["ndjson", "postfix", "ndjson"]
    assert events[1].timestamp == 1_730_451_600_000


def test_a_record_still_wrong_keeps_its_first_place() -> None:
    """So that a second dead-letter file says where it came from, not where it was kept."""
    letter = {"source": "in.log", "line": 7, "offset": 99, "reason": "old", "format": "ndjson", "record": "{}"}
    parsed, events = fed_in(json.dumps(letter).encode())
    (rejected,) = parsed.rejected
    assert (rejected.source, rejected.line, rejected.offset, rejected.record, events) == ("in.log", 7, 99, b"{}", [])
    assert rejected.reason.startswith("timestamp: missing")


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b'"x"',
        b'{"source": "a", "line": 1, "offset": 0, "reason": "r"}',
        b'{"source": "a", "line": "1"}',
        b'{"source": "a", "line": 1, "offset": 0, "reason": "r", "record_base64": "%%%"}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_what_is_no_letter_is_rejected_where_it_stands(line: bytes) -> None:
    """The lines after it are read."""
    good = json.dumps({"source": "in", "line": 1, "offset": 0, "reason": "r", "record": RECORD.decode()}).encode()
    parsed, events = fed_in(line + b"\n" + good)
    assert [(one.source, one.line, one.record) for one in parsed.rejected] == [("dead.ndjson", 1, line)]
    assert len(events) == 1


def test_a_record_of_no_format_is_rejected() -> None:
    """As it would be in a file of its own."""
    letter = {"source": "in", "line": 1, "offset": 0, "reason": "r", "record": "Dear diary"}
    parsed, _ = fed_in(json.dumps(letter).encode())
    assert parsed.rejected[0].reason == "the record is of no format that is read"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60), st.text(max_size=20))
def test_any_record_comes_back_byte_for_byte(record: bytes, reason: str) -> None:
    """Through the file and out again."""
    letter = deadletter._decoded(deadletter._line(Rejected("in", 1, 0, reason, record), "ndjson", 0.0))
    assert letter is not None
    assert (deadletter._record(letter), letter.reason) == (record, reason)
