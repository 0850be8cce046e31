"""Writes a month anew without some of its events, or with others in their place, so that their bytes leave the disk.

The engine itself only marks what is deleted. The new month is built beside the old one from the stored events and takes its place in one
rename. Readers that are at work keep the old files until they are done; the caller holds the write lock.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import tantivy

from store.embedded.ask import Ask, count_of
from store.embedded.compile import all_of
from store.embedded.documents import add, document, event_of
from store.embedded.partitions import Partition, Partitions, Snapshot, remove
from store.embedded.schema import SCHEMA
from store.errors import StoreDamagedError
from store.event import Event
from store.events import Judge

_STEP: Final = 10_000  # events read at a time
_HEAP: Final = 64_000_000  # bytes the writer gathers before it spills a segment


def without(partitions: Partitions, ask: Ask) -> int:
    """Remove from a month what matches; how many they were. A month with no match is left as it is."""
    count = count_of(ask.searcher, ask.query)
    if count == 0:
        return 0
    if count == ask.searcher.num_docs:
        partitions.drop(ask.partition)
        return count
    _replace(partitions, ask.partition, _rest(ask), lambda: ask.searcher.num_docs - count)
    return count


def anew(partitions: Partitions, snapshot: Snapshot) -> None:
    """Write a month again from its events: what was deleted or replaced leaves the disk, and every column is made as it is made now."""
    searcher = snapshot.searcher
    _replace(partitions, snapshot.partition, _events(searcher, tantivy.Query.all_query()), lambda: searcher.num_docs)


def rewritten(partitions: Partitions, ask: Ask, judge: Judge) -> Counter[str]:
    """Remove or replace what matches in a month, as the judge says; how many there were of each reason. A month may be left as it is."""
    tally: Counter[str] = Counter()
    if all(judge(event) is None for event in _events(ask.searcher, ask.query)):
        return tally

    gone = 0

    def kept() -> Iterator[Event]:
        nonlocal gone
        yield from _rest(ask)
        for event in _events(ask.searcher, ask.query):
            verdict = judge(event)
            if verdict is None:
                yield event
                continue
            tally[verdict.why] += 1
            if verdict.event is not None:
                yield verdict.event
            else:
                gone += 1

    _replace(partitions, ask.partition, kept(), lambda: ask.searcher.num_docs - gone)
    return tally


def _replace(partitions: Partitions, partition: Partition, events: Iterable[Event], expected: Callable[[], int]) -> None:
    """Put a month of these events in the place of the one there is; without any, the month goes. `expected`: how many there must be."""
    month = partition.month
    building = partitions.building(month)
    index = tantivy.Index(SCHEMA, path=str(building))
    writer = index.writer(_HEAP, 1)
    for event in events:
        add(writer, document(event))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    written = index.searcher().num_docs
    if written != expected():
        raise StoreDamagedError(f"{building} got {written:,} events of {expected():,}, so {month} was left as it is. Check the disk.")
    if written:
        partitions.publish(building, month)
    else:
        remove(building)
        partitions.drop(partition)


def _rest(ask: Ask) -> Iterator[Event]:
    """What does not match."""
    return _events(ask.searcher, all_of([], without=[ask.query]))


def _events(searcher: tantivy.Searcher, query: tantivy.Query) -> Iterator[Event]:
    """What matches, in the order it lies in."""
    query = tantivy.Query.const_score_query(query, 1.0)
    for offset in range(0, searcher.num_docs, _STEP):
        found = searcher.search(query, limit=_STEP, count=False, offset=offset).hits
        for _, address in found:
            yield event_of(searcher.doc(address))
        if len(found) < _STEP:
            return
