"""A worker of the web server whose threads wait for nobody: a request gets one when the whole of its head has come.

Gunicorn's own gives a thread to a connection that has sent one byte, for as long as the rest takes; a hundred half-sent request lines then
keep every other request waiting. Here the worker's loop gathers the head, and closes a connection that does not get on with it.
"""

import contextlib
import os
import select
import socket
import struct
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from gunicorn.http import wsgi
from gunicorn.http.errors import ExpectationFailed, LimitRequestHeaders, LimitRequestLine, ParseException, UnsupportedTransferCoding
from gunicorn.util import close_graceful
from gunicorn.workers.gthread import _DEFER, ThreadWorker

from app import observed
from app.body import Hurried

HEAD_SECONDS = 10.0  # for the whole head of a request, from its first byte
SILENT_SECONDS = 5  # without a byte, before a request or within its head
LINGER_SECONDS = 0.5  # for a client to close a connection after its last answer
SEND_SECONDS = 30  # for a client to take some of its answer
_SEND_TIMEOUT: Final = struct.pack("ll", SEND_SECONDS, 0)  # a timeval, as setsockopt takes it
_SIGN_OF_LIFE: Final = 0.5  # seconds
_MOMENT: Final = 5  # ms that a thread waits for the next request of its connection before it looks whether others wait for it
_MOMENTS: Final = 8
_END = b"\r\n\r\n"
_MAX_HEAD = 200_000  # bytes gathered; a longer head is gunicorn's to refuse
_CHUNK = 65_536
# What is no request that the portal can read, with its cure; nothing of it is repeated.
_UNREADABLE: Final = {
    LimitRequestLine: (414, "The address is too long. A query has at most 2,000 characters."),
    LimitRequestHeaders: (431, "The headers are too many or too long: 100 of 8,190 bytes are read. Clear the cookies of this site."),
    UnsupportedTransferCoding: (501, "Transfer-Encoding can only be chunked. Send the body so, or with a Content-Length."),
    ExpectationFailed: (417, "Expect can only be 100-continue. Leave it out."),
}
_MALFORMED: Final = (400, "The request is not HTTP as RFC 9112 has it. Use a browser or an HTTP library.")
_FAILED: Final = (500, "Something went wrong on our side. If it happens again, give the request id to the operators.")


@dataclass(slots=True)
class _Head:
    """What has come of a request's head, and by when all of it must have."""

    data: bytearray = field(default_factory=bytearray)
    deadline: float = field(default_factory=lambda: time.monotonic() + HEAD_SECONDS)

    def receive(self, connection: Any) -> bool:  # noqa: ANN401  # a plain or a TLS socket
        """Take what is there; whether there is more to wait for."""
        try:
            while _END not in self.data and len(self.data) <= _MAX_HEAD:
                chunk = connection.recv(_CHUNK, socket.MSG_DONTWAIT)
                if not chunk:
                    return False
                self.data += chunk
        except BlockingIOError:
            return True
        except ConnectionError:
            pass
        return False


class _Together:
    """In place of a socket: gathers what is sent, so that it goes out at once."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        """Keep this for later."""
        self.parts.append(data)


class _Response(wsgi.Response):  # type: ignore[misc]  # gunicorn ships no types
    """Gunicorn's answer without two lines that would go along with each of twenty files.

    One names the software, which is nobody's business. The other says that the connection is kept, as it is in HTTP/1.1 (RFC 9112, 9.3).

    The head goes out together with the first of the body: each call of the system costs as much as making a small answer.
    """

    sock: Any

    def write(self, arg: bytes) -> None:
        """Send some of the body."""
        if self.headers_sent:
            super().write(arg)
            return
        sock, together = self.sock, _Together()
        self.sock = together
        try:
            super().write(arg)
        finally:
            self.sock = sock
        sock.sendall(b"".join(together.parts))

    def default_headers(self) -> list[str]:
        """The status line and what the server adds to it."""
        needless = ("Server:", "Connection: keep-alive") if self.req.version >= (1, 1) else ("Server:",)
        return [line for line in super().default_headers() if not line.startswith(needless)]


wsgi.Response = _Response  # `wsgi.create` makes one by this name


class _Closed:
    """In place of the socket of a connection that is closed.

    Gunicorn's loop closes it once more, and where that fails it counts the connection off twice; a server that stops would then not
    wait for requests that run.
    """

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001  # a socket's own signature
        """Nothing blocks."""

    def shutdown(self, _how: int) -> None:
        """Nothing is left to be told."""

    def settimeout(self, _seconds: float) -> None:
        """Nothing is waited for."""

    def recv(self, _size: int) -> bytes:
        """The other side has gone."""
        return b""

    def close(self) -> None:
        """It is."""


class HeadFirstWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """Gunicorn's worker with threads, for connections without TLS, that hands a request to a thread once its head is whole."""

    _told = 0.0  # when it last said that it lives

    def notify(self) -> None:
        """Say that this worker lives; twice a second is enough for who looks after it, and the loop comes by at each request."""
        if (now := time.monotonic()) - self._told > _SIGN_OF_LIFE:
            self._told = now
            super().notify()

    def handle(self, conn: Any) -> Any:  # noqa: ANN401  # gunicorn's connection, and what its loop makes of the answer
        """Answer a request, and those that follow at once on its connection: the way through the loop costs as much as an answer."""
        while True:
            kept = self._answered(conn)
            if kept is not True or not self._soon(conn):
                return kept

    def _soon(self, conn: Any) -> bool:  # noqa: ANN401  # likewise
        """Whether the next request begins in a moment.

        What was sent along with the last one goes through the loop, and so does everything where others wait for a thread: nobody is
        served twice before them.
        """
        if conn.parser.unreader.buf.getvalue():
            return False
        waiting = select.poll()
        waiting.register(conn.sock, select.POLLIN)
        for _ in range(_MOMENTS):
            if not self.alive or not self.tpool._work_queue.empty():  # noqa: SLF001  # the pool does not tell otherwise who waits
                return False
            if waiting.poll(_MOMENT):
                return True
        return False

    def _answered(self, conn: Any) -> Any:  # noqa: ANN401  # likewise
        """Gather the head of the next request; answer it when it is whole, let the loop wait for more until then."""
        head = getattr(conn, "head", None) or _Head()
        if conn.parser is not None:
            head.data += conn.parser.unreader.take_buffered()  # sent along with the request before
        if head.receive(conn.sock):
            conn.head = head
            if time.monotonic() < head.deadline:
                return _DEFER
            conn.close()
            conn.sock = _Closed()
            return False
        conn.head = None
        conn.data_ready = True  # all that comes now is in the parser's hands
        if not conn.initialized:
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _SEND_TIMEOUT)
        conn.init()
        conn.parser.unreader.unread(bytes(head.data))
        conn.parser.unreader.sock = Hurried(conn.sock)
        kept = super().handle(conn)
        if not kept:
            close_graceful(conn.sock, timeout=LINGER_SECONDS)  # here: the loop would wait longer, with all that come meanwhile
            conn.sock = _Closed()
        return kept

    def handle_request(self, req: Any, conn: Any) -> Any:  # noqa: ANN401  # gunicorn's own signature
        """Answer a request; a client that takes nothing of its answer for long has left."""
        try:
            return super().handle_request(req, conn)
        except BlockingIOError:  # what SO_SNDTIMEO makes of a blocking socket
            raise StopIteration from None

    def handle_quit(self, sig: int, frame: object) -> None:  # noqa: ARG002  # gunicorn's own signature
        """Ctrl-C: end here and now.

        Gunicorn's own raises SystemExit in whatever runs; where that catches it the worker would wait for its connections like on SIGTERM.
        """
        os._exit(0)

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001  # gunicorn's own signature
        """Accept connections or not; once the server stops new ones are refused at once, and not left waiting for an end."""
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            for listener in self.sockets:
                listener.close()

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:  # noqa: ANN401, ARG002  # gunicorn's own signature
        """Answer a request that cannot be read, or that failed outside the application, and log it as the others are.

        Gunicorn's own would log the client's address and what it sent, and repeat that in its answer.
        """
        refused = isinstance(exc, ParseException)
        status, text = next((answer for kind, answer in _UNREADABLE.items() if isinstance(exc, kind)), _MALFORMED if refused else _FAILED)
        request_id = observed.named("")
        if not refused:
            self.log.error("outside the application", exc_info=exc, extra={"request_id": request_id, "status": status})
        observed.tell("other", observed.NO_ROUTE, status, 0.0, request_id)
        content = f"{text}\n"
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nX-Request-Id: {request_id}\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        with contextlib.suppress(OSError):  # who sent it may have gone, and nothing is left to be done for them
            client.sendall((head + content).encode("ascii"))
