"""What an import would do, row by row, before it is done: which numbers are added, changed, the same, or refused and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from app.accounts.csv_reading import Line
from store.accounts import Account, Row
from store.addresses import BadAddressError, normalised
from store.phones import BadNumberError, Number, read
from store.said import Said, say

_SHOWN: Final = 60  # characters of what stands in the file


class Fate(StrEnum):
    """What becomes of a row."""

    ADDED = "added"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Judged:
    """A row with its fate: `reason` where it is refused or left alone, `old` the number that it replaces.

    `version` is that of the account when it was looked at.
    """

    line: int
    address: str
    phone: str
    fate: Fate
    reason: Said | None = None
    e164: str | None = None
    old: str | None = None
    version: int | None = None


@dataclass(slots=True)
class Preview:
    """All rows of an upload with their fates."""

    rows: list[Judged] = field(default_factory=list)

    def of(self, fate: str) -> list[Judged]:
        """The rows of one fate."""
        return [row for row in self.rows if row.fate == fate]

    def to_write(self) -> list[Row]:
        """What an import keeps."""
        return [Row(row.address, row.e164, row.version) for row in self.rows if row.fate in (Fate.ADDED, Fate.CHANGED)]


def preview(lines: Sequence[Line], known: Mapping[str, Account], *, doubtful: bool) -> Preview:
    """Judge every row. `known` are the accounts there are, by address; `doubtful` takes numbers that no text message reaches."""
    found = Preview()
    numbers: dict[str, Judged] = {}
    for line in lines:
        judged = _judged(line, known, doubtful=doubtful)
        before = numbers.get(judged.address)
        if judged.fate is not Fate.REFUSED and judged.e164 and before is not None:
            judged = _again(judged, before)
        elif judged.fate is not Fate.REFUSED and judged.e164:
            numbers[judged.address] = judged
        found.rows.append(judged)
    return found


def address_of(line: Line) -> str | None:
    """The address of a row in its one form; None where it has none."""
    address = _address(line)
    return None if isinstance(address, Said) else address


def _judged(line: Line, known: Mapping[str, Account], *, doubtful: bool) -> Judged:
    """A row by itself."""
    address, phone = _address(line), _cut(line.phone)
    if isinstance(address, Said):
        return Judged(line.number, _cut(line.address), phone, Fate.REFUSED, address)
    if not line.phone.strip().strip("'"):
        return Judged(line.number, address, phone, Fate.SAME, say("There is no number in this row: what there is stays."))
    number = _number(line)
    if isinstance(number, Said):
        return Judged(line.number, address, phone, Fate.REFUSED, number)
    return _compared(Judged(line.number, address, phone, Fate.REFUSED), number, known.get(address), doubtful=doubtful)


def _compared(row: Judged, number: Number, account: Account | None, *, doubtful: bool) -> Judged:
    """A row with a number beside the account as it is."""
    e164 = number.e164
    if account is not None and account.phone == e164:
        return replace(row, fate=Fate.SAME, e164=e164)
    if number.sms_doubt is not None and not doubtful:
        return replace(row, reason=number.sms_doubt)
    if account is None:  # version 0 as if mail had brought it: whatever people do meanwhile counts
        return replace(row, fate=Fate.ADDED, e164=e164, version=0)
    return replace(row, fate=Fate.CHANGED if account.phone else Fate.ADDED, e164=e164, old=account.phone, version=account.version)


def _again(row: Judged, before: Judged) -> Judged:
    """A row whose address stood in the file already."""
    if row.e164 == before.e164:
        return replace(row, fate=Fate.SAME, reason=say("The same stands in line %(line)s.", line=before.line))
    message = say("Line %(line)s has another number for this address. Leave the right one only.", line=before.line)
    return replace(row, fate=Fate.REFUSED, reason=message)


def _address(line: Line) -> str | Said:
    try:
        return normalised(line.address)
    except BadAddressError as error:
        return error.message if isinstance(error.message, Said) else say("This is not an address.")


def _number(line: Line) -> Number | Said:
    try:
        return read(line.phone)
    except BadNumberError as error:
        return error.message


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
