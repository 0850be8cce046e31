"""What a request asks of which months: the user's tree within the scope, and the time range where it does not cover the month."""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

import tantivy

from store.embedded.compile import all_of, compiled, numbers, one_of
from store.embedded.failures import reading
from store.embedded.partitions import Partition, Partitions
from store.events import Query, Scope

_REMEMBERED: Final = 1000  # counts
_THREADS: Final = max(2, min(8, os.cpu_count() or 2))
_T = TypeVar("_T")
_Month = TypeVar("_Month")


@dataclass(frozen=True, slots=True)
class Ask:
    """One month at one moment, and the query for it. `key` stands for both: equal keys have equal answers.

    The times that can match are `start <= t < end`, in ms.
    """

    partition: Partition
    searcher: tantivy.Searcher
    query: tantivy.Query
    key: Hashable
    start: int
    end: int


def seen_by(scope: Scope) -> list[tantivy.Query]:
    """What restricts a query to a scope: nothing for an operator. An empty scope is not to come here: it asks nothing."""
    return [] if scope.domains is None else [one_of("sender_domain", scope.domains)]


class Asking:
    """Turns requests into what to ask of each month, asks the months side by side, and remembers counts while a month does not change."""

    def __init__(self, partitions: Partitions) -> None:
        self._partitions = partitions
        self._counts: OrderedDict[Hashable, int] = OrderedDict()
        self._lock = threading.Lock()
        self._threads: tuple[int, ThreadPoolExecutor] | None = None

    def asks(self, query: Query, scope: Scope) -> list[Ask]:
        """The months in range, oldest first; none for an empty scope."""
        if scope.domains is not None and not scope.domains:
            return []
        wanted = [compiled(query.tree), *seen_by(scope)]
        asks: list[Ask] = []
        for snapshot in self._partitions.snapshots(query.start, query.end):
            month = snapshot.partition
            start = month.start if query.start is None else max(month.start, query.start)
            end = month.end if query.end is None else min(month.end, query.end)
            whole = (start, end) == (month.start, month.end)
            within = [] if whole else [numbers("timestamp", start, end, high_open=True)]
            key = (month.path, snapshot.stamp, query.tree, start, end, scope.domains)
            asks.append(Ask(month, snapshot.searcher, all_of([*wanted, *within]), key, start, end))
        return asks

    def counts(self, asks: Iterable[Ask]) -> list[int]:
        """How many match in each month, exactly."""
        return self.each(self._count, asks)

    def each(self, answer: Callable[[_Month], _T], months: Iterable[_Month]) -> list[_T]:
        """The answers of the months, which work side by side: the engine lets other threads run while it looks."""
        months = list(months)
        if len(months) <= 1:
            return [answer(month) for month in months]
        return list(self._pool().map(answer, months))

    def close(self) -> None:
        """End the threads."""
        if self._threads and self._threads[0] == os.getpid():
            self._threads[1].shutdown()
        self._threads = None

    def _count(self, ask: Ask) -> int:
        with self._lock:
            if ask.key in self._counts:
                self._counts.move_to_end(ask.key)
                return self._counts[ask.key]
        with reading(ask.partition.path):
            count = count_of(ask.searcher, ask.query)
        with self._lock:
            self._counts[ask.key] = count
            while len(self._counts) > _REMEMBERED:
                self._counts.popitem(last=False)
        return count

    def _pool(self) -> ThreadPoolExecutor:
        """The threads of this process: a fork does not copy them."""
        with self._lock:
            if self._threads is None or self._threads[0] != os.getpid():
                self._threads = (os.getpid(), ThreadPoolExecutor(_THREADS, thread_name_prefix="event-months"))
            return self._threads[1]


def count_of(searcher: tantivy.Searcher, query: tantivy.Query) -> int:
    """How many match."""
    return int(searcher.search(query, limit=1, count=True).count)  # type: ignore[attr-defined]  # the library's stub lacks it
