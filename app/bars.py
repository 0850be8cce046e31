"""The bars of the histogram: which stretch of time each stands for, how many events of each type it has, and how it is drawn.

Pure reckoning: what is counted comes from the store, words and links are made in `app.chart`.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final
from zoneinfo import ZoneInfo

from app.intervals import suiting
from store.events import INTERVALS, Bucket
from store.histogram import bucket_end, bucket_start

MOST: Final = 72  # bars: each is wide enough to be hit with a finger on a tablet
_LABELS: Final = 8  # below the bars, so that they do not run into each other
_WIDTH: Final = 10  # units of the drawing that a bar takes, its gap included
_GAP: Final = 1  # of them on either side
HEIGHT: Final = 1_000  # units
_LEAST: Final = 12  # units that a part is high at least: about a pixel, so that a single event among thousands is seen


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: from `start` up to `end` (ms since 1970 UTC), cut to what was searched, with its counts by type.

    `first` is the beginning of the local interval that it belongs to.
    """

    first: int
    start: int
    end: int
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many events."""
        return sum(self.counts.values())


def interval_of(start: int, end: int) -> str:
    """The shortest interval that parts a stretch of time (ms) into at most `MOST` bars, a cut one at either end included."""
    return suiting(end - start, MOST - 2)


def laid_out(buckets: Sequence[Bucket], start: int, end: int, interval: str, zone: ZoneInfo) -> list[Bar]:
    """Bars without gaps from `start` up to `end` (ms), on the local boundaries of an interval, with the counts of the store's buckets."""
    firsts = [bucket_start(start, interval, zone)]
    while (following := bucket_end(firsts[-1], interval, zone)) < end:
        firsts.append(following)
    counts: list[dict[str, int]] = [{} for _ in firsts]
    for bucket in buckets:
        held = counts[max(0, bisect_right(firsts, bucket.start) - 1)]
        for kind, count in bucket.counts.items():
            held[kind] = held.get(kind, 0) + count
    ends = [*firsts[1:], following]
    return [Bar(first, max(first, start), min(last, end), held) for first, last, held in zip(firsts, ends, counts, strict=True)]


def paths(bars: Sequence[Bar], kinds: Sequence[str]) -> dict[str, str]:
    """For each type that has events the outline of its parts of all bars, stacked in this order, in a box of `width` by `HEIGHT`."""
    highest = max((bar.total for bar in bars), default=0)
    # What small parts are given more than their share is taken off the scale, so that no bar rises above the box.
    small = max((sum(0 < count * HEIGHT < _LEAST * highest for count in bar.counts.values()) for bar in bars), default=0)
    scale = (HEIGHT - _LEAST * small) / highest if highest else 0
    drawn: dict[str, list[str]] = {}
    for place, bar in enumerate(bars):
        foot = HEIGHT
        for kind in kinds:
            if count := bar.counts.get(kind, 0):
                height = max(_LEAST, int(count * scale))
                foot -= height
                across = _WIDTH - 2 * _GAP
                drawn.setdefault(kind, []).append(f"M{place * _WIDTH + _GAP} {foot}h{across}v{height}h-{across}z")
    return {kind: "".join(parts) for kind, parts in drawn.items()}


def width(bars: Sequence[Bar]) -> int:
    """How wide the box is that they are drawn in."""
    return len(bars) * _WIDTH


@dataclass(frozen=True, slots=True)
class Tick:
    """A label below the bars: before which bar, how far from the left (percent), and which interval begins there."""

    bar: int
    left: float
    interval: str


def ticks(bars: Sequence[Bar], interval: str, zone: ZoneInfo) -> list[Tick]:
    """Where labels stand: at the beginnings of hours, days or more, whichever gives few enough of them.

    Of hours none is left out: every other noon would not say which day it is.
    """
    for each in INTERVALS[INTERVALS.index(interval) :]:
        begun = [place for place, bar in enumerate(bars) if _begins(bars, place, bar, each, zone)]
        if len(begun) <= (_LABELS if INTERVALS.index(each) < INTERVALS.index("1d") else 3 * _LABELS):
            break
    stride = max(1, ceil(len(begun) / _LABELS))
    return [Tick(place, round(100 * place / len(bars), 2), each) for place in begun[::stride]]


def _begins(bars: Sequence[Bar], place: int, bar: Bar, interval: str, zone: ZoneInfo) -> bool:
    """Whether another, longer interval begins with this bar (or, of weeks and months, within it)."""
    begun = bucket_start(bar.first, interval, zone)
    return begun == bar.first or (place > 0 and begun != bucket_start(bars[place - 1].first, interval, zone))
