"""Which blocks of text can hold a part of a word: those in which each three characters of it stand somewhere.

Three characters are a number of 18 bits, six for each: letters in lower case, digits and what is common in addresses have one of their own,
the others share the rest, so a block that is named may lack the part, and one that is not named cannot hold it. The numbers of a block are
made all at once by shifting it as one long integer, some fifty times quicker than one by one.
"""

from array import array
from collections.abc import Iterable
from typing import Final

WIDTH: Final = 3
_BITS: Final = 6
_PAIR: Final = 2 ** (2 * _BITS) - 1  # of a number, the part that the first two characters make
_MANY: Final = 1000  # blocks: what so many hold is found soon by going over all of them
_CELL: Final = 32  # bits a character takes while they are shifted over each other
_OWN: Final = b"abcdefghijklmnopqrstuvwxyz0123456789.@-_\n+"
_CLASSES: Final = bytes(_OWN.index(byte) if byte in _OWN else len(_OWN) + byte % (2**_BITS - len(_OWN)) for byte in range(256))


class Trigrams:
    """The blocks that each three characters stand in; blocks are numbers, added in ascending order."""

    def __init__(self) -> None:
        self._blocks: dict[int, array[int]] = {}

    def add(self, block: int, text: bytes) -> None:
        """Take in the text of a block."""
        rows = self._blocks
        for number in set(_numbers(text)):
            row = rows.get(number)
            if row is None:
                rows[number] = array("I", (block,))
            else:
                row.append(block)

    def holding(self, part: bytes) -> Iterable[int]:
        """The blocks that can hold a part of at least three bytes, in ascending order."""
        rows = [self._blocks.get(number) for number in set(_numbers(part)[: 1 - WIDTH])]
        known = sorted((row for row in rows if row is not None), key=len)
        if len(known) < len(rows) or not known:
            return ()
        if len(known) == 1:
            return known[0]
        return sorted(set(known[0]).intersection(*known[1:]))

    def holding_pair(self, pair: bytes) -> Iterable[int] | None:
        """The blocks that can hold two bytes with any other one behind them, in ascending order; None where that may be most of them."""
        low = _numbers(pair + b"\n")[0] & _PAIR
        rows = [row for third in range(2**_BITS) if (row := self._blocks.get(third << 2 * _BITS | low)) is not None]
        return None if sum(map(len, rows)) > _MANY else sorted(set().union(*rows))


def _numbers(text: bytes) -> "array[int]":
    """A number for each character and the two after it; those of the last two characters mean nothing."""
    cells = text.translate(_CLASSES).decode("latin-1").encode("utf-32-le")
    first = int.from_bytes(cells, "little")
    three = first | first >> _CELL << _BITS | first >> 2 * _CELL << 2 * _BITS
    return array("I", three.to_bytes(len(cells), "little"))
