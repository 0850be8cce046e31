"""How long events are kept: durations as people write them, and the day before which events go."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from store.event import milliseconds

DEFAULT: Final = "13mo"
_DURATION: Final = re.compile(r"([1-9]\d{0,4})(d|mo|y)")


class BadDurationError(ValueError):
    """A duration that cannot be read; the text says how to write one."""


def cut(older_than: str, today: date) -> int:
    """The first moment (ms, UTC) of the day so long before `today`: what is older goes. The 31st of a month without one is its last day.

    Raises `BadDurationError`.
    """
    found = _DURATION.fullmatch(older_than.strip().lower())
    if not found:
        raise BadDurationError(f"{older_than!r} is not a time to keep events. Write a number of days, months or years: 90d, 13mo, 2y.")
    number, unit = int(found[1]), found[2]
    try:
        day = today - timedelta(days=number) if unit == "d" else _months_before(today, number * (12 if unit == "y" else 1))
    except (OverflowError, ValueError) as error:
        raise BadDurationError(f"{older_than!r} is longer than there is a calendar.") from error
    return milliseconds(datetime.combine(day, time(), UTC))


def _months_before(day: date, months: int) -> date:
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))
