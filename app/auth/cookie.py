"""The cookie that a session is known by."""

from typing import Final

from flask import Response, request
from werkzeug.wrappers import Response as PlainResponse

_PLAIN: Final = "portal_session"
_HOST: Final = "__Host-portal_session"  # with TLS: bound to this host and path by the browser (RFC 6265bis, 4.1.3.2)


def secret() -> str | None:
    """The secret of the session that this browser has."""
    return request.cookies.get(_name()) or None


def give(response: Response | PlainResponse, session: str) -> None:
    """Give the browser a session; it forgets it when it is closed."""
    response.set_cookie(_name(), session, httponly=True, samesite="Lax", secure=request.is_secure)


def take(response: Response | PlainResponse) -> None:
    """Have the browser forget its session."""
    response.delete_cookie(_name(), httponly=True, samesite="Lax", secure=request.is_secure)


def _name() -> str:
    return _HOST if request.is_secure else _PLAIN
