"""Parameters and dates: what is read, and the error that names the parameter and the cure."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import dates, params
from app.params import BadParameterError
from store.event import milliseconds
from store.events import MAX_LIMIT, Sort
from store.fields import FIELDS

AMSTERDAM = "Europe/Amsterdam"


def utc(text: str) -> int:
    """An ISO time as ms since 1970 UTC."""
    return milliseconds(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2024-11-01", "2024-10-31T23:00Z", "2024-11-01T23:00Z"),
        ("2024-11", "2024-10-31T23:00Z", "2024-11-30T23:00Z"),
        ("2024-12", "2024-11-30T23:00Z", "2024-12-31T23:00Z"),
        ("1-11-2024", "2024-10-31T23:00Z", "2024-11-01T23:00Z"),
        ("2024-11-01T12:00", "2024-11-01T11:00Z", "2024-11-01T11:01Z"),
        ("2024-11-01 12:00", "2024-11-01T11:00Z", "2024-11-01T11:01Z"),
        ("2024-11-01T12:00:30", "2024-11-01T11:00:30Z", "2024-11-01T11:00:31Z"),
        ("2024-11-01T12:00:30.250", "2024-11-01T11:00:30.250Z", "2024-11-01T11:00:30.251Z"),
        ("2024-11-01T12:00Z", "2024-11-01T12:00Z", "2024-11-01T12:01Z"),
        ("2024-11-01T12:00+05:30", "2024-11-01T06:30Z", "2024-11-01T06:31Z"),
        ("2024-11-01T12:00-0530", "2024-11-01T17:30Z", "2024-11-01T17:31Z"),
        ("2024-11-01T12:00 01:00", "2024-11-01T11:00Z", "2024-11-01T11:01Z"),  # the + of an unescaped URL
        ("2026-03-29", "2026-03-28T23:00Z", "2026-03-29T22:00Z"),  # a day of 23 hours
        ("2026-10-25", "2026-10-24T22:00Z", "2026-10-25T23:00Z"),  # a day of 25 hours
        ("2026-10-25T02:30", "2026-10-25T00:30Z", "2026-10-25T01:31Z"),  # an hour that comes twice: all of both
    ],
)
def test_a_date_is_the_whole_of_the_unit_typed(text: str, start: str, end: str) -> None:
    """As a lower end it is the start of that unit, as an upper end its end, in the zone asked for."""
    assert params.period(text, text, None, AMSTERDAM) == (utc(start), utc(end))


@pytest.mark.parametrize(
    "text",
    [
        "tomorrow",
        "2024-13-01",
        "2024-02-30",
        "2024-11-01T25:00",
        "2024-11-01T1",
        "24-11-01",
        "2024-11-01T12:00+99:99",
        "0000-01-01",
        "2024-1-1",
        "\u0662\u0660\u0662\u0664-11-01",
        "2024-11-01\0",
        "1e9",
    ],
)
@pytest.mark.parametrize("name", ["from", "to"])
def test_a_date_that_cannot_be_read_names_its_parameter_and_the_form(name: str, text: str) -> None:
    """Never a guess and never a range that is silently wider."""
    start, end = (text, None) if name == "from" else (None, text)
    with pytest.raises(BadParameterError, match="Write 2024-11-01") as caught:
        params.period(start, end, None, "UTC")
    assert caught.value.name == name


def test_a_start_after_the_end_is_refused() -> None:
    """An empty range would look like an empty store."""
    with pytest.raises(BadParameterError) as caught:
        params.period("2024-11-10", "2024-11-01", None, "UTC")
    assert str(caught.value) == "From (10 Nov 2024) is later than To (1 Nov 2024). Exchange the two."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2024-11-01", "1 Nov 2024"),
        ("2026-03-29", "29 Mar 2026"),
        ("2024-02", "Feb 2024"),
        ("2024", "2024"),
        ("2024-11-01T09:05", "1 Nov 2024 09:05"),
        ("2024-11-01T09:05:07", "1 Nov 2024 09:05:07"),
    ],
)
def test_a_date_reads_as_the_unit_typed(text: str, words: str) -> None:
    """A day without a time, a month without a day."""
    assert dates.words(dates.unit(text, AMSTERDAM, datetime.now(UTC)), AMSTERDAM) == words


def test_dates_beyond_the_calendar_are_refused_as_typed() -> None:
    """The first day of the calendar begins before it in Amsterdam."""
    with pytest.raises(BadParameterError, match=r"From \(31 Dec 9999\) is later than To \(0001-01-01\)"):
        params.period("9999-12-31", "0001-01-01", None, AMSTERDAM)


def test_everything_that_is_wrong_is_found_at_once() -> None:
    """Both dates, the order and the query; what is right is not named."""
    wrong = params.faults({"q": "(a", "from": "1 april", "to": "2026-02-30", "sort": "x"}, "UTC")
    assert [type(each).__name__ for each in wrong] == ["BadParameterError"] * 3 + ["BadQueryError"]
    assert (
        params.faults({"q": "a", "from": "2026-04-01", "range": "", "sort": "-type"} | {"range": "7d"}, "UTC")[0]
        .args[0]
        .startswith("range")
    )
    assert params.faults({"q": "a", "to": "now"}, "UTC") == []


@given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)), st.sampled_from([AMSTERDAM, "UTC", "Asia/Kathmandu", "America/St_Johns"]))  # noqa: DTZ001 - times of that zone
def test_every_minute_reads_back_as_itself(moment: datetime, zone: str) -> None:
    """A time written to the minute is that minute in that zone, all of it where the hour comes twice, and never nothing."""
    moment = moment.replace(second=0, microsecond=0)
    low, high = params.period(f"{moment:%Y-%m-%dT%H:%M}", f"{moment:%Y-%m-%dT%H:%M}", None, zone)
    first, last = (milliseconds(moment.replace(tzinfo=ZoneInfo(zone), fold=fold)) for fold in (0, 1))
    assert (low, high) == (first, last + 60_000 if first <= last else first + 1)


@pytest.mark.parametrize(
    ("span", "start"),
    [
        ("15m", "2026-03-31T11:45Z"),
        ("24h", "2026-03-30T12:00Z"),
        ("7D", "2026-03-24T12:00Z"),
        ("2w", "2026-03-17T12:00Z"),
        ("1mo", "2026-02-28T12:00Z"),
        ("13mo", "2025-02-28T12:00Z"),
        ("1y", "2025-03-31T12:00Z"),
    ],
)
def test_a_span_ends_now(span: str, start: str) -> None:
    """Months go back to the same day, or to the last one of a shorter month; nothing of the future is in it."""
    now = datetime(2026, 3, 31, 12, tzinfo=UTC)
    assert params.period(None, None, span, "UTC", now) == (utc(start), milliseconds(now))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("today", None, ("2026-03-28T23:00Z", None)),
        ("Yesterday", "yesterday", ("2026-03-27T23:00Z", "2026-03-28T23:00Z")),
        ("yesterday", "today", ("2026-03-27T23:00Z", "2026-03-29T22:00Z")),  # the clock is put forward: 23 hours
        ("2026-03-01", " NOW ", ("2026-02-28T23:00Z", "2026-03-29T00:30:00.001Z")),
    ],
)
def test_now_today_and_yesterday_are_those_of_the_zone(start: str, end: str | None, expected: tuple[str, str | None]) -> None:
    """It is half past one at night in Amsterdam, while UTC is still at the same day's start."""
    now = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert params.period(start, end, None, AMSTERDAM, now) == tuple(text and utc(text) for text in expected)


@pytest.mark.parametrize("span", ["7", "d", "0d", "-7d", "7 days", "99999d", "9999y", "1.5h"])
def test_a_span_that_cannot_be_read_says_the_form(span: str) -> None:
    """Also one that would end before the calendar begins."""
    with pytest.raises(BadParameterError, match="Write a number and a unit") as caught:
        params.period(None, None, span, "UTC")
    assert caught.value.name == "range"


def test_a_span_beside_dates_is_refused() -> None:
    """One of the two would have to be dropped."""
    with pytest.raises(BadParameterError, match="either range, or from and to"):
        params.period("2024-11-01", None, "7d", "UTC")


@given(st.text(max_size=40))
def test_no_text_makes_dates_fail_otherwise(text: str) -> None:
    """Whatever is typed is read or refused as a ValueError."""
    for reading in (lambda: dates.unit(text, AMSTERDAM, datetime.now(UTC)).end, lambda: dates.before(datetime.now(UTC), text)):
        try:
            assert isinstance(reading(), int)
        except ValueError:
            continue


@pytest.mark.parametrize("field", [field.name for field in FIELDS if field.sortable])
def test_every_sortable_field_sorts_both_ways(field: str) -> None:
    """By its name, with - before it for descending; the order reads back from its text."""
    assert params.order(field) == Sort(field)
    assert params.order(f"-{field}") == Sort(field, descending=True)
    assert params.order(Sort(field, descending=True).text) == Sort(field, descending=True)


def test_an_order_may_be_named_by_an_alias_and_defaults_to_old_first() -> None:
    """`to` is `recipient`, as in the query language."""
    assert params.order("-To") == Sort("recipient", descending=True)
    assert params.order(None) == Sort("timestamp")


@pytest.mark.parametrize("text", ["raw", "tags", "nothing", "--type", "type,sender", "-"])
def test_an_order_by_what_is_no_field_names_the_fields(text: str) -> None:
    """Stored and many-valued fields have no order."""
    with pytest.raises(BadParameterError, match=r"Use id, timestamp") as caught:
        params.order(text)
    assert caught.value.name == "sort"


@pytest.mark.parametrize("text", ["0", "1001", "abc", "-1", "1.0", "1e2", "\u0661", "9" * 5000])
def test_a_limit_out_of_bounds_is_refused_with_the_bounds(text: str) -> None:
    """Bounded in both directions, in ASCII digits."""
    with pytest.raises(BadParameterError, match=r"from 1 to 1,000\.$"):
        params.limit(text)


def test_limits_within_bounds_are_taken() -> None:
    """Both ends count; without one there is a default."""
    assert [params.limit("1"), params.limit(" 1000 "), params.limit(None)] == [1, MAX_LIMIT, params.DEFAULT_LIMIT]


@pytest.mark.parametrize("text", ["Mars/Base", "../../etc/passwd", "/etc/passwd", "Europe", "a" * 5000, "\0", "Europe/\ud800"])
def test_a_zone_that_does_not_exist_is_refused(text: str) -> None:
    """Folders, paths and rubbish included."""
    with pytest.raises(BadParameterError, match="Europe/Amsterdam or UTC"):
        params.time_zone(text, "UTC")


def test_unknown_and_repeated_parameters_are_refused() -> None:
    """Either would widen the search without a word; blank ones count as left out, but for q."""
    with pytest.raises(BadParameterError, match=r'"form" is not a parameter here\. Use from or to'):
        params.once([("form", ["x"])], ("from", "to"))
    with pytest.raises(BadParameterError, match="given 2 times"):
        params.once([("from", ["a", "b"])], ("from", "to"))
    assert params.once([("from", [" "]), ("to", ["x"]), ("q", ["  "])], ("from", "to", "q")) == {"to": "x", "q": "  "}


def test_a_wrong_value_is_repeated_only_in_part() -> None:
    """An answer stays small whatever was sent."""
    with pytest.raises(BadParameterError) as caught:
        params.limit("x" * 100_000)
    assert len(str(caught.value)) < 200


def test_a_range_of_now_is_not_in_the_future() -> None:
    """Without a clock given, a span counts from the time of asking."""
    start, end = params.period(None, None, "1h", "UTC")
    assert start is not None
    assert end == start + 3_600_000
    assert abs(start - milliseconds(datetime.now(UTC) - timedelta(hours=1))) < 60_000
