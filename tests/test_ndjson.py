"""Our own format: what is read, what is refused and in which words, and that an export can be read in again."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.bounds import BOUNDS, EARLIEST, LATEST, bounded
from indexer.formats.ndjson import NdjsonFormat, event_from
from indexer.records import Block, Parsed
from store.event import Event, public

WHOLE: dict[str, Any] = {"timestamp": "2024-11-01T09:00:00Z", "type": "delivery", "sender": "a@shop.example", "recipient": "b@x.example"}
NINE = 1_730_451_600_000


def read(data: bytes) -> Parsed:
    """A block parsed."""
    return NdjsonFormat().parse(Block("in.ndjson", data, 1, 0, 0.0))


def event(**changes: object) -> Event:
    """One event from a whole record with these changes."""
    return event_from(json.dumps(WHOLE | changes).encode())


def refusal(**changes: object) -> str:
    """The reason why a record with these changes is refused."""
    with pytest.raises(ValueError, match=r"\w") as caught:
        event(**changes)
    return str(caught.value)


@pytest.mark.parametrize(
    "written",
    [
        "2024-11-01T09:00:00Z",
        "2024-11-01T09:00:00.000z",
        "2024-11-01 09:00:00",
        "2024-11-01T10:00:00+01:00",
        "2024-11-01T10:00+0100",
        "20241101T090000Z",
        NINE,
    ],
)
def test_a_time_is_iso_8601_with_any_offset_or_milliseconds(written: str | int) -> None:
    """A time without an offset is UTC."""
    assert event(timestamp=written).timestamp == NINE


@pytest.mark.parametrize(
    "written",
    ["yesterday", "", "2024-13-01", "1730451600000", True, 1.5, None, "0001-01-01T00:00:00+23:59", [], "1989-12-31", LATEST, 10**30],
)
def test_other_times_are_refused_by_name(written: object) -> None:
    """Words, seconds as text, and clocks that are broken."""
    assert refusal(timestamp=written).startswith("timestamp: ")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"smtp_code": "550"}, 'smtp_code: expected a whole number from 0 to 999, got "550"'),
        ({"smtp_code": True}, "smtp_code: expected a whole number from 0 to 999, got true"),
        ({"smtp_code": 10**400}, "smtp_code: expected"),
        ({"delay": "5"}, 'delay: expected a number, got "5"'),
        ({"expired": 1}, "expired: expected true or false, got 1"),
        ({"subject": ["a"]}, 'subject: expected text, got ["a"]'),
        ({"subject": {"a": 1}}, "subject: expected text, got an object"),
        ({"tags": "a"}, 'tags: expected a list of texts, got "a"'),
        ({"tags": {}}, "tags: expected a list of texts, got an object"),
        ({"remote_ip": "mail.example"}, 'remote_ip: expected an IPv4 or IPv6 address as text, got "mail.example"'),
        ({"type": ""}, "type: missing; expected text"),
        ({"type": "no such thing"}, "type: expected a word of letters"),
        ({"recipient": None}, "recipient: missing; expected an address as text"),
        ({"id": ""}, "id: expected some text, got an empty one"),
        ({"id": "x" * 129}, "id: expected at most 128 characters, got 129"),
        ({"recipient": "x" * 400 + "@x.example"}, "recipient: expected at most 320 characters"),
        ({"sender": "a\0@x.example"}, "sender: expected no control characters, got U+0000 at position 1"),
        ({"sender": "a\ud800@x.example"}, "sender: expected no control characters, got U+D800"),
        ({"sender_domain": "other.example"}, 'sender_domain: expected the domain of the sender ("shop.example"), got "other.example"'),
        ({"to": "b@x.example"}, '"to": there is no such field; did you mean recipient?'),
        ({"subjct": "x"}, '"subjct": there is no such field; did you mean subject?'),
        ({"qqqq": 1}, '"qqqq": there is no such field; the fields are id, timestamp,'),
    ],
)
def test_a_refusal_names_the_field_what_it_was_and_what_is_expected(changes: dict[str, object], reason: str) -> None:
    """One wrong thing a record."""
    assert refusal(**changes).startswith(reason)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "not JSON: "),
        (b"[1]", "expected a JSON object, got [1]"),
        (b"null", "expected a JSON object, got null"),
        (b'{"timestamp": NaN}', "not JSON: NaN"),
        (b'{"timestamp": 1e999}', "timestamp: expected a time"),
        (b'{"timestamp": ' + b"9" * 5000 + b"}", "not an event: a number of more than 4,300 digits"),
        (b'{"a":' * 100_000, "not an event: JSON nested too deeply"),
        (b'{"type": "send", "type": "send"}', "type: given twice"),
        (b'{"subject": "\xff"}', "expected UTF-8 text, got byte 0xFF at position 13 of the line"),
        (b"{}", "timestamp: missing; expected a time in ISO 8601"),
    ],
)
def test_what_is_no_record_is_rejected_with_its_place(line: bytes, reason: str) -> None:
    """The line, its number and its offset are kept; the lines around it are read."""
    good = json.dumps(WHOLE).encode()
    parsed = read(good + b"\n\n" + line + b"\r\n" + good)
    assert (parsed.read, len(parsed.events)) == (3, 2)
    (rejected,) = parsed.rejected
    assert rejected.reason.startswith(reason)
    assert (rejected.line, rejected.offset, rejected.record) == (3, len(good) + 2, line)


def test_long_and_unfit_text_is_cut_and_replaced() -> None:
    """A subject of 5,000 characters, a NUL, half a surrogate pair and too many tags do no harm."""
    read_event = event(subject="s" * 5000, diagnostic="a\0b\ud800\tc", tags=["t" * 300] * 200)
    assert read_event.subject == "s" * 4096
    assert read_event.diagnostic == "a\ufffdb\ufffd\tc"
    assert read_event.tags == ("t" * 256,) * 100


def test_domains_are_lowered_and_local_parts_are_not() -> None:
    """The local part belongs to the other server, who alone may fold it."""
    read_event = event(sender="Jan@Shop.EXAMPLE", remote_ip="2001:DB8::0:1", delay=-0.0)
    assert (read_event.sender, read_event.sender_domain) == ("Jan@shop.example", "shop.example")
    assert read_event.remote_ip == "2001:db8::1"
    assert str(read_event.delay) == "0.0"


def test_without_an_id_the_content_makes_it() -> None:
    """The order of keys, spaces and how the time is written do not matter; the content does."""
    turned = json.dumps(dict(reversed(WHOLE.items())) | {"timestamp": NINE}, indent=1).replace("\n", " ").encode()
    assert event_from(turned).id == event().id != event(subject="x").id
    assert event(id="my-own").id == "my-own"


def test_a_complaint_needs_no_recipient() -> None:
    """Nor does a rejected session."""
    assert event(type="complaint", recipient=None).recipient is None


def test_recognises_records_by_their_names() -> None:
    """A record cut off by the end of the sample and a broken first line are recognised too; other JSON is not."""
    form = NdjsonFormat()
    line = json.dumps(WHOLE).encode()
    assert form.recognises(line)
    assert form.recognises(b"\xef\xbb\xbf" + line)
    assert form.recognises(b"{broken\n" + line)
    assert form.recognises(line[:-2])
    assert not form.recognises(b'{"eventType": "Send", "mail": {"timestamp": "x"}}')
    assert not form.recognises(b"Nov 23 11:11:32 mx1 postfix/smtpd[1]: connect")


ADDRESSES = st.builds("{}@{}.example".format, st.text("abcXYZ+.0é", min_size=1, max_size=20), st.text("abc-0", min_size=1, max_size=10))
TEXTS = st.text(max_size=50)
EVENTS = st.builds(
    Event,
    id=st.text("abc0-_", min_size=1, max_size=40),
    timestamp=st.integers(EARLIEST, LATEST - 1),
    type=st.sampled_from(["send", "bounce", "code_sent"]),
    source=st.sampled_from(["ses", "postfix", "ndjson"]),
    sender=st.none() | st.just("") | ADDRESSES,
    recipient=ADDRESSES,
    original_recipient=st.none() | ADDRESSES,
    recipient_certain=st.none() | st.booleans(),
    subject=st.none() | TEXTS,
    message_id=st.none() | TEXTS,
    mx=st.none() | TEXTS,
    remote_ip=st.none() | st.ip_addresses().map(str),
    smtp_code=st.none() | st.integers(0, 999),
    diagnostic=st.none() | TEXTS,
    expired=st.none() | st.booleans(),
    delay=st.none() | st.floats(-1e9, 1e9).map(lambda number: number + 0.0),
    tags=st.lists(TEXTS, max_size=5).map(tuple),
    raw=st.none() | TEXTS,
)


@settings(max_examples=150, deadline=None)
@given(EVENTS)
def test_an_exported_event_is_read_in_again_as_it_was(made: Event) -> None:
    """`GET /api/v1/events.ndjson` of one portal is input for another."""
    kept = bounded(made)
    assert event_from(json.dumps(public(kept)).encode()) == kept


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*WHOLE, *BOUNDS, "smtp_code", "delay", "expired"]) | st.text(max_size=5),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
            max_leaves=5,
        ),
        max_size=8,
    )
    | st.binary(max_size=100)
)
def test_anything_is_an_event_or_a_rejection(made: dict[str, object] | bytes) -> None:
    """Never an exception, and the counts add up."""
    data = made if isinstance(made, bytes) else json.dumps(made).encode()
    parsed = read(data)
    assert parsed.read == len(parsed.events) + len(parsed.rejected)


def test_the_sample_events_are_all_read() -> None:
    """The events of the query cases, as they were written down for every engine."""
    parsed = read((Path(__file__).parent / "queries" / "events.ndjson").read_bytes())
    assert (len(parsed.events), parsed.rejected) == (200, [])
