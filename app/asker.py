"""Whether the browser or program that asked is still there."""

import socket

from flask import has_request_context, request


def gone() -> bool:
    """Whether the one whose request is being answered has closed the connection, so that nobody would read the answer.

    A client that only says that it will send nothing more looks the same; browsers and HTTP libraries do not do that, and proxies take it
    for leaving too. Outside a request, and behind a server that does not show the connection, everybody stays.
    """
    if not has_request_context():
        return False
    connection: socket.socket | None = request.environ.get("gunicorn.socket")
    if connection is None:
        return False
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""  # bytes would be of its next request
    except BlockingIOError:
        return False
    except OSError:
        return True
