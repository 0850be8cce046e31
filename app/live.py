"""The list while it is live: the newest events, and what has come since they were shown."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from app import params
from app.params import Search
from app.services import services
from app.viewer import scope
from store.events import MAX_LIMIT, Page, Results, Sort

_LAST: Final = Sort(descending=True)
_AROUND: Final = 50  # events before the new ones that are looked at as well: what comes late is among them
_MOST: Final = 10**15  # ms, and numbers of rows


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page has: `count` rows, the first of the time `since` (ms since 1970 UTC) and the last with the number `number`."""

    since: int
    count: int
    number: int


def shown(arguments: Mapping[str, str]) -> Shown:
    """What a live page says of itself; raises `BadParameterError` for what is no number."""
    return Shown(*(params.whole(name, arguments.get(name, "0"), 0, _MOST) for name in ("since", "count", "number")))


def newest(search: Search) -> Results:
    """The last events, from old to new; there is no page after them."""
    found = services().store.search(search.query, scope(), Page(_LAST, search.page.limit))
    return replace(found, events=tuple(reversed(found.events)), next=None)


def come(search: Search, page: Shown) -> Results | None:
    """The events that came since, from old to new, with some before them that the page may have; None where it has all.

    `total` is that of the whole search, as the page shows it.
    """
    start = max(page.since, search.query.start or page.since)
    query = replace(search.query, start=start)
    new = services().store.count(query, scope()) - page.count
    if new == 0:
        return None
    found = services().store.search(query, scope(), Page(_LAST, min(max(new, 0) + _AROUND, MAX_LIMIT)))
    total = services().store.count(search.query, scope())
    return replace(found, events=tuple(reversed(found.events)), total=total, next=None)
