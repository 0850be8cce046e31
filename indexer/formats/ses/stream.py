"""Where one JSON text ends and the next begins in a stream of bytes, whatever stands between them.

One a line, printed over many lines, glued together, in an array, after a byte order mark: all of that comes out of SNS, SQS, Firehose and
the tools around them.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

MAX_DEPTH: Final = 200  # levels of brackets; an SES record has six, each wrapping adds two or three
T = TypeVar("T")

# Between two texts; the brackets and commas are those of an array around them
_GAP: Final = re.compile(rb"(?:[\s,\[\]\x1e]|\xef\xbb\xbf)*+")
_LISTED: Final = re.compile(rb"[\[,]")
# In valid JSON an object opens like this behind another one only at the top: inside a string the quote would end the string, and behind
# that only white space, a comma, a colon or a closing bracket may follow
_OPENING: Final = re.compile(rb"\{\s*\"[^\s,:\]}\"]")
_BOUNDARY: Final = re.compile(rb"\}\s*+(?=\{\s*\"[^\s,:\]}\"])")
_USUAL_GLUE: Final = (b"}\n{", b"}\r\n{", b"}{", b"} {", b"}\n\n{")
_MAX_GLUE_TRIED: Final = 50  # candidates a kind; more means hostile input, which is then read from its start
_NEAR: Final = 64 << 10  # bytes at the end in which the last boundary almost always is
_TOKEN: Final = re.compile(rb'"(?:[^"\\\n]++|\\[^\n])*+("?)|([{}\[\]])')
# Where reading goes on behind a broken text: a line that begins as a record does
_RESUME: Final = re.compile(rb"\n(?=[{\[\xef])")


class NotJsonError(ValueError):
    """The bytes are no whole JSON text; the message says why."""


_NOT_TRIED: Final = NotJsonError("its end was not found")


def whole(data: bytes) -> int:
    """How many leading bytes of `data` are whole texts; 0 where not even one is whole yet.

    The last certain boundary is looked for from the end, so that only what follows it is read through.
    """
    done = _last_boundary(data)
    while (start := _skip_gap(data, done)) < len(data):
        end, complete = _text_end(data, start)
        if not complete:
            resumed = _RESUME.search(data, end)
            if resumed is None:
                return done
            end = resumed.end()
        done = end
    return start


def texts(data: bytes, read: Callable[[bytes], T]) -> Iterator[tuple[int, bytes, T | NotJsonError]]:
    """Each text in `data`: its offset, its bytes, and what `read` made of them or the `NotJsonError` that it raised."""
    ends = _Ends(data)
    start, listed = _next_start(data, 0)
    while start < len(data):
        end = ends.line(start)
        outcome: T | NotJsonError = _NOT_TRIED
        if end != ends.line_tried and not (listed and data[start] in b'{"'):
            ends.line_tried = end
            try:
                outcome = read(data[start:end])
            except NotJsonError as error:
                outcome = error
        if isinstance(outcome, NotJsonError):
            end, outcome = _read_otherwise(data, start, ends, read, outcome, listed=listed)
        yield start, data[start:end], outcome
        if data[end : end + 2] == b"\n{":  # the usual case, told without a search
            start, listed = end + 1, False
        else:
            start, listed = _next_start(data, end)


def _read_otherwise(  # noqa: PLR0913 - all that `texts` knows of where it is
    data: bytes, start: int, ends: "_Ends", read: Callable[[bytes], T], refusal: NotJsonError, *, listed: bool
) -> tuple[int, T | NotJsonError]:
    """A text that is not alone on its line: where it ends, and what `read` made of it or its first refusal."""
    for end in ends.others(start, listed=listed):
        try:
            return end, read(data[start:end])
        except NotJsonError as error:
            if refusal is _NOT_TRIED:
                refusal = error
    return ends.resume(start), refusal


class _Ends:
    """The likely ends of a text, cheapest first; remembers what was tried, so that broken input costs no more than its length."""

    def __init__(self, data: bytes) -> None:
        self.line_tried = -1
        self._data = data
        self._line = -1
        self._boundary = -1
        self._boundary_tried = -1
        self._counted = 0

    def line(self, start: int) -> int:
        """The end of the line."""
        if self._line < start:
            newline = self._data.find(b"\n", start)
            self._line = newline if newline >= 0 else len(self._data)
        return self._line

    def others(self, start: int, *, listed: bool) -> Iterator[int]:
        """The next certain boundary, and where the brackets close; in an array (`listed`) only the latter."""
        if self._data[start] not in b'{"':
            return
        if not listed:
            boundary = self._boundary_after(start)
            if boundary != self._boundary_tried:
                self._boundary_tried = boundary
                yield boundary
        if start >= self._counted:
            self._counted, complete = _text_end(self._data, start)
            if complete:
                yield self._counted

    def resume(self, start: int) -> int:
        """Where reading goes on behind the unreadable text that begins at `start`."""
        if self._data[start] != ord("{"):
            return self.line(start)
        resumed = _RESUME.search(self._data, start)
        return min(resumed.end() if resumed else len(self._data), self._boundary_after(start))

    def _boundary_after(self, start: int) -> int:
        if self._boundary <= start:
            boundary = _BOUNDARY.search(self._data, start)
            self._boundary = boundary.end() if boundary else len(self._data)
        return self._boundary


def _next_start(data: bytes, position: int) -> tuple[int, bool]:
    """Where the next text begins, and whether it stands in an array, as the brackets and commas before it tell."""
    start = _skip_gap(data, position)
    return start, _LISTED.search(data, position, start) is not None


def _skip_gap(data: bytes, position: int) -> int:
    gap = _GAP.match(data, position)
    return gap.end() if gap else position


def _text_end(data: bytes, start: int) -> tuple[int, bool]:
    """Where the text at `start` ends, by counting brackets; or where that had to be given up, and False.

    An object ends with its bracket, a string with its quote, anything else with its line.
    """
    if data[start] not in b'{"':
        newline = data.find(b"\n", start)
        return (newline, True) if newline >= 0 else (len(data), False)
    depth = 0
    for token in _TOKEN.finditer(data, start):
        bracket = token[2]
        if bracket:
            depth += 1 if bracket in b"{[" else -1
        elif not token[1]:  # a string that its line or the data cuts off
            return token.end(), False
        if depth <= 0:
            return token.end(), True
        if depth > MAX_DEPTH:
            return token.end(), False
    return len(data), False


def _last_boundary(data: bytes) -> int:
    """The start of the last object that certainly follows another one; 0 where none was found in a short search."""
    near = max(0, len(data) - _NEAR)
    return max(_last_opening(data, glue, near) for glue in _USUAL_GLUE) or max(_last_opening(data, glue, 0) for glue in _USUAL_GLUE)


def _last_opening(data: bytes, glue: bytes, first: int) -> int:
    position = len(data)
    for _ in range(_MAX_GLUE_TRIED):
        position = data.rfind(glue, first, position)
        if position < 0:
            break
        opening = position + len(glue) - 1
        if _OPENING.match(data, opening):
            return opening
    return 0
