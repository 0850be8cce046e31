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
from store.said import Said, say
from store.tree import All, And, Exact, Node, Or

DEFAULT_LIMIT: Final = 50
REPEATED: Final = frozenset({"type"})  # parameters that may be given several times
_MAX_TYPES: Final = 20
_SHOWN: Final = 60  # characters of a wrong value that an error repeats


class BadParameterError(Exception):
    """A parameter that cannot be used: `name` says which, the text what is wrong and what would be right."""

    def __init__(self, name: str, message: Said) -> None:
        super().__init__(message)
        self.name = name
        self.message = message


class ExchangedError(BadParameterError):
    """From is later than To; `start` and `end` say what each means, in words."""

    def __init__(self, start: str, end: str) -> None:
        super().__init__("from", say("From (%(start)s) is later than To (%(end)s). Exchange the two.", start=start, end=end))
        self.start = start
        self.end = end


@dataclass(frozen=True, slots=True)
class Search:
    """A search as asked: the query and page for the store, how the text was read, the zone its times are in, and the types chosen."""

    query: Query
    page: Page
    read_as: str | None
    zone: str
    types: tuple[str, ...] = ()


def once(arguments: Iterable[tuple[str, Sequence[str]]], known: Collection[str]) -> dict[str, str]:
    """Parameters, each with its values, as a plain mapping; blank ones but `q` are left out, and those of `REPEATED`.

    Raises `BadParameterError` for an unknown name, which would otherwise widen the search unseen, and for one given twice.
    """
    found = {}
    for name, values in arguments:
        if name not in known:
            raise BadParameterError(name, _unknown(name, known))
        if len(values) > 1 and name not in REPEATED:
            times = str(len(values))
            raise BadParameterError(name, say("%(name)s is given %(times)s times. Give it once.", name=name, times=times))
        if name not in REPEATED and (name == "q" or values[0].strip()):
            found[name] = values[0]
    return found


def _unknown(name: str, known: Collection[str]) -> Said:
    if not known:
        return say('"%(name)s" is not a parameter here. Leave it out.', name=_short(name))
    return say('"%(name)s" is not a parameter here. Use %(known)s.', name=_short(name), known=listed(known))


def types(values: Sequence[str]) -> tuple[str, ...]:
    """The event types that are looked for, each once; none given are all of them."""
    found = tuple(dict.fromkeys(value.strip().lower() for value in values if value.strip()))
    if len(found) > _MAX_TYPES:
        raise BadParameterError("type", say("type is given more than %(most)s times. Give fewer.", most=_MAX_TYPES))
    return found


def of_types(tree: Node, chosen: Sequence[str]) -> Node:
    """What a tree finds, of these event types only; none are all of them."""
    if not chosen:
        return tree
    kinds = tuple(Exact("type", each) for each in chosen)
    only = kinds[0] if len(kinds) == 1 else Or(kinds)
    return only if tree == All() else And((tree, only))


def search(arguments: Mapping[str, str], zone: str = "UTC", chosen: Sequence[str] = ()) -> Search:
    """Read q, from, to, range, sort, limit, cursor and tz (default `zone`); `chosen` are the values of type.

    Raises `BadParameterError`, or `BadQueryError` for the text in q; no q or an empty one is everything.
    """
    place = time_zone(arguments.get("tz"), zone)
    start, end = period(arguments.get("from"), arguments.get("to"), arguments.get("range"), place)
    page = Page(order(arguments.get("sort")), limit(arguments.get("limit")), arguments.get("cursor"))
    kinds = types(chosen)
    text = arguments.get("q", "")
    if not text:
        return Search(Query(of_types(All(), kinds), start, end), page, None, place, kinds)
    parsed = parse(text, place)
    return Search(Query(of_types(parsed.tree, kinds), start, end), page, parsed.read_as, place, kinds)


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
        message = say('"%(name)s" is not a time zone. Use a name such as Europe/Amsterdam or UTC.', name=_short(name))
        raise BadParameterError("tz", message) from error


def period(start: str | None, end: str | None, span: str | None, zone: str, now: datetime | None = None) -> tuple[int | None, int | None]:
    """The time range asked for, in ms since 1970 UTC, the end exclusive and None where open: two dates, or a span up to now.

    Events with a time in the future (a clock that is wrong) are in no span.
    """
    moment = (now or datetime.now(UTC)).astimezone(zoneinfo.ZoneInfo(zone))
    if span is not None:
        if start is not None or end is not None:
            raise BadParameterError("range", say("range is given together with from or to. Give either range, or from and to."))
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
        message = say(
            '"%(name)s" is not a field to sort by. Use %(names)s, with - before it for descending.', name=_short(text), names=names
        )
        raise BadParameterError("sort", message)
    return Sort(field.name, descending=text.strip().startswith("-"))


def limit(text: str | None, default: int = DEFAULT_LIMIT, most: int = MAX_LIMIT) -> int:
    """How many rows: a whole number from 1 to `most`."""
    return default if text is None else whole("limit", text, 1, most)


def whole(name: str, text: str, least: int, most: int) -> int:
    """A whole number between two bounds, both included."""
    number = text.strip()
    if not (number.isascii() and number.isdigit() and len(number) <= len(str(most)) and least <= int(number) <= most):
        values = {"name": name, "text": _short(text), "least": least, "most": most}
        raise BadParameterError(name, say('%(name)s: "%(text)s" is not a whole number from %(least)s to %(most)s.', **values))
    return int(number)


def _date(name: str, text: str, zone: str, now: datetime) -> Span:
    try:
        return dates.unit(text, zone, now)
    except ValueError as error:
        no_start = say('From: "%(text)s" is not a date. %(form)s', text=_short(text), form=dates.FORM)
        no_end = say('To: "%(text)s" is not a date. %(form)s', text=_short(text), form=dates.FORM)
        raise BadParameterError(name, no_start if name == "from" else no_end) from error


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
        message = say('range: "%(text)s" is not a span of time. %(form)s', text=_short(text), form=dates.SPAN_FORM)
        raise BadParameterError("range", message) from error


def _short(text: str) -> str:
    """A wrong value, cut so that the answer stays small."""
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: `a, b or c`."""
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last
