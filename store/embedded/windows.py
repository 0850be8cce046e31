"""Which small part of an order to ask first: a range query over a part costs a fraction of one over all that follows.

Times within a month and ids, which are hashes, lie about evenly, so the count says how wide a part holds a page. Where they do not, the
part grows; what no part clearly smaller than the whole can answer is left to be asked of the whole. Other texts lie anyhow; there a part
is what begins alike.
"""

from collections.abc import Callable, Iterator, Sequence
from math import ceil, log
from typing import Final, TypeVar

_ROOM: Final = 2  # times as wide as a page takes on average
_GROWTH: Final = 16  # after a part without any match
_CLEARLY_LESS: Final = 1 / 8  # a wider part is not worth a question of its own
_DIGITS: Final = 10  # of an id, enough to part the ids of any month
_ALIKE: Final = 16  # one of so many texts shares the next character: of hex digits exactly, of names about
_LAST: Final = "\U0010ffff"  # comes after every character in use
_HEX: Final = frozenset("0123456789abcdef")
_T = TypeVar("_T")


def first_full(ask: Callable[[float], Sequence[_T]], wanted: int, count: int) -> Sequence[_T] | None:
    """What `ask` finds in the first share (0 to 1) of the whole that holds `wanted`, of `count` in all; None where too wide a one would."""
    share = _ROOM * wanted / max(1, count)
    while share <= _CLEARLY_LESS:
        found = ask(share)
        if len(found) >= wanted:
            return found
        share *= _ROOM * wanted / len(found) if found else _GROWTH
    return None


def times(start: int, end: int, width: int, *, descending: bool) -> tuple[int, int]:
    """The first `width` ms of `start <= t < end`, counted from where the order begins; as such a range."""
    return (max(start, end - width), end) if descending else (start, min(end, start + width))


def keys(after: str | None, share: float, *, descending: bool) -> tuple[str | None, str | None] | None:
    """The low and high end of the ids that follow `after`, about this share of all; None where `after` is not like the ids we make."""
    every, width = 16**_DIGITS, ceil(share * 16**_DIGITS)
    head = ("f" if descending else "0") * _DIGITS if after is None else after[:_DIGITS]
    if len(head) < _DIGITS or not _HEX.issuperset(head):
        return None
    edge = int(head, 16) + (-width if descending else width)
    if not 0 <= edge < every:
        return None
    text = f"{edge:0{_DIGITS}x}"
    return (text, after) if descending else (after, text)


def heads(value: str, wanted: int, count: int, *, descending: bool) -> Iterator[tuple[str | None, str | None]]:
    """The low and high end of what follows `value` and begins alike, by ever fewer characters; at last of all that follows.

    The first is about as wide as `wanted` of `count` texts take.
    """
    alike = ceil(log(max(1, count / wanted), _ALIKE))
    for kept in range(min(alike, len(value) - 1), 0, -1):
        yield (value[:kept], value) if descending else (value, value[:kept] + _LAST)
    yield (None, value) if descending else (value, None)
