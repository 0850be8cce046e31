"""The export of accounts: every address with its number as CSV, in order, which the import reads again."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from flask import Response

from app import shown
from app.errors import problem_of
from app.noting import note
from app.services import services
from app.streaming import csv_lines, csv_remark, streamed
from app.viewer import scope
from store.accounts import Account
from store.customers import What
from store.event import iso

COLUMNS: Final = ("email_address", "phone_number", "state", "first_mail", "last_mail", "last_bounce", "changed_at", "changed_by", "why")
_CHUNK: Final = 500  # accounts that travel together


@dataclass(frozen=True, slots=True)
class Csv:
    """A row an account; `excel` is for Excel with Dutch settings: the mark by which it knows UTF-8, and semicolons.

    Cells that a spreadsheet would take for a formula begin with an apostrophe: numbers too, as they begin with +. The last row is
    `# end: n accounts`; where it is missing or says `# error`, the export is not whole.
    """

    excel: bool = False
    mimetype: str = "text/csv; charset=utf-8"

    def head(self) -> bytes:
        """The names of the columns."""
        return ("\ufeff" if self.excel else "").encode() + csv_lines([COLUMNS], self._separator)

    def rows(self, accounts: Iterable[Account]) -> bytes:
        """A row for each."""
        return csv_lines((cells(each, self._separator) for each in accounts), self._separator)

    def end(self, count: int) -> bytes:
        """A row as wide as the others."""
        return self._remark(f"# end: {count} accounts")

    def broken(self, count: int, error: Exception) -> bytes:
        """A row that says that this is not all."""
        return self._remark(f"# error: the export broke off after {count} accounts: {problem_of(error)[1].message}")

    def _remark(self, text: str) -> bytes:
        return csv_remark(text, len(COLUMNS), self._separator)

    @property
    def _separator(self) -> str:
        return ";" if self.excel else ","


def stream(*, excel: bool) -> Response:
    """The export."""
    response = streamed(services().accounts.export(scope()), Csv(excel), _CHUNK)
    note(What.EXPORTED_ACCOUNTS)
    response.headers["Content-Disposition"] = "attachment; filename=accounts.csv"
    return response


def cells(account: Account, separator: str) -> list[str]:
    """The columns of an account; what a spreadsheet would take for a formula has an apostrophe before it."""
    times = (account.first_mail, account.last_mail, account.last_bounce, account.changed_at)
    first, last, bounce, changed = ("" if at is None else iso(at) for at in times)
    texts = (account.address, account.phone or "", account.state, first, last, bounce, changed, account.changed_by or "", account.why or "")
    return [shown.csv_cell(text, separator) for text in texts]
