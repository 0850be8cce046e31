"""The histogram above the list, with the types to choose from: a part of the page that htmx asks for when the rows stand.

The list never waits for it: it has a view of its own, which may be slow or fail by itself. Without JavaScript it is a page.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app import bars, dates, fragments, params
from app.asked import asked_links, normal
from app.bars import Bar
from app.chips import chips, kinds
from app.intervals import extent
from app.language import dated
from app.links import SEARCH, Links
from app.periods import clock
from app.services import services
from app.shown import now
from app.viewer import scope
from app.zone import zone
from indexer.bounds import EARLIEST, LATEST
from store.events import Query
from store.histogram import bucket_end, bucket_start

blueprint = Blueprint("chart", __name__)

# How a bar is called by the day it begins on; shorter ones by the time of day as well.
_DAYS: Final = {"1d": "EEE d MMM", "1w": "EEE d MMM", "1M": "MMM y", "1y": "y", "10y": "y"}
_TO: Final = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Row:
    """A bar as a row of the table: its time in words, when it begins and ends by themselves, and the search for its events alone."""

    bar: Bar
    words: str
    since: str
    until: str
    link: str


@dataclass(frozen=True, slots=True)
class Label:
    """What stands below a bar: `left` percent from the edge, and the weekday by itself, which is left out where there is no room."""

    left: float
    weekday: str
    words: str


@blueprint.get("/events/chart")
def chart() -> ResponseReturnValue:
    """The histogram of a search and the counts by type; raises what is wrong with the parameters."""
    links = asked_links()
    arguments = normal(params.once(request.args.lists(), SEARCH))
    search = params.search(arguments, zone())
    chosen = params.types(links.types)
    context: dict[str, Any] = {"links": links, **_drawn(search.query, search.zone, chosen, links)}
    if fragments.wanted():
        return fragments.block("chart.html", "chart", **context)
    return render_template("chart.html", **context)


def _drawn(query: Query, zone: str, chosen: Sequence[str], links: Links) -> dict[str, Any]:
    """What the chart shows: bars of the chosen types, and counts of all of them from the same answer of the store."""
    place = ZoneInfo(zone)
    span = _span(query, place)
    if span is None:
        return {"chips": chips({}, links), "total": 0}
    interval = bars.interval_of(*span)
    buckets = services().store.histogram(Query(query.tree, *span), scope(), interval, zone)
    counts: Counter[str] = Counter()
    for bucket in buckets:
        counts.update(bucket.counts)
    shown = chosen or kinds(counts, ())
    every = bars.laid_out(buckets, *span, interval, place)
    listed = [Bar(bar.first, bar.start, bar.end, _only(bar.counts, shown)) for bar in every]
    return {
        "chips": chips(counts, links),
        "total": counts.total(),
        "kinds": [kind for kind in kinds(counts, chosen) if kind in shown and counts[kind]],
        "rows": [_row(bar, interval, zone, links) for bar in listed],
        "highest": max(bar.total for bar in listed),
        "paths": bars.paths(listed, kinds(counts, chosen)),
        "box": (bars.width(listed), bars.HEIGHT),
        "labels": [_label(tick, listed[tick.bar], zone) for tick in bars.ticks(listed, interval, place)],
    }


def _span(query: Query, zone: ZoneInfo) -> tuple[int, int] | None:
    """From when to when (ms) the bars go; None where nothing matches.

    That is the range asked for. An end that is open, or beyond all events (people write 9999 for ever), is where the first or last match
    is, as far away as whole bars take, so that a link to one of them has a round time.
    """
    start = query.start if query.start is not None and query.start >= EARLIEST else None
    end = query.end if query.end is not None and query.end <= LATEST else None
    if start is not None and end is not None:
        return start, end
    found = extent(query)
    if found is None:
        return None
    first, last = found[0] if start is None else start, found[1] if end is None else end - 1
    interval = bars.interval_of(first, last + 1)
    return bucket_start(first, interval, zone) if start is None else start, bucket_end(last, interval, zone) if end is None else end


def _only(counts: Mapping[str, int], shown: Sequence[str]) -> dict[str, int]:
    return {kind: count for kind, count in counts.items() if kind in shown}


def _row(bar: Bar, interval: str, zone: str, links: Links) -> Row:
    """A bar with its words and the search that finds exactly its events."""
    search = links.search(**{"from": dates.typed(bar.start, zone), "to": dates.typed_last(bar.end, zone), "range": None})
    if interval in _DAYS:
        since, until = _day(dates.local(bar.first, zone), _DAYS[interval]), _day(dates.local(bar.end - 1, zone), _DAYS[interval])
        return Row(bar, since if since == until else f"{since} {_TO} {until}", since, until, search)
    start, end = (dates.local(each, zone).replace(second=0) for each in (bar.start, bar.end))
    since, until = (f"{_day(each, 'EEE d MMM')} {clock(each)}" for each in (start, end))
    near = end - start < timedelta(days=1)
    return Row(bar, f"{since} {_TO} {clock(end) if near else until}", since, until, search)


def _day(moment: datetime, pattern: str) -> str:
    """A day in words; with the year where it is another one."""
    this_year = moment.year == now(str(moment.tzinfo)).year
    return dated(moment, pattern if this_year or "y" in pattern else f"{pattern} y")


def _label(tick: bars.Tick, bar: Bar, zone: str) -> Label:
    """What a tick says: the time of day, or the day at midnight; the day, the month or the year where the bars are longer."""
    moment = dates.local(bar.first, zone)
    if tick.interval in ("1M", "1y", "10y"):
        begun = moment if tick.interval == "10y" else dates.local(bar.end - 1, zone)  # a month or a year may begin within a week
        return Label(tick.left, "", dated(begun, _DAYS[tick.interval]))
    if moment.hour or moment.minute:
        return Label(tick.left, "", clock(moment))
    return Label(tick.left, dated(moment, "EEE"), dated(moment, "d MMM"))
