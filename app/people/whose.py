"""Whose users, tokens and trail a request is about, and who asks."""

import hashlib

import msgspec

from app.errors import RefusedError
from app.viewer import viewer
from store.said import Said


def whose() -> str | None:
    """The id of the customer: one's own, or the one that an operator looks at; None where they look at none, for what is of operators."""
    found = viewer().customer
    return None if found is None else found.id


def me() -> str:
    """The id of the user who asks; empty for who came in without one."""
    found = viewer().identity
    return "" if found is None else found.user.id


def absent(message: Said) -> RefusedError:
    """The error for what is not there, or is somebody else's: the two look the same on purpose."""
    return RefusedError(404, "not_found", message)


def seen(*parts: object) -> str:
    """What a form says that it was made from, so that a change meanwhile is noticed."""
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:16]
