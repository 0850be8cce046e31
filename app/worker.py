"""A worker of the web server whose threads wait for nobody: a request gets one when the whole of its head has come.

Gunicorn's own gives a thread to a connection that has sent one byte, for as long as the rest takes; a hundred half-sent request lines then
keep every other request waiting. Here the worker's loop gathers the head, and closes a connection that does not get on with it.
"""

import time
from dataclasses import dataclass, field
from typing import Any

from gunicorn.http import wsgi
from gunicorn.util import close_graceful
from gunicorn.workers.gthread import _DEFER, ThreadWorker

HEAD_SECONDS = 10.0  # for the whole head of a request, from its first byte
SILENT_SECONDS = 5  # without a byte, before a request or within its head
LINGER_SECONDS = 0.5  # for a client to close a connection after its last answer
_END = b"\r\n\r\n"
_MAX_HEAD = 200_000  # bytes gathered; a longer head is gunicorn's to refuse
_CHUNK = 65_536


@dataclass(slots=True)
class _Head:
    """What has come of a request's head, and by when all of it must have."""

    data: bytearray = field(default_factory=bytearray)
    deadline: float = field(default_factory=lambda: time.monotonic() + HEAD_SECONDS)

    def receive(self, socket: Any) -> bool:  # noqa: ANN401  # a plain or a TLS socket
        """Take what is there; whether there is more to wait for."""
        socket.settimeout(0)
        try:
            while _END not in self.data and len(self.data) <= _MAX_HEAD:
                chunk = socket.recv(_CHUNK)
                if not chunk:
                    return False
                self.data += chunk
        except BlockingIOError:
            return True
        except ConnectionError:
            pass
        return False


class _Response(wsgi.Response):  # type: ignore[misc]  # gunicorn ships no types
    """Gunicorn's answer without a line that names the software: it is nobody's business, and goes along with each of twenty files."""

    def default_headers(self) -> list[str]:
        """The status line and what the server adds to it."""
        return [line for line in super().default_headers() if not line.startswith("Server:")]


wsgi.Response = _Response  # `wsgi.create` makes one by this name


class HeadFirstWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """Gunicorn's worker with threads, for connections without TLS, that hands a request to a thread once its head is whole."""

    def handle(self, conn: Any) -> Any:  # noqa: ANN401  # gunicorn's connection, and what its loop makes of the answer
        """Gather the head of the next request; answer it when it is whole, let the loop wait for more until then."""
        head = getattr(conn, "head", None) or _Head()
        if conn.parser is not None:
            head.data += conn.parser.unreader.take_buffered()  # sent along with the request before
        if head.receive(conn.sock):
            conn.head = head
            if time.monotonic() < head.deadline:
                return _DEFER
            conn.close()
            return False
        conn.head = None
        conn.data_ready = True  # all that comes now is in the parser's hands
        conn.init()
        conn.parser.unreader.unread(bytes(head.data))
        kept = super().handle(conn)
        if not kept:
            close_graceful(conn.sock, timeout=LINGER_SECONDS)  # here: the loop would wait longer, with all that come meanwhile
        return kept
