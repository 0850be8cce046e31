"""What a list looks for, made ready to be held against many addresses; and the facts of an address that lists are narrowed by.

Facts are 20 bytes of a record: last bounce (6), last change (6), phone (8, its digits as a number); all zeros where there is none. As the
numbers begin with their largest byte, they compare as bytes.
"""

from typing import Final

from store.accounts.account import Wanted
from store.accounts.coding import HEAD

FACTS: Final = 20
PHONE: Final = slice(12, 20)
Promise = tuple[bool, bytes, bytes]  # of several facts: whether one lacks a number, the last bounce, the last change
_BOUNCED: Final = slice(0, 6)
_CHANGED: Final = slice(6, 12)
_NO_PART: Final = bytes(14)
_NO_PHONE: Final = bytes(8)
# Of an address that is not there any more: fits nothing that narrows, and no phone number is so long.
GONE: Final = bytes(12) + b"\xff" * 8


def facts(record: bytes) -> bytes:
    """The facts of a record."""
    return record[12:18] + (record[HEAD : HEAD + 14] or _NO_PART)


def phone_bytes(phone: str) -> bytes:
    """A number in E.164 as it stands among the facts; longer than 15 digits it is nobody's."""
    return int(phone[1:16]).to_bytes(8, "big")


class Sought:
    """A part of an address in lower case, and what narrows the list."""

    __slots__ = ("_bounced", "_changed", "_without", "narrowed", "nothing", "part")

    def __init__(self, wanted: Wanted) -> None:
        self.part: Final = wanted.text.strip().lower().encode("utf-8", "replace")
        self.nothing: Final = b"\n" in self.part  # no address holds it
        self.narrowed: Final = wanted.narrowed
        self._without = wanted.without_number
        self._bounced, self._changed = (
            b"" if since is None else min(max(1, since), 2**48 - 1).to_bytes(6, "big")
            for since in (wanted.bounced_since, wanted.changed_since)
        )

    def fits(self, facts: bytes) -> bool:
        """Whether facts are among those that the list is narrowed to."""
        return (not self._without or facts[PHONE] == _NO_PHONE) and facts[_BOUNCED] >= self._bounced and facts[_CHANGED] >= self._changed

    def may_fit(self, promise: Promise) -> bool:
        """Whether any of several can fit, as `promise` has it of them."""
        without, bounced, changed = promise
        return (without or not self._without) and bounced >= self._bounced and changed >= self._changed


def either(one: Promise, other: Promise) -> Promise:
    """The promise of both."""
    return one[0] or other[0], max(one[1], other[1]), max(one[2], other[2])


def promise(several: list[bytes]) -> Promise:
    """Of several facts."""
    lacks = any(each.endswith(_NO_PHONE) for each in several)
    return lacks, max(each[_BOUNCED] for each in several), max(each[_CHANGED] for each in several)
