"""Cutting a stream into SES records: whatever stands between them, and wherever the blocks end."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ses_records import PARTS, parsed, record, sns

from indexer.formats.ses import SesFormat
from indexer.formats.ses.stream import NotJsonError, texts
from indexer.records import Block
from store.event import Event

RECORDS = [record(kind, mail={"messageId": f"id-{n}", "source": 'x}{"a" <a@b.nl>'}) for n, kind in enumerate(PARTS)]
RECORDS.append(sns(record("Send", mail={"messageId": "in-sns"})))
PRINTINGS: dict[str, Callable[[], str]] = {
    "one a line": lambda: "".join(json.dumps(each) + "\n" for each in RECORDS),
    "one a line, the last without its end": lambda: "\n".join(json.dumps(each) for each in RECORDS),
    "CRLF and blank lines": lambda: "\r\n\r\n".join(json.dumps(each) for each in RECORDS) + "\r\n",
    "glued": lambda: "".join(json.dumps(each) for each in RECORDS),
    "glued with blanks": lambda: "  ".join(json.dumps(each, separators=(",", ":")) for each in RECORDS),
    "over many lines": lambda: "\n".join(json.dumps(each, indent=2) for each in RECORDS),
    "over many lines, not indented": lambda: "\n".join(json.dumps(each, indent=0) for each in RECORDS),
    "over many lines, glued": lambda: "".join(json.dumps(each, indent="\t") for each in RECORDS),
    "an array": lambda: json.dumps(RECORDS),
    "an array over many lines": lambda: json.dumps(RECORDS, indent=4),
    "an array, one a line": lambda: "[\n" + ",\n".join(json.dumps(each) for each in RECORDS) + "\n]\n",
    "several arrays": lambda: "\n".join(json.dumps(RECORDS[start : start + 3]) for start in range(0, len(RECORDS), 3)),
    "an array and lines": lambda: json.dumps(RECORDS[:4]) + "\n" + "\n".join(json.dumps(each) for each in RECORDS[4:]),
    "strings": lambda: "\n".join(json.dumps(json.dumps(each)) for each in RECORDS),
    "a sequence with record separators": lambda: "".join(f"\x1e{json.dumps(each)}\n" for each in RECORDS),
}


def ids(events: list[Event]) -> list[str]:
    """The ids of events."""
    return [event.id for event in events]


WANTED = [event_id for each in RECORDS for event_id in ids(parsed(each).events)]


def read_in_blocks(data: bytes, sizes: list[int]) -> tuple[list[str], list[str], int]:
    """Feed `data` in pieces of these sizes, over and over, as a source does; the ids, the refusals and the count of records."""
    form = SesFormat()
    held, found, refused, count, position, turn = b"", [], [], 0, 0, 0
    while position < len(data) or held:
        size = sizes[turn % len(sizes)]
        held, position, turn = held + data[position : position + size], position + size, turn + 1
        whole = form.cut(held) if position < len(data) else len(held)
        assert 0 <= whole <= len(held)
        result = form.parse(Block("test", held[:whole], 1, 0, 0.0))
        found += ids(result.events)
        refused += [each.reason for each in result.rejected]
        count += result.read
        held = held[whole:]
    return found, refused, count


@pytest.mark.parametrize("printing", PRINTINGS.values(), ids=PRINTINGS)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "BOM"])
def test_every_printing_is_read(printing: Callable[[], str], mark: str) -> None:
    """Each way to put records together gives each of them once."""
    result = parsed((mark + printing()).encode())
    assert [each.reason for each in result.rejected] == []
    assert ids(result.events) == WANTED
    assert result.read == len(RECORDS)


@settings(max_examples=40, deadline=None)
@given(printing=st.sampled_from(sorted(PRINTINGS)), sizes=st.lists(st.integers(1, 6000), min_size=1, max_size=5))
def test_the_blocks_do_not_matter(printing: str, sizes: list[int]) -> None:
    """Any cut of the bytes into blocks gives the same events."""
    assert read_in_blocks(PRINTINGS[printing]().encode(), sizes) == (WANTED, [], len(RECORDS))


@pytest.mark.parametrize("printing", PRINTINGS.values(), ids=PRINTINGS)
def test_a_stream_is_cut_where_a_record_ends(printing: Callable[[], str]) -> None:
    """Half a stream gives a block, and what is left of the last record waits."""
    data = printing().encode()
    half = data[: len(data) // 2]
    assert 0 < SesFormat().cut(half) <= len(half)
    assert SesFormat().cut(half + b" ") >= SesFormat().cut(half[:-200])


def test_the_last_whole_record_does_not_wait_for_the_next() -> None:
    """Following a file shows a record as soon as its line is whole."""
    line = json.dumps(RECORDS[0]).encode() + b"\n"
    assert SesFormat().cut(line) == len(line)
    assert SesFormat().cut(line[:-20]) == 0


@pytest.mark.parametrize(
    "broken",
    [
        b'{"eventType":"Send","mail":{"messa',
        b'{"eventType":"Send","mail":{"messageId":"x",',
        b'{"eventType":"Send","mail":{"messageId":"x"}}}}',
        b'{"eventType": Send}',
        b'{"eventType":"Send\\u12"}',
        b"garbage",
        b'"unfinished',
        b"17",
        b"{",
        b'{"a":"\xff\xfe","b":}',
    ],
)
def test_a_broken_line_costs_only_itself(broken: bytes) -> None:
    """Reading goes on at the next record, and the rejection says where the broken one stood."""
    before, after = (json.dumps(record("Send", mail={"messageId": name})).encode() for name in ("before", "after"))
    result = SesFormat().parse(Block("mail.json", before + b"\n" + broken + b"\n" + after + b"\n" + after, 11, 1000, 0.0))
    assert [event.queue_id for event in result.events] == ["before", "after", "after"]
    assert {(each.source, each.line, each.offset) for each in result.rejected[:1]} == {("mail.json", 12, 1000 + len(before) + 1)}
    assert result.rejected[0].record.startswith(broken[:10])


@pytest.mark.parametrize(
    "hostile",
    [
        b'{"a":' * 300_000,
        b"[" * 1_000_000,
        b"{" * 1_000_000,
        b'{"a":\n' * 30_000,
        b'{"a":1,\n{"b":2}\n' * 10_000,
        b'{"eventType":"' + b"x" * 5_000_000 + b'"}',
        b'{"eventType":"Send","mail":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"}{" * 500_000,
        b'}{"a"' * 200_000,
        b'"' * 299_999,
        b"\\" * 1_000_000,
        b'{"Message":"' + b'\\"' * 500_000,
        b"\x00" * 1_000_000,
        b"1e999999 " * 10_000 + b"\n",
        b'{"mail":' + b"9" * 100_000 + b"}",
    ],
    ids=range(15),
)
def test_hostile_bytes_are_refused_in_time_of_their_length(hostile: bytes) -> None:
    """Depth bombs, endless strings and floods of brackets neither raise nor take time beyond their size."""
    result = SesFormat().parse(Block("test", hostile, 1, 0, 0.0))
    assert result.events == []
    assert 0 <= SesFormat().cut(hostile) <= len(hostile)
    assert isinstance(SesFormat().recognises(hostile[: 64 << 10]), bool)


def strict(text: bytes) -> None:
    """Accept JSON objects and nothing else."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise NotJsonError("no JSON") from error
    if not isinstance(value, dict):
        raise NotJsonError("no object")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from([b'{"a":1}', b"{", b"}", b'"', b"\\", b"\n", b",", b"[", b"]", b":", b'"k"', b" ", b"x", b"\xff"]), max_size=40
    )
)
def test_no_byte_is_lost_or_read_twice(pieces: list[bytes]) -> None:
    """The texts of any bytes follow each other, and only white space, commas and brackets lie between."""
    data = b"".join(pieces)
    position = 0
    for start, text, _ in texts(data, strict):
        assert data[position:start].strip(b" \n,[]") == b""
        assert data[start : start + len(text)] == text
        assert text
        position = start + len(text)
    assert data[position:].strip(b" \n,[]") == b""
