"""How a request's body comes in: as fast as a slow line can send it, or not at all.

A body holds a thread of the server while it is read; one that drips would hold it for ever, and sixteen of them a worker.
"""

import errno
import socket
import time
from typing import Any, Final

SILENT_SECONDS: Final = 5.0  # without a byte
FIRST_SECONDS: Final = 10.0  # for any body
LEAST_RATE: Final = 16_384  # bytes a second beyond that


class BodyEndedError(ConnectionResetError):
    """The body stops before its end: nothing comes any more, or too slowly. To the server it is a connection that was reset."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "the body of the request did not come, or too slowly")


class Hurried:
    """A connection whose bytes have to keep coming; what is not about receiving is the socket's own."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._begun = time.monotonic()
        self._received = 0

    def recv(self, size: int) -> bytes:
        """What is there, up to `size` bytes; raises `BodyEndedError` where nothing comes, or all of it too slowly.

        Gunicorn and Werkzeug take the end of a connection for the end of its body, and a number that was cut short for a number.
        """
        left = self._begun + FIRST_SECONDS + self._received / LEAST_RATE - time.monotonic()
        if left <= 0:
            raise BodyEndedError
        self._connection.settimeout(min(SILENT_SECONDS, left))
        try:
            data = self._connection.recv(size)
        except TimeoutError:
            raise BodyEndedError from None
        finally:
            self._connection.settimeout(None)  # app/asker.py looks at it without waiting, which takes a blocking socket
        if not data:
            raise BodyEndedError
        self._received += len(data)
        return data

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever the socket has
        return getattr(self._connection, name)
