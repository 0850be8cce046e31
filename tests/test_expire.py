"""Retention: what a cut means, and `portal expire` on both engines."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from commands import portal, told, written
from samples import mail

from app.retention import BadDurationError, cut
from app.settings import Settings
from store.event import Event, event_id, milliseconds

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
DAY = 86_400_000


def dated(moments: Sequence[datetime], sender: str) -> list[Event]:
    """An event of this sender at each of these moments."""
    return [
        msgspec.structs.replace(
            mail(number), id=event_id("expire", sender, str(number)), timestamp=milliseconds(moment), sender=sender, sender_domain=None
        )
        for number, moment in enumerate(moments)
    ]


@pytest.mark.parametrize(
    ("age", "today", "day"),
    [
        ("13mo", date(2026, 9, 30), date(2025, 8, 30)),
        ("1mo", date(2026, 3, 31), date(2026, 2, 28)),
        ("1mo", date(2026, 1, 15), date(2025, 12, 15)),
        ("12mo", date(2024, 2, 29), date(2023, 2, 28)),
        ("2y", date(2026, 9, 30), date(2024, 9, 30)),
        ("90D", date(2026, 9, 30), date(2026, 7, 2)),
    ],
)
def test_a_cut_is_the_start_of_a_day(age: str, today: date, day: date) -> None:
    """Days, calendar months and years before today; a day that a month does not have is its last."""
    assert cut(age, today) == milliseconds(datetime(day.year, day.month, day.day, tzinfo=UTC))


@pytest.mark.parametrize("age", ["", "13", "mo", "0d", "-1d", "1.5y", "13 months", "99999y", "9999999d", "3w"])
def test_an_age_that_cannot_be_read_is_wrong_usage(age: str) -> None:
    """With how to write one, and before anything is removed."""
    with pytest.raises(BadDurationError):
        cut(age, date(2026, 9, 30))
    result = portal("expire", "--older-than", age)
    assert result.exit_code == 2
    assert "13mo" in result.stderr or "calendar" in result.stderr


def test_months_go_whole_and_the_month_of_the_cut_in_part(settings: Settings) -> None:
    """A dry run tells exactly what then goes; the second run finds nothing; what is a millisecond younger than the cut stays."""
    limit = TODAY - timedelta(days=200)
    first = limit.replace(day=1)
    old = [limit - timedelta(days=400), first - timedelta(milliseconds=1)]
    partly = [limit - timedelta(milliseconds=1)] if first < limit else []
    written(settings, dated([*old, *partly, limit, TODAY - timedelta(days=3)], "info@one.example"))
    planned = told("expire", "--older-than", "200d", "--dry-run")
    assert planned["before"] == 4 + len(partly)
    done = told("expire", "--older-than", "200d")
    assert done == {**planned, "dry_run": False}
    assert (done["removed"], done["after"]) == (2 + len(partly), 2)
    assert [month["whole"] for month in done["months"]] == [True, True, *(False for _ in partly)]
    assert told("expire", "--older-than", "200d") == {**done, "before": 2, "removed": 0, "after": 2, "months": []}


def test_the_default_is_thirteen_months(settings: Settings) -> None:
    """A bare run says what it did in words, one line a month, then the counts."""
    written(settings, dated([TODAY - timedelta(days=500), TODAY - timedelta(days=300)], "info@one.example"))
    planned = portal("expire", "--dry-run").stdout
    assert "1 event, the whole month" in planned
    assert "Would remove 1 event" in planned
    assert "2 -> 1." in portal("expire").stdout
    assert "Removed 0 events" in portal("expire").stdout


def test_one_customers_events_go_and_nobody_elses(settings: Settings) -> None:
    """By deletion, also in months that lie before the cut."""
    moments = [TODAY - timedelta(days=500), TODAY - timedelta(days=300)]
    written(settings, [*dated(moments, "info@one.example"), *dated(moments, "info@two.example")])
    done = told("expire", "--older-than", "1y", "--customer", "one.example")
    assert (done["before"], done["removed"], done["after"], done["customer"]) == (2, 1, 1, "one.example")
    assert [month["whole"] for month in done["months"]] == [False]
    assert told("expire", "--older-than", "1y", "--customer", "two.example", "--dry-run")["removed"] == 1
    assert "those of nobody.example" not in portal("expire", "--customer", "nobody.example").stdout


@pytest.mark.usefixtures("settings")
def test_without_events_there_is_nothing_to_expire() -> None:
    """No store is an error with what to do, as for every command that reads."""
    result = portal("expire")
    assert result.exit_code == 1
    assert "index something" in result.stderr
