"""Whose recipients they are: each customer's accounts hear of the mail from that customer's domains."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Final, Protocol

from indexer.recipients import Noting, sightings
from store.accounts import Sighting
from store.events import EventStore, Query, Scope, Sort

_CHUNK: Final = 10_000  # events told of at once


class Owning(Protocol):
    """What knows whose a domain is: all that is needed of the directory of customers."""

    def owners(self, domains: Sequence[str]) -> Mapping[str, str]:
        """See `store.customers.Directory.owners`."""
        ...


class Owned:
    """Tells the accounts of each customer of their own recipients; those of nobody's domains go to the scope that is named."""

    def __init__(self, accounts: Noting, directory: Owning) -> None:
        self._accounts, self._directory = accounts, directory

    def seen(self, seen: Iterable[Sighting], scope: Scope) -> int:
        """As `Accounts.seen`: how many are new. Raises `AccountsUnavailableError`; what was told by then may be told again."""
        every = list(seen)
        owners = self._directory.owners(sorted({each.sender_domain for each in every if each.sender_domain}))
        parts: dict[str | None, list[Sighting]] = {}
        for each in every:
            parts.setdefault(owners.get(each.sender_domain, scope.customer), []).append(each)
        return sum(self._accounts.seen(part, Scope.operator(customer)) for customer, part in parts.items())


def adopt(store: EventStore, accounts: Noting, scope: Scope) -> int:
    """Tell a customer's accounts of the events that are there already; how many events. Again it changes nothing."""
    count = 0
    events = store.export(Query(), scope, Sort())
    while chunk := list(islice(events, _CHUNK)):
        accounts.seen(sightings(chunk), scope)
        count += len(chunk)
    return count
