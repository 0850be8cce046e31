"""The addresses of one customer in this process, with what lists are narrowed by; kept as it is in Redis by `follow.py`."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator

from store.accounts.account import Wanted

Facts = tuple[int, int, int]  # phone (its digits as a number), last bounce, last change; 0 for none


class Index:
    """Addresses in order, and the facts of each."""

    def __init__(self, accounts: Iterable[tuple[str, Facts]] = ()) -> None:
        self._facts = dict(accounts)
        self._order = sorted(self._facts)

    def __len__(self) -> int:
        return len(self._order)

    def put(self, address: str, facts: Facts | None) -> None:
        """What an address has now; None: it is not there any more."""
        if facts is None:
            if self._facts.pop(address, None) is not None:
                del self._order[bisect_left(self._order, address)]
            return
        if address not in self._facts:
            insort(self._order, address)
        self._facts[address] = facts

    def matching(self, wanted: Wanted, after: str = "") -> Iterator[str]:
        """Addresses that match, in order, those after `after` only."""
        text = wanted.text.lower()
        for address in self._order[bisect_right(self._order, after) :]:
            if text in address and self.fits(address, wanted):
                yield address

    def fits(self, address: str, wanted: Wanted) -> bool:
        """Whether an address is there and among those that the list is narrowed to."""
        facts = self._facts.get(address)
        return facts is not None and narrow(facts, wanted)

    def with_number(self, phone: int) -> Iterator[str]:
        """The addresses with this number, in order."""
        return (address for address in self._order if self._facts[address][0] == phone)


def narrow(facts: Facts, wanted: Wanted) -> bool:
    """Whether facts are among those that a list is narrowed to."""
    phone, bounced, changed = facts
    return (
        not (wanted.without_number and phone)
        and (wanted.bounced_since is None or bounced >= wanted.bounced_since > 0)
        and (wanted.changed_since is None or changed >= wanted.changed_since > 0)
    )
