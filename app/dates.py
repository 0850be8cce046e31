"""Dates as people type them outside the query box, and spans of time (24h, 13mo), as instants.

What a date means is the query language's business (`store.query.times`), so that from, to and `timestamp:` never disagree.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from store.event import milliseconds
from store.query.times import Span, span
from store.said import say

FORM: Final = say(
    "Write 2024-11-01, 2024-11 or 2024-11-01T12:00, with seconds or an offset such as +01:00 if you like, or now, today or yesterday."
)
SPAN_FORM: Final = say("Write a number and a unit: 15m, 24h, 7d, 2w, 13mo or 1y.")

_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})-([0-9]{1,2})-([0-9]{4})(.*)", re.DOTALL)  # 1-11-2024, as the Dutch write it
_LOST_PLUS: Final = re.compile(r"(:[0-9.,]+) ([0-9]{2}:?[0-9]{2})$")  # in a URL an unescaped + arrives as a space
_SPAN: Final = re.compile(r"([1-9][0-9]{0,3})(m|h|d|w|mo|y)", re.IGNORECASE)
_FIXED: Final = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_MONTHS: Final = {"mo": 1, "y": 12}
_DAYS_BACK: Final = {"today": 0, "yesterday": 1}
_SECOND: Final = 1_000  # ms
_MINUTE: Final = 60_000
_PRECISIONS: Final = {_MINUTE: "minutes", _SECOND: "seconds", 1: "milliseconds"}
_SHORTEST_MONTH: Final = timedelta(days=28)
# The shortest that a unit can be (a day has 23 hours when the clock is put forward), with its form; below a month the day stands before it.
_FORMS: Final = (
    (timedelta(days=365), "%Y"),
    (_SHORTEST_MONTH, "%b %Y"),
    (timedelta(hours=23), "%b %Y"),
    (timedelta(minutes=1), "%b %Y %H:%M"),
)


def unit(text: str, zone: str, now: datetime) -> Span:
    """The unit of time that a date names: that day, that minute, or what `now`, `today` and `yesterday` are at the time `now`.

    In the time zone `zone` where it has no offset of its own. Raises ValueError for what is not a date.
    """
    if text.strip().lower() == "now":
        moment = milliseconds(now)
        return Span(moment, moment + 1)
    written = _LOST_PLUS.sub(r"\1+\2", _named_day(text, now.astimezone(ZoneInfo(zone))))
    if match := _DAY_FIRST.fullmatch(written):
        day, month, year, rest = match.groups()
        written = f"{year}-{month:0>2}-{day:0>2}{rest}"
    try:
        found = span(written, zone)
    except OverflowError as error:  # the first day of the calendar, moved out of it by a zone
        raise ValueError(text) from error
    # In the hour that is left out in spring a time has its end before its start; a range from it up to it is no mistake of the user's.
    return found if found.start < found.end else Span(found.start, found.start + 1)


def local(milliseconds: int, zone: str) -> datetime:
    """A time in ms since 1970 UTC as an aware local time; whole seconds and the rest are kept apart, so it is exact."""
    seconds, rest = divmod(milliseconds, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000).astimezone(ZoneInfo(zone))


def doubled(moment: datetime) -> bool:
    """Whether this clock time comes twice, in the autumn hour: then the offset must be shown to tell the two apart."""
    return moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()


def words(typed: Span, zone: str) -> str:
    """A unit of time as people say it, in the time zone `zone`: `1 Nov 2024`, `Nov 2024`, `1 Nov 2024 12:00`.

    Raises OverflowError or ValueError for a time that lies outside the calendar in that zone.
    """
    moment = local(typed.start, zone)
    length = timedelta(milliseconds=typed.end - typed.start)
    form = next((form for shortest, form in _FORMS if length >= shortest), "%b %Y %H:%M:%S")
    day = "" if length >= _SHORTEST_MONTH else f"{moment.day} "
    return day + moment.strftime(form)


def typed(moment: int, zone: str, step: int = _MINUTE) -> str:
    """A time (ms) as a field for From holds it, in the time zone `zone`: `2024-11-01 12:00`, with as much behind it as it takes.

    `step` is the unit (ms) that it is written in at least. `unit` reads it back as a unit that begins at that time.
    """
    written = local(moment, zone)
    if not doubled(written):
        written = written.replace(tzinfo=None)  # only what comes twice needs its offset
    return written.isoformat(sep=" ", timespec=_PRECISIONS[min(step, _step(moment))])


def typed_last(end: int, zone: str) -> str:
    """The end (ms, exclusive) of a stretch of time as a field for To holds it: the last minute, second or millisecond before it."""
    step = _step(end)
    return typed(end - step, zone, step)


def _step(moment: int) -> int:
    """The longest of minute, second and millisecond (in ms) that a time is a whole number of."""
    return next(step for step in _PRECISIONS if moment % step == 0)


def before(now: datetime, text: str) -> int:
    """The instant (ms since 1970 UTC) that lies a span such as `7d` or `13mo` before `now`; raises ValueError for another form."""
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    number, name = int(match[1]), match[2].lower()
    if name in _FIXED:
        return milliseconds(now - number * _FIXED[name])
    return milliseconds(_months_earlier(now, number * _MONTHS[name]))


def _named_day(text: str, now: datetime) -> str:
    """The text, with a day named by a word as its date."""
    days_back = _DAYS_BACK.get(text.strip().lower())
    return text.strip() if days_back is None else f"{now.date() - timedelta(days=days_back):%Y-%m-%d}"


def _months_earlier(moment: datetime, months: int) -> datetime:
    """The same day of an earlier month, or that month's last day where it is shorter; never before the first year."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    if year < 1:
        raise ValueError(f"{months} months")
    month_end = datetime(year + month // 11, (month + 1) % 12 + 1, 1, tzinfo=UTC) - timedelta(days=1)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, month_end.day))
