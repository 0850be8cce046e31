"""Counts over the months: quarter hours for histograms, and the most frequent values, exactly."""

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import tantivy

from store.columns import COLUMN, Column, Role, whole
from store.embedded.alphabet import decode, encode
from store.embedded.ask import Ask, Asking
from store.embedded.compile import LAST, all_of, between, numbers, one_of
from store.embedded.failures import reading
from store.embedded.schema import SCHEMA
from store.histogram import QUARTER

_Value: TypeAlias = str | int

# The engine gives up on an answer of more than 65,000 buckets. A month has 2,976 quarter hours, so 20 types stay below it.
_TYPES: Final = 20
_NAMED: Final = 100  # values that each part of a month names to whoever is still typing
_SPARE: Final = 4  # times as many as are asked for are counted in all months: counts may change their order
_FEW: Final = 1_000
_MANY: Final = 50_000
_ALL: Final = 2**31 - 1  # values counted within a segment: all, so that its counts are exact


def quarters(asks: Sequence[Ask]) -> Iterator[tuple[int, str, int]]:
    """(start of a quarter hour in ms UTC, event type, count) of all months."""
    for ask in asks:
        kinds = [kind for kind, _ in highest([ask], "type", _ALL)]
        for first in range(0, len(kinds), _TYPES):
            some = ask.query if len(kinds) <= _TYPES else all_of([ask.query, one_of("type", kinds[first : first + _TYPES])])
            yield from _quarters(ask, some)


def _quarters(ask: Ask, wanted: tantivy.Query) -> Iterator[tuple[int, str, int]]:
    by_time = {"histogram": {"field": "timestamp", "interval": QUARTER, "min_doc_count": 1}}
    with reading(ask.partition.path):
        answer = ask.searcher.aggregate(wanted, {"kinds": {"terms": {"field": "type", "size": _TYPES}, "aggs": {"times": by_time}}})
    for kind in answer["kinds"]["buckets"]:
        for time in kind["times"]["buckets"]:
            yield int(time["key"]), decode(kind["key"]), time["doc_count"]


def highest(asks: Sequence[Ask], field: str, limit: int) -> list[tuple[str, int]]:
    """The `limit` most frequent values with their counts over all months, ties in order of value.

    The counts of the values listed are exact, and so is the choice of them: a span of values is split until nothing left out of it can be
    among the highest. (Of tags, of which an event has many, up to 50,000 different ones a month are looked at.)
    """
    best: dict[_Value, int] = {}
    spans = [_Span(COLUMN[field], None, None)]
    while spans:
        span = spans.pop()
        for size in (_FEW, _MANY):
            tally = _Tally.of(asks, span, size)
            best = _highest({**best, **tally.exact(asks, span, best, limit)}, limit)
            if tally.unseen == 0 or (len(best) >= limit and tally.unseen < min(best.values())):
                break
        else:
            spans += span.halves(tally.values)
    return [(str(value), count) for value, count in best.items()]


def beginning_with(asking: Asking, asks: Sequence[Ask], field: str, beginning: str, limit: int) -> list[tuple[str, int]]:
    """Frequent values that begin so (`EventStore.values`): each month names its first ones, and the best of those are counted in all."""
    column = COLUMN[field]
    if column.role is Role.INTEGER:
        return [(value, count) for value, count in highest(asks, field, _FEW) if value.startswith(beginning)][:limit]
    start = whole(beginning)
    span = _Span(column, start, start + LAST) if start else _Span(column, None, None)
    named: Counter[_Value] = Counter()
    for counts in asking.each(lambda ask: _named(ask, span), asks):
        named.update({value: count for value, count in counts.items() if str(value).startswith(start)})
    best = list(_highest(named, _SPARE * limit))
    exact: Counter[_Value] = Counter()
    for counts in asking.each(lambda ask: _counted(ask, span.only(ask.query, best), column, _MANY)[0], asks if best else ()):
        exact.update({value: counts[value] for value in best if value in counts})
    return [(str(value), count) for value, count in _highest(exact, limit).items()]


def _named(ask: Ask, span: "_Span") -> dict[_Value, int]:
    """The most frequent values of a span in a month, as the parts of the month rank them: to look up each by its name takes the time."""
    size = _FEW if span.column.many else _NAMED  # with a tag all others of its events are named
    terms = {"field": span.column.name, "size": size, "segment_size": size}
    with reading(ask.partition.path):
        answer = ask.searcher.aggregate(span.within(ask.query), {"values": {"terms": terms}})["values"]
    return {_value(bucket["key"]): bucket["doc_count"] for bucket in answer["buckets"]}


@dataclass(frozen=True, slots=True)
class _Span:
    """The values of a column from `low` to below `high`; None is open."""

    column: Column
    low: _Value | None
    high: _Value | None

    def within(self, wanted: tantivy.Query) -> tantivy.Query:
        """A query kept to this span."""
        if self.low is None and self.high is None:
            return wanted
        if self.column.role is Role.INTEGER:
            low, high = (None if end is None else int(end) for end in (self.low, self.high))
            return all_of([wanted, numbers(self.column.name, low, high, high_open=True)])
        start, end = (None if end is None else str(end) for end in (self.low, self.high))
        return all_of([wanted, between(self.column.name, start, end, high_open=True)])

    def only(self, wanted: tantivy.Query, values: Sequence[_Value]) -> tantivy.Query:
        """A query kept to some values."""
        terms = [encode(value) if isinstance(value, str) else value for value in values]
        return all_of([wanted, tantivy.Query.term_set_query(SCHEMA, self.column.name, terms)])

    def halves(self, values: Sequence[_Value]) -> list["_Span"]:
        """Two spans that part some of its values in the middle; none where it cannot be parted."""
        if self.column.many or len(values) <= 1:
            return []
        middle = sorted(values)[len(values) // 2]
        return [_Span(self.column, self.low, middle), _Span(self.column, middle, self.high)]


@dataclass(frozen=True, slots=True)
class _Tally:
    """The most frequent values of a span: for each month their counts, and how many a value that is not listed may have at most."""

    months: list[dict[_Value, int]]
    bounds: list[int]

    @classmethod
    def of(cls, asks: Sequence[Ask], span: _Span, size: int) -> "_Tally":
        """Ask each month for its `size` most frequent values."""
        counted = [_counted(ask, span.within(ask.query), span.column, size) for ask in asks]
        return cls([counts for counts, _ in counted], [bound for _, bound in counted])

    @property
    def unseen(self) -> int:
        """How many events a value may have at most that no month lists."""
        return sum(self.bounds)

    @property
    def values(self) -> list[_Value]:
        """The values that some month lists."""
        return list(set().union(*self.months))

    def exact(self, asks: Sequence[Ask], span: _Span, best: dict[_Value, int], limit: int) -> dict[_Value, int]:
        """The exact counts of those listed values that can be among the highest."""
        least: Counter[_Value] = Counter()
        for counts in self.months:
            least.update(counts)
        if self.unseen == 0:
            return least
        bar = min(_highest({**best, **least}, limit).values(), default=0)
        near = [value for value in least if self._most(value) >= bar]
        exact: Counter[_Value] = Counter()
        for ask in asks:
            for first in range(0, len(near), _MANY):
                some = near[first : first + _MANY]
                counts, _ = _counted(ask, span.only(ask.query, some), span.column, _MANY)
                exact.update({value: counts[value] for value in some if value in counts})
        return exact

    def _most(self, value: _Value) -> int:
        return sum(counts.get(value, bound) for counts, bound in zip(self.months, self.bounds, strict=True))


def _counted(ask: Ask, wanted: tantivy.Query, column: Column, size: int) -> tuple[dict[_Value, int], int]:
    """The most frequent values of a month with exact counts, and the count that one not listed can have at most."""
    terms = {"field": column.name, "size": size, "segment_size": _ALL}
    with reading(ask.partition.path):
        answer = ask.searcher.aggregate(wanted, {"values": {"terms": terms}})["values"]
    counts: dict[_Value, int] = {_value(bucket["key"]): bucket["doc_count"] for bucket in answer["buckets"]}
    return counts, (min(counts.values()) if answer["sum_other_doc_count"] else 0)


def _highest(counts: dict[_Value, int], limit: int) -> dict[_Value, int]:
    """The highest, in order."""
    return dict(heapq.nsmallest(limit, counts.items(), key=lambda item: (-item[1], item[0])))


def _value(key: str | float) -> _Value:
    """A value as the events have it; the engine gives whole numbers as floating point."""
    return decode(key) if isinstance(key, str) else int(key)
