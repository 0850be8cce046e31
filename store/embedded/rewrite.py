"""Writes a month anew without some of its events, so that their bytes leave the disk: the engine itself only marks what is deleted.

The new month is built beside the old one from the stored events and takes its place in one rename. Readers that are at work keep the old
files until they are done; the caller holds the write lock.
"""

from collections.abc import Iterator
from typing import Final

import tantivy

from store.embedded.ask import Ask, count_of
from store.embedded.compile import all_of
from store.embedded.documents import document, event_of
from store.embedded.partitions import Partitions
from store.embedded.schema import SCHEMA
from store.event import Event

_STEP: Final = 10_000  # events read at a time
_HEAP: Final = 64_000_000  # bytes the writer gathers before it spills a segment


def without(partitions: Partitions, ask: Ask) -> int:
    """Remove from a month what matches; how many they were. A month with no match is left as it is."""
    count = count_of(ask.searcher, ask.query)
    if count == 0:
        return 0
    partition = ask.partition
    if count == ask.searcher.num_docs:
        partitions.drop(partition)
        return count
    building = partitions.building(partition.month)
    writer = tantivy.Index(SCHEMA, path=str(building)).writer(_HEAP, 1)
    for event in _rest(ask.searcher, ask.query):
        writer.add_json(document(event))
    writer.commit()
    writer.wait_merging_threads()
    partitions.publish(building, partition.month)
    return count


def _rest(searcher: tantivy.Searcher, unwanted: tantivy.Query) -> Iterator[Event]:
    """What does not match, in the order it lies in."""
    query = tantivy.Query.const_score_query(all_of([], without=[unwanted]), 1.0)
    for offset in range(0, searcher.num_docs, _STEP):
        for _, address in searcher.search(query, limit=_STEP, count=False, offset=offset).hits:
            yield event_of(searcher.doc(address))
