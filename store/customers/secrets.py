"""Secrets that are given out once and kept as digests: tokens, sessions, links.

They have 256 bits of chance, so a plain digest keeps them (OWASP ASVS 5.0, 11.4: slow ones are for what people think up).
"""

import hashlib
import secrets
from typing import Final

TOKEN: Final = "portal_"  # noqa: S105 - what one begins with, so that a scanner for secrets knows it


def made(prefix: str = "") -> str:
    """A new secret, of letters, digits, dashes and underscores."""
    return f"{prefix}{secrets.token_urlsafe(32)}"


def identifier() -> str:
    """A new id: nothing secret, and nothing that tells how many there are."""
    return secrets.token_hex(8)


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
