"""The parameters of a search, from a URL or a command line, checked one by one: page, API and command line share this."""

import zoneinfo
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from app import dates
from store.errors import BadQueryError
from store.event import milliseconds
from store.events import MAX_LIMIT, Page, Query, Sort
from store.fields import FIELDS, named
from store.query import parse
from store.query.times import Span

DEFAULT_LIMIT: Final = 50
_SHOWN: Final = 60  # characters of a wrong value that an error repeats


class BadParameterError(Exception):
    """A parameter that cannot be used: `name` says which, the text what is wrong and what would be right."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class ExchangedError(BadParameterError):
    """From is later than To; `start` and `end` say what each means, in words."""

    def __init__(self, start: str, end: str) -> None:
        super().__init__("from", f"From ({start}) is later than To ({end}). Exchange the two.")
        self.start = start
        self.end = end


@dataclass(frozen=True, slots=True)
class Search:
    """A search as asked: the query and page for the store, how the text was read, and the zone its times are in."""

    query: Query
    page: Page
    read_as: str | None
    zone: str


def once(arguments: Iterable[tuple[str, Sequence[str]]], known: Collection[str]) -> dict[str, str]:
    """Parameters, each with its values, as a plain mapping; blank ones but `q` are left out.

    Raises `BadParameterError` for an unknown name, which would otherwise widen the search unseen, and for one given twice.
    """
    found = {}
    for name, values in arguments:
        if name not in known:
            cure = f"Use {listed(known)}." if known else "Leave it out."
            raise BadParameterError(name, f'"{_short(name)}" is not a parameter here. {cure}')
        if len(values) > 1:
            raise BadParameterError(name, f"{name} is given {len(values)} times. Give it once.")
        if name == "q" or values[0].strip():
            found[name] = values[0]
    return found


def search(arguments: Mapping[str, str], zone: str = "UTC") -> Search:
    """Read q, from, to, range, sort, limit, cursor and tz (default `zone`).

    Raises `BadParameterError`, or `BadQueryError` for the text in q; no q or an empty one is everything.
    """
    place = time_zone(arguments.get("tz"), zone)
    start, end = period(arguments.get("from"), arguments.get("to"), arguments.get("range"), place)
    page = Page(order(arguments.get("sort")), limit(arguments.get("limit")), arguments.get("cursor"))
    text = arguments.get("q", "")
    if not text:
        return Search(Query(start=start, end=end), page, None, place)
    parsed = parse(text, place)
    return Search(Query(parsed.tree, start, end), page, parsed.read_as, place)


def faults(arguments: Mapping[str, str], zone: str) -> list[BadParameterError | BadQueryError]:
    """Everything that is wrong with q, from, to, range and sort, for a page that shows all of it at once."""
    start, end, span, text = (arguments.get(name) for name in ("from", "to", "range", "q"))
    checks: tuple[Callable[[], object], ...] = (
        lambda: period(start, None, None, zone),
        lambda: period(None, end, None, zone),
        lambda: period(start, end, span, zone),
        lambda: order(arguments.get("sort")),
        lambda: parse(text, zone) if text else None,
    )
    found: dict[str, BadParameterError | BadQueryError] = {}
    for check in checks:
        try:
            check()
        except (BadParameterError, BadQueryError) as error:
            found.setdefault(str(error), error)
    return list(found.values())


def time_zone(text: str | None, default: str) -> str:
    """The name of a time zone that exists."""
    name = (text or default).strip()
    try:
        return zoneinfo.ZoneInfo(name).key
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: a folder of the zone files, a name too long
        raise BadParameterError("tz", f'"{_short(name)}" is not a time zone. Use a name such as Europe/Amsterdam or UTC.') from error


def period(start: str | None, end: str | None, span: str | None, zone: str, now: datetime | None = None) -> tuple[int | None, int | None]:
    """The time range asked for, in ms since 1970 UTC, the end exclusive and None where open: two dates, or a span up to now.

    Events with a time in the future (a clock that is wrong) are in no span.
    """
    moment = (now or datetime.now(UTC)).astimezone(zoneinfo.ZoneInfo(zone))
    if span is not None:
        if start is not None or end is not None:
            raise BadParameterError("range", "range is given together with from or to. Give either range, or from and to.")
        return _span(span, moment), milliseconds(moment)
    low = None if start is None else _date("from", start, zone, moment)
    high = None if end is None else _date("to", end, zone, moment)
    if low is not None and high is not None and low.start >= high.end:
        raise ExchangedError(_words(start, low, zone), _words(end, high, zone))
    return low.start if low else None, high.end if high else None


def order(text: str | None) -> Sort:
    """A sort order: a field's name or alias, with - before it for descending; None is by time, old to new."""
    if text is None:
        return Sort()
    field = named(text.strip().removeprefix("-"))
    if field is None or not field.sortable:
        names = listed(field.name for field in FIELDS if field.sortable)
        raise BadParameterError("sort", f'"{_short(text)}" is not a field to sort by. Use {names}, with - before it for descending.')
    return Sort(field.name, descending=text.strip().startswith("-"))


def limit(text: str | None, default: int = DEFAULT_LIMIT, most: int = MAX_LIMIT) -> int:
    """How many rows: a whole number from 1 to `most`."""
    return default if text is None else whole("limit", text, 1, most)


def whole(name: str, text: str, least: int, most: int) -> int:
    """A whole number between two bounds, both included."""
    number = text.strip()
    if not (number.isascii() and number.isdigit() and len(number) <= len(str(most)) and least <= int(number) <= most):
        raise BadParameterError(name, f'{name}: "{_short(text)}" is not a whole number from {least} to {most:,}.')
    return int(number)


def _date(name: str, text: str, zone: str, now: datetime) -> Span:
    try:
        return dates.unit(text, zone, now)
    except ValueError as error:
        raise BadParameterError(name, f'{name.capitalize()}: "{_short(text)}" is not a date. {dates.FORM}') from error


def _words(typed: str | None, meant: Span, zone: str) -> str:
    """A date in words; as it was typed where it is beyond the calendar."""
    try:
        return dates.words(meant, zone)
    except (OverflowError, ValueError):
        return _short(typed or "")


def _span(text: str, now: datetime) -> int:
    try:
        return dates.before(now, text)
    except (ValueError, OverflowError) as error:
        raise BadParameterError("range", f'range: "{_short(text)}" is not a span of time. {dates.SPAN_FORM}') from error


def _short(text: str) -> str:
    """A wrong value, cut so that the answer stays small."""
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: `a, b or c`."""
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last
