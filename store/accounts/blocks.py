"""Many addresses, sorted, in blocks that are searched at the speed of C; their facts can change, their number cannot."""

import time
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Final

from store.accounts.sought import FACTS, GONE, PHONE, Promise, Sought, either, promise
from store.accounts.trigrams import WIDTH, Trigrams

_SIZE: Final = 512  # addresses a block


class Blocks:
    """Addresses with their facts. A block is a text with a line feed before, between and after its addresses."""

    def __init__(self, accounts: Mapping[bytes, bytes]) -> None:
        order = sorted(accounts)
        self._length = len(order)
        self._firsts = order[::_SIZE]
        self._facts = bytearray(b"".join(map(accounts.__getitem__, order)))
        self._blocks = [b"\n%b\n" % b"\n".join(order[start : start + _SIZE]) for start in range(0, len(order), _SIZE)]
        # Of each block, once `finish` has made them; they may promise too much, never too little.
        self._promises: list[Promise] = []
        self._trigrams: Trigrams | None = None
        self._touched: set[int] = set()  # blocks whose facts have changed before it is finished

    def finish(self) -> Callable[[], None]:
        """Make what searches are quicker with; it may be used meanwhile. What is returned puts it in place, while nothing else uses it."""
        promises = [self._promise(block) for block in range(len(self._blocks))]
        trigrams = Trigrams()
        for block, text in enumerate(self._blocks):
            trigrams.add(block, text)

        def place() -> None:
            for block in self._touched:
                promises[block] = self._promise(block)
            self._promises, self._trigrams = promises, trigrams
            self._touched.clear()

        return place

    def __len__(self) -> int:
        return self._length

    def everything(self) -> Iterator[tuple[bytes, bytes]]:
        """All addresses with their facts, in order; those that are gone have `GONE`."""
        facts = bytes(self._facts)
        addresses = (address for text in self._blocks for address in text[1:-1].split(b"\n"))
        return ((address, facts[number * FACTS : number * FACTS + FACTS]) for number, address in enumerate(addresses))

    def get(self, address: bytes) -> bytes | None:
        """The facts of an address, if it is there."""
        number = self._number(address)
        facts = None if number is None else self._facts_of(number)
        return None if facts == GONE else facts

    def put(self, address: bytes, facts: bytes | None) -> bool:
        """Change the facts of an address, None: it is gone; False where it was never here."""
        number = self._number(address)
        if number is None:
            return False
        self._facts[number * FACTS : number * FACTS + FACTS] = GONE if facts is None else facts
        block = number // _SIZE
        if not self._promises:
            self._touched.add(block)
        elif facts is not None:
            self._promises[block] = either(self._promises[block], promise([facts]))
        return True

    def matching(self, sought: Sought, after: bytes, gone: Collection[bytes]) -> Iterator[bytes]:
        """Addresses after `after` that are looked for, in order; `gone` are the ones that are not there any more."""
        for block in self._holding(sought, max(0, bisect_right(self._firsts, after) - 1)):
            text = self._blocks[block]
            for start, end in _lines(text, sought.part):
                address = text[start:end]
                if address > after and address not in gone and (not sought.narrowed or self._fits(block, start, sought)):
                    yield address

    def count(self, sought: Sought, gone: Collection[bytes], most: int, deadline: float) -> tuple[int, bool]:
        """How many are looked for, and whether that is all: stops beyond `most`, or when a further block begins after the deadline."""
        if not sought.part and not sought.narrowed:
            return self._length - len(gone), True
        count = 0 if sought.narrowed else -sum(sought.part in address for address in gone)
        for looked, block in enumerate(self._holding(sought, 0)):
            if looked and time.monotonic() > deadline:  # what one block holds is known however slow the machine is
                return max(0, count), False
            count += self._count(block, sought)
            if count > most:
                return max(0, count), False
        return count, True

    def with_number(self, phone: bytes) -> Iterator[bytes]:
        """The addresses with this number."""
        here = self._facts.find(phone)
        while here >= 0:
            number, place = divmod(here, FACTS)
            if place == PHONE.start:
                yield self._blocks[number // _SIZE][1:-1].split(b"\n")[number % _SIZE]
            here = self._facts.find(phone, here + 1)

    def _count(self, block: int, sought: Sought) -> int:
        """How many of a block are looked for: as `matching`, but without taking them out of it."""
        text, part = self._blocks[block], sought.part
        if sought.narrowed:
            return sum(self._fits(block, start, sought) for start, _ in _lines(text, part))
        count, here = 0, text.find(part)
        while here >= 0:
            count += 1
            here = text.find(part, text.index(b"\n", here))
        return count

    def _holding(self, sought: Sought, first: int) -> Iterable[int]:
        """The blocks from `first` on that can hold what is looked for."""
        blocks: Iterable[int] = range(first, len(self._blocks))
        if self._trigrams is not None and len(sought.part) >= WIDTH - 1:
            few = self._trigrams.holding(sought.part) if len(sought.part) >= WIDTH else self._trigrams.holding_pair(sought.part)
            if few is not None:
                blocks = (block for block in few if block >= first)
        return (block for block in blocks if sought.may_fit(self._promises[block])) if sought.narrowed and self._promises else blocks

    def _promise(self, block: int) -> Promise:
        start, end = (number * _SIZE * FACTS for number in (block, block + 1))
        return promise([bytes(self._facts[at : at + FACTS]) for at in range(start, min(end, len(self._facts)), FACTS)])

    def _fits(self, block: int, start: int, sought: Sought) -> bool:
        """Whether the address that begins at a place in a block is among those that a list is narrowed to."""
        facts = self._facts_of(block * _SIZE + self._blocks[block].count(b"\n", 1, start))
        return facts != GONE and sought.fits(facts)

    def _facts_of(self, number: int) -> bytes:
        return bytes(self._facts[number * FACTS : number * FACTS + FACTS])

    def _number(self, address: bytes) -> int | None:
        """Which one of all it is; None where it is not here."""
        block = bisect_right(self._firsts, address) - 1
        if block < 0:
            return None
        text = self._blocks[block]
        here = text.find(b"\n%b\n" % address)
        return None if here < 0 else block * _SIZE + text.count(b"\n", 0, here)


def _lines(text: bytes, part: bytes) -> Iterator[tuple[int, int]]:
    """Where each address of a block that holds a part begins and ends."""
    here, last = text.find(part, 1), len(text) - 1
    while 0 <= here < last:
        end = text.index(b"\n", here)
        yield text.rfind(b"\n", 0, here) + 1, end
        here = text.find(part, end + 1)
