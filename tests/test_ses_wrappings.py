"""SES records in what carries them: the same events come out, whatever is around them."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ses_records import JSON, PARTS, WRAPPINGS, eventbridge, firehose, parsed, record, sns, sqs

from indexer.formats import detect
from indexer.formats.ses import SesFormat

SETUP_TEXT = "Successfully validated SNS topic for Amazon SES event publishing."
CONTROLS = {
    "subscription": {"Type": "SubscriptionConfirmation", "Token": "t", "Message": "You have chosen ...", "SubscribeURL": "https://x"},
    "unsubscription": {"Type": "UnsubscribeConfirmation", "Token": "t", "Message": "You have chosen ...", "SubscribeURL": "https://x"},
    "set-up of event publishing": sns(SETUP_TEXT),
    "set-up in a queue": {"Messages": [{"Body": SETUP_TEXT}]},
    "an empty answer of a queue": {"Messages": []},
    "set-up of feedback notifications": sns({"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have successfully ..."}),
}


@pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS)
@pytest.mark.parametrize("kind", PARTS)
def test_the_wrapping_changes_nothing(kind: str, wrap: Callable[[JSON], Any]) -> None:
    """Ids, fields and the kept record are the same through every wrapping."""
    bare = parsed(record(kind))
    carried = parsed(wrap(record(kind)))
    assert [each.reason for each in carried.rejected] == []
    assert carried.read == 1
    assert carried.events == bare.events


@pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS)
def test_every_wrapping_is_recognised(wrap: Callable[[JSON], Any]) -> None:
    """The content tells the format, whatever is around it."""
    assert detect(json.dumps(wrap(record("Bounce"))).encode()).name == "ses"


@pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS)
def test_control_messages_are_read_and_give_nothing(control: JSON) -> None:
    """What SNS and SES send about the topic itself is neither an event nor an error, and is known as theirs."""
    result = parsed(control)
    assert (result.read, result.events, result.rejected) == (1, [], [])
    assert SesFormat().recognises(json.dumps(control).encode())


def test_the_set_up_text_may_stand_alone_on_a_line() -> None:
    """SNS raw delivery hands on the bare text."""
    result = parsed(record("Send"), SETUP_TEXT.encode(), record("Delivery"))
    assert (result.read, len(result.events), result.rejected) == (3, 2, [])


def test_a_batch_counts_as_the_records_in_it() -> None:
    """Ten messages in one SQS answer are ten records, and one broken among them is one rejection."""
    broken = record("Send", mail={"messageId": None})
    result = parsed(sqs(*[record("Send", mail={"messageId": f"id-{n}"}) for n in range(9)], broken))
    assert (result.read, len(result.events)) == (10, 9)
    assert [each.reason for each in result.rejected] == ["Messages[9].Body: mail.messageId is missing"]
    assert json.loads(result.rejected[0].record) == broken


def test_several_records_in_one_firehose_record_are_all_read() -> None:
    """Firehose data may hold records glued together or on lines of their own."""
    kinds = ("Send", "Delivery", "Bounce")
    for glue in ("", "\n"):
        text = glue.join(json.dumps(record(kind)) for kind in kinds)
        result = parsed({"Records": [{"body": text}]})
        assert [event.type for event in result.events] == ["send", "delivery", "bounce"]


def test_both_kinds_of_notification_give_the_same_events() -> None:
    """Event publishing and feedback notifications of one bounce are one event."""
    feedback = record("Bounce")
    feedback["notificationType"] = feedback.pop("eventType")
    assert parsed(feedback).events[0].id == parsed(record("Bounce")).events[0].id


def test_only_the_wrapping_may_tell_the_time() -> None:
    """A record without any time takes that of SNS or EventBridge, and the id does not depend on which of them it was."""
    timeless = record("Complaint", {"timestamp": None}, {"timestamp": None})
    (by_sns,), (by_bridge,) = parsed(sns(timeless)).events, parsed(eventbridge(timeless)).events
    assert by_sns.timestamp == 1730628000000
    assert by_bridge.timestamp == 1730628005000
    assert by_sns.id == by_bridge.id
    assert parsed(timeless).rejected[0].reason.startswith("complaint.timestamp is missing")


def test_wrappings_end_somewhere() -> None:
    """A record wrapped without end is refused, not followed."""
    inner: JSON = record("Send")
    for _ in range(12):
        inner = {"detail": inner}
    assert "wrappings" in parsed(inner).rejected[0].reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"records": [{"data": "%%%"}]}, "records[0].data: its content cannot be read: base64"),
        ({"Records": [{"body": "hello"}]}, "Records[0].body: it is not JSON"),
        ({"Records": [17]}, "Records[0]: it is a number, where an object is expected"),
        ({"Records": [{"body": ""}]}, "Records[0].body: it is empty"),
        ({"detail": {"a": 1}}, "detail: there is neither eventType nor notificationType in it, only 'a'"),
        ({}, "there is neither eventType nor notificationType in it, only nothing"),
        ({"Type": "Notification", "Message": None}, "there is neither eventType nor notificationType in it, only 'Type', 'Message'"),
    ],
)
def test_what_carries_no_record_is_refused_by_its_place(content: JSON, reason: str) -> None:
    """The reason says where in the wrappings it went wrong."""
    result = parsed(content)
    assert (result.read, result.events) == (1, [])
    assert result.rejected[0].reason.startswith(reason)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello\n",
        b'{"timestamp":"2024-11-01T00:00:00Z","type":"send","sender":"a@b.nl","recipient":"c@d.nl","raw":"{\\"eventType\\":\\"Send\\"}"}\n',
        b'[{"email":"a@b.nl","event":"delivered","sg_message_id":"x"}]',
        b'{"RecordType":"Bounce","MessageID":"x","Email":"a@b.nl"}',
        b'{"signature":{"token":"x"},"event-data":{"event":"delivered"}}',
        b"Nov  3 10:00:00 mx postfix/smtp[1]: 4XB2: to=<a@b.nl>, status=sent\n",
        b'{"body": "hello"}\n',
    ],
)
def test_other_content_is_not_taken_for_ses(content: bytes) -> None:
    """Our own NDJSON, other providers' webhooks and logs are left to their formats."""
    assert not SesFormat().recognises(content)


def test_a_first_record_longer_than_the_sample_is_recognised() -> None:
    """64 KiB may hold only the start of a large batch."""
    many = json.dumps(record("Send", mail={"destination": [f"u{n}@klant.example" for n in range(9000)]})).encode()
    assert SesFormat().recognises(many[: 64 << 10])


def shuffled(value: Any, order: random.Random) -> Any:  # noqa: ANN401 - any JSON value
    """The same JSON with the keys of its objects in another order."""
    if isinstance(value, dict):
        names = list(value)
        order.shuffle(names)
        return {name: shuffled(value[name], order) for name in names}
    return [shuffled(each, order) for each in value] if isinstance(value, list) else value


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(sorted(PARTS)),
    wrap=st.sampled_from(sorted(WRAPPINGS)),
    order=st.randoms(use_true_random=False),
    printing=st.fixed_dictionaries({"indent": st.sampled_from([None, 0, 2]), "ensure_ascii": st.booleans()}),
    subject=st.text(max_size=30),
)
def test_ids_depend_on_nothing_but_the_content(kind: str, wrap: str, order: random.Random, printing: JSON, subject: str) -> None:
    """Key order, white space, escapes and wrappings may change; the events may not."""
    headers = {"subject": subject.encode("utf-8", "replace").decode()}
    whole = record(kind, mail={"commonHeaders": headers})
    printed = json.dumps(WRAPPINGS[wrap](shuffled(whole, order)), **printing).encode("utf-8", "replace")
    bare = parsed(whole).events
    assert [event.id for event in parsed(printed).events] == [event.id for event in bare]
    assert [event.subject for event in parsed(printed).events] == [event.subject for event in bare]


def test_a_firehose_request_is_read_whole() -> None:
    """All records of a request come out, in their order."""
    result = parsed(firehose(record("Send"), record("Open"), sns(record("Click"))))
    assert [event.type for event in result.events] == ["send", "open", "click"]
