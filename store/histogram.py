"""Rolls quarter hours up to the hours, days, weeks and months of a time zone, summer time included.

Engines count in quarter hours of UTC: every zone's offset in use is a multiple of that, and what a local day is need be known only here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from store.event import milliseconds
from store.events import Bucket

QUARTER: Final = 900_000  # ms
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTES: Final = {"15m": 15, "1h": 60, "3h": 180, "6h": 360, "12h": 720}
_FINE: Final = {"15m", "1h"}  # an hour that comes twice when summer time ends is two of these
_MONTHS: Final = {"1M": 1, "1y": 12, "10y": 120}
_FIRST_MONTH: Final = 12  # of the calendar, whose first year is 1


def rolled_up(quarters: Iterable[tuple[int, str, int]], interval: str, zone: str) -> list[Bucket]:
    """Buckets in time order from (start of a quarter hour in ms UTC, event type, count), in any order and with repeats."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for start, kind, count in quarters:
        counts[start][kind] += count
    local = ZoneInfo(zone)
    buckets: dict[int, Bucket] = {}
    for start in sorted(counts):
        first = bucket_start(start, interval, local)
        if first not in buckets:
            buckets[first] = Bucket(first, bucket_end(start, interval, local), {})
        shown = buckets[first].counts
        for kind, count in sorted(counts[start].items()):
            shown[kind] = shown.get(kind, 0) + count
    return [buckets[first] for first in sorted(buckets)]


def bucket_start(moment: int, interval: str, zone: ZoneInfo) -> int:
    """When the local interval begins that a moment (ms UTC) falls in."""
    local = _local(moment, zone)
    return _instant(_floor(local.replace(tzinfo=None, fold=0), interval), zone, local.fold if interval in _FINE else 0)


def bucket_end(moment: int, interval: str, zone: ZoneInfo) -> int:
    """When the local interval ends that a moment falls in."""
    if interval in _FINE:
        # Step by step: an hour may be cut short, doubled or shifted by half by a change of the clocks.
        first = bucket_start(moment, interval, zone)
        while bucket_start(moment, interval, zone) == first:
            moment += QUARTER - moment % QUARTER
        return moment
    return _instant(_next(_floor(_local(moment, zone).replace(tzinfo=None, fold=0), interval), interval), zone, 0)


def _floor(wall: datetime, interval: str) -> datetime:
    """The wall-clock time at which the interval of this one begins; weeks begin on Monday."""
    if interval in _MINUTES:
        minutes = (wall.hour * 60 + wall.minute) // _MINUTES[interval] * _MINUTES[interval]
        return wall.replace(hour=minutes // 60, minute=minutes % 60, second=0, microsecond=0)
    day = wall.replace(hour=0, minute=0, second=0, microsecond=0)
    if interval in _MONTHS:
        month = wall.year * 12 + wall.month - 1
        return _month(max(_FIRST_MONTH, month - month % _MONTHS[interval]))
    match interval:
        case "1d":
            return day
        case "1w":
            return day - timedelta(days=day.weekday())
        case _:
            raise ValueError(f"{interval!r} is not an interval")


def _next(wall: datetime, interval: str) -> datetime:
    """The wall-clock time at which the interval after the one beginning at `wall` begins."""
    if interval in _MONTHS:
        month = wall.year * 12 + wall.month - 1
        return _month(month - month % _MONTHS[interval] + _MONTHS[interval])
    return wall + (timedelta(minutes=_MINUTES[interval]) if interval in _MINUTES else timedelta(days=7 if interval == "1w" else 1))


def _month(number: int) -> datetime:
    """The beginning of a month by its number, counted from January of a year 0."""
    return datetime(number // 12, number % 12 + 1, 1)  # noqa: DTZ001 - wall-clock time


def _local(moment: int, zone: ZoneInfo) -> datetime:
    return (_EPOCH + timedelta(milliseconds=moment)).astimezone(zone)


def _instant(wall: datetime, zone: ZoneInfo, fold: int) -> int:
    """Wall-clock time as ms UTC: of a time that comes twice the one `fold` says, of a time left out the moment of the change."""
    return milliseconds(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC))
