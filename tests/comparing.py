"""Asks both engines the same thing and says where their answers differ, from each other or from the plain reading of the query."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from matcher import matches

from store.errors import StoreError
from store.event import Event
from store.events import INTERVALS, EventStore, Page, Query, Scope, Sort
from store.fields import FIELDS, Kind
from store.query import Parsed

ZONES: Final = ("UTC", "Europe/Amsterdam", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Havana")
SORTS: Final = tuple(Sort(each.name, descending) for each in FIELDS if each.sortable for descending in (False, True))
COUNTED: Final = tuple(each.name for each in FIELDS if each.kind in {Kind.EXACT, Kind.ADDRESS, Kind.IP, Kind.INTEGER})
OPERATOR: Final = Scope.operator()


@dataclass(frozen=True)
class Pair:
    """Two engines with the same events."""

    embedded: EventStore
    elastic: EventStore

    def write(self, events: Sequence[Event]) -> None:
        """Keep the same events in both."""
        one, other = self.embedded.write(events), self.elastic.write(events)
        assert one == other, (one, other)

    def close(self) -> None:
        """Let go of both."""
        self.embedded.close()
        self.elastic.close()

    def differing(self, ask: Callable[[EventStore], Any]) -> str | None:
        """The two answers where they differ, else None; an error that the contract allows is an answer."""
        one, other = answer(ask, self.embedded), answer(ask, self.elastic)
        return None if one == other else f"embedded {one}, elastic {other}"


def answer(ask: Callable[[EventStore], Any], store: EventStore) -> Any:  # noqa: ANN401 - whatever was asked for
    """What an engine answers."""
    try:
        return ask(store)
    except StoreError as error:
        return repr(error)


@dataclass(frozen=True)
class Outcome:
    """A query, how many events it means, and how the answers differ, if they do."""

    query: str
    matching: int
    difference: str | None


@dataclass(frozen=True)
class Comparison:
    """Compares queries over some events; `domains` are those that a scope may have."""

    pair: Pair
    events: Sequence[Event]
    domains: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Find the domains."""
        self.domains.extend(sorted({event.sender_domain for event in self.events if event.sender_domain}))

    def of(self, seed: int, query: str, parsed: Parsed) -> Outcome:
        """Compare a query in every way; `seed` decides on order, scope, zone and the rest."""
        dice = random.Random(seed)  # noqa: S311 - for variety, not for secrets
        wanted = sorted(event.id for event in self.events if matches(parsed.tree, event))
        for ask in self._asks(dice, Query(parsed.tree)):
            difference = self.pair.differing(ask)
            if difference:
                return Outcome(query, len(wanted), difference)
        found = answer(lambda store: sorted(rows(store, Query(parsed.tree), OPERATOR, Sort(), 1000)), self.pair.elastic)
        difference = None if found == wanted else f"meant {wanted}, both found {found}"
        return Outcome(query, len(wanted), difference)

    def _asks(self, dice: random.Random, query: Query) -> Sequence[Callable[[EventStore], Any]]:
        """What is compared: all rows in some order, then one thing more."""
        sort, scope = dice.choice(SORTS), Scope.of(dice.sample(self.domains, dice.randint(0, min(3, len(self.domains)))))
        interval, zone, name, limit = dice.choice(INTERVALS), dice.choice(ZONES), dice.choice(COUNTED), dice.choice((1, 7, 50))
        start, end = sorted(dice.choice(self.events).timestamp for _ in range(2))
        bounded = Query(query.tree, start if dice.random() < 0.7 else None, end if dice.random() < 0.7 else None)
        more: Sequence[Callable[[EventStore], Any]] = (
            lambda store: rows(store, query, OPERATOR, sort, 5 * limit),
            lambda store: rows(store, bounded, scope, sort, 1000),
            lambda store: store.histogram(query, OPERATOR, interval, zone),
            lambda store: store.histogram(bounded, scope, interval, zone),
            lambda store: store.top(name, query, OPERATOR, limit),
            lambda store: store.top(name, bounded, scope, limit),
            lambda store: [event.id for event in store.export(query, scope, sort)],
            lambda store: store.count(bounded, scope),
        )
        return (lambda store: rows(store, query, OPERATOR, sort, 1000), dice.choice(more))


def rows(store: EventStore, query: Query, scope: Scope, sort: Sort, limit: int) -> list[str]:
    """The ids of all pages of a search, in order, and after them the total where that is another number."""
    found: list[str] = []
    page = store.search(query, scope, Page(sort, limit))
    found += [event.id for event in page.events]
    while page.next:
        page = store.search(query, scope, Page(sort, limit, page.next))
        found += [event.id for event in page.events]
    return found if page.total == len(found) else [*found, f"total {page.total}"]
