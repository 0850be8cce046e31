"""What helps where a search finds nothing: which single step would find something, and how much. Few counts, so that it stays quick."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import islice
from typing import Final

from app.language import gettext
from app.links import Links
from app.nearby import rewritings, without_one_term
from app.params import Search, of_types
from app.services import services
from app.viewer import scope
from store.errors import BadQueryError
from store.events import Query
from store.query import parse
from store.tree import All, Fuzzy, Node

_COUNTS: Final = 7  # steps that are tried; each costs a search
_ENOUGH: Final = 3  # steps that are shown
_REWRITINGS: Final = 4
_LOOKED_UP: Final = 2  # fields whose values are looked up
_VALUES: Final = 200  # of each
_SLIPS: Final = 2  # letters by which an address may be away from the one that was meant
_NEAR: Final = 10  # addresses so near that are looked at
_EVER: Final = {"from": None, "to": None, "range": None}


@dataclass(frozen=True, slots=True)
class WayOut:
    """A step that leads to events: what it does, the query it types if it is another, where it leads, how many it finds."""

    label: str
    query: str | None
    link: str
    count: int


@dataclass(frozen=True, slots=True)
class _Step:
    """A step that was not tried yet."""

    label: str
    query: str | None
    link: str
    wanted: Query
    over_all_time: bool = False


@dataclass(slots=True)
class _Known:
    """What there is, over all time (`app.nearby.Known`); only what is asked for first, because each takes a search of its own."""

    found: dict[str, Sequence[str]] = field(default_factory=dict)

    def values(self, name: str) -> Sequence[str]:
        return self._once(name, lambda: services().store.top(name, Query(), scope(), _VALUES))

    def near(self, name: str, address: str) -> Sequence[str]:
        alike = Query(Fuzzy(name, address.lower(), _SLIPS))
        found = self._once(f"{name}:{address}", lambda: services().store.top(name, alike, scope(), _NEAR))
        return sorted(found, key=lambda other: -SequenceMatcher(None, address.lower(), other).ratio())

    def _once(self, name: str, look: Callable[[], list[tuple[str, int]]]) -> Sequence[str]:
        if name not in self.found and len(self.found) < _LOOKED_UP:
            self.found[name] = [value for value, _ in look()]
        return self.found.get(name, ())


def ways_out(search: Search, links: Links) -> list[WayOut]:
    """Single steps that find something, the likeliest first; where they are few the last one takes the query away."""
    found: list[WayOut] = []
    for step in islice(_steps(search, links), _COUNTS):
        if step.over_all_time and found and found[0].link == over_all_time(links):
            continue  # the dates alone were in the way
        if count := _count(step.wanted):
            found.append(WayOut(step.label, step.query, step.link, count))
        if len(found) == _ENOUGH:
            return found
    return found + [way for way in islice(_clearing(search, links), 1) if way.count]


def over_all_time(links: Links) -> str:
    """The same search without its dates."""
    return links.search(**_EVER)


def _clearing(search: Search, links: Links) -> Iterator[WayOut]:
    """What is left when the query is taken away, and when the dates are as well."""
    if "q" in links.arguments:
        if count := _count(Query(of_types(All(), search.types), search.query.start, search.query.end)):
            yield WayOut(gettext("Clear the search"), None, links.search(q=None), count)
        yield WayOut(gettext("All events"), None, links.search((), q=None, **_EVER), _count(Query()))


def _steps(search: Search, links: Links) -> Iterator[_Step]:
    """Each step with the address it leads to and the query it means."""
    start, end = search.query.start, search.query.end
    typed = links.arguments.get("q", "")
    bounded = start is not None or end is not None
    if bounded:
        yield _Step(gettext("Search all time"), None, over_all_time(links), Query(search.query.tree))
    if search.types and (every := _meaning(typed, search.zone)) is not None:
        yield _Step(gettext("Show all event types"), None, links.search(()), Query(every, start, end))
    others = [(each, tree) for each in islice(rewritings(typed, _Known()), _REWRITINGS) if (tree := _tree(each.query, search)) is not None]
    for each, tree in others:
        yield _Step(each.label, each.query, links.search(q=each.query), Query(tree, start, end))
    for each, tree in others[:2] if bounded else ():
        label = gettext("%(label)s, over all time", label=each.label)
        yield _Step(label, each.query, links.search(q=each.query, **_EVER), Query(tree), over_all_time=True)
    for term, rest in without_one_term(typed):
        if (tree := _tree(rest, search)) is not None:
            yield _Step(gettext("Without %(term)s", term=term), None, links.search(q=rest), Query(tree, start, end))


def _tree(text: str, search: Search) -> Node | None:
    """The meaning of another query among the types that are looked for; None for one that cannot be read."""
    meant = _meaning(text, search.zone)
    return None if meant is None else of_types(meant, search.types)


def _meaning(text: str, zone: str) -> Node | None:
    """The meaning of a query; None for one that cannot be read, where what was changed belonged to its neighbour."""
    try:
        return parse(text, zone).tree if text else All()
    except BadQueryError:
        return None


def _count(query: Query) -> int:
    return services().store.count(query, scope())
