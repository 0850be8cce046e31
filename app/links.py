"""The addresses that a page links to: the state of the Events page is in its URL and nowhere else."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

SEARCH: Final = ("q", "from", "to", "range", "sort")
POSITION: Final = ("cursor", "seen", "open")  # where in the list, and which row is open
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+]*")
# Ids that do not survive as a part of a path: browsers take `.` and `..` out however they are written (URL standard, 4.4), slashes at
# an end or side by side are joined, and the API has two addresses of its own in their place.
_NO_PLACE: Final = re.compile(r"\A(?:\.{1,2}|histogram|top)/?\Z|\A/|/\Z|//")
_MAX_WORD: Final = 256  # the query language's bound


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses made from the parameters of the page that shows them; None in a change drops a parameter."""

    arguments: Mapping[str, str]

    def search(self, **changes: str | None) -> str:
        """Another search, from its first page."""
        return _events(SEARCH, {**self.arguments, **changes})

    def here(self, **changes: str | None) -> str:
        """The same search, at the same place unless that is changed."""
        return _events(SEARCH + POSITION, {**self.arguments, **changes})

    def only(self, query: str) -> str:
        """A search for this alone, over all time."""
        return _events(SEARCH, {"q": query})

    def export(self, form: str, **more: str) -> str:
        """The export of this search as `csv` or `ndjson`."""
        return f"/api/v1/events.{form}{_query(SEARCH, {**self.arguments}, more)}"


def term(field: str, value: str) -> str | None:
    """A query for exactly this value of a field, quoted where needed; None for a value longer than a query may hold."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    if len(escaped) > _MAX_WORD:
        return None
    return f"{field}:{value}" if _PLAIN.fullmatch(value) else f'{field}:"{escaped}"'


def event_page(event_id: str) -> str:
    """The permanent address of one event: a page of its own, or for an id that no address can carry a search for it."""
    return f"/events{_place(event_id)}"


def event_json(event_id: str) -> str:
    """The address of one event in the API, or of a search for it likewise."""
    return f"/api/v1/events{_place(event_id)}"


def _place(event_id: str) -> str:
    """What follows the address of the list to name one event."""
    query = term("id", event_id)
    return _query(("q",), {"q": query}, {}) if query and _NO_PLACE.search(event_id) else f"/{quote(event_id, safe='')}"


def _events(names: tuple[str, ...], values: Mapping[str, str | None]) -> str:
    return f"/events{_query(names, values, {})}"


def _query(names: tuple[str, ...], values: Mapping[str, str | None], more: Mapping[str, str]) -> str:
    """A query string of those parameters that have a value, always in the same order."""
    pairs = [(name, value) for name in names if (value := values.get(name))] + list(more.items())
    return f"?{urlencode(pairs)}" if pairs else ""
