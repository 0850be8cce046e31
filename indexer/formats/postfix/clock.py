"""The times of log lines: their date and zone as milliseconds since 1970 UTC."""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from indexer.bounds import check_time
from store.event import milliseconds

_MONTHS: Final = {name: number for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
# A host whose clock or zone is a little ahead of the reader's must not be taken for one of last year.
_AHEAD: Final = timedelta(days=2)
_LAST_MINUTE: Final = 59
_LEAP_YEARS: Final = 8  # 29 February is at most this many years back (1896 to 1904 was such a gap)


class Clock:
    """Reads the times of one block of lines.

    `zone` is for lines that name none; `modified` (seconds since 1970) dates those without a year: the last such day before it.
    """

    def __init__(self, zone: ZoneInfo, modified: float) -> None:
        self._zone = zone
        self._latest = datetime.fromtimestamp(min(max(modified, 0.0), 4e9), UTC) + _AHEAD
        self._minutes: dict[bytes, int] = {}
        self._hours: dict[tuple[bytes, bytes | None], int] = {}

    def read(self, date: bytes, fraction: bytes | None, zone: bytes | None) -> int:
        """`Nov 23 11:11:34` or `2026-11-23T11:11:34` (any separator), the digits after the point and the zone, as ms since 1970 UTC.

        Raises `ValueError` for a date there is not or that no log of Postfix can be of.
        """
        minute = date[:-3] + zone if zone else date[:-3]
        start = self._minutes.get(minute)
        if start is None:
            start = self._minutes[minute] = self._start(date, zone)
            check_time(start)
        time = start + int(date[-2:]) * 1000
        return time + int(fraction[:3].ljust(3, b"0")) if fraction else time

    def _start(self, date: bytes, zone: bytes | None) -> int:
        """When the minute began, reckoned from its hour; but not in an hour in which the clocks were changed."""
        hour, minute = (date[:-6], zone), int(date[-5:-3])
        begin = self._hours.get(hour)
        if begin is None or minute > _LAST_MINUTE:
            begin, end = (milliseconds(self._moment(date[:-5] + text, zone)) for text in (b"00:00", b"59:00"))
            if end - begin != _LAST_MINUTE * 60_000 or minute > _LAST_MINUTE:
                return milliseconds(self._moment(date, zone))
            self._hours[hour] = begin
        return begin + minute * 60_000

    def _moment(self, date: bytes, zone: bytes | None) -> datetime:
        """The minute in which the line was written."""
        hour, minute = int(date[-8:-6]), int(date[-5:-3])
        if not date[:4].isdigit():
            return self._without_year(_MONTHS.get(date[:3], 0), int(date[4:6]), hour, minute)
        moment = datetime(int(date[:4]), int(date[5:7]), int(date[8:10]), hour, minute, tzinfo=UTC)
        if not zone:
            return moment.replace(tzinfo=self._zone)
        return moment if zone == b"Z" else moment - _offset(zone)

    def _without_year(self, month: int, day: int, hour: int, minute: int) -> datetime:
        """The latest moment with this month and day that is not after the source's own date."""
        for year in range(self._latest.year, self._latest.year - _LEAP_YEARS - 1, -1):
            try:
                moment = datetime(year, month, day, hour, minute, tzinfo=self._zone)
            except ValueError:
                continue
            if moment <= self._latest:
                return moment
        raise ValueError("no such day")


def _offset(zone: bytes) -> timedelta:
    """`+01:00` or `+0100` as a duration."""
    size = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return -size if zone[:1] == b"-" else size
