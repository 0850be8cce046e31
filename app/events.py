"""The Events section: the searchable list, whole or in parts for htmx, and the page of one event."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app import columns, fragments, live, narrow, params, periods
from app.asked import PARAMETERS, asked_links, normal
from app.chips import chips
from app.empty import over_all_time, ways_out
from app.errors import Problem, problem_of
from app.language import ngettext
from app.links import Links
from app.narrow import Narrowing
from app.noting import note_event, note_search
from app.params import BadParameterError, ExchangedError, Search
from app.services import services
from app.settings import Settings
from app.story import story
from app.viewer import scope
from store.errors import AbandonedError, BadCursorError, BadQueryError, StoreUnavailableError
from store.events import Query, Results

blueprint = Blueprint("events", __name__)

_MOST_VALUES: Final = 1_000  # of one field of one event
_MOST_SEEN: Final = 10**9
_MOST_BY_ITSELF: Final = 1_000  # rows that come without being asked for; more only by a click
_UNREADABLE: Final = 422
_UNFINISHED: Final = frozenset({"no_value", "operator"})


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
    """The list; what is wrong with the parameters is shown in place, with the form as it was typed.

    Asked by htmx it is a part of the page: the details of the event that `open` names, the rows after a `cursor`, or else the results.
    With a value of an event to narrow the search by it leads to the narrower search.
    """
    links = asked_links()
    try:
        arguments = normal(params.once(request.args.lists(), PARAMETERS))
        if "of" in arguments:
            return redirect(_narrowed(arguments, links), 303)
        shown = columns.chosen(arguments.get("columns"))
        if fragments.wanted() and "open" in arguments:
            return _details(arguments["open"], columns.columns(shown, params.order(arguments.get("sort")), links), links)
        seen = params.whole("seen", arguments.get("seen", "0"), 0, _MOST_SEEN) if "cursor" in arguments else 0
        search = params.search(arguments, services().settings.timezone, links.types)
        note_search(search.query.tree)
        if "since" in arguments:
            return _come(search, live.shown(arguments), columns.columns(shown, search.page.sort, links), links)
        results = live.newest(search) if "live" in arguments else services().store.search(search.query, scope(), search.page)
    except (BadQueryError, BadParameterError, BadCursorError) as error:
        return _refused(error, links)
    listed = {
        "columns": columns.columns(shown, search.page.sort, links),
        "orders": columns.orders(shown, search.page.sort),
        "offered": columns.offered(shown),
    }
    context = _form(links) | listed | _list(links, search, results, results.total if "live" in arguments else seen)
    if fragments.wanted():
        return fragments.block("events.html", "rows" if "cursor" in arguments else "results", **context)
    return render_template("events.html", **context)


@blueprint.get("/events/check")
def check() -> dict[str, Any]:
    """What is wrong with the form while somebody types in it: the part of the page that says so, and which fields it is about where.

    What a query only lacks at its end is not wrong yet: its value or its second term is still to come.
    """
    links = asked_links()
    errors = params.faults(links.arguments, services().settings.timezone)
    wrongs = [_wrong(error, links) for error in errors if not _unfinished(error, links.arguments.get("q", ""))]
    problem = fragments.block("events.html", "problem", **_form(links), wrongs=wrongs)
    return {"problem": problem.strip(), "wrong": [_place(wrong) for wrong in wrongs]}


@blueprint.get("/events/<path:event_id>")
def event(event_id: str) -> ResponseReturnValue:
    """One event on a page of its own: its permanent link."""
    found = services().store.get(event_id.rstrip("/"), scope())
    note_event(found)
    return render_template("event.html", event=found, story=story(found), links=Links({}))


def _form(links: Links) -> dict[str, Any]:
    """What the form above the list shows, and the types to choose from; `ends` are both ends of the range in words."""
    ends = periods.ends(links.arguments, services().settings.timezone)
    return {"links": links, "values": links.arguments, "presets": periods.presets(), "ends": ends, "chips": chips({}, links)}


def _details(event_id: str, among: list[columns.Column], links: Links) -> str:
    """The details of one event as a row of a list with these columns."""
    found = services().store.get(event_id, scope())
    note_event(found)
    return fragments.block("events.html", "details", event=found, story=story(found), columns=among, links=links)


def _come(search: Search, page: live.Shown, among: list[columns.Column], links: Links) -> ResponseReturnValue:
    """The rows that came since a live page was shown, and in a header how many there are in all now; nothing (204) where none did."""
    results = live.come(search, page)
    if results is None:
        return "", 204
    answer = Response(fragments.block("events.html", "come", results=results, first=page.number + 1, columns=among, links=links))
    answer.headers["HX-Trigger"] = json.dumps({"live-total": {"words": _total(results.total)}})
    return answer


def _total(total: int) -> str:
    """How many events there are, as it stands above the list."""
    return ngettext("%(number)s event", "%(number)s events", total)


def _narrowed(arguments: Mapping[str, str], links: Links) -> str:
    """The address of the search without or with only a value of the event that `of` names."""
    sign = Narrowing(
        arguments.get("without") or arguments.get("only", ""),
        "without" in arguments,
        params.whole("at", arguments.get("at", "0"), 0, _MOST_VALUES),
    )
    return narrow.address(links, services().store.get(arguments["of"], scope()), sign)


def _refused(error: BadQueryError | BadParameterError | BadCursorError, links: Links) -> ResponseReturnValue:
    """The page that says what is wrong; for htmx only that, with where it is, so that the results before it stay."""
    wrongs = _wrongs(error, links)
    if not fragments.wanted():
        return render_template("events.html", **_form(links), wrongs=wrongs), 400
    answer = Response(fragments.block("events.html", "problem", **_form(links), wrongs=wrongs), _UNREADABLE)
    answer.headers["HX-Trigger"] = json.dumps({"query-error": _place(wrongs[0])})
    return answer


def _place(wrong: Wrong) -> dict[str, str | int | None]:
    """Which field is wrong, and which characters of it where that is known."""
    return {"name": wrong.name, "position": wrong.problem.position, "end": wrong.problem.end}


def _unfinished(error: BadQueryError | BadParameterError, typed: str) -> bool:
    """Whether a query ends before what it is about: behind a colon, a comparison or an operator."""
    return isinstance(error, BadQueryError) and error.fault.code in _UNFINISHED and error.fault.end >= len(typed.rstrip())


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


def _list(links: Links, search: Search, results: Results, seen: int) -> dict[str, Any]:
    """What the list shows; where it is empty, what would find something. `seen` is how many are said to stand before it."""
    before = min(seen, results.total - len(results.events))
    until = before + len(results.events)
    found: dict[str, Any] = {
        "search": search,
        "results": results,
        "first": before + 1,
        "until": until,
        "following": links.here(cursor=results.next, seen=str(until), open=None) if results.next else None,
        "by_itself": until < _MOST_BY_ITSELF,
        "period": periods.words(links.arguments),
        "story": next((story(event) for event in results.events if event.id == links.arguments.get("open")), None),
    }
    if not results.events and not results.partial and "live" not in links.arguments:  # else what matches may be in the part that is away
        found |= _nothing(links, search)
    return found


def _nothing(links: Links, search: Search) -> dict[str, Any]:
    """What an empty list shows: the ways out, or which command brings mail in where there is none at all."""
    try:
        ways = ways_out(search, links)
        if not ways and not services().store.count(Query(), scope()):
            return {"command": _command(services().settings)}
    except AbandonedError:
        raise
    except StoreUnavailableError:  # a part went away since the search: the list stands without hints
        return {}
    bounded = search.query.start is not None or search.query.end is not None
    return {"ways_out": ways, "nowhere": bounded and not any(way.link == over_all_time(links) for way in ways)}


def _command(settings: Settings) -> str:
    """The command that reads a mail log into the store of this server."""
    place = "" if settings.data == Settings.data else f"PORTAL_DATA={shlex.quote(str(settings.data.absolute()))} "
    return f"{place}portal index /var/log/mail.log"
