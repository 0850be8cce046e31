"""How long the intervals are that events are counted in, and which of them suits a stretch of time."""

from typing import Final

from app.services import services
from app.viewer import scope
from store.events import INTERVALS, Page, Query, Sort

_HOUR: Final = 3_600_000
_DAY: Final = 24 * _HOUR
# The shortest that each can be, in ms: a day, and what is made of days, is an hour shorter when the clocks are put forward.
SHORTEST: Final = dict(
    zip(
        INTERVALS,
        (
            _HOUR // 4, _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY - _HOUR, 7 * _DAY - _HOUR, 28 * _DAY - _HOUR, 365 * _DAY, 3652 * _DAY,
        ),
        strict=True,
    )
)  # fmt: skip


def suiting(length: int, most: int) -> str:
    """The shortest interval of which fewer than `most` fit into a length of time (ms); the longest where none is long enough."""
    return next((name for name, shortest in SHORTEST.items() if length / shortest < most), INTERVALS[-1])


def extent(query: Query) -> tuple[int, int] | None:
    """From when to when (ms, both included) there are matches; None where there are none.

    A page of one row from either end: no engine has to look at all matches for it.
    """
    store = services().store
    ends = [
        found.events[0].timestamp
        for descending in (False, True)
        if (found := store.search(query, scope(), Page(Sort(descending=descending), limit=1))).events
    ]
    return (ends[0], ends[1]) if ends else None
