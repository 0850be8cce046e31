"""An upload between its preview and its import: the rows as they were read, carried by the form of the preview.

Nothing is kept on the server, so any process can take the second step, and an import that nobody goes on with leaves nothing behind. What
comes back is judged anew, as an upload is.
"""

import base64
import binascii
import zlib
from typing import Final

import msgspec

from app.accounts.csv_reading import MAX_BYTES, BadUploadError, Line
from store.accounts import MAX_ROWS
from store.said import say

_DAMAGED: Final = say("What was uploaded did not come back whole. Upload the file once more.")
_ENCODER: Final = msgspec.json.Encoder()
_LONGEST: Final = 4 * MAX_BYTES  # of the rows as JSON


class Carried(msgspec.Struct):
    """The rows of an upload, each with the version of the account that its preview saw, and whether doubtful numbers are taken."""

    rows: list[tuple[int, str, str, int | None]]
    doubtful: bool


def packed(lines: list[Line], versions: dict[str, int], *, doubtful: bool, keys: list[str | None]) -> str:
    """The rows as the value of a hidden field; `keys` has the address of each in its one form, None where it has none."""
    rows = [(line.number, line.address, line.phone, versions.get(key or "")) for line, key in zip(lines, keys, strict=True)]
    return base64.urlsafe_b64encode(zlib.compress(_ENCODER.encode(Carried(rows, doubtful)), 6)).decode("ascii")


def unpacked(text: str) -> Carried:
    """The rows of a hidden field. Raises `BadUploadError`."""
    try:
        reader = zlib.decompressobj()
        content = reader.decompress(base64.urlsafe_b64decode(text.encode("ascii")), _LONGEST)
        if not reader.eof:
            raise BadUploadError(_DAMAGED)
        found = msgspec.json.decode(content, type=Carried)
    except (binascii.Error, ValueError, zlib.error, msgspec.DecodeError) as error:
        raise BadUploadError(_DAMAGED) from error
    if len(found.rows) > MAX_ROWS:
        raise BadUploadError(_DAMAGED)
    return found
