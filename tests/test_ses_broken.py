"""SES records that are not what they should be: mended where that is harmless, refused with a reason that names the field elsewhere."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ses_records import JSON, PARTS, only, parsed, record, sns

from indexer.records import Parsed
from store.event import public


def refusal(content: JSON) -> str:
    """The reason of the only rejection."""
    result = parsed(content)
    assert (result.read, result.events) == (1, [])
    (rejected,) = result.rejected
    return rejected.reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (record("Send") | {"mail": None}, "mail is missing"),
        (record("Send", mail={"messageId": None}), "mail.messageId is missing"),
        (record("Send", mail={"messageId": ""}), "mail.messageId is missing"),
        (record("Send", mail={"messageId": ["x"]}), "mail.messageId is a list, where text is expected"),
        (record("Send", mail={"destination": []}), "mail.destination is missing or empty"),
        (record("Send", mail={"destination": [{"a": 1}]}), "mail.destination[0] is an object, where text is expected"),
        (record("Send", mail={"destination": ["nobody"]}), "mail.destination: 'nobody' is not an address"),
        (record("Send", mail={"destination": ["jan\x00@klant.example"]}), "recipient: expected no control characters"),
        (record("Send", mail={"destination": ["j" * 400 + "@klant.example"]}), "recipient: expected at most 320 characters, got 414"),
        (
            record("Send", mail={"timestamp": "yesterday"}),
            "mail.timestamp is 'yesterday', where a time such as 2024-11-01T09:00:00.000Z is",
        ),
        (record("Send", mail={"timestamp": "1024-11-01T00:00:00Z"}), "timestamp: expected a time from 1990 to 2099"),
        (record("Send", mail={"timestamp": "0001-01-01T00:00:00+23:59"}), "timestamp: expected a time from 1990 to 2099"),
        (record("Send") | {"mail": "x"}, "mail is the text 'x', where an object is expected"),
        (record("Bounce") | {"bounce": None}, "bounce is missing"),
        (record("Bounce") | {"bounce": [1]}, "bounce is a list, where an object is expected"),
        (record("Bounce", {"bouncedRecipients": [{}]}), "bounce.bouncedRecipients: '' is not an address"),
        (record("Bounce", {"bouncedRecipients": ["x"]}), "bounce.bouncedRecipients[0] is the text 'x', where an object is expected"),
        (
            record("Bounce", {"bouncedRecipients": []}, {"destination": ["a@b.nl", "c@d.nl"]}),
            "bounce.bouncedRecipients is missing, and mail.destination, with 2 addresses, does not tell who it was",
        ),
        (
            record("Delivery", {"processingTimeMillis": "soon"}),
            "delivery.processingTimeMillis is the text 'soon', where a number is expected",
        ),
        (record("Open") | {"open": None}, "open is missing"),
        (record("Send", top={"eventType": "Teleport"}), "eventType 'Teleport' is not known; known are send, delivery"),
        (record("Send", top={"eventType": None, "notificationType": "Received"}), "notificationType 'Received' is not known"),
        (record("Send", top={"eventType": {"a": 1}}), "eventType is an object, where text is expected"),
        (sns(record("Send", mail={"messageId": None})), "Message: mail.messageId is missing"),
        (sns(record("Send")["mail"]), "Message: there is neither eventType nor notificationType in it, only 'timestamp', 'messageId'"),
    ],
)
def test_a_refusal_names_the_field_and_what_is_wrong(content: JSON, reason: str) -> None:
    """Broken records say what to mend."""
    assert refusal(content).startswith(reason)


def test_one_unreadable_recipient_does_not_take_the_others_along() -> None:
    """The good recipients of a record give their events, and the bad one its refusal."""
    result = parsed(
        record("Send", mail={"destination": ["jan@klant.example", "nobody", "piet@klant.example", "j" * 400 + "@klant.example"]})
    )
    assert [event.recipient for event in result.events] == ["jan@klant.example", "piet@klant.example"]
    assert [each.reason for each in result.rejected] == [
        "mail.destination: 'nobody' is not an address; recipient: expected at most 320 characters, got 414"
    ]


@pytest.mark.parametrize(
    ("content", "field", "value"),
    [
        (record("Send", mail={"destination": "jan@klant.example"}), "recipient", "jan@klant.example"),
        (record("Send", mail={"messageId": 1234}), "queue_id", "1234"),
        (record("Delivery", {"processingTimeMillis": "2400"}), "delay", 2.4),
        (record("Delivery", {"smtpResponse": 250}), "diagnostic", "250"),
        (record("Delivery", {"recipients": None}), "recipient", "jan@klant.example"),
        (record("Bounce", {"bouncedRecipients": {"emailAddress": "jan@klant.example"}}), "recipient", "jan@klant.example"),
        (record("Bounce", {"bouncedRecipients": [None, {"emailAddress": "jan@klant.example"}]}), "recipient", "jan@klant.example"),
        (record("Send", mail={"tags": {"campaign": "one", "n": [1], "none": None}}), "tags", ("campaign=one", "n=1")),
        (record("Send", mail={"tags": None, "commonHeaders": None, "headers": None}), "tags", ()),
        (record("Send", mail={"commonHeaders": {"subject": "a\ud800b"}}), "subject", "a\ufffdb"),
        (record("Send", mail={"commonHeaders": {"subject": "a\x00b\x1f"}}), "subject", "a\ufffdb\ufffd"),
        (record("Send", top={"new": {"deep": [1, 2, {}]}}), "type", "send"),
        (record("Send", mail={"commonHeaders": {"subject": "x" * 10_000_000}}), "subject", "x" * 4096),
        (record("Complaint", {"timestamp": None, "arrivalDate": "2024-11-03T10:30:00Z"}), "timestamp", 1730629800000),
    ],
    ids=range(14),
)
def test_what_is_odd_but_harmless_is_read(content: JSON, field: str, value: object) -> None:
    """Numbers as text, one value without its list, nulls, unknown keys, unfit characters and endless texts."""
    assert getattr(only(content), field) == value


def test_long_records_are_kept_cut() -> None:
    """What is stored of one record is bounded, however long its answer is."""
    people = [{"emailAddress": "jan@klant.example", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 " + "é" * 200_000}]
    event = only(record("Bounce", {"bouncedRecipients": people}))
    assert (len(event.diagnostic or ""), len(event.raw or "")) == (16_384, 65_536)
    assert (event.smtp_code, event.status) == (550, "5.1.1")


@pytest.mark.parametrize(
    ("line", "subject"),
    [
        (b'{"eventType":"Open","eventType":"Send","mail":{"messageId":"a","messageId":"b","timestamp":"2024-11-03T10:00:00Z",', None),
        (
            b'{"eventType":"Send","mail":{"messageId":"b","timestamp":"2024-11-03T10:00:00Z","commonHeaders":{"subject":"caf\xe9"},',
            "caf\ufffd",
        ),
        (b'{"eventType":"Send","mail":{"messageId":"b","timestamp":"2024-11-03T10:00:00Z","commonHeaders":{"subject":"a\tb"},', "a\tb"),
    ],
    ids=["the last of duplicate keys counts", "bytes that are no UTF-8", "bare control characters"],
)
def test_json_that_is_not_quite_right_is_read(line: bytes, subject: str | None) -> None:
    """Some senders' JSON is not to the letter."""
    result = parsed(line + b'"destination":["jan@klant.example"]}}')
    assert [(event.type, event.queue_id, event.subject) for event in result.events] == [("send", "b", subject)]


def test_keys_that_are_no_utf_8_are_named_all_the_same() -> None:
    """The reason for an unknown object can be told, whatever its keys hold."""
    assert parsed(b'{"k\xe8y":1}').rejected[0].reason.endswith("only 'k\\ufffdy'")


def test_a_record_for_many_keeps_one_text() -> None:
    """Nine thousand events of one record share what is kept of it."""
    people = [f"u{number}@klant.example" for number in range(9000)]
    events = parsed(record("Send", mail={"destination": people, "commonHeaders": {"subject": "é" * 100_000}})).events
    assert len(events) == 9000
    assert len({id(event.raw) for event in events}) == 1


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["a@b.nl", "2024-11-03T10:00:00Z", "5.1.1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:  # noqa: ANN401 - any JSON value
    """The way to each value inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(*path, name) for name, _ in inner] + [place for name, each in inner for place in places(each, (*path, name))]


@settings(max_examples=300, deadline=None)
@given(kind=st.sampled_from(sorted(PARTS)), data=st.data())
def test_no_record_is_too_odd_to_be_read_or_refused(kind: str, data: st.DataObject) -> None:
    """Records with random values in random places never raise, and what comes out can be shown and is the same each time."""
    mutant = copy.deepcopy(record(kind))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(places(mutant)))
        holder: Any = mutant
        for step in path[:-1]:
            holder = holder[step]
        if data.draw(st.booleans()):
            holder[path[-1]] = data.draw(VALUES)
        else:
            del holder[path[-1]]
    result = parsed(json.dumps(mutant).encode())
    assert result.read >= 1
    assert len(result.events) + len(result.rejected) >= 1
    assert all(each.reason for each in result.rejected)
    assert result.events == parsed(sns(json.dumps(mutant))).events or _timeless(result)
    for event in result.events:
        json.dumps(public(event)).encode()


def _timeless(result: Parsed) -> bool:
    """Whether the record was refused because it tells no time, so that its wrapping must."""
    return not result.events and result.rejected[0].reason.endswith("nor the wrapping tells a time")
