"""Exports on their way: in pieces, without a cap and in flat memory, with a last line that says whether it is whole."""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Protocol, TypeVar

from flask import Response, current_app, stream_with_context

from app.errors import request_id
from store.errors import AbandonedError

Row = TypeVar("Row")
Row_contra = TypeVar("Row_contra", contravariant=True)


class Form(Protocol[Row_contra]):
    """How an export is written."""

    @property
    def mimetype(self) -> str:
        """The Content-Type."""
        ...

    def head(self) -> bytes:
        """What stands before the first row."""
        ...

    def rows(self, rows: Iterable[Row_contra], /) -> bytes:
        """These rows."""
        ...

    def end(self, count: int) -> bytes:
        """The end line of a whole export of `count` rows."""
        ...

    def broken(self, count: int, error: Exception) -> bytes:
        """The line that stands in place of the end line where an export broke off after `count` rows."""
        ...


def streamed(rows: Iterator[Row], form: Form[Row], chunk: int) -> Response:
    """The export, `chunk` rows a piece. What goes wrong before the first row is an ordinary error; later it is the last line."""
    first = list(islice(rows, 1))
    return Response(stream_with_context(_pieces(chain(first, rows), form, chunk)), content_type=form.mimetype)


def csv_lines(rows: Iterable[Iterable[str]], separator: str) -> bytes:
    """Rows as RFC 4180 has them, but for the separator."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def csv_remark(text: str, columns: int, separator: str) -> bytes:
    """A row that is as wide as the others, with a remark in its first cell."""
    return csv_lines([[text] + [""] * (columns - 1)], separator)


def _pieces(rows: Iterator[Row], form: Form[Row], chunk: int) -> Iterator[bytes]:
    yield form.head()
    count = 0
    try:
        while some := list(islice(rows, chunk)):
            yield form.rows(some)
            count += len(some)
    except AbandonedError:  # nobody reads on
        return
    except Exception as error:  # the status line is gone: whatever happened has to be said in the stream
        current_app.logger.exception("request %s: an export broke off after %d rows", request_id(), count)
        yield form.broken(count, error)
    else:
        yield form.end(count)
