"""What helps where a search finds nothing: which single step would find something, and how much."""

from dataclasses import dataclass

from app.links import Links
from app.params import Search
from app.services import services
from app.viewer import scope
from store.events import Query


@dataclass(frozen=True, slots=True)
class WayOut:
    """A step that leads to events: what it does, where it leads, how many it finds."""

    label: str
    link: str
    count: int


def ways_out(search: Search, links: Links) -> list[WayOut]:
    """Single steps that find something, the least change first."""
    query = search.query
    steps = []
    if query.start is not None or query.end is not None:
        steps.append(("Search all time", links.search(**{"from": None, "to": None, "range": None}), Query(query.tree)))
    if "q" in links.arguments:
        steps.append(("Clear the search", links.search(q=None), Query(start=query.start, end=query.end)))
    counted = [WayOut(label, link, services().store.count(each, scope())) for label, link, each in steps]
    return [way for way in counted if way.count]
