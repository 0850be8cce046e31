"""The addresses of one customer in this process, with what lists are narrowed by; kept as it is in Redis by `follow.py`.

Nearly all are in `Blocks`, which is made at once and only its facts change; what has come since is in a short list beside it, until there
is so much of it that `full` says so and everything is made anew. Not safe in several threads.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Mapping
from heapq import merge
from typing import Final

from store.accounts.blocks import Blocks
from store.accounts.sought import GONE, PHONE, Sought, phone_bytes

_FEW: Final = 5000  # addresses beside the base that cost a search next to nothing


class Index:
    """Addresses in order, and the facts of each."""

    def __init__(self, accounts: Mapping[bytes, bytes] | None = None) -> None:
        self._blocks = Blocks(accounts or {})
        self._fresh: dict[bytes, bytes] = {}
        self._order: list[bytes] = []  # the fresh ones, sorted
        self._gone: set[bytes] = set()  # of the base

    def __len__(self) -> int:
        return len(self._blocks) - len(self._gone) + len(self._fresh)

    def finish(self) -> Callable[[], None]:
        """See `Blocks.finish`."""
        return self._blocks.finish()

    @property
    def full(self) -> bool:
        """Whether it is time to make it anew."""
        return len(self._fresh) + len(self._gone) > max(_FEW, len(self._blocks) // 10)

    def everything(self) -> dict[bytes, bytes]:
        """All addresses with their facts."""
        return {address: facts for address, facts in self._blocks.everything() if facts != GONE} | self._fresh

    def put(self, address: bytes, facts: bytes | None) -> None:
        """What an address has now; None: it is not there any more."""
        if self._blocks.put(address, facts):
            (self._gone.add if facts is None else self._gone.discard)(address)
        elif facts is None:
            if self._fresh.pop(address, None) is not None:
                del self._order[bisect_left(self._order, address)]
        else:
            if address not in self._fresh:
                insort(self._order, address)
            self._fresh[address] = facts

    def matching(self, sought: Sought, after: str = "") -> Iterator[str]:
        """Addresses that are looked for, in order, those after `after` only."""
        if sought.nothing:
            return
        beyond = after.encode()
        old = self._blocks.matching(sought, beyond, self._gone)
        new = (
            address
            for address in self._order[bisect_right(self._order, beyond) :]
            if sought.part in address and sought.fits(self._fresh[address])
        )
        for address in merge(old, new) if self._order else old:
            yield address.decode()

    def count(self, sought: Sought, most: int, deadline: float) -> tuple[int, bool]:
        """How many are looked for, and whether that is all of them: no more than `most` are counted, and none after the deadline."""
        if sought.nothing:
            return 0, True
        new = sum(sought.part in address and sought.fits(facts) for address, facts in self._fresh.items())
        old, exact = self._blocks.count(sought, self._gone, most, deadline)
        return (old + new, True) if exact else (min(old + new, most), False)

    def fits(self, address: str, sought: Sought) -> bool:
        """Whether an address is there and among those that are looked for."""
        name = address.encode()
        if sought.part not in name:
            return False
        if not sought.narrowed and not self._gone:
            return True
        facts = self._fresh.get(name) or self._blocks.get(name)
        return facts is not None and sought.fits(facts)

    def with_number(self, phone: str) -> list[str]:
        """The addresses with this number, in order."""
        sought = phone_bytes(phone)
        found = [*self._blocks.with_number(sought), *(address for address, facts in self._fresh.items() if facts[PHONE] == sought)]
        return [address.decode() for address in sorted(found)]
