"""A browser in which somebody has signed in before: its tries are counted apart, so that others cannot use up a user's own.

OWASP describes such device cookies against lock-outs that others cause. The cookie lets nobody in.
"""

import secrets
from typing import Final

from flask import Response, request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response as PlainResponse

from app.services import services
from store.addresses import BadAddressError, normalised
from store.customers.secrets import digest

_NAME: Final = "portal_known"
_LIFE: Final = 180 * 24 * 3600  # seconds


def remember(response: Response | PlainResponse, address: str) -> None:
    """Have this browser be known as one of the user with this address."""
    told = _signer().dumps([one_form(address), known(address) or secrets.token_hex(8)])
    response.set_cookie(_cookie(), str(told), max_age=_LIFE, httponly=True, samesite="Lax", secure=request.is_secure)


def known(address: str) -> str:
    """The id of this browser, where the user with this address has signed in in it; else empty."""
    told = request.cookies.get(_cookie())
    if not told:
        return ""
    try:
        of, name = _signer().loads(told, max_age=_LIFE)
    except (BadData, ValueError, TypeError):
        return ""
    return str(name) if of == one_form(address) else ""


def one_form(address: str) -> str:
    """The same for every way of writing an address, and nothing that tells it."""
    try:
        return digest(normalised(address))
    except BadAddressError:
        return digest(address.strip().lower())


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(services().directory.secret.derived("known browser"))


def _cookie() -> str:
    return f"__Host-{_NAME}" if request.is_secure else _NAME
