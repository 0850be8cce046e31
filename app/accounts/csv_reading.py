"""A CSV of addresses and phone numbers as people have it: from Excel, in Dutch or English, with any usual separator and encoding.

The separator is the one that its first row has most of; the columns are found by their headings, or without any by what stands in the
first row. What cannot be read at all is refused with the cure; single rows are left to `app.accounts.preview`.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from store.accounts import MAX_ROWS
from store.addresses import BadAddressError, normalised
from store.phones import BadNumberError, read
from store.said import Said, say

MAX_BYTES: Final = 5 << 20
_SEPARATORS: Final = ";,\t|"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_WORKBOOK: Final = b"PK\x03\x04"  # a zip archive, which .xlsx and .ods are
_OLD_WORKBOOK: Final = b"\xd0\xcf\x11\xe0"
_NO_LETTER: Final = re.compile(r"[\W_]+")
# As they stand in files once all but letters and digits is taken out, in lower case.
_ADDRESSES: Final = frozenset(
    """emailaddress emailadres email mail mailaddress mailadres address adres recipient ontvanger username useremail login
    emailvalue email1value primaryemail email1 emailaddress1 emailadres1 emailwerk emailprive emailwork emailhome""".split()  # noqa: SIM905 - as a list it would not be read
)
_PHONES: Final = frozenset(
    """phonenumber phone phone1 phonevalue phone1value telephone telephonenumber telefoon telefoonnummer telefoonnr telefoon1 tel telnr
    mobile mobilenumber mobilephone mobiletelephone mobile1 mobiel mobielnummer mobielnr mobieletelefoon mobieltelefoonnummer
    cell cellphone gsm gsmnummer sms smsnumber smsnummer phonemobile telefoonmobiel 06 06nummer nummer number""".split()  # noqa: SIM905 - likewise
)
_EXPORT_END: Final = "# end"
_PROBED: Final = 5  # rows in which columns without headings are looked for


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its line in the file, and what stands in the two columns."""

    number: int
    address: str
    phone: str


class BadUploadError(Exception):
    """A file that cannot be imported; `message` says why and what to do."""

    def __init__(self, message: Said) -> None:
        super().__init__(message)
        self.message = message


def lines(content: bytes) -> list[Line]:
    """The rows of an upload. Raises `BadUploadError`."""
    if len(content) > MAX_BYTES:
        raise BadUploadError(say("The file is larger than 5 MB. Split it, or leave out the other columns."))
    whole = _decoded(content)
    separator, text = _separator(whole.lstrip("\r\n"))
    before = len((whole[: len(whole) - len(text)] + ".").splitlines()) - 1  # lines before what is read
    try:
        return _lines(text, separator, before)
    except csv.Error as error:
        message = say("This is not CSV that can be read (%(why)s). Save it in Excel as CSV UTF-8.", why=str(error)[:100])
        raise BadUploadError(message) from error


def _decoded(content: bytes) -> str:
    """The text: UTF-8 or UTF-16 by its mark, else UTF-8, else what Windows writes in Western Europe."""
    if content.startswith((_WORKBOOK, _OLD_WORKBOOK)):
        raise BadUploadError(say("This is a workbook, not CSV. Open it in Excel and save it as CSV UTF-8."))
    if content.startswith(_UTF_16):
        return content.decode("utf-16", "replace")
    if b"\0" in content:
        raise BadUploadError(say("This is not a text file. Save the list in Excel as CSV UTF-8."))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _separator(text: str) -> tuple[str, str]:
    """The separator, and the text without the line `sep=;` by which Excel is told of it."""
    head, _, rest = text.partition("\n")
    told = head.strip().strip('"')
    if told[:4].lower() == "sep=" and len(told) == 5:  # noqa: PLR2004 - and one character
        return told[4], rest
    unquoted = re.sub(r'"[^"]*"', "", head)
    return max(_SEPARATORS, key=unquoted.count), text


def _lines(text: str, separator: str, before: int) -> list[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows = ((reader.line_num + before, row) for row in reader if any(cell.strip() for cell in row))
    probe = list(islice(rows, _PROBED))
    if not probe:
        raise BadUploadError(say("The file is empty. It needs a column email_address and a column phone_number."))
    headed = _headed(probe[0][1])
    address, phone = headed or _unheaded([row for _, row in probe])
    found = list(islice(_cut(chain(probe[1:] if headed else probe, rows), address, phone), MAX_ROWS + 1))
    if len(found) > MAX_ROWS:
        raise BadUploadError(say("The file has more than %(most)s rows. Split it.", most=MAX_ROWS))
    if not found:
        raise BadUploadError(say("The file has headings but no rows. Add a row for each address."))
    return found


def _cut(rows: Iterator[tuple[int, list[str]]], address: int, phone: int) -> Iterator[Line]:
    for number, row in rows:
        line = Line(number, *(row[at] if at < len(row) else "" for at in (address, phone)))
        if not line.address.startswith(_EXPORT_END):
            yield line


def _headed(row: Sequence[str]) -> tuple[int, int] | None:
    """Which columns the headings name, the first of each where there are several, mobile before others; None for no headings.

    Raises `BadUploadError` where only one of the two is named.
    """
    names = [_NO_LETTER.sub("", cell.lower()) for cell in row]
    address = next((at for at, name in enumerate(names) if name in _ADDRESSES), None)
    phones = [(_rank(name), at) for at, name in enumerate(names) if name in _PHONES]
    if address is None and not phones:
        return None
    if address is None:
        raise BadUploadError(say("There is no column of addresses. Name one email_address."))
    if not phones:
        if "@" in "".join(row):
            return None
        raise BadUploadError(say("There is no column of phone numbers. Name one phone_number."))
    return address, min(phones)[1]


def _rank(name: str) -> int:
    """Columns for mobile numbers come before others."""
    return 0 if name.startswith(("mob", "cell", "gsm", "06", "sms")) or name.endswith(("mobile", "mobiel")) else 1


def _unheaded(rows: Sequence[Sequence[str]]) -> tuple[int, int]:
    """The columns of a file without headings: where the first rows have an address, and where they have a number."""
    width = max(map(len, rows))
    columns = [[row[at] for row in rows if at < len(row) and row[at].strip()] for at in range(width)]
    address = next((at for at, cells in enumerate(columns) if any(map(_is_address, cells))), None)
    phone = next((at for at, cells in enumerate(columns) if at != address and any(map(_is_number, cells))), None)
    if address is None or phone is None:
        raise BadUploadError(say("The columns are not known. Let the first row name them: email_address and phone_number."))
    return address, phone


def _is_address(cell: str) -> bool:
    try:
        return bool(normalised(cell))
    except BadAddressError:
        return False


def _is_number(cell: str) -> bool:
    try:
        return bool(read(cell))
    except BadNumberError as error:
        return error.code == "spreadsheet"
