"""The Events section: the searchable list and the page of one event."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app import params
from app.empty import ways_out
from app.errors import Problem, problem_of
from app.links import POSITION, SEARCH, Links
from app.params import BadParameterError, ExchangedError, Search
from app.services import services
from app.settings import Settings
from app.viewer import scope
from store.errors import BadCursorError, BadQueryError
from store.events import Query, Results, Sort
from store.fields import BY_NAME, Field, Kind

blueprint = Blueprint("events", __name__)

COLUMNS: Final = ("timestamp", "type", "recipient", "sender", "subject", "reason", "mx")
PRESETS: Final = (("24 hours", "24h"), ("7 days", "7d"), ("30 days", "30d"), ("1 year", "1y"), ("All time", None))
_SPANS: Final = {span: label for label, span in PRESETS if span}
_MOST_SEEN: Final = 10**9
_ENDS: Final = {
    Kind.TIME: ("old to new", "new to old"),
    Kind.INTEGER: ("low to high", "high to low"),
    Kind.NUMBER: ("low to high", "high to low"),
}
_LETTERS: Final = ("A to Z", "Z to A")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the list: its field, what `aria-sort` says of it, and where a click on its header leads.

    `extra` is one that stands there only because the list is sorted by it.
    """

    field: Field
    direction: str
    link: str
    extra: bool


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something wrong with a parameter; `exchanged` leads to the search with From and To exchanged where that mends it."""

    name: str
    problem: Problem
    exchanged: str | None = None


@blueprint.get("/")
def start() -> ResponseReturnValue:
    """The portal opens on the events."""
    return redirect("/events")


@blueprint.get("/events")
def events() -> ResponseReturnValue:
    """The list; what is wrong with the parameters is shown in place, with the form as it was typed."""
    links = Links(_normal({name: value for name, value in request.args.items() if name in SEARCH + POSITION}))
    try:
        arguments = _normal(params.once(request.args.lists(), SEARCH + POSITION))
        seen = params.whole("seen", arguments.get("seen", "0"), 0, _MOST_SEEN) if "cursor" in arguments else 0
        search = params.search(arguments, services().settings.timezone)
        results = services().store.search(search.query, scope(), search.page)
    except (BadQueryError, BadParameterError, BadCursorError) as error:
        return render_template("events.html", **_form(links), wrongs=_wrongs(error, links)), 400
    return render_template("events.html", **_form(links), **_list(links, search, results, seen))


@blueprint.get("/events/<path:event_id>")
def event(event_id: str) -> ResponseReturnValue:
    """One event on a page of its own: its permanent link."""
    return render_template("event.html", event=services().store.get(event_id.rstrip("/"), scope()), links=Links({}))


def _normal(arguments: Mapping[str, str]) -> dict[str, str]:
    """The parameters as the page reads them: a blank box is everything, and a typed date replaces a range."""
    kept = {name: value for name, value in arguments.items() if value.strip()}
    if "from" in kept or "to" in kept:
        kept.pop("range", None)
    return kept


def _form(links: Links) -> dict[str, Any]:
    """What the form above the list shows; `ends` is what its empty date fields stand for."""
    span = links.arguments.get("range")
    start = f"{_SPANS.get(span, span)} ago" if span else "the first"
    return {"links": links, "values": links.arguments, "presets": PRESETS, "ends": {"from": start, "to": "now"}}


def _wrongs(first: BadQueryError | BadParameterError | BadCursorError, links: Links) -> list[Wrong]:
    """What is wrong with the parameters: what was met first, and whatever else is, so that it can be mended at one go."""
    errors = {str(each): each for each in (first, *params.faults(links.arguments, services().settings.timezone))}
    return [_wrong(error, links) for error in errors.values()]


def _wrong(error: BadQueryError | BadParameterError | BadCursorError, links: Links) -> Wrong:
    _, problem = problem_of(error)
    match error:
        case ExchangedError():
            start, end = links.arguments.get("from"), links.arguments.get("to")
            return Wrong("from", problem, links.search(**{"from": end, "to": start}))
        case BadParameterError():
            return Wrong(error.name, problem)
        case _:
            return Wrong("cursor" if isinstance(error, BadCursorError) else "q", problem)


def _period(arguments: Mapping[str, str]) -> str:
    """The time range of a search in words."""
    span, start, end = (arguments.get(name) for name in ("range", "from", "to"))
    if span:
        return f"in the last {_SPANS.get(span, span)}"
    words = [f"{word} {value}" for word, value in (("from", start), ("to", end)) if value]
    return " ".join(words) or "over all time"


def _list(links: Links, search: Search, results: Results, seen: int) -> dict[str, Any]:
    """What the list shows; where it is empty, what would find something. `seen` is what the address says of the pages before."""
    before = min(seen, results.total - len(results.events))
    following = links.here(cursor=results.next, seen=str(before + len(results.events)), open=None) if results.next else None
    found: dict[str, Any] = {
        "search": search,
        "results": results,
        "columns": _columns(search.page.sort, links),
        "orders": _orders(search.page.sort),
        "first": before + 1,
        "following": following,
        "period": _period(links.arguments),
    }
    if not results.events:
        found |= _nothing(links, search)
    return found


def _nothing(links: Links, search: Search) -> dict[str, Any]:
    """What an empty list shows: the ways out, or which command brings mail in where there is none at all."""
    ways = ways_out(search, links)
    if not ways and not services().store.count(Query(), scope()):
        return {"command": _command(services().settings)}
    return {"ways_out": ways, "bounded": search.query.start is not None or search.query.end is not None}


def _command(settings: Settings) -> str:
    """The command that reads a mail log into the store of this server."""
    place = "" if settings.data == Settings.data else f"PORTAL_DATA={shlex.quote(str(settings.data.absolute()))} "
    return f"{place}portal index /var/log/mail.log"


def _columns(sort: Sort, links: Links) -> list[Column]:
    """The columns; the one that the list is sorted by is always among them."""
    names = COLUMNS if sort.field in COLUMNS else (*COLUMNS, sort.field)
    return [_column(BY_NAME[name], sort, links) for name in names]


def _orders(sort: Sort) -> list[tuple[Sort, str, bool]]:
    """The orders to choose from where columns are hidden, each in words and whether it is the one in use."""
    names = COLUMNS if sort.field in COLUMNS else (*COLUMNS, sort.field)
    choices = [(Sort(name, descending=descending), BY_NAME[name]) for name in names for descending in (False, True)]
    return [(each, f"{field.label}, {_ENDS.get(field.kind, _LETTERS)[each.descending]}", each == sort) for each, field in choices]


def _column(field: Field, sort: Sort, links: Links) -> Column:
    """A click sorts by the column, old to new or A to Z first, and flips it when it is the sorted one."""
    active = sort.field == field.name
    direction = "none" if not active else "descending" if sort.descending else "ascending"
    target = Sort(field.name, descending=active and not sort.descending)
    return Column(field, direction, links.search(sort=None if target == Sort() else target.text), field.name not in COLUMNS)
