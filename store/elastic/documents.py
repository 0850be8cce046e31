"""An event as a document of the cluster, and back.

The document is the event's own JSON with a few columns added (`mappings/events.json`), so that most of it is written once, by one encoder,
and can be copied from index to index as bytes. Where a value is not fit to be indexed as it is (too long, unprintable, no internet
address) the document holds what is, and the value itself stands under `as_read`.
"""

import json
import math
from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final

import msgspec

from store.columns import MAX_TAGS, MAX_TEXT, MAX_VALUE, found_in, integer, ip_text, key_of, number, plain
from store.encoded import ENCODER, encoded
from store.event import Event, event_id
from store.fields import FIELDS, Kind

# Raise it when `document` makes other documents of the same events: a reindex then makes each anew, where it else copies it as it is.
FORM: Final = 1
_READ: Final = msgspec.json.Decoder(Event)
_AS_READ: Final = b'"as_read":'
_MAX_ID: Final = 512  # bytes of `_id` that Elasticsearch takes
_SHORT: Final = tuple(field.name for field in FIELDS if field.kind in {Kind.EXACT, Kind.ADDRESS} and not field.many)
_short: Final = attrgetter(*_SHORT)


class _Added(msgspec.Struct, omit_defaults=True, gc=False):
    """The columns beside the event's own fields."""

    sender_reversed: str | None = None
    recipient_reversed: str | None = None
    original_recipient_reversed: str | None = None
    message_id_reversed: str | None = None
    subject_order: str | None = None
    diagnostic_order: str | None = None
    mentions: list[str] | None = None


def document_id(key: str) -> str:
    """The `_id` of the event with this key (`store.columns.key_of`): the key itself, or a hash of one that is too long or empty."""
    return key if 0 < len(key) <= _MAX_ID and (key.isascii() or len(key.encode()) <= _MAX_ID) else event_id("long key", key)


def document(event: Event, written: bytes | None = None) -> bytes:
    """The document of an event, one line of JSON; `written` is the event in JSON, where that is made already (`store.encoded`)."""
    if written is None:
        event, written = encoded(event)
    if not _fits(event):
        return _document_of_odd(event)
    added = ENCODER.encode(_added(event.subject, event.diagnostic, event))
    return written if added == b"{}" else b"".join((written[:-1], b",", added[1:]))


def event_of(source: bytes | msgspec.Raw) -> Event:
    """The event in a document."""
    data = bytes(source)
    if _AS_READ not in data:
        return _READ.decode(data)
    fields = json.loads(data)
    as_read = fields.get("as_read", {})  # the text may stand in a subject as well
    known = {name: value for name, value in fields.items() if name in Event.__struct_fields__}
    return msgspec.convert(known | as_read, Event)


def _fits(event: Event) -> bool:
    """Whether every value can be indexed as it is. All short ones are looked at as one, which is nearly always enough."""
    values = [value for value in (*_short(event), *event.tags) if value]
    joined = " ".join(values)
    if not joined.isprintable() or (len(joined) > MAX_VALUE and max(map(len, values)) > MAX_VALUE):
        return False
    for text in (event.subject, event.diagnostic):
        if text and (len(text) > MAX_TEXT or not text.isprintable()):
            return False
    return (
        (event.remote_ip is None or ip_text(event.remote_ip) == event.remote_ip)
        and (event.smtp_code is None or integer(event.smtp_code) is not None)
        and (event.delay is None or 0 < event.delay < math.inf or (event.delay == 0 and math.copysign(1, event.delay) > 0))
        and len(event.tags) <= MAX_TAGS
    )


def _added(subject: str | None, diagnostic: str | None, event: Any) -> _Added:  # noqa: ANN401 - an event, or the values fit for the index
    found = None
    if (subject and "@" in subject) or (diagnostic and "@" in diagnostic):
        found = found_in(f"{subject or ''}\n{diagnostic or ''}")
    return _Added(
        None if event.sender is None else event.sender[::-1],
        None if event.recipient is None else event.recipient[::-1],
        None if event.original_recipient is None else event.original_recipient[::-1],
        None if event.message_id is None else event.message_id[::-1],
        None if subject is None else plain(subject[:MAX_VALUE]),
        None if diagnostic is None else plain(diagnostic[:MAX_VALUE]),
        found,
    )


def _document_of_odd(event: Event) -> bytes:
    """The document of an event of which some value cannot be indexed as it is."""
    given = {name: value for name, value in msgspec.structs.asdict(event).items() if value not in (None, ())}
    fitting = {name: _FITTING[name](value) for name, value in given.items()}
    as_read = {name: value for name, value in given.items() if fitting[name] != value}
    kept = {name: value for name, value in fitting.items() if value is not None}
    added = _added(event.subject, event.diagnostic, msgspec.convert(kept, _Fitted))
    columns = {name: value for name, value in msgspec.structs.asdict(added).items() if value is not None}
    return ENCODER.encode(kept | columns | ({"as_read": as_read} if as_read else {}))


class _Fitted(msgspec.Struct):
    """What columns are added for, fit for the index."""

    sender: str | None = None
    recipient: str | None = None
    original_recipient: str | None = None
    message_id: str | None = None


def _short_text(text: str) -> str:
    return plain(text[:MAX_VALUE])


def _long_text(text: str) -> str:
    return plain(text[:MAX_TEXT])


def _labels(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_short_text(tag) for tag in tags[:MAX_TAGS])


def _same(value: object) -> object:
    return value


_BY_KIND: Final[dict[Kind, Callable[[Any], Any]]] = {
    Kind.TIME: _same,
    Kind.EXACT: _short_text,
    Kind.ADDRESS: _short_text,
    Kind.TEXT: _long_text,
    Kind.INTEGER: integer,
    Kind.NUMBER: number,
    Kind.FLAG: _same,
    Kind.IP: ip_text,
    Kind.STORED: _same,
}
# What of a value is indexed; None where nothing can be.
_FITTING: Final = {field.name: _labels if field.many else key_of if field.name == "id" else _BY_KIND[field.kind] for field in FIELDS}
