"""What of an Amazon SES record and of its wrappings is read, as typed structs; every other key is skipped.

Source: Amazon SES developer guide, "Contents of event data that Amazon SES publishes to Amazon SNS" (event publishing, `eventType`) and
"Amazon SNS notification contents for Amazon SES" (feedback notifications, `notificationType`).
"""

from typing import Final

from msgspec import Raw, Struct, field
from msgspec.json import Decoder
from msgspec.structs import fields

_NOTHING: Final = Raw(b"")


class Party(Struct, rename="camel", gc=False):
    """One of the bounced, complained or delayed recipients."""

    email_address: str | None = None
    action: str | None = None
    status: str | None = None
    diagnostic_code: str | None = None


class Part(Struct, rename="camel", gc=False):
    """The object named after the event (`bounce`, `delivery`, ...): the fields of all of them, since no two disagree about a name."""

    timestamp: str | None = None
    arrival_date: str | None = None
    feedback_id: str | None = None
    bounce_type: str | None = None
    bounce_sub_type: str | None = None
    complaint_feedback_type: str | None = None
    complaint_sub_type: str | None = None
    delay_type: str | None = None
    link: str | None = None
    reason: str | None = None
    error_message: str | None = None
    contact_list: str | None = None
    smtp_response: str | None = None
    processing_time_millis: float | None = None
    remote_mta_ip: str | None = None
    reporting_mta: str | None = field(default=None, name="reportingMTA")
    recipients: list[str] | None = None
    bounced_recipients: list[Party] | None = None
    complained_recipients: list[Party] | None = None
    delayed_recipients: list[Party] | None = None
    new_topic_preferences: Raw = _NOTHING


class CommonHeaders(Struct, rename="camel", gc=False):
    """The headers that SES has picked out of the mail."""

    subject: str | None = None
    message_id: str | None = None
    return_path: str | None = None
    from_: list[str] | None = field(default=None, name="from")


class Header(Struct, gc=False):
    """One header of the mail as it was given to SES."""

    name: str | None = None
    value: str | None = None


class Mail(Struct, rename="camel", gc=False):
    """The mail that the event is about.

    `headers` and `tags` stay undecoded: the headers are wanted only where `common_headers` lack something, and most tags come again
    and again.
    """

    timestamp: str | None = None
    message_id: str | None = None
    source: str | None = None
    destination: list[str] | None = None
    common_headers: CommonHeaders | None = None
    headers: Raw = _NOTHING
    tags: Raw = _NOTHING


class Outer(Struct, rename="camel", gc=False):
    """A whole JSON object: an SES record, or one of the wrappings that carry it (`envelopes.py` knows which key means which)."""

    event_type: str | None = None
    notification_type: str | None = None
    mail: Mail | None = None
    send: Part | None = None
    delivery: Part | None = None
    bounce: Part | None = None
    complaint: Part | None = None
    reject: Part | None = None
    open: Part | None = None
    click: Part | None = None
    failure: Part | None = None
    delivery_delay: Part | None = None
    subscription: Part | None = None

    sns_type: Raw = field(default=_NOTHING, name="Type")
    sns_message: Raw = field(default=_NOTHING, name="Message")
    sns_time: Raw = field(default=_NOTHING, name="Timestamp")
    detail: Raw = _NOTHING
    time: Raw = _NOTHING
    sqs_body: Raw = field(default=_NOTHING, name="Body")
    body: Raw = _NOTHING
    is_base64_encoded: Raw = field(default=_NOTHING, name="isBase64Encoded")
    sqs_messages: Raw = field(default=_NOTHING, name="Messages")
    lambda_records: Raw = field(default=_NOTHING, name="Records")
    lambda_sns: Raw = field(default=_NOTHING, name="Sns")
    kinesis: Raw = _NOTHING
    firehose_records: Raw = field(default=_NOTHING, name="records")
    data: Raw = _NOTHING
    raw_data: Raw = _NOTHING


OUTER: Final = Decoder(Outer)
HEADERS: Final = Decoder(list[Header])
TAGS: Final = Decoder(dict[str, list[str]])
ITEMS: Final = Decoder(list[Raw])
KEYS: Final = Decoder(dict[str, Raw])
TEXT: Final = Decoder(str)

# A field's name as SES writes it -> as it is called here
ATTRIBUTES: Final = {each.encode_name: each.name for shape in (Outer, Part) for each in fields(shape)}
