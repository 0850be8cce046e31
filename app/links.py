"""The addresses that a page links to: the state of the Events page is in its URL and nowhere else."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

SOUGHT: Final = ("q", "from", "to", "range", "type", "sort")  # what is searched for, and in which order
SEARCH: Final = (*SOUGHT, "columns", "live")  # with how it is shown
POSITION: Final = ("cursor", "seen", "open")  # where in the list, and which row is open
POLLED: Final = ("since", "count", "number")  # what a list that is live has already
NARROWING: Final = ("only", "without", "of", "at")  # a value of an event that the search is to be narrowed by
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+]*")
# Ids that do not survive as a part of a path: browsers take `.` and `..` out however they are written (URL standard, 4.4), slashes at
# an end or side by side are joined, and the API and the pages have addresses of their own in their place.
_NO_PLACE: Final = re.compile(r"\A(?:\.{1,2}|histogram|top|suggest|check|chart)/?\Z|\A/|/\Z|//")
_MAX_WORD: Final = 256  # the query language's bound


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses made from the parameters of the page that shows them; None in a change drops a parameter.

    `types` are the values of `type`, the one parameter that may be given several times.
    """

    arguments: Mapping[str, str]
    types: tuple[str, ...] = ()

    def search(self, types: Sequence[str] | None = None, **changes: str | None) -> str:
        """Another search, from its first page; of other `types` where some are given, of all where none are."""
        return _address(self.fields(SEARCH, self.types if types is None else types, **changes))

    def here(self, **changes: str | None) -> str:
        """The same search, at the same place unless that is changed."""
        return _address(self.fields(SEARCH + POSITION, self.types, **changes))

    def chart(self) -> str:
        """The histogram of this search, by itself."""
        return f"/events/chart{_query(self.fields(SEARCH, self.types))}"

    def only(self, query: str) -> str:
        """A search for this alone, over all time, shown as this one is."""
        return _address([("q", query), *self.fields(("columns",), ())])

    def narrowed(self, sign: str, field: str, event_id: str, at: int = 0) -> str:
        """The same search for events with that value of an event `only`, or `without` it; `at` is its place among several."""
        place = [("at", str(at))] if at else []
        return _address([*self.fields(SEARCH, self.types), (sign, field), ("of", event_id), *place])

    def toggled(self) -> list[tuple[str, str]]:
        """The hidden fields of a form that makes the list live, from its last events on, or ends that."""
        return self.fields(SEARCH, self.types, sort=None, to=None, live=None if self.arguments.get("live") else "1")

    def export(self, form: str, **more: str) -> str:
        """The export of this search as `csv`, `ndjson` or `xlsx`."""
        return f"/api/v1/events.{form}{_query([*self.fields(SOUGHT, self.types), *more.items()])}"

    def fields(self, names: Sequence[str], types: Sequence[str], **changes: str | None) -> list[tuple[str, str]]:
        """Those parameters that have a value, always in the same order: for an address, or as the hidden fields of a form."""
        values = {**self.arguments, **changes}
        pairs = ([("type", each) for each in types] if name == "type" else [(name, values.get(name))] for name in names)
        return [(name, value) for each in pairs for name, value in each if value]

    def kept(self, *left_out: str) -> list[tuple[str, str]]:
        """The hidden fields of a form that asks for the same search but for what is left out, which the form has fields of its own for."""
        return self.fields([name for name in SEARCH if name not in left_out], self.types)

    def place(self) -> list[tuple[str, str]]:
        """The hidden fields of a form that leads to the same place in the list, with another row open."""
        return self.fields([name for name in SEARCH + POSITION if name != "open"], self.types)


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
    return _query([("q", query)]) if query and _NO_PLACE.search(event_id) else f"/{quote(event_id, safe='')}"


def _address(pairs: Sequence[tuple[str, str]]) -> str:
    return f"/events{_query(pairs)}"


def _query(pairs: Sequence[tuple[str, str]]) -> str:
    return f"?{urlencode(pairs)}" if pairs else ""
