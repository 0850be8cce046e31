"""Counts: quarter hours (or hours, where a zone needs no finer ones) for histograms, and the most frequent values, exactly."""

import heapq
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from store.columns import plain
from store.elastic.answers import Found
from store.elastic.compile import Dsl, all_of, compiled
from store.elastic.search import Pages, whole
from store.fields import BY_NAME, Kind
from store.tree import Any as Wild
from store.tree import Wildcard
from store.words import lower

_Value: TypeAlias = str | int

_PAGE: Final = 10_000  # buckets read at once
_FEW: Final = 1_000
_MANY: Final = 50_000  # below what one answer may hold (`search.max_buckets`)
_HOUR: Final = 3600
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def quarters(pages: Pages, wanted: Dsl, months: Sequence[tuple[int, int]], interval: str, zone: str) -> Iterator[tuple[int, str, int]]:
    """(start of a quarter hour or hour in ms UTC, event type, count), month by month (each from `start` to below `end`, ms)."""
    for start, end in months:
        step = "1h" if interval != "15m" and _on_the_hour(start, end, ZoneInfo(zone)) else "15m"
        within = all_of([wanted, {"range": {"timestamp": {"gte": start, "lt": end}}}])
        sources = [
            {"time": {"date_histogram": {"field": "timestamp", "fixed_interval": step}}},
            {"type": {"terms": {"field": "type"}}},
        ]
        for bucket in _composite(pages, within, sources):
            yield bucket["key"]["time"], bucket["key"]["type"], bucket["doc_count"]


def _on_the_hour(start: int, end: int, zone: ZoneInfo) -> bool:
    """Whether the zone is whole hours from UTC all that time."""
    moment, last = (_EPOCH + timedelta(milliseconds=each) for each in (start, end - 1))
    while moment <= last:
        offset = zone.utcoffset(moment.astimezone(zone))
        if offset is None or offset.total_seconds() % _HOUR:
            return False
        if last - moment < timedelta(days=1):
            return zone.utcoffset(last.astimezone(zone)).total_seconds() % _HOUR == 0  # type: ignore[union-attr]  # a zone has one
        moment += timedelta(days=1)
    return True


def highest(pages: Pages, wanted: Dsl, field: str, limit: int) -> list[tuple[str, int]]:
    """The `limit` most frequent values with their exact counts, ties in order of value.

    The cluster's own ranking may miss values where each index gives only its first ones. So what may be missed is reckoned, the listed
    values are counted once more, and where something left out could belong among the highest, more are asked for; in the end all.
    """
    for size in (max(_FEW, 2 * limit), _MANY):
        counts, unseen = _ranked(pages, wanted, field, size)
        best = _first(counts, limit)
        if unseen == 0 or (len(best) >= limit and unseen < best[-1][1]):
            return [(str(value), count) for value, count in best]
    counted = ((bucket["key"]["value"], bucket["doc_count"]) for bucket in _every(pages, wanted, field))
    return [(str(value), count) for value, count in heapq.nsmallest(limit, counted, key=_rank)]


def beginning_with(pages: Pages, wanted: Dsl, field: str, beginning: str, limit: int) -> list[tuple[str, int]]:
    """Frequent values that begin so (`EventStore.values`): those that the cluster names, counted exactly."""
    start = lower(plain(beginning))
    text = BY_NAME[field].kind is not Kind.INTEGER
    within = all_of([wanted, compiled(Wildcard(field, (start, Wild.MANY)))]) if start and text else wanted
    counts, _ = _ranked(pages, within, field, _FEW)
    found: dict[_Value, int] = {str(value): count for value, count in counts.items() if str(value).startswith(start)}
    return [(str(value), count) for value, count in _first(found, limit)]


def _ranked(pages: Pages, wanted: Dsl, field: str, size: int) -> tuple[dict[_Value, int], int]:
    """The exact counts of the most frequent values, and how many a value that is not among them may have at most."""
    answer = _aggregated(pages, wanted, {"terms": {"field": field, "size": size, "shard_size": size}})
    listed = {bucket["key"]: bucket["doc_count"] for bucket in answer["buckets"]}
    missed = answer["doc_count_error_upper_bound"]
    if missed:
        listed = _exact(pages, wanted, field, list(listed))
    return listed, (min(listed.values(), default=0) if answer["sum_other_doc_count"] else 0) + missed


def _exact(pages: Pages, wanted: Dsl, field: str, values: list[_Value]) -> dict[_Value, int]:
    """The exact counts of these values."""
    terms = {"field": field, "size": len(values), "shard_size": len(values), "include": values}
    answer = _aggregated(pages, all_of([wanted, {"terms": {field: values}}]), {"terms": terms})
    return {bucket["key"]: bucket["doc_count"] for bucket in answer["buckets"]}


def _every(pages: Pages, wanted: Dsl, field: str) -> Iterator[dict[str, Any]]:
    return _composite(pages, wanted, [{"value": {"terms": {"field": field}}}])


def _composite(pages: Pages, wanted: Dsl, sources: list[Dsl]) -> Iterator[dict[str, Any]]:
    """Every bucket, however many there are."""
    after: dict[str, Any] = {}
    while True:
        answer = _aggregated(pages, wanted, {"composite": {"size": _PAGE, "sources": sources} | after})
        yield from answer["buckets"]
        if "after_key" not in answer or len(answer["buckets"]) < _PAGE:
            return
        after = {"after": answer["after_key"]}


def _aggregated(pages: Pages, wanted: Dsl, aggregation: Dsl) -> dict[str, Any]:
    found: Found
    (found,) = pages.ask([{"query": wanted, "size": 0, "track_total_hits": False, "aggs": {"a": aggregation}}])
    empty = {"buckets": [], "doc_count_error_upper_bound": 0, "sum_other_doc_count": 0}
    answer: dict[str, Any] = whole(found).aggregations.get("a", empty)
    return empty | answer


def _first(counts: dict[_Value, int], limit: int) -> list[tuple[_Value, int]]:
    return heapq.nsmallest(limit, counts.items(), key=_rank)


def _rank(item: tuple[_Value, int]) -> tuple[int, Any]:
    return -item[1], item[0]
