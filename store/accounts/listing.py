"""One page of a list of accounts, and the opaque text that says where the next one begins."""

import base64
import binascii
from itertools import islice
from typing import Final

import msgspec

from store.accounts import coding
from store.accounts.account import Account, Listed, Wanted
from store.accounts.client import Client
from store.accounts.index import Index
from store.accounts.kept import Kept
from store.errors import BadCursorError

MOST_COUNTED: Final = 10_000
_VERSION: Final = 1
_LONGEST: Final = 2000  # characters of a cursor


class _Payload(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """What a cursor holds: the list it is of, and the last account of the page."""

    version: int
    sort: str
    text: str
    narrowed: tuple[bool, int | None, int | None]
    last_mail: int
    address: str


def listed(client: Client, kept: Kept, index: Index, wanted: Wanted) -> Listed:
    """See `Accounts.find`."""
    after = None if wanted.cursor is None else _read(wanted.cursor, wanted)
    if wanted.sort == "address":
        found = list(islice(index.matching(wanted, after.address if after else ""), wanted.limit + 1))
    else:
        found = _by_mail(client, kept, index, wanted, after)
    total, exact = _total(index, wanted)
    page = found[: wanted.limit]
    accounts = [coding.account(address, record) for address, record in zip(page, kept.records(page), strict=True) if record is not None]
    return Listed(tuple(accounts), total, exact, _written(wanted, accounts[-1]) if len(found) > wanted.limit and accounts else None)


def _by_mail(client: Client, kept: Kept, index: Index, wanted: Wanted, after: _Payload | None) -> list[str]:
    """The page by last mail, newest first."""
    text = wanted.text.lower()
    flat = client.command("ZREVRANGE", kept.names.key("order"), 0, -1, "WITHSCORES")
    every = [
        (int(float(pair[1])), pair[0].decode()) for pair in (flat if flat and isinstance(flat[0], (list, tuple)) else coding.pairs(flat))
    ]
    rest = (address for at, address in every if after is None or (at, address) < (after.last_mail, after.address))
    return list(islice((each for each in rest if text in each and index.fits(each, wanted)), wanted.limit + 1))


def _total(index: Index, wanted: Wanted) -> tuple[int, bool]:
    if not wanted.text and not wanted.narrowed:
        return len(index), True
    count = sum(1 for _ in islice(index.matching(wanted), MOST_COUNTED + 1))
    return min(count, MOST_COUNTED), count <= MOST_COUNTED


def _written(wanted: Wanted, last: Account) -> str:
    payload = _Payload(_VERSION, wanted.sort, wanted.text, _narrowed(wanted), last.last_mail or 0, last.address)
    return base64.urlsafe_b64encode(msgspec.json.encode(payload)).rstrip(b"=").decode()


def _read(cursor: str, wanted: Wanted) -> _Payload:
    """Raises `BadCursorError` for anything that was not made for this list."""
    try:
        text = cursor[:_LONGEST].encode("ascii")
        payload = msgspec.json.decode(base64.b64decode(text + b"=" * (-len(text) % 4), b"-_", validate=True), type=_Payload)
    except (ValueError, binascii.Error, msgspec.DecodeError) as error:
        raise BadCursorError("This cursor is not one of ours. Start again from the first page.") from error
    if (payload.version, payload.sort, payload.text, payload.narrowed) != (_VERSION, wanted.sort, wanted.text, _narrowed(wanted)):
        raise BadCursorError("This cursor is of another list. Start again from the first page.")
    return payload


def _narrowed(wanted: Wanted) -> tuple[bool, int | None, int | None]:
    return wanted.without_number, wanted.bounced_since, wanted.changed_since
