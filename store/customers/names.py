"""What customers and users are named in Redis: the only place that makes a key. The braces keep all on one node of a cluster."""

from typing import Final

_ROOM: Final = "portal:{people}"

CUSTOMERS: Final = f"{_ROOM}:customers"  # id -> Customer
DOMAINS: Final = f"{_ROOM}:domains"  # domain -> id of the customer whose it is
USERS: Final = f"{_ROOM}:users"  # id -> User
ADDRESSES: Final = f"{_ROOM}:addresses"  # address of a user -> id
TOKENS: Final = f"{_ROOM}:tokens"  # digest of a token -> Token
USED: Final = f"{_ROOM}:used"  # id of a token -> when it was used last
AUDITS: Final = f"{_ROOM}:audits"  # a set: the customers that have an audit trail, "" for the operators' own


def session(digest: str) -> str:
    """A session; goes by itself when it has not been used for long."""
    return f"{_ROOM}:session:{digest}"


def sessions_of(user: str) -> str:
    """The digests of a user's sessions; some may have gone."""
    return f"{_ROOM}:sessions:{user}"


def removed(user: str) -> str:
    """A user who was removed lately, so that it can be undone; goes by itself."""
    return f"{_ROOM}:removed:{user}"


def links_of(user: str) -> str:
    """The digests of a user's links; some may have gone."""
    return f"{_ROOM}:links:{user}"


def link(digest: str) -> str:
    """A link that was given out once; goes by itself."""
    return f"{_ROOM}:link:{digest}"


def audit_of(customer: str) -> list[str]:
    """The keys of an audit trail: entries (a stream), name -> number, number -> name, and the last entry of each.

    The last also has the number that was given last, as `next`.
    """
    return [f"{_ROOM}:audit:{customer}", *(f"{_ROOM}:audit-{part}:{customer}" for part in ("names", "numbers", "heads"))]
