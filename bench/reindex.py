"""A reindex beside `elasticsearch.helpers.reindex`, on the same events, in turns, into indices of the same mapping and settings.

`python bench/reindex.py [EVENTS] [ROUNDS]` starts a node and stops it afterwards, or takes the one in PORTAL_TEST_ELASTICSEARCH_URL. Ours
is the whole of it: copy, comparison and switch; the helper only copies. Prints events a second, the ratio with its spread, and the machine.
A first round, in which the node still compiles, does not count.
"""

import os
import platform
import secrets
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from elastic_cleanup import without_trace
from elastic_node.lending import lent
from elasticsearch import Elasticsearch, helpers
from engine import events

from store.elastic import Address, ElasticStore
from store.elastic.reindex import How
from store.elastic.versions import SETTINGS, mapping
from store.events import Query, Scope

EVENTS = 200_000
ROUNDS = 3
BATCH = 8_000
BAR = 2.0


@contextmanager
def filled(url: str, count: int) -> Iterator[tuple[ElasticStore, str]]:
    """A store of so many events in two months, which goes afterwards."""
    prefix = f"bench-{secrets.token_hex(4)}"
    try:
        with closing(ElasticStore(Address((url,)), prefix=prefix)) as store:
            source = events(count)
            while batch := list(islice(source, BATCH)):
                store.write(batch)
            if store.count(Query(), Scope.operator()) != count:
                raise SystemExit("the events are not all there")
            yield store, prefix
    finally:
        without_trace(url, [prefix])


def ours(store: ElasticStore) -> tuple[float, float]:
    """Seconds that a reindex takes, and how long of that writers would have waited; the version before goes."""
    began = time.perf_counter()
    moved = store.reindexer(How()).start()
    seconds = time.perf_counter() - began
    store.reindexer(How()).drop_old()
    return seconds, moved.pause


def theirs(url: str, prefix: str) -> float:
    """Seconds that the helper takes for the same months, one after the other, as it comes."""
    with Elasticsearch(url, request_timeout=120) as client:
        client.indices.get_data_stream = lambda **_: {"data_streams": []}  # the helper asks, and our node does not have that part
        months = list(client.indices.get_alias(name=prefix))
        targets = {month: f"{prefix}-bare-{number}" for number, month in enumerate(months)}
        for target in targets.values():
            client.indices.create(index=target, settings=dict(SETTINGS), mappings=mapping())
        began = time.perf_counter()
        for month, target in targets.items():
            helpers.reindex(client, month, target)
        client.indices.refresh(index=",".join(targets.values()))
        seconds = time.perf_counter() - began
        client.indices.delete(index=list(targets.values()))
    return seconds


def main() -> None:
    """Measure and print; exit 1 below the bar."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    print(f"{platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}")
    with lent() as url, filled(url, count) as (store, prefix):
        found = []
        for number in range(rounds + 1):
            helper = theirs(url, prefix)
            portal, pause = ours(store)
            if number:
                found.append((helper, portal))
            name = f"round {number}" if number else "warm-up"
            print(
                f"  {name}: helper {count / helper:8,.0f} events/s   portal {count / portal:8,.0f} events/s   "
                f"ratio {helper / portal:.2f}   writers waited {pause:.2f} s"
            )
    ratios = [helper / portal for helper, portal in found]
    middle = statistics.median(ratios)
    print(f"reindex of {count:,} events, against helpers.reindex: {middle:.2f} ({min(ratios):.2f} to {max(ratios):.2f}); bar {BAR}")
    if middle < BAR:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
