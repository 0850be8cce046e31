"""Dates as people type them (2024-11-01, 17-11-2026 09:30, 2024-11-01T12:00:00+01:00) and spans of time (24h, 13mo) as instants."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from store.event import milliseconds

FORM: Final = "Write 2024-11-01, 2024-11 or 2024-11-01T12:00, with seconds or an offset such as +01:00 if you like."
SPAN_FORM: Final = "Write a number and a unit: 15m, 24h, 7d, 2w, 13mo or 1y."

# In a URL an unescaped + arrives as a space, so a space may stand before the offset.
_CLOCK: Final = (
    r"(?:[Tt ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,6}))?)?"
    r"(?P<offset>[Zz]|[+\- ][0-9]{2}:?[0-9]{2})?)?"
)
_FORMS: Final = (
    re.compile(rf"(?P<year>[0-9]{{4}})-(?P<month>[0-9]{{2}})(?:-(?P<day>[0-9]{{2}}){_CLOCK})?"),
    re.compile(rf"(?P<day>[0-9]{{1,2}})-(?P<month>[0-9]{{1,2}})-(?P<year>[0-9]{{4}}){_CLOCK}"),  # as the Dutch write it
)
_SPAN: Final = re.compile(r"([1-9][0-9]{0,3})(m|h|d|w|mo|y)", re.IGNORECASE)
_FIXED: Final = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_MONTHS: Final = {"mo": 1, "y": 12}


def instant(text: str, zone: ZoneInfo, *, upper: bool = False) -> int:
    """A typed date or time in ms since 1970 UTC; without an offset it is local time in `zone`.

    With `upper` it is the end (exclusive) of the unit typed, as in the query language: a date is that whole day.
    Raises ValueError for what is not a date.
    """
    match = next((found for form in _FORMS if (found := form.fullmatch(text.strip()))), None)
    if match is None:
        raise ValueError(text)
    parts = match.groupdict()
    try:
        return _whole_days(parts, zone, upper=upper) if parts["hour"] is None else _exact(parts, zone, upper=upper)
    except OverflowError as error:  # the first or last day of the calendar, moved out of it by a zone
        raise ValueError(text) from error


def before(now: datetime, text: str) -> int:
    """The instant (ms since 1970 UTC) that lies a span such as `7d` or `13mo` before `now`; raises ValueError for another form."""
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    number, unit = int(match[1]), match[2].lower()
    if unit in _FIXED:
        return milliseconds(now - number * _FIXED[unit])
    return milliseconds(_months_earlier(now, number * _MONTHS[unit]))


def _whole_days(parts: dict[str, str | None], zone: ZoneInfo, *, upper: bool) -> int:
    """Midnight at the start of a day or month, or with `upper` at its end."""
    month_only = parts["day"] is None
    start = datetime(int(parts["year"] or 0), int(parts["month"] or 0), int(parts["day"] or 1), tzinfo=zone)
    if upper:
        # From the first of a month, 31 days on always lies in the next one. Local arithmetic: a day of 23 or 25 hours stays one day.
        start = (start + timedelta(days=31)).replace(day=1) if month_only else start + timedelta(days=1)
    return milliseconds(start.astimezone(UTC))


def _exact(parts: dict[str, str | None], zone: ZoneInfo, *, upper: bool) -> int:
    """A time of day; where it comes twice (autumn) or never (spring), a lower end is its first reading and an upper end its last."""
    moment = datetime.fromisoformat(
        f"{parts['year']}-{int(parts['month'] or 0):02}-{int(parts['day'] or 0):02}T{parts['hour']}:{parts['minute']}"
        f":{parts['second'] or '00'}.{(parts['fraction'] or '0'):0<6}{_offset(parts['offset'])}"
    )
    if moment.tzinfo is None:
        readings = [moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
        moment = max(readings) if upper else min(readings)
    unit = timedelta(milliseconds=1) if parts["fraction"] else timedelta(seconds=1) if parts["second"] else timedelta(minutes=1)
    return milliseconds(moment.astimezone(UTC) + (unit if upper else timedelta()))


def _offset(text: str | None) -> str:
    """An offset as `datetime.fromisoformat` reads it."""
    return (text or "").upper().replace(" ", "+")


def _months_earlier(moment: datetime, months: int) -> datetime:
    """The same day of an earlier month, or that month's last day where it is shorter; never before the first year."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    if year < 1:
        raise ValueError(f"{months} months")
    month_end = datetime(year + month // 11, (month + 1) % 12 + 1, 1, tzinfo=UTC) - timedelta(days=1)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, month_end.day))
