"""The export of accounts: every address with its number as CSV, in order, which the import reads again."""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Final

from flask import Response, current_app, stream_with_context

from app import shown
from app.errors import problem_of, request_id
from app.noting import note
from app.services import services
from app.viewer import scope
from store.accounts import Account
from store.customers import What
from store.errors import AbandonedError
from store.event import iso

COLUMNS: Final = ("email_address", "phone_number", "state", "first_mail", "last_mail", "last_bounce", "changed_at", "changed_by", "why")
_CHUNK: Final = 500  # accounts that travel together


def stream(*, excel: bool) -> Response:
    """The export; `excel` is for Excel with Dutch settings: the mark by which it knows UTF-8, and semicolons.

    Cells that a spreadsheet would take for a formula begin with an apostrophe: numbers too, as they begin with +. The last row is
    `# end: n accounts`; where it is missing or says `# error`, the export is not whole.
    """
    accounts = services().accounts.export(scope())
    first = list(islice(accounts, 1))
    note(What.EXPORTED_ACCOUNTS)
    response = Response(stream_with_context(_pieces(chain(first, accounts), ";" if excel else ",", bom=excel)), mimetype="text/csv")
    response.headers["Content-Disposition"] = "attachment; filename=accounts.csv"
    return response


def _pieces(accounts: Iterator[Account], separator: str, *, bom: bool) -> Iterator[bytes]:
    yield ("\ufeff" if bom else "").encode() + written([COLUMNS], separator)
    count = 0
    try:
        while chunk := list(islice(accounts, _CHUNK)):
            yield written((cells(each, separator) for each in chunk), separator)
            count += len(chunk)
    except AbandonedError:  # nobody reads on
        return
    except Exception as error:  # the status line is gone: whatever happened has to be said in the stream
        current_app.logger.exception("request %s: export of accounts broke off after %d", request_id(), count)
        yield _remark(f"# error: the export broke off after {count} accounts: {problem_of(error)[1].message}", separator)
    else:
        yield _remark(f"# end: {count} accounts", separator)


def cells(account: Account, separator: str) -> list[str]:
    """The columns of an account; what a spreadsheet would take for a formula has an apostrophe before it."""
    times = (account.first_mail, account.last_mail, account.last_bounce, account.changed_at)
    first, last, bounce, changed = ("" if at is None else iso(at) for at in times)
    texts = (account.address, account.phone or "", account.state, first, last, bounce, changed, account.changed_by or "", account.why or "")
    return [shown.csv_cell(text, separator) for text in texts]


def _remark(text: str, separator: str) -> bytes:
    return written([[text] + [""] * (len(COLUMNS) - 1)], separator)


def written(rows: Iterable[Iterable[str]], separator: str) -> bytes:
    """Rows as CSV."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue().encode("utf-8", "replace")
