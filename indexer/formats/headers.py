"""Header texts of a mail, as events keep them."""

import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import Final

_LONGEST: Final = 16_000  # characters that are decoded; four to one is kept at most
_FOLD: Final = re.compile(r"\s*[\r\n]+\s*")


def readable(subject: str) -> str:
    """A subject with its RFC 2047 encoded words as text, on one line; broken ones stay as they are."""
    if "\n" in subject or "\r" in subject:
        subject = _unfolded(subject)
    if "=?" in subject:
        try:
            return _unfolded(str(make_header(decode_header(subject[:_LONGEST]))))
        except (HeaderParseError, LookupError, ValueError):
            return subject
    return subject


def bare_message_id(text: str) -> str | None:
    """A Message-ID (RFC 5322 section 3.6.4) without its brackets and what a server wrote behind them; None for an empty one."""
    found = text.strip("\0 \t\r\n")
    if found[:1] == "<":
        found = found[1:].partition(">")[0]
    return found.strip("<>\0 \t\r\n") or None


def _unfolded(text: str) -> str:
    """RFC 5322 section 2.2.3; the lines of a header are one."""
    return _FOLD.sub(" ", text).strip()
