"""Single values of an SES record as the event keeps them: addresses, times, header texts."""

import re
from datetime import UTC, datetime
from email.utils import parseaddr
from functools import lru_cache
from typing import Final

from indexer.bounds import tags_within, text_within
from indexer.formats.headers import bare_message_id, readable
from indexer.formats.ses.lenient import mended_tags
from indexer.formats.ses.shapes import HEADERS, TAGS, Mail
from store.event import domain_of, milliseconds

_PLAIN: Final = re.compile(r"[^\s<>()\[\],;:\\\"@\x00-\x1f\x7f]+@([^\s<>()\[\],;:\\\"@\x00-\x1f\x7f]+)")
_ADDRESS_TYPE: Final = re.compile(r"\s*rfc822\s*;\s*", re.IGNORECASE)
_LONGEST_ADDRESS: Final = 2_000  # with a display name; beyond that nothing is searched for
_LONGEST_HOST: Final = 1_000  # characters with the type before it; a name has at most 253
_MTA_TYPE: Final = re.compile(r"\s*[a-z0-9-]+\s*;\s*", re.IGNORECASE)
_ZONE_APART: Final = re.compile(r"\s+(?=[+-]\d\d:?\d\d$)")
_TLS_TAG: Final = "ses:outgoing-tls-version"
_OWN_TAGS: Final = "ses:"  # SES's own tags begin so; the others are the sender's
_CACHED_TAGS: Final = 2_000  # bytes; more is not worth a place in the cache


def address(text: str) -> tuple[str, str] | None:
    """The bare address in `text` (which may be `Name <address>`), its domain in lower case, and that domain; None where there is none."""
    plain = _PLAIN.fullmatch(text)
    if plain is None:
        bare = _bare(text)
        domain = domain_of(bare)
        if domain is None or bare.startswith("@"):
            return None
        return f"{bare.rpartition('@')[0]}@{domain}", domain
    domain = plain[1].lower()
    return f"{text[: plain.start(1)]}{domain}", domain


def sender(mail: Mail) -> tuple[str | None, str | None]:
    """The envelope sender and its domain, from the headers where the record has no `source`; raises `BoundsError`."""
    found = _named(mail.source) if mail.source else None
    common = mail.common_headers
    if found is None and common is not None:
        others = (common.return_path, *(common.from_ or ())[:1])
        found = next((other for text in others if text and (other := _named(text))), None)
    return found or (None, None)


def instant(text: str) -> int:
    """An ISO 8601 time in ms since 1970 UTC; without a zone it is UTC, as SES writes it. Raises `ValueError`."""
    moment = datetime.fromisoformat(_ZONE_APART.sub("", text.strip()) if " " in text else text)
    return milliseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def host(text: str | None) -> str | None:
    """The name in a `Reporting-MTA` value, the type before it (`dns; `) taken off."""
    return _host(text[:_LONGEST_HOST]) if text else None


@lru_cache(maxsize=4096)
def _host(text: str) -> str | None:
    kind = _MTA_TYPE.match(text) if ";" in text else None
    return text_within("reporting_mta", (text[kind.end() :] if kind else text).strip().lower()) or None


def headers(mail: Mail) -> tuple[str | None, str | None]:
    """The subject, readable, and the Message-ID without its brackets; from the full headers where the picked-out ones lack them.

    SES may give its own id there although the mail has a Message-ID.
    """
    common = mail.common_headers
    subject = common.subject if common else None
    message_id = common.message_id if common else None
    if (subject is None or not message_id or message_id == mail.message_id) and (given := bytes(mail.headers)):
        found = _full_headers(given)
        subject = found.get("subject") if subject is None else subject
        message_id = found.get("message-id") or message_id
    return readable(subject) if subject else subject, bare_message_id(message_id) if message_id else None


def tags(mail: Mail) -> tuple[str | None, tuple[str, ...]]:
    """The TLS version that SES sent the mail with, and the sender's own tags as `name=value`. Raises `BadRecordError`."""
    given = bytes(mail.tags)
    return (_tags if len(given) <= _CACHED_TAGS else _tags.__wrapped__)(given)


@lru_cache(maxsize=1024)
def _tags(given: bytes) -> tuple[str | None, tuple[str, ...]]:
    try:
        found = TAGS.decode(given) if given and given != b"null" else {}
    except (ValueError, RecursionError):
        found = mended_tags(given)
    versions = found.get(_TLS_TAG)
    own = sorted(f"{name}={value}" for name, values in found.items() if not name.startswith(_OWN_TAGS) for value in values)
    return text_within("tls", versions[0]) if versions else None, tags_within(tuple(own))


def _full_headers(given: bytes) -> dict[str, str]:
    """The first value of each header, by its name in lower case; nothing where there is neither of them that is wanted, or no list."""
    names = given.lower()
    if names.find(b'"message-id"') < 0 and names.find(b'"subject"') < 0:
        return {}
    try:
        listed = HEADERS.decode(given)
    except (ValueError, RecursionError):
        return {}
    named = [(header.name.lower(), header.value) for header in listed if header.name is not None and header.value is not None]
    return dict(reversed(named))


def _bare(text: str) -> str:
    if len(text) > _LONGEST_ADDRESS:
        return text
    kind = _ADDRESS_TYPE.match(text)
    text = (text[kind.end() :] if kind else text).strip()
    if text.endswith(">") and "<" in text:
        return text[text.rindex("<") + 1 : -1].strip()
    return parseaddr(text)[1]


def _named(text: str) -> tuple[str, str] | None:
    """The sender that a text names; senders come again and again, but a long one is not worth a place in the cache."""
    return (_sender if len(text) <= _LONGEST_ADDRESS else _sender.__wrapped__)(text)


@lru_cache(maxsize=4096)
def _sender(text: str) -> tuple[str, str] | None:
    found = address(text)
    return (text_within("sender", found[0]), text_within("sender_domain", found[1])) if found else None
