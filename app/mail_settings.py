"""The settings of the mail that the portal sends, read from the environment and checked."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from store.addresses import BadAddressError, normalised

SCHEMES: Final = {"smtp": 587, "smtps": 465}  # with STARTTLS where the server has it, and with TLS from the start; their usual ports


def mail(environ: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    """The settings `smtp_*`; what is wrong with them is added to `problems`, without repeating a password."""
    url, sender = environ.get("PORTAL_SMTP_URL") or None, environ.get("PORTAL_SMTP_FROM") or None
    if (url is None) != (sender is None):
        problems.append("PORTAL_SMTP_URL and PORTAL_SMTP_FROM: one is missing. Set both, or neither.")
    if url is not None and not _right(url):
        problems.append("PORTAL_SMTP_URL: write smtp://[user:password@]host:port, or smtps:// for TLS from the start.")
    if sender is not None:
        try:
            normalised(sender)
        except BadAddressError:
            problems.append("PORTAL_SMTP_FROM: write an address alone, such as portal@customer.example.")
    return {"smtp_url": url, "smtp_from": sender}


def _right(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0 and not parts.path.strip("/") and not parts.query
    except ValueError:
        return False
