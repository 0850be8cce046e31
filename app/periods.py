"""The time range of a search in words, and the ranges that are one click away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from app import dates
from app.language import dated, gettext
from app.shown import offset
from store.query.times import Span

_MINUTE: Final = 60_000


@dataclass(frozen=True, slots=True)
class Preset:
    """A range to choose: its words, and the parameters that stand for it; they are relative, so that a link moves with time."""

    name: str
    words: str
    changes: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class End:
    """One end of the range as its button shows it: a day, or words where there is none, and the time of day.

    `typed` is what the field may be filled with when the end is only given by a span up to now.
    """

    day: str
    clock: str = ""
    typed: str = ""


def presets() -> list[Preset]:
    """The ranges to choose from, the shortest first."""
    named = [
        ("1h", gettext("Last hour"), {"range": "1h"}),
        ("24h", gettext("Last 24 hours"), {"range": "24h"}),
        ("today", gettext("Today"), {"from": "today"}),
        ("yesterday", gettext("Yesterday"), {"from": "yesterday", "to": "yesterday"}),
        ("7d", gettext("Last 7 days"), {"range": "7d"}),
        ("30d", gettext("Last 30 days"), {"range": "30d"}),
        ("1y", gettext("Last year"), {"range": "1y"}),
        ("all", gettext("All time"), {}),
    ]
    none = dict.fromkeys(("from", "to", "range"))
    return [Preset(name, words, {**none, **changes}) for name, words, changes in named]


def ends(arguments: Mapping[str, str], zone: str) -> dict[str, End]:
    """Both ends of the range in words; what cannot be read stands as it was typed."""
    now = datetime.now(UTC)
    span, start, end = (arguments.get(name) for name in ("range", "from", "to"))
    return {
        "from": _moment(start, zone, now, last=False) if start else _opening(span, zone, now),
        "to": _moment(end, zone, now, last=True) if end else End(gettext("now")),
    }


def words(arguments: Mapping[str, str]) -> str:
    """The time range of a search in words."""
    span, start, end = (arguments.get(name) for name in ("range", "from", "to"))
    if span:
        return gettext("in the last %(span)s", span=_spans().get(span, span))
    if start and end:
        return gettext("from %(start)s to %(end)s", start=start, end=end)
    if start:
        return gettext("from %(start)s", start=start)
    return gettext("to %(end)s", end=end) if end else gettext("over all time")


def clock(moment: datetime) -> str:
    """The time of day of a local time, with its offset where it comes twice."""
    written = moment.strftime("%H:%M:%S" if moment.second else "%H:%M")
    return f"{written} {offset(moment)}" if dates.doubled(moment) else written


def _opening(span: str | None, zone: str, now: datetime) -> End:
    """The start that was not typed: so long ago, or the first event."""
    if not span:
        return End(gettext("the first"))
    try:
        start = dates.before(now.astimezone(ZoneInfo(zone)), span)
    except (ValueError, OverflowError):
        return End(span)
    return End(gettext("%(span)s ago", span=_spans().get(span, span)), typed=dates.typed(start - start % _MINUTE, zone))


def _moment(typed: str, zone: str, now: datetime, *, last: bool) -> End:
    """A typed end as the time that it means: of From its first one, of To its last."""
    if typed.strip().lower() == "now":
        return End(gettext("now"))
    try:
        meant: Span = dates.unit(typed, zone, now)
        at = dates.local(meant.end - 1 if last else meant.start, zone)
    except (ValueError, OverflowError):
        return End(typed)
    if meant.end - meant.start >= _MINUTE:
        at = at.replace(second=0)  # the last minute, not its last second
    return End(dated(at, "EEE d MMM y"), clock(at))


def _spans() -> dict[str, str]:
    """The ranges up to now that have words of their own."""
    return {
        "1h": gettext("1 hour"),
        "24h": gettext("24 hours"),
        "7d": gettext("7 days"),
        "30d": gettext("30 days"),
        "1y": gettext("1 year"),
    }
