"""The log: one line a request and one an error, on standard error, as JSON for machines or as text for people.

A line at level info names no person: no address of a page or a mail, no query, no IP, no browser; a route is named by its pattern. What a
library says of an error may quote what it stumbled over, so lines at level error can. Standard error, because on standard output commands
answer those who started them.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final

from gunicorn.glogging import Logger

from app.terminal import harmless

KINDS: Final = ("json", "text")
_REQUESTS: Final = logging.getLogger("portal.requests")
# What our own records have beside their message, in this order.
_FIELDS: Final = ("method", "route", "status", "ms", "request_id")
# A line stays below what a pipe takes in one piece (PIPE_BUF, 4,096 bytes), so that lines of several processes are never mixed.
_MAX_MESSAGE: Final = 800
_MAX_TRACE: Final = 2_500  # characters, the last ones: they say what it was and where


class Json(logging.Formatter):
    """A record as one line of JSON in ASCII, so that no text in it can end the line, begin another, or steer a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        found: dict[str, Any] = {"time": _time(record), "level": record.levelname.lower(), "message": record.getMessage()[:_MAX_MESSAGE]}
        found |= _fields(record)
        if record.exc_info:
            found["trace"] = self.formatException(record.exc_info)[-_MAX_TRACE:]
        return json.dumps(found)


class Text(logging.Formatter):
    """A record as a line for people; a traceback follows it, each of its lines indented, so that none looks like a record."""

    def format(self, record: logging.LogRecord) -> str:
        """The line or lines."""
        values = "".join(f" {name}={value}" for name, value in _fields(record).items())
        text = f"{_time(record)} {record.levelname.lower():7} {harmless(record.getMessage()[:_MAX_MESSAGE])}{harmless(values)}"
        if record.exc_info:
            trace = self.formatException(record.exc_info)[-_MAX_TRACE:]
            text += "".join(f"\n    {harmless(line)}" for line in trace.splitlines())
        return text


class Quiet(Logger):  # type: ignore[misc]  # gunicorn ships no types
    """Gunicorn's loggers without handlers of their own: what they say goes where all else goes."""

    def setup(self, cfg: Any) -> None:  # noqa: ANN401  # gunicorn's configuration
        """Called by gunicorn for a new server."""
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.propagate = True


def begin(kind: str | None, *, requests: bool = True) -> None:
    """Write what this process and its forks log to standard error, from warnings up, and a line for each request where `requests`.

    No `kind` is text where a person sits at a terminal, else JSON.
    """
    chosen = kind or ("text" if sys.stderr.isatty() else "json")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Text() if chosen == "text" else Json())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    _REQUESTS.setLevel(logging.INFO if requests else logging.WARNING)


def answered(method: str, route: str, status: int, seconds: float, request_id: str) -> None:
    """The line of one request; `route` is the pattern of its address."""
    extra = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1), "request_id": request_id}
    _REQUESTS.info("answered", extra=extra)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name in _FIELDS if (value := getattr(record, name, None)) is not None}
