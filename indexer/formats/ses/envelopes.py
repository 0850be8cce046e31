"""SES records out of what carries them: SNS, EventBridge, SQS, Lambda, Firehose, each inside the other.

Sources: SNS "Parsing message formats", EventBridge "Events from AWS services", SQS `ReceiveMessage`, Lambda "Using Lambda with Amazon SQS",
"... with Amazon SNS", Firehose "HTTP endpoint delivery request and response specifications" and "Transform source data".
"""

import binascii
from collections.abc import Iterator
from itertools import compress
from operator import attrgetter
from typing import Final

from msgspec import Raw, Struct
from msgspec.structs import replace

from indexer.formats.ses.kinds import CONTROL_TYPES
from indexer.formats.ses.lenient import BadRecordError, read
from indexer.formats.ses.shapes import ITEMS, KEYS, OUTER, TEXT, Outer
from indexer.formats.ses.stream import NotJsonError, texts

MAX_NESTING: Final = 8  # SES in SNS in EventBridge in SQS in Lambda is four
_SHOWN_KEYS: Final = 6
_NULL: Final = b"null"
_LIST, _TEXT = b'["'  # what a JSON list and a JSON string begin with
_CONTROL_MESSAGES: Final = frozenset({b'"SubscriptionConfirmation"', b'"UnsubscribeConfirmation"'})
_CONTROL_TEXT: Final = b"Successfully validated SNS topic"

# The key of a wrapping, as shapes.py names its field and as it is written, and whether its text is base64
_CARRIER_FIELDS: Final = (
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
_CARRIERS: Final = tuple((name, encoded) for _, name, encoded in _CARRIER_FIELDS)
_carried_values: Final = attrgetter(*(field for field, _, _ in _CARRIER_FIELDS))


class Found(Struct, frozen=True, gc=False):
    """What stood in the innermost wrapping, at `place`: an SES record, a control message or empty list (no record), or a `fault`.

    `text` is that innermost JSON, a `str` where it came as text inside a wrapping; `sent` the time that the wrapping nearest to it gives.
    """

    place: str
    text: bytes | str
    record: Outer | None = None
    sent: Raw | None = None
    fault: str | None = None

    @property
    def written(self) -> bytes:
        """The text as bytes, for those who feed it in again."""
        return _written(self.text).strip()


class _Carried(Struct, frozen=True, gc=False):
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


def _unread(text: bytes, error: NotJsonError | BadRecordError, where: _Carried) -> list[Found]:
    """What is no JSON object: SES's plain-text message on set-up, a JSON string around the whole, or a fault."""
    stripped = text.strip()
    if stripped.startswith(_CONTROL_TEXT):
        return [Found(where.place, stripped)]
    if stripped.startswith(b'"'):
        return _inside(Raw(stripped), "text", replace(where, depth=where.depth + 1), encoded=False)
    return [Found(where.place, text, fault=str(error))] if stripped or where.depth else []


def _event_record(outer: Outer, text: bytes | str, where: _Carried) -> Found:
    if outer.notification_type in CONTROL_TYPES:
        return Found(where.place, text)
    return Found(where.place, text, outer, where.sent)


def _unwrapped(outer: Outer, text: bytes, where: _Carried) -> list[Found]:
    """What the wrapping `outer`, read from `text`, carries."""
    if bytes(outer.sns_type) in _CONTROL_MESSAGES:
        return [Found(where.place, text)]
    values = _carried_values(outer)
    carriers = [
        (value, name, encoded)
        for value, (name, encoded) in zip(filter(None, values), compress(_CARRIERS, values), strict=True)
        if len(value) > len(_NULL) or bytes(value) != _NULL
    ]
    if not carriers:
        return [Found(where.place, text, fault=f"there is neither eventType nor notificationType in it, only {_keys(text)}")]
    sent = outer.sns_time or outer.time or where.sent
    found: list[Found] = []
    for value, name, encoded in carriers:
        inner = _Carried(f"{where.place}.{name}" if where.place else name, where.depth + 1, sent)
        found += _inside(value, name, inner, encoded=encoded or (name == "body" and bytes(outer.is_base64_encoded) == b"true"))
    return found


def _inside(value: Raw, name: str, where: _Carried, *, encoded: bool) -> list[Found]:
    """What stands in one value of a wrapping: an object, text with JSON in it (perhaps as base64), or a list of these."""
    if where.depth > MAX_NESTING:
        return [Found(where.place, bytes(value), fault=f"more than {MAX_NESTING} wrappings, one inside the other")]
    try:
        opening = memoryview(value)[0]
        if opening == _LIST:
            return _listed(value, name, where, encoded=encoded)
        content = _decoded(value, encoded=encoded) if opening == _TEXT else bytes(value)
    except (ValueError, RecursionError) as error:
        return [Found(where.place, bytes(value), fault=f"its content cannot be read: {error}")]
    return _content(content, where)


def _listed(value: Raw, name: str, where: _Carried, *, encoded: bool) -> list[Found]:
    """What stands in the items of a list."""
    items = ITEMS.decode(value)
    if not items:  # an empty queue answers so
        return [Found(where.place, bytes(value))]
    found: list[Found] = []
    for index, item in enumerate(items):
        inner = _Carried(f"{where.place}[{index}]", where.depth + 1, where.sent)
        found += _inside(item, name, inner, encoded=encoded)
    return found


def _content(content: bytes | str, where: _Carried) -> list[Found]:
    """The records in the content of a wrapping: mostly one, which is tried first."""
    try:
        alone = OUTER.decode(content)
    except (ValueError, RecursionError):
        found = [each for _, each in records_in(_written(content), where)]
        return found or [Found(where.place, content, fault="it is empty")]
    if alone.event_type or alone.notification_type:
        return [_event_record(alone, content, where)]
    return _unwrapped(alone, _written(content), where)


def _decoded(value: Raw, *, encoded: bool) -> bytes | str:
    """What is inside a JSON string; raises `ValueError`."""
    text = TEXT.decode(value)
    if not encoded:
        return text
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error as error:
        raise ValueError(f"base64: {error}") from None


def _written(text: bytes | str) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _keys(text: bytes) -> str:
    """The first keys of an object, to say what it is."""
    try:
        names = [ascii(name[:40]) for name in KEYS.decode(text.decode("utf-8", "replace"))]
    except (ValueError, RecursionError):  # in a part that was skipped before
        return "what cannot be read"
    more = ", ..." if len(names) > _SHOWN_KEYS else ""
    return ", ".join(names[:_SHOWN_KEYS]) + more if names else "nothing"
