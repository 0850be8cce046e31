"""Reads a typed point in time, to the unit it was typed in: a year, a month, a day, an hour, down to a millisecond."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from store.event import milliseconds

FORM: Final = "2024-11-01, 2024-11 or 2024-11-01T12:30, with an offset such as +01:00 if need be"
_TIME: Final = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})"
    r"(?:[Tt ]\s*+(?P<hour>[0-9]{2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?)?"
    r"\s*+(?P<offset>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?)?)?"
)
_STEPS: Final = {"day": timedelta(days=1), "hour": timedelta(hours=1), "minute": timedelta(minutes=1), "second": timedelta(seconds=1)}
_MILLISECOND: Final = timedelta(milliseconds=1)
# The calendar of Python ends here; a range up to its last day means "for ever".
_LAST: Final = milliseconds(datetime.max.replace(tzinfo=UTC)) + 1


@dataclass(frozen=True, slots=True)
class Span:
    """A time as typed: from its first millisecond `start` up to (not with) `end`, in ms since 1970 UTC."""

    start: int
    end: int


def span(text: str, zone: str) -> Span:
    """The unit of time that `text` names, in the time zone `zone` where it has no offset of its own.

    A local time that comes twice (autumn) is both; one that never comes (spring) is read with the offset before the change.
    Raises ValueError for what is no time.
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    parts = match.groupdict()
    place = _zone(parts["offset"], zone)
    fraction = (parts["fraction"] or "")[:3]
    year, month, day = (int(parts[name] or 1) for name in ("year", "month", "day"))
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    begin = datetime(year, month, day, hour, minute, second, int(fraction.ljust(3, "0")) * 1000, tzinfo=place)
    return Span(_instant(begin, fold=0), _end(begin, _unit(parts), fraction))


def _unit(parts: dict[str, str | None]) -> str:
    """The name of the smallest part that was typed, fractions left out."""
    return next(name for name in ("second", "minute", "hour", "day", "month", "year") if parts[name] is not None)


def _end(begin: datetime, unit: str, fraction: str) -> int:
    """The instant at which the unit that starts at `begin` is over."""
    try:
        if fraction:
            return _instant(begin, fold=1) + int("1".ljust(4 - len(fraction), "0"))
        if unit == "year":
            return _instant(begin.replace(year=begin.year + 1), fold=1)
        if unit == "month":
            return _instant((begin + timedelta(days=31)).replace(day=1), fold=1)
        # Its last millisecond, not its end: 01:59 belongs to the hour before the clock is put back, 02:00 may not.
        return _instant(begin + _STEPS[unit] - _MILLISECOND, fold=1) + 1
    except (OverflowError, ValueError):  # the end of year 9999
        return _LAST


def _instant(moment: datetime, fold: int) -> int:
    """A local time in ms since 1970 UTC, its first or second coming where it comes twice."""
    offset = moment.replace(fold=fold).utcoffset() or timedelta()
    return milliseconds(moment.replace(tzinfo=UTC)) - offset // _MILLISECOND


def _zone(offset: str | None, zone: str) -> tzinfo:
    """The zone of an offset as typed, or the viewer's."""
    if offset is None:
        return ZoneInfo(zone)
    if offset in "Zz":
        return UTC
    digits = offset[1:].replace(":", "").ljust(4, "0")
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-shift if offset[0] == "-" else shift)
