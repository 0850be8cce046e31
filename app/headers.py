"""What guards every request and every answer: size and origin before, security headers after."""

from typing import Final

from flask import Flask, Response, request

from app.errors import RefusedError, request_id
from store.said import say

MAX_BODY: Final = 1 << 20  # bytes; nothing else that the portal takes is larger
MAX_UPLOAD: Final = 6 << 20  # of an import of accounts: a file of 5 MiB and what a form has around it
MAX_EVENTS: Final = 64 << 20  # of events that are sent at once
_MOST: Final = {"/accounts/import": MAX_UPLOAD, "/accounts/import/apply": MAX_UPLOAD, "/api/v1/events": MAX_EVENTS}
_STREAMED: Final = frozenset({"/api/v1/events"})  # bodies of an unknown length are counted by their views
MAX_TARGET: Final = (
    256 << 10
)  # bytes of path and query string: queries far beyond their 2,000 characters still get the sentence that says so

# No nonce, no hash, nothing inline; the one Trusted Types policy is htmx's, which puts fragments into the page (static/js/strict.js).
CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types htmx"
)
HEADERS: Final = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
# What a file has that is no document by itself, where the other headers would mean nothing: a first visit fetches twenty of them.
_OF_PARTS: Final = {name: HEADERS[name] for name in ("X-Content-Type-Options", "Cross-Origin-Resource-Policy")}
_PARTS: Final = {"text/javascript", "text/css", "font/woff2"}
_SAFE: Final = {"GET", "HEAD", "OPTIONS"}


def init_app(app: Flask) -> None:
    """Check every request and complete every answer of this application."""
    app.before_request(_check_size)
    app.before_request(_check_origin)
    app.after_request(_complete)


def _check_size() -> None:
    """Refuse what is too large to be meant."""
    if len(request.query_string) + len(request.path) > MAX_TARGET:
        raise RefusedError(414, "uri_too_long", say("The address is too long. A query has at most 2,000 characters."))
    if "Transfer-Encoding" in request.headers and request.path not in _STREAMED:
        # Werkzeug cuts a body without a length off at the limit and says nothing of it.
        raise RefusedError(411, "length_required", say("Send the body with a Content-Length."))
    most = _MOST.get(request.path, MAX_BODY)
    if (request.content_length or 0) > most:
        raise RefusedError(413, "too_large", say("The request is larger than %(most)s bytes. Send less at a time.", most=most))


def _check_origin() -> None:
    """Refuse changes that a page of another origin sends, and those of which nobody says whose they are, where there are rights to borrow.

    Fetch metadata as OWASP's cheat sheet on cross-site request forgery describes it; browsers send it over https and to loopback only, and
    `Origin` with every other method than GET and HEAD. A program sends neither: it shows a token, or it has no cookies to ride on.
    """
    if request.method in _SAFE:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        own = site in {"same-origin", "none"}
    elif origin is not None:
        own = _own(origin)
    else:
        own = "Cookie" not in request.headers or request.headers.get("Authorization", "").lower().startswith("bearer ")
    if not own:
        raise RefusedError(403, "foreign_origin", say("This request comes from another site. Use the portal's own page."))


def _own(origin: str) -> bool:
    """Whether this is the origin that the portal was asked under: scheme, name and port."""
    scheme, _, host = origin.lower().partition("://")
    default = {"http": ":80", "https": ":443"}.get(scheme, "")
    return scheme == request.scheme and host.removesuffix(default) == request.host.lower().removesuffix(default)


def _complete(response: Response) -> Response:
    """Add what every answer has; pages and data are never stored, static files say themselves how long they last."""
    if request.endpoint == "static" and response.mimetype in _PARTS:
        response.headers.update(_OF_PARTS)
    else:
        response.headers.extend(HEADERS)  # no view sets one of them, and looking for each costs more than all of them
        response.headers["X-Request-Id"] = request_id()
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
        response.vary.add("HX-Request")
    return response
