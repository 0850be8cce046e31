"""Months of UTC, by which every engine parts its events: an event's own time decides where it lies."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from store.errors import StoreError
from store.event import Event, milliseconds

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_YEAR: Final = 9999
_DAY: Final = 86_400_000


def month_of(timestamp: int) -> str:
    """The month, as `2024-11`, of a time in ms since 1970 UTC; raises OverflowError outside the years 1 to 9999."""
    return _month_of_day(timestamp // _DAY)


def month_of_event(event: Event) -> str:
    """The event's month; raises `StoreError` for a time no calendar has."""
    try:
        return month_of(event.timestamp)
    except OverflowError as error:
        raise StoreError(f"The event {event.id[:64]!r} has a time outside the years 1 to 9999: {event.timestamp} ms.") from error


def bounds(month: str) -> tuple[int, int]:
    """The first ms of a month and the first ms after it."""
    year, number = int(month[:4]), int(month[5:])
    start = datetime(year, number, 1, tzinfo=UTC)
    if (year, number) == (_LAST_YEAR, 12):
        return milliseconds(start), milliseconds(start) + 31 * _DAY
    return milliseconds(start), milliseconds(datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC))


@lru_cache(1024)
def _month_of_day(day: int) -> str:
    moment = _EPOCH + timedelta(days=day)
    return f"{moment.year:04d}-{moment.month:02d}"
