"""The event: what happened to one message for one recipient, and its deterministic id."""

import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

# Bump when a recipe changes what goes into an id: events read before and after would otherwise stand twice.
ID_RECIPE: Final = "1"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ENCODER: Final = msgspec.json.Encoder()
_TIME: Final = b',"timestamp":'
_DIGITS: Final = b"-0123456789"


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):  # no cycles: it holds texts and numbers only
    """One record of `store/fields.py`'s table, field for field; None where the source did not say.

    `timestamp` is in milliseconds since 1970 UTC, `delay` in seconds. The two domains follow from the addresses.
    """

    id: str
    timestamp: int
    type: str
    source: str
    sender: str | None = None
    sender_domain: str | None = None
    recipient: str | None = None
    recipient_domain: str | None = None
    original_recipient: str | None = None
    recipient_certain: bool | None = None
    subject: str | None = None
    message_id: str | None = None
    queue_id: str | None = None
    mx: str | None = None
    remote_ip: str | None = None
    reporting_mta: str | None = None
    smtp_code: int | None = None
    status: str | None = None
    smtp_command: str | None = None
    diagnostic: str | None = None
    reason: str | None = None
    permanence: str | None = None
    expired: bool | None = None
    delay: float | None = None
    tls: str | None = None
    tags: tuple[str, ...] = ()
    raw: str | None = None

    def __post_init__(self) -> None:
        """Derive the domains, so that no parser can forget them."""
        if self.sender_domain is None and self.sender:
            msgspec.structs.force_setattr(self, "sender_domain", domain_of(self.sender))
        if self.recipient_domain is None and self.recipient:
            msgspec.structs.force_setattr(self, "recipient_domain", domain_of(self.recipient))


def event_id(source: str, *parts: str) -> str:
    """The id of an event: 32 hex digits of SHA-256 over the recipe version, the source and what makes the event itself."""
    return hashlib.sha256("\x1f".join((ID_RECIPE, source, *parts)).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def domain_of(address: str) -> str | None:
    """The lower-cased part after the last @, or None where there is none."""
    _, at, domain = address.rpartition("@")
    return domain.lower() if at and domain else None


def iso(milliseconds: int) -> str:
    """A time in milliseconds since 1970 UTC as `2024-11-01T09:00:00.000Z`."""
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{_minute(minutes)}:{rest // 1000:02d}.{rest % 1000:03d}Z"


@lru_cache(4096)
def _minute(minutes: int) -> str:
    """A minute since 1970 UTC as `2024-11-01T09:00`; rows that stand together share it."""
    return datetime.fromtimestamp(60 * minutes, UTC).isoformat()[:16]


def milliseconds(moment: datetime) -> int:
    """An aware datetime as milliseconds since 1970 UTC, exact (no floating point)."""
    since = moment - _EPOCH
    return (since.days * 86400 + since.seconds) * 1000 + since.microseconds // 1000


def public(event: Event) -> dict[str, Any]:
    """The event as JSON and CSV show it: the time in ISO 8601, fields without a value left out."""
    shown: dict[str, Any] = {name: value for name, value in msgspec.structs.asdict(event).items() if value not in (None, ())}
    shown["timestamp"] = iso(event.timestamp)
    return shown


def public_json(event: Event) -> bytes:
    """`public` as JSON, made from the event's own: only the time is written otherwise. Several times quicker, and lists have many."""
    head, sign, rest = _ENCODER.encode(event).partition(_TIME)  # within a text the quotes would be escaped
    return b'%b%b"%b"%b' % (head, sign, iso(event.timestamp).encode(), rest.lstrip(_DIGITS))


def completed(known: Event, later: Event) -> Event:
    """Two readings of one event (the same id) as one: the later reading wins, but never erases what was known.

    A log without fractions of a second does not blunt the time of one that has them.
    """
    merged = {name: value for name, value in msgspec.structs.asdict(known).items() if value not in (None, ())}
    merged |= {name: value for name, value in msgspec.structs.asdict(later).items() if value not in (None, ())}
    if later.timestamp % 1000 == 0 and known.timestamp // 1000 == later.timestamp // 1000:
        merged["timestamp"] = known.timestamp
    return Event(**merged)
