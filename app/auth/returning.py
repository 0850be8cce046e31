"""Where to go after signing in: the page that was asked for, and never another site."""

from urllib.parse import urlencode, urlsplit

START = "/events"
_LONGEST = 4000  # characters; a search that is longer begins at the start


def sign_in_address(asked: str) -> str:
    """The page to sign in at, which leads on to the one asked for."""
    path = wanted(asked)
    return "/sign-in" if path == START else f"/sign-in?{urlencode({'next': path})}"


def wanted(text: str) -> str:
    """The page of this portal that an address names; the start where it names none, or another site (CWE-601)."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return START
    path = parts.path.rstrip("?")
    if len(text) > _LONGEST or not path.startswith("/") or path.startswith(("//", "/\\", "/sign-in", "/sign-out")):
        return START
    if any(ord(c) <= 0x20 or ord(c) == 0x7F or c == "\\" for c in text):  # noqa: PLR2004 - what browsers strip or turn into a slash
        return START
    return f"{path}?{parts.query}" if parts.query else path
