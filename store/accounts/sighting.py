"""What the indexer says: mail went to these addresses. It may say so again, late, and in any order."""

from collections.abc import Callable, Iterable
from typing import Final

from store.accounts import coding
from store.accounts.account import INDEXER, Sighting
from store.accounts.changing import before
from store.accounts.coding import Part
from store.accounts.kept import Kept, Step, grave_is, part_is
from store.addresses import BadAddressError, normalised

_CHUNK: Final = 1000  # addresses a step: other callers wait for no more than some milliseconds
_REMEMBERED: Final = 100_000


class Spellings:
    """The form of addresses as events write them; None for what is none. Remembers the last ones: mail repeats them."""

    def __init__(self) -> None:
        self._known: dict[str, str | None] = {}

    def __call__(self, written: str) -> str | None:
        """The address, or None."""
        found = self._known.get(written, "")
        if found != "":  # which no address is
            return found
        try:
            found = normalised(written)
        except BadAddressError:
            found = None
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[written] = found
        return found


def gathered(sightings: Iterable[Sighting], spelled: Callable[[str], str | None]) -> dict[str, list[int]]:
    """First mail, last mail and last bounce (0: none) of each address."""
    found: dict[str, list[int]] = {}
    for sighting in sightings:
        address, at = spelled(sighting.address), max(1, sighting.at)
        if address is None:
            continue
        times = found.get(address)
        if times is None:
            found[address] = [at, at, at if sighting.bounced else 0]
            continue
        if at < times[0]:
            times[0] = at
        elif at > times[1]:
            times[1] = at
        if sighting.bounced and at > times[2]:
            times[2] = at
    return found


def seen(kept: Kept, found: dict[str, list[int]], now: int) -> int:
    """Add or refresh these addresses; how many are new, those that were deleted and came back included."""
    new = 0
    every = list(found)
    for start in range(0, len(every), _CHUNK):
        part = every[start : start + _CHUNK]
        added, back = kept.seen(part, [coding.times(*found[address]) for address in part])
        new += added + sum(_returned(kept, address, found[address], now) for address in back)
    return new


def _returned(kept: Kept, address: str, times: list[int], now: int) -> bool:
    """Bring back an address that was deleted, without its number."""
    record, grave = kept.both(address)
    if record is not None or grave is None:  # somebody was quicker
        return kept.seen([address], [coding.times(*times)])[0] > 0
    at, _ = coding.dug(grave)
    first = times[0] if times[0] > at else times[1]
    bounced = times[2] if times[2] > at else 0
    part = Part(now, INDEXER, "returned", before(None, grave) + 1)
    whole = coding.times(first, times[1], bounced, first) + coding.written(part)
    steps: list[Step] = [part_is(address, None), grave_is(address, grave), ("record", address, whole, times[1])]
    return not kept.change(steps)
