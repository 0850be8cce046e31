"""What helps where a search finds nothing: which single step would find something, and how much."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.links import Links
from app.params import Search
from app.services import services
from app.viewer import scope
from store.errors import BadQueryError
from store.events import Query
from store.query import parse

# Terms side by side, with or without `and`; a query of another shape is not taken apart.
_TERM: Final = re.compile(r'[^\s"()]*"[^"]*"|[^\s"()]+')
_OPERATORS: Final = frozenset({"or", "not", "||", "&&", "!"})
_TERMS: Final = range(2, 6)  # how many may stand there; each costs a search of its own


@dataclass(frozen=True, slots=True)
class WayOut:
    """A step that leads to events: what it does, where it leads, how many it finds."""

    label: str
    link: str
    count: int


def ways_out(search: Search, links: Links) -> list[WayOut]:
    """Single steps that find something, the least change first."""
    counted = [WayOut(label, link, services().store.count(query, scope())) for label, link, query in _steps(search, links)]
    return [way for way in counted if way.count]


def _steps(search: Search, links: Links) -> Iterator[tuple[str, str, Query]]:
    """Each step with the address it leads to and the query it means."""
    start, end = search.query.start, search.query.end
    if start is not None or end is not None:
        yield "Search all time", links.search(**{"from": None, "to": None, "range": None}), Query(search.query.tree)
    for term, rest in without_one_term(links.arguments.get("q", "")):
        try:
            tree = parse(rest, search.zone).tree
        except BadQueryError:
            continue  # what was taken out belonged to its neighbour
        yield f"Without {term}", links.search(q=rest), Query(tree, start, end)
    if "q" in links.arguments:
        yield "Clear the search", links.search(q=None), Query(start=start, end=end)


def without_one_term(text: str) -> list[tuple[str, str]]:
    """Each term of a query of terms side by side, with the query that is left without it; nothing for another shape."""
    terms = [term for term in _TERM.findall(text) if term.lower() != "and"]
    plain = "(" not in text and not _OPERATORS & {term.lower() for term in terms}
    if not plain or len(terms) not in _TERMS:
        return []
    return [(term, " ".join(terms[:place] + terms[place + 1 :])) for place, term in enumerate(terms)]
