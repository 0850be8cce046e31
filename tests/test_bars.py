"""The reckoning behind the histogram: how time is parted into bars, how they are drawn, and how a bar's ends are written for the form."""

import re
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import bars, dates, params
from app.bars import Bar
from indexer.bounds import EARLIEST, LATEST
from store.event import milliseconds
from store.events import Bucket
from store.histogram import bucket_start

ZONES = st.sampled_from(["Europe/Amsterdam", "UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Havana"])
MOMENTS = st.integers(EARLIEST, LATEST - 1)
# From a minute to a century, each size as likely as the next.
LENGTHS = st.sampled_from([60_000, 3_600_000, 86_400_000, 604_800_000, 31_536_000_000]).flatmap(lambda size: st.integers(1, 80 * size))


@given(MOMENTS, LENGTHS, ZONES)
def test_any_stretch_of_time_is_parted_into_bars_without_gaps(start: int, length: int, zone: str) -> None:
    """At most 72 of them, from the start to the end, each on a local boundary but for what the search itself cuts off."""
    place, end = ZoneInfo(zone), min(start + length, LATEST)
    interval = bars.interval_of(start, end)
    found = bars.laid_out([], start, end, interval, place)
    assert 1 <= len(found) <= bars.MOST
    assert (found[0].start, found[-1].end) == (start, end)
    assert all(one.end == other.start for one, other in pairwise(found))
    assert all(bar.first == bucket_start(bar.start, interval, place) for bar in found)
    assert len(bars.ticks(found, interval, place)) <= 8


@given(st.integers(EARLIEST, LATEST - 81 * 86_400_000), st.integers(4, 80), ZONES)
def test_labels_of_several_days_say_the_days(start: int, days: int, zone: str) -> None:
    """Not the same hour of one day after the other."""
    place, end = ZoneInfo(zone), start + days * 86_400_000
    interval = bars.interval_of(start, end)
    ticks = bars.ticks(bars.laid_out([], start, end, interval, place), interval, place)
    assert not {tick.interval for tick in ticks} & {"15m", "1h", "3h", "6h"}


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["send", "bounce", "odd"]), st.integers(1, 10**9)), max_size=40))
def test_bars_have_the_counts_of_the_store(counted: list[tuple[int, str, int]]) -> None:
    """Each under its hour and its type, and none is lost."""
    start, hour = milliseconds(datetime(2026, 10, 24, tzinfo=UTC)), 3_600_000
    buckets = [Bucket(start + place * hour, start + (place + 1) * hour, {kind: count}) for place, kind, count in counted]
    found = bars.laid_out(buckets, start, start + 31 * hour, "1h", ZoneInfo("Europe/Amsterdam"))
    assert sum(bar.total for bar in found) == sum(count for _, _, count in counted)
    for place, kind, count in counted:
        assert found[place].counts[kind] >= count


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(0, 10**9)), min_size=1, max_size=72))
def test_every_event_is_seen_and_no_bar_rises_above_the_drawing(counts: list[dict[str, int]]) -> None:
    """However few beside however many."""
    drawn = bars.paths([Bar(0, 0, 0, each) for each in counts], ["a", "b", "c"])
    for kind in "abc":
        places = [int(place) for place in re.findall(r"M(\d+) ", drawn.get(kind, ""))]
        assert places == [10 * number + 1 for number, each in enumerate(counts) if each.get(kind)]
    for foot, height in re.findall(r"M\d+ (-?\d+)h8v(\d+)h-8z", "".join(drawn.values())):
        assert int(foot) >= 0
        assert int(height) >= 12
        assert int(foot) + int(height) <= bars.HEIGHT


@given(MOMENTS, st.integers(1, 10**11), ZONES, st.sampled_from([1, 1_000, 60_000]))
def test_the_ends_of_a_bar_are_read_back_as_they_were_written(start: int, length: int, zone: str, step: int) -> None:
    """In whatever zone, the hour that comes twice included."""
    low = start - start % step
    high = min(low + length - length % step + step, LATEST)
    high -= high % step
    assert params.period(dates.typed(low, zone), dates.typed_last(high, zone), None, zone) == (low, high)


@pytest.mark.parametrize(
    ("moment", "typed", "last"),
    [
        (datetime(2026, 11, 17, 0, 0, tzinfo=UTC), "2026-11-17 01:00", "2026-11-17 00:59"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25 02:30+02:00", "2026-10-25 02:29+02:00"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25 02:30+01:00", "2026-10-25 02:29+01:00"),
        (datetime(2026, 11, 17, 0, 0, 5, tzinfo=UTC), "2026-11-17 01:00:05", "2026-11-17 01:00:04"),
    ],
)
def test_ends_are_written_as_briefly_as_they_can_be(moment: datetime, typed: str, last: str) -> None:
    """To the minute where that will do; with an offset only in the hour that comes twice."""
    assert dates.typed(milliseconds(moment), "Europe/Amsterdam") == typed
    assert dates.typed_last(milliseconds(moment), "Europe/Amsterdam") == last
