"""SES records out of what carries them: SNS, EventBridge, SQS, Lambda, Firehose, each inside the other.

Sources: SNS "Parsing message formats", EventBridge "Events from AWS services", SQS `ReceiveMessage`, Lambda "Using Lambda with Amazon SQS",
"... with Amazon SNS", Firehose "HTTP endpoint delivery request and response specifications" and "Transform source data".
"""

import base64
import binascii
from collections.abc import Iterator
from typing import Final, NamedTuple

from msgspec import Raw

from indexer.formats.ses.kinds import CONTROL_TYPES
from indexer.formats.ses.lenient import BadRecordError, read
from indexer.formats.ses.shapes import ITEMS, KEYS, OUTER, TEXT, Outer
from indexer.formats.ses.stream import NotJsonError, texts

MAX_NESTING: Final = 8  # SES in SNS in EventBridge in SQS in Lambda is four
_SHOWN_KEYS: Final = 6
_NULL: Final = b"null"
_CONTROL_MESSAGES: Final = frozenset({b'"SubscriptionConfirmation"', b'"UnsubscribeConfirmation"'})
_CONTROL_TEXT: Final = b"Successfully validated SNS topic"

# The key of a wrapping, as shapes.py names its field and as it is written, and whether its text is base64
_CARRIERS: Final = (
    ("sns_message", "Message", False),
    ("detail", "detail", False),
    ("sqs_body", "Body", False),
    ("body", "body", False),
    ("lambda_sns", "Sns", False),
    ("kinesis", "kinesis", False),
    ("data", "data", True),
    ("raw_data", "rawData", True),
    ("sqs_messages", "Messages", False),
    ("lambda_records", "Records", False),
    ("firehose_records", "records", False),
)


class Found(NamedTuple):
    """What stood in the innermost wrapping, at `place`: an SES record, a control message or empty list (no record), or a `fault`.

    `text` is that innermost JSON; `sent` the time that the wrapping nearest to it gives.
    """

    place: str
    text: bytes
    record: Outer | None = None
    sent: Raw | None = None
    fault: str | None = None


class _Carried(NamedTuple):
    """Where in the wrappings something stands."""

    place: str
    depth: int
    sent: Raw | None


TOP: Final = _Carried("", 0, None)

_Read = tuple[Outer, bytes] | BadRecordError


def records_in(data: bytes, where: _Carried = TOP) -> Iterator[tuple[int, Found]]:
    """Every SES record, control message and fault in a run of JSON texts, with the offset of the outermost text that it came in."""
    for offset, text, outcome in texts(data, _read):
        if isinstance(outcome, tuple):
            outer, clean = outcome
            if outer.event_type or outer.notification_type:
                yield offset, _event_record(outer, clean, where)
            else:
                for found in _unwrapped(outer, clean, where):
                    yield offset, found
        else:
            for found in _unread(text, outcome, where):
                yield offset, found


def _read(text: bytes) -> _Read:
    try:
        return read(text)
    except BadRecordError as error:
        return error


def _unread(text: bytes, error: NotJsonError | BadRecordError, where: _Carried) -> Iterator[Found]:
    """What is no JSON object: SES's plain-text message on set-up, a JSON string around the whole, or a fault."""
    stripped = text.strip()
    if stripped.startswith(_CONTROL_TEXT):
        yield Found(where.place, stripped)
    elif stripped.startswith(b'"'):
        yield from _inside(Raw(stripped), "text", where._replace(depth=where.depth + 1), encoded=False)
    elif stripped or where.depth:
        yield Found(where.place, text, fault=str(error))


def _event_record(outer: Outer, text: bytes, where: _Carried) -> Found:
    if outer.notification_type in CONTROL_TYPES:
        return Found(where.place, text)
    return Found(where.place, text, outer, where.sent)


def _unwrapped(outer: Outer, text: bytes, where: _Carried) -> Iterator[Found]:
    """What the wrapping `outer`, read from `text`, carries."""
    if bytes(outer.sns_type) in _CONTROL_MESSAGES:
        yield Found(where.place, text)
        return
    carriers = [(value, name, encoded) for field, name, encoded in _CARRIERS if (value := getattr(outer, field)) and bytes(value) != _NULL]
    if not carriers:
        yield Found(where.place, text, fault=f"there is neither eventType nor notificationType in it, only {_keys(text)}")
        return
    sent = outer.sns_time or outer.time or where.sent
    for value, name, encoded in carriers:
        inner = _Carried(f"{where.place}.{name}" if where.place else name, where.depth + 1, sent)
        yield from _inside(value, name, inner, encoded=encoded or (name == "body" and bytes(outer.is_base64_encoded) == b"true"))


def _inside(value: Raw, name: str, where: _Carried, *, encoded: bool) -> Iterator[Found]:
    """What stands in one value of a wrapping: an object, text with JSON in it (perhaps as base64), or a list of these."""
    held = bytes(value)
    if where.depth > MAX_NESTING:
        yield Found(where.place, held, fault=f"more than {MAX_NESTING} wrappings, one inside the other")
        return
    try:
        if held[:1] == b"[":
            items = ITEMS.decode(held)
            if not items:  # an empty queue answers so
                yield Found(where.place, held)
            for index, item in enumerate(items):
                yield from _inside(item, name, where._replace(place=f"{where.place}[{index}]", depth=where.depth + 1), encoded=encoded)
            return
        content = _decoded(held, encoded=encoded)
    except (ValueError, RecursionError) as error:
        yield Found(where.place, held, fault=f"its content cannot be read: {error}")
        return
    yield from _content(content, where)


def _content(content: bytes, where: _Carried) -> Iterator[Found]:
    """The records in the content of a wrapping: mostly one, which is tried first."""
    try:
        alone = OUTER.decode(content)
    except (ValueError, RecursionError):
        alone = None
    if alone is not None and (alone.event_type or alone.notification_type):
        yield _event_record(alone, content, where)
        return
    nothing = True
    for _, found in records_in(content, where):
        nothing = False
        yield found
    if nothing:
        yield Found(where.place, content, fault="it is empty")


def _decoded(held: bytes, *, encoded: bool) -> bytes:
    """The bytes inside a JSON string; any other value as it is."""
    if held[:1] != b'"':
        return held
    text = TEXT.decode(held)
    if not encoded:
        return text.encode()
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"base64: {error}") from None


def _keys(text: bytes) -> str:
    """The first keys of an object, to say what it is."""
    try:
        names = [ascii(name[:40]) for name in KEYS.decode(text.decode("utf-8", "replace"))]
    except (ValueError, RecursionError):  # in a part that was skipped before
        return "what cannot be read"
    more = ", ..." if len(names) > _SHOWN_KEYS else ""
    return ", ".join(names[:_SHOWN_KEYS]) + more if names else "nothing"
