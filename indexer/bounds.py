"""How large a field may be and which characters it may hold, whatever format the event came from."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address
from operator import attrgetter, gt
from typing import Any, Final

import msgspec

from store.event import Event, milliseconds
from store.fields import FIELDS, Kind


class BoundsError(ValueError):
    """A value that cannot be kept and must not be shortened; the text names the field, what it was and what is expected."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The longest value of a text field in characters; an `identity` that is longer, or holds control characters, is refused, not cut."""

    limit: int
    identity: bool = False


# Addresses: 64 + @ + 255 (RFC 5321 section 4.5.3.1). Message-ID: one header line (RFC 5322 section 2.1.1). Host: RFC 1035 section 2.3.4.
BOUNDS: Final[dict[str, Bound]] = {
    "id": Bound(128, identity=True),
    "type": Bound(64, identity=True),
    "source": Bound(64, identity=True),
    "sender": Bound(320, identity=True),
    "sender_domain": Bound(255, identity=True),
    "recipient": Bound(320, identity=True),
    "recipient_domain": Bound(255, identity=True),
    "original_recipient": Bound(320, identity=True),
    "subject": Bound(4_096),
    "message_id": Bound(998),
    "queue_id": Bound(128),
    "mx": Bound(255),
    "remote_ip": Bound(45),
    "reporting_mta": Bound(255),
    "status": Bound(32),
    "smtp_command": Bound(128),
    "diagnostic": Bound(16_384),
    "reason": Bound(64),
    "permanence": Bound(16),
    "tls": Bound(64),
    "tags": Bound(256),
    "raw": Bound(65_536),
}
MAX_TAGS: Final = 100
# Engines keep codes and times as 64-bit integers; a year beyond these is a broken clock or a wrong unit.
NUMBERS: Final[dict[str, tuple[float, float]]] = {"smtp_code": (0, 999), "delay": (-1e9, 1e9)}
EARLIEST: Final = milliseconds(datetime(1990, 1, 1, tzinfo=UTC))
_LONGEST_IP_TEXT: Final = 64  # with a zone; longer text is not worth a place in the cache
LATEST: Final = milliseconds(datetime(2100, 1, 1, tzinfo=UTC))

# Lone surrogates have no UTF-8 and so cannot be stored; the other characters disturb terminals and exports.
_UNFIT_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_UNFIT_EXACT: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_UNFIT_STORED: Final = re.compile("[\x00\ud800-\udfff]")
_UNUSUAL_BYTES: Final = bytes([*range(0x20), 0x7F, 0xED])  # 0xED begins a surrogate written in UTF-8 (and some Hangul)
_UNFIT: Final = {Kind.TEXT: _UNFIT_TEXT, Kind.STORED: _UNFIT_STORED}
_TEXTS: Final = tuple(
    (field.name, BOUNDS[field.name], _UNFIT.get(field.kind, _UNFIT_EXACT)) for field in FIELDS if field.name in BOUNDS and not field.many
)
_text_values: Final = attrgetter(*(name for name, _, _ in _TEXTS))
_SEARCHED: Final = tuple(row for row in _TEXTS if row[0] != "raw")
_searched_values: Final = attrgetter(*(name for name, _, _ in _SEARCHED))
_SEARCHED_LIMITS: Final = tuple(bound.limit for _, bound, _ in _SEARCHED)


def bounded(event: Event) -> Event:
    """The event within all bounds: long text cut, unfit characters replaced by U+FFFD, addresses of hosts in canonical form.

    Raises `BoundsError` where an identity (id, type, an address) or the time is out of bounds.
    """
    changes = {} if _surely_fits(event) else _text_changes(event)
    if event.tags and (tags := tags_within(event.tags)) is not event.tags:
        changes["tags"] = tags
    if event.remote_ip is not None and (canonical := canonical_ip(event.remote_ip)) != event.remote_ip:
        changes["remote_ip"] = canonical
    check_time(event.timestamp)
    if event.smtp_code is not None and not within("smtp_code", event.smtp_code):
        changes["smtp_code"] = None
    if event.delay is not None and not within("delay", event.delay):
        changes["delay"] = None
    return msgspec.structs.replace(event, **changes) if changes else event


def plain(text: str) -> bool:
    """Whether no character of a text needs a closer look; a sure no for control characters and lone surrogates, a rare one for others."""
    return plain_utf8(text.encode("utf-8", "surrogatepass"))


def plain_utf8(written: bytes) -> bool:
    """`plain` of a text as UTF-8."""
    return len(written.translate(None, _UNUSUAL_BYTES)) == len(written)


def text_within(name: str, value: str) -> str:
    """One text value of the field `name` within its bound; raises `BoundsError` where it is an identity and does not fit."""
    if len(value) <= BOUNDS[name].limit and plain(value):
        return value
    _, bound, unfit = next(row for row in _TEXTS if row[0] == name)
    return _fit(name, value, bound, unfit)


def tags_within(tags: tuple[str, ...]) -> tuple[str, ...]:
    """The first 100 tags, each cut to its length, unfit characters replaced."""
    limit = BOUNDS["tags"].limit
    if len(tags) <= MAX_TAGS and max(map(len, tags), default=0) <= limit and plain("".join(tags)):
        return tags
    return tuple(_UNFIT_EXACT.sub("\ufffd", tag[:limit]) for tag in tags[:MAX_TAGS])


def within(name: str, number: float) -> bool:
    """Whether a number is finite and between the bounds of its field."""
    low, high = NUMBERS[name]
    return low <= number <= high  # which holds for neither NaN nor infinity


def check_time(timestamp: int) -> None:
    """Raise `BoundsError` for a time in ms since 1970 UTC that is not from 1990 to 2099."""
    if not EARLIEST <= timestamp < LATEST:
        raise BoundsError(f"timestamp: expected a time from 1990 to 2099, got {timestamp} ms since 1970")


def domains_lowered(address: str) -> str:
    """An address with its domain in lower case; the local part stays as it is (RFC 5321 section 2.4)."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.lower()}" if at else address


def canonical_ip(text: str) -> str | None:
    """An IPv4 or IPv6 address in its shortest usual form, a zone or brackets taken off; None for anything else."""
    return _canonical_ip(text) if len(text) <= _LONGEST_IP_TEXT else None


@lru_cache(maxsize=4096)
def _canonical_ip(text: str) -> str | None:
    try:
        return str(ip_address(text.strip("[]").partition("%")[0]))
    except ValueError:
        return None


def _surely_fits(event: Event) -> bool:
    """A quick yes for events with nothing unusual in them, told from all texts at once; what it refuses is looked at closely."""
    values = [value or "" for value in _searched_values(event)]
    if any(map(gt, map(len, values), _SEARCHED_LIMITS)):
        return False
    if not plain("".join(values)):
        return False
    raw = event.raw or ""
    return len(raw) <= BOUNDS["raw"].limit and raw.isascii() and "\0" not in raw


def _text_changes(event: Event) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for value, (name, bound, unfit) in zip(_text_values(event), _TEXTS, strict=True):
        if value is not None and (len(value) > bound.limit or not value.isprintable()):
            fit = _fit(name, value, bound, unfit)
            if fit != value:
                changes[name] = fit
    return changes


def _fit(name: str, value: str, bound: Bound, unfit: re.Pattern[str]) -> str:
    if not bound.identity:
        return unfit.sub("\ufffd", value[: bound.limit])
    if len(value) > bound.limit:
        raise BoundsError(f"{name}: expected at most {bound.limit} characters, got {len(value)}")
    if found := unfit.search(value):
        raise BoundsError(f"{name}: expected no control characters, got U+{ord(found[0]):04X} at position {found.start()}")
    return value
