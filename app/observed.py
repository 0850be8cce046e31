"""Each request gets an id, and is told of once it is over: to the log and to the counters."""

import re
import secrets
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from werkzeug.wsgi import ClosingIterator

from app import logs, metrics
from app.hosts import REQUEST_ID
from app.proxies import TOLD_BY_PROXY

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

NO_ROUTE: Final = "none"  # of an address without anything, and of a request that was refused before it was looked at
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
_SANE: Final = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)


class Observed:
    """A WSGI layer that names each request, and tells of it when its answer has been sent; within `BehindProxies`."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, wsgi: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Hand the request on."""
        begun = time.monotonic()
        wsgi[REQUEST_ID] = named(wsgi.pop(TOLD_BY_PROXY, ""))
        status, route = 500, NO_ROUTE  # unless an answer is begun

        def started(line: str, headers: list[tuple[str, str]], *more: Any) -> Any:  # noqa: ANN401  # WSGI's own
            nonlocal status, route
            status, route = int(line[:3]), _route(wsgi)
            return start_response(line, headers, *more)

        def over() -> None:
            tell(wsgi.get("REQUEST_METHOD", ""), route, status, time.monotonic() - begun, wsgi[REQUEST_ID])

        try:
            answer = self._app(wsgi, started)
        except BaseException:
            over()
            raise
        return ClosingIterator(_each(answer), [over, getattr(answer, "close", lambda: None)])


def named(told: str) -> str:
    """The id of a request: what a trusted proxy called it where that is an id, else a new one."""
    return told if _SANE.fullmatch(told) else secrets.token_hex(8)


def tell(method: str, route: str, status: int, seconds: float, request_id: str) -> None:
    """Log and count one request that is over. A method nobody knows is called `other`: it is the client's own word."""
    known = method if method in _METHODS else "other"
    logs.answered(known, route, status, seconds, request_id)
    metrics.count(known, route, status, seconds)


def _each(answer: Iterable[bytes]) -> Iterator[bytes]:
    yield from answer


def _route(wsgi: "WSGIEnvironment") -> str:
    """The pattern of the address, never the address: that may hold a person's."""
    request = wsgi.get("werkzeug.request")  # Flask's own, which is there until the answer is begun
    rule = getattr(request, "url_rule", None)
    return NO_ROUTE if rule is None else str(rule.rule)
