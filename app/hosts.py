"""Which names the portal answers to: `PORTAL_HOSTS`, else this machine's own; any other name in `Host` is refused before all else.

A page elsewhere can point its own name at the portal's address and read along as if it were one site (DNS rebinding); it cannot choose
what the browser calls the host.
"""

import ipaddress
import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from app.terminal import harmless

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REQUEST_ID: Final = "portal.request_id"  # in the environment of a request: the id that its answer, its errors and the log have
_ANY_NAME: Final = frozenset({"/healthz"})  # load balancers ask it by address, and it tells nothing
# RFC 9110 section 7.2 and RFC 3986 section 3.2.2, without what no browser sends: percent signs and addresses of a future kind.
_HOST: Final = re.compile(r"(?:\[(?P<six>[0-9a-f:.]{2,45})\]|(?P<name>[a-z0-9._-]{1,253}))(?::(?P<port>[0-9]{0,5}))?", re.ASCII)
_SHOWN: Final = 60  # characters of a wrong name that an error repeats


class KnownHosts:
    """A WSGI layer that answers 400 itself where the host is not one of `names`; no names are those of this machine."""

    def __init__(self, app: "WSGIApplication", names: Iterable[str]) -> None:
        self._app = app
        self._names = frozenset(names)

    def __call__(self, wsgi: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Hand the request on, or refuse it."""
        host, path = wsgi.get("HTTP_HOST", ""), wsgi.get("PATH_INFO", "")
        if path in _ANY_NAME or self._knows(host):
            return self._app(wsgi, start_response)
        kind, content = _refusal(host, path, wsgi.get(REQUEST_ID))
        headers = [
            ("Content-Type", kind),
            ("Content-Length", str(len(content))),
            ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
            ("X-Request-Id", wsgi.get(REQUEST_ID, "")),
        ]
        start_response("400 Bad Request", headers)
        return [content]

    def _knows(self, host: str) -> bool:
        name = name_of(host)
        return name is not None and (name in self._names if self._names else loopback(host))


def name_of(host: str) -> str | None:
    """The name or address in a Host header, in one spelling: lower case, without port and last dot. None where it is no host."""
    found = _HOST.fullmatch(host.lower()) if host.isascii() else None
    if found is None:
        return None
    if found["six"] is None:
        return found["name"].removesuffix(".") or None
    try:
        return str(ipaddress.IPv6Address(found["six"]))
    except ValueError:
        return None


def loopback(host: str) -> bool:
    """Whether a Host header (a name or address, with or without a port) names this machine."""
    name = name_of(host)
    try:
        return name == "localhost" or (name is not None and ipaddress.ip_address(name).is_loopback)
    except ValueError:
        return False


def listening_on(address: str) -> tuple[str, ...]:
    """The names to answer to where no setting names any: those of this machine, and the address that is listened on.

    None for a loopback address, as those are known, and for one that stands for all of a machine's, which is nobody's name.
    """
    found = ipaddress.ip_address(address)
    return () if found.is_loopback or found.is_unspecified else ("localhost", "127.0.0.1", "::1", str(found))


def read(text: str, problems: list[str]) -> tuple[str, ...]:
    """The names in a setting, parted by commas, each in the spelling of `name_of`; what cannot be one is added to `problems`."""
    names = []
    for each in filter(None, (part.strip() for part in text.split(","))):
        name = _name(each)
        if name is None:
            problems.append(
                f"PORTAL_HOSTS: {harmless(each[:_SHOWN])!r} is not a name to answer to. Write names or addresses as browsers show them, "
                "without http://, port and path, with commas between: portal.example.org,10.0.0.5"
            )
        else:
            names.append(name)
    return tuple(dict.fromkeys(names))


def _name(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text[1:-1] if text[0] == "[" and text[-1] == "]" else text))
    except ValueError:
        pass
    try:
        plain = text if text.isascii() else text.encode("idna").decode()  # as browsers send it
    except UnicodeError:
        return None
    return None if ":" in plain else name_of(plain)


def _refusal(host: str, path: str, request_id: str | None) -> tuple[str, bytes]:
    """The media type and the text: for people, or in the API's shape of errors."""
    named = f'to the name "{harmless(host[:_SHOWN])}"' if host else "without a name in Host"
    message = f"This portal does not answer {named}. Its operator sets the names it answers to in PORTAL_HOSTS, and then starts it again."
    if not path.startswith("/api/"):
        return "text/plain; charset=utf-8", f"{message}\n".encode()
    error = {"code": "unknown_host", "message": message, "position": None, "end": None, "fix": None, "request_id": request_id}
    return "application/json", json.dumps({"error": error}).encode()
