"""`POST /api/v1/events`: events in our own schema, a line of JSON each.

The body is taken in whole before anything of it is kept: a writer's turn is not held while somebody sends slowly, and of a body that is too
large, or stops, nothing is kept. What comes after that is told line by line, and the same body again adds nothing.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, Final

import msgspec
from flask import Blueprint, Response, request

from app import params
from app.auth.rights import needs
from app.errors import RefusedError
from app.handing_in import handed_in, told
from app.headers import MAX_EVENTS
from app.viewer import scope
from indexer.taking import take
from store.customers.roles import Right
from store.said import say

blueprint = Blueprint("ingest", __name__, url_prefix="/api/v1")

_TYPES: Final = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
_IN_MEMORY: Final = 1 << 20  # bytes of a body; a larger one goes to a file without a name
_CHUNK: Final = 1 << 16
_AT_ONCE: Final = 2  # bodies that a worker takes in: each holds a thread, and up to `MAX_EVENTS` of disk
_TURN_SECONDS: Final = 20.0
_turns: Final = threading.BoundedSemaphore(_AT_ONCE)


@blueprint.post("/events")
@needs(Right.INGEST)
def post() -> Response:
    """Keep events; what could not be kept is told by its line."""
    params.once(request.args.lists(), ())
    if request.mimetype not in _TYPES:
        raise RefusedError(
            415, "not_ndjson", say("Send events as NDJSON, one JSON object a line, with Content-Type: application/x-ndjson.")
        )
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise RefusedError(415, "encoded", say("Send the events uncompressed, without Content-Encoding."))
    with _turn(), SpooledTemporaryFile(_IN_MEMORY) as body:
        _receive(body)
        lines: IO[bytes] = body
        taken = handed_in(lambda writer: take(lines, writer, scope()))
    return Response(msgspec.json.encode(told(taken)), mimetype="application/json")


@contextmanager
def _turn() -> Iterator[None]:
    """Wait for others who send at the same time; raises `RefusedError` where that takes long."""
    if not _turns.acquire(timeout=_TURN_SECONDS):
        message = say("Others are sending events just now. Nothing of this was kept. Try again in half a minute.")
        raise RefusedError(503, "store_busy", message)
    try:
        yield
    finally:
        _turns.release()


def _receive(body: "SpooledTemporaryFile[bytes]") -> None:
    """Take in the whole body; raises `RefusedError` for one that is too large."""
    size = 0
    while chunk := request.stream.read(_CHUNK):
        size += len(chunk)
        if size > MAX_EVENTS:
            message = say("More than %(most)s bytes were sent. Nothing of it was kept. Send less at a time.", most=MAX_EVENTS)
            raise RefusedError(413, "too_large", message)
        body.write(chunk)
    body.seek(0)
