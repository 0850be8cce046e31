"""One page of a list of accounts, and the opaque text that says where the next one begins."""

import base64
import binascii
import time
from itertools import islice
from typing import Final

import msgspec

from store.accounts import coding
from store.accounts.account import Account, Listed, Wanted
from store.accounts.index import Index
from store.accounts.kept import Kept
from store.accounts.sought import Sought
from store.errors import BadCursorError

MOST_COUNTED: Final = 10_000
_COUNTING: Final = 0.012  # seconds: whoever types waits for the rows, and hardly for how many more there are
_FEW: Final = 3000  # accounts whose last mail is looked up rather than found by walking from the newest
_LONGEST_WALK: Final = 20_000  # accounts without enough that match: then all that match are looked up and sorted
_VERSION: Final = 1
_LONGEST: Final = 2000  # characters of a cursor

_Place = tuple[int, str]  # last mail and address of the last account of a page


class _Payload(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """What a cursor holds: the list it is of, and the last account of the page."""

    version: int
    sort: str
    text: str
    narrowed: tuple[bool, int | None, int | None]
    last_mail: int
    address: str


def listed(kept: Kept, index: Index, wanted: Wanted) -> Listed:
    """See `Accounts.find`."""
    sought = Sought(wanted)
    after = None if wanted.cursor is None else _read(wanted.cursor, wanted)
    total, exact = index.count(sought, MOST_COUNTED, time.monotonic() + _COUNTING)
    if wanted.sort == "address":
        found = list(islice(index.matching(sought, after.address if after else ""), wanted.limit + 1))
    else:
        beyond = (after.last_mail, after.address) if after else None
        by_mail = _sorted if exact and total <= _FEW else _walked
        found = by_mail(kept, index, sought, beyond, wanted.limit + 1)
    page = found[: wanted.limit]
    accounts = [coding.account(address, record) for address, record in zip(page, kept.records(page), strict=True) if record is not None]
    more = len(found) > wanted.limit and accounts
    # A page that was found is counted at least, where counting stopped before.
    return Listed(tuple(accounts), max(total, len(accounts)), exact, _written(wanted, accounts[-1]) if more else None)


def _walked(kept: Kept, index: Index, sought: Sought, after: _Place | None, most: int) -> list[str]:
    """Those that match by last mail, as Redis orders them: newest first, ties by address backwards. For what many match."""
    found: list[str] = []
    walked = 0
    while walked < _LONGEST_WALK:
        length = max(2 * most, walked)  # short for what all match, longer and longer for what few do
        step = kept.by_mail(after[0] if after else None, walked, length)
        found += [address for at, address in step if (after is None or (at, address) < after) and index.fits(address, sought)]
        if len(found) >= most or len(step) < length:
            return found[:most]
        walked += length
    return _sorted(kept, index, sought, after, most)


def _sorted(kept: Kept, index: Index, sought: Sought, after: _Place | None, most: int) -> list[str]:
    """The same for what few match: all that do are looked up and sorted."""
    every = list(index.matching(sought))
    pairs = zip(kept.last_mails(every), every, strict=True)
    rest = sorted((pair for pair in pairs if after is None or pair < after), reverse=True)
    return [address for _, address in rest[:most]]


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
