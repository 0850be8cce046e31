"""Contract: histograms in local time, and the most frequent values."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest
from letters import LETTERS, sort_key

from store.event import event_id, milliseconds
from store.events import INTERVALS, EventStore, Query, Scope
from store.tree import Exact

ALL = Scope.operator()
ZONES = ("UTC", "Europe/Amsterdam", "Asia/Kathmandu", "Australia/Adelaide", "America/Havana", "Australia/Lord_Howe")


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("interval", INTERVALS)
def test_buckets_part_the_events(filled: EventStore, interval: str, zone: str) -> None:
    """Every event is counted once, under its type, in the bucket that its time falls in; buckets are in order and do not overlap."""
    buckets = filled.histogram(Query(), ALL, interval, zone)
    for bucket in buckets:
        inside = Counter(event.type.lower() for event in LETTERS if bucket.start <= event.timestamp < bucket.end)
        assert bucket.counts == inside
    assert sum(sum(bucket.counts.values()) for bucket in buckets) == len(LETTERS)
    assert all(one.end <= other.start for one, other in pairwise(buckets))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("interval", ["1d", "1w", "1M", "1y", "10y"])
def test_days_weeks_months_and_years_begin_at_local_midnight(filled: EventStore, interval: str, zone: str) -> None:
    """A day begins at 0:00 of the zone's clocks (weeks on Monday, months on the first, ten years in 2020), summer time or not."""
    for bucket in filled.histogram(Query(), ALL, interval, zone):
        for edge in (bucket.start, bucket.end):
            local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=edge)).astimezone(ZoneInfo(zone))
            assert (local.hour, local.minute, local.second) == (0, 0, 0)
            assert interval != "1w" or local.weekday() == 0
            assert interval not in ("1M", "1y", "10y") or local.day == 1
            assert interval not in ("1y", "10y") or local.month == 1
            assert interval != "10y" or local.year % 10 == 0


def hourly(start: datetime, hours: int) -> list[int]:
    """A time every quarter of an hour."""
    return [milliseconds(start) + quarter * 900_000 for quarter in range(hours * 4)]


@pytest.mark.parametrize(
    ("zone", "day", "quarters"),
    [
        ("Europe/Amsterdam", datetime(2024, 3, 31, tzinfo=UTC), 23 * 4),
        ("Europe/Amsterdam", datetime(2024, 10, 27, tzinfo=UTC), 25 * 4),
        ("Australia/Lord_Howe", datetime(2024, 4, 7, tzinfo=UTC), 24 * 4 + 2),
        ("Australia/Lord_Howe", datetime(2024, 10, 6, tzinfo=UTC), 24 * 4 - 2),
        ("America/Havana", datetime(2024, 11, 3, tzinfo=UTC), 25 * 4),
        ("Asia/Kathmandu", datetime(2024, 3, 31, tzinfo=UTC), 24 * 4),
    ],
)
def test_a_day_on_which_the_clocks_change_has_its_own_length(store: EventStore, zone: str, day: datetime, quarters: int) -> None:
    """23, 25 or 24.5 hours: an event each quarter of an hour shows how long the day's bucket is."""
    begin = day.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    times = hourly(begin - timedelta(hours=30), 90)
    store.write([msgspec.structs.replace(LETTERS[0], id=event_id("hourly", str(time)), timestamp=time) for time in times])
    buckets = {bucket.start: bucket for bucket in store.histogram(Query(), ALL, "1d", zone)}
    bucket = buckets[milliseconds(begin)]
    assert sum(bucket.counts.values()) == quarters
    assert bucket.end - bucket.start == quarters * 900_000


def test_the_hour_that_comes_twice_is_two_buckets(store: EventStore) -> None:
    """When summer time ends in Amsterdam, 2:00 to 3:00 is counted once for each time it comes."""
    times = hourly(datetime(2024, 10, 26, 23, tzinfo=UTC), 4)
    store.write([msgspec.structs.replace(LETTERS[0], id=event_id("twice", str(time)), timestamp=time) for time in times])
    assert [(b.end - b.start, sum(b.counts.values())) for b in store.histogram(Query(), ALL, "1h", "Europe/Amsterdam")] == [
        (3_600_000, 4)
    ] * 4


def test_a_histogram_counts_what_the_query_finds(filled: EventStore) -> None:
    """Tree and time range count: the ends of the range cut buckets."""
    start, end = LETTERS[20].timestamp, LETTERS[90].timestamp
    buckets = filled.histogram(Query(Exact("type", "bounce"), start, end), ALL, "1w", "Europe/Amsterdam")
    wanted = sum(event.type == "bounce" and start <= event.timestamp < end for event in LETTERS)
    assert {kind for bucket in buckets for kind in bucket.counts} == {"bounce"}
    assert sum(bucket.counts["bounce"] for bucket in buckets) == wanted


def test_a_histogram_takes_any_number_of_types(store: EventStore) -> None:
    """NDJSON may bring types of its own; none is left out."""
    times = [event.timestamp for event in LETTERS]
    events = [
        msgspec.structs.replace(LETTERS[0], id=event_id("types", str(n)), type=f"type {n}", timestamp=times[n % 150]) for n in range(300)
    ]
    store.write(events)
    total: Counter[str] = Counter()
    for bucket in store.histogram(Query(), ALL, "1M", "UTC"):
        total.update(bucket.counts)
    assert total == Counter(event.type for event in events)


@pytest.mark.parametrize(
    "field", ["type", "sender", "recipient", "remote_ip", "smtp_code", "status", "mx", "queue_id", "smtp_command", "tags"]
)
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_the_most_frequent_values_are_exact(filled: EventStore, field: str, limit: int) -> None:
    """Counts over all months, ties in order of value, values as they are searched for: in lower case."""
    counts: Counter[int | str] = Counter()
    for event in LETTERS:
        value = getattr(event, field)
        for each in value if isinstance(value, tuple) else (value,):
            if each is not None:
                counts[each if isinstance(each, int) else each.lower() if field != "remote_ip" else str(sort_key(event, field))] += 1
    if field == "remote_ip":
        counts = Counter(
            {str(v).removeprefix("::ffff:"): n for v, n in Counter(canonical(e.remote_ip) for e in LETTERS if e.remote_ip).items()}
        )
    wanted = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]
    assert filled.top(field, Query(), ALL, limit) == [(str(value), count) for value, count in wanted]


def canonical(address: str) -> str:
    """An address as it is written shortest."""
    return "2001:db8::1" if address.lower().startswith("2001") else address


def test_the_most_frequent_of_many_values_are_exact(store: EventStore) -> None:
    """A value that is in no month's list of the highest is found nevertheless, among thousands that occur once."""
    september, november = LETTERS[0].timestamp, LETTERS[-1].timestamp
    events = [
        msgspec.structs.replace(
            LETTERS[0], id=event_id("many", str(n)), queue_id=f"q{n % 3000:05}" if n < 6000 else "a often", timestamp=time
        )
        for n, time in enumerate([september] * 3000 + [november] * 3003)
    ]
    store.write(events)
    assert store.top("queue_id", Query(), ALL, 4) == [("a often", 3), ("q00000", 2), ("q00001", 2), ("q00002", 2)]
