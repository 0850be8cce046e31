"""An SES file into Elasticsearch, parsing included, beside two alternatives fed with what is ready: same node, same mapping, same events.

`scripts/bench ingest` (`python bench/ingest.py EVENTS` for another number) starts a node and stops it afterwards, or takes the one in
PORTAL_TEST_ELASTICSEARCH_URL. It prints events a second and the ratios to `elasticsearch.helpers.parallel_bulk` (fed with dicts) and to
bare HTTP (bodies made beforehand, four connections), the median over the rounds with their spread, and the machine.
"""

import http.client
import json
import os
import platform
import secrets
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from elastic_cleanup import without_trace
from elastic_node.lending import lent
from elasticsearch import Elasticsearch
from elasticsearch.helpers import parallel_bulk
from ses import records

from indexer.formats.ses import SesFormat
from indexer.pipeline import run
from indexer.records import Block
from store.columns import key_of
from store.elastic import Address, ElasticStore
from store.elastic.bulk import BYTES
from store.elastic.documents import document, document_id
from store.event import Event
from store.events import Query, Scope
from store.months import month_of_event

EVENTS = 150_000
ROUNDS = 3
CONNECTIONS = 4


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    with lent() as url, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ses.json"
        path.write_text("".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records(count)))  # as SES prints them
        data = path.read_bytes()
        events = {event.id: event for event in SesFormat().parse(Block("ses", data, 1, 0, time.time())).events}
        print(
            f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores; {len(events):,} events, {len(data) / 1e6:.0f} MB of SES"
        )
        ways: dict[str, Callable[[str], None]] = {
            "bare HTTP": Bare(url, list(events.values())),
            "parallel_bulk": Helpers(url, list(events.values())),
            "portal index": lambda prefix: ours(url, prefix, path),
        }
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(ROUNDS + 1):
            for name, way in ways.items():
                rate = measured(url, way, len(events))
                if turn:  # the first warms up
                    rates[name].append(rate)
    for name, found in rates.items():
        print(f"{name:14} {statistics.median(found):9,.0f} events/s  ({min(found):,.0f} to {max(found):,.0f})")
    for name in ("parallel_bulk", "bare HTTP"):
        ratios = [one / other for one, other in zip(rates["portal index"], rates[name], strict=True)]
        print(f"portal index is {statistics.median(ratios):.2f} times {name}  ({min(ratios):.2f} to {max(ratios):.2f})")


def measured(url: str, way: Callable[[str], None], count: int) -> float:
    """Events a second, into indices of its own that are empty; all of them are counted afterwards."""
    prefix = f"bench-{secrets.token_hex(4)}"
    store = ElasticStore(Address((url,)), prefix=prefix)
    store.make()
    try:
        started = time.perf_counter()
        way(prefix)
        took = time.perf_counter() - started
        with Elasticsearch(url) as client:
            client.indices.refresh(index=prefix)
        found = store.count(Query(), Scope.operator())
        assert found == count, f"{found:,} of {count:,} are there"  # noqa: S101 - a bench that loses events measures nothing
    finally:
        store.close()
        without_trace(url, [prefix])
    return count / took


def ours(url: str, prefix: str, path: Path) -> None:
    """What `portal index` runs."""
    store = ElasticStore(Address((url,)), prefix=prefix)
    run([path], store)
    store.close()


class Helpers:
    """The client's own helper, with its defaults, fed with dicts that are ready."""

    def __init__(self, url: str, events: Sequence[Event]) -> None:
        self._url = url
        self._actions = [(month_of_event(e), document_id(key_of(e.id)), json.loads(document(e))) for e in events]

    def __call__(self, prefix: str) -> None:
        """Send them."""
        actions = ({"_index": f"{prefix}-v1-{month}", "_id": name, "_op_type": "create", **source} for month, name, source in self._actions)
        with Elasticsearch(self._url) as client:
            for _ in parallel_bulk(client, actions):
                pass


class Bare:
    """The least a client can do: bodies that are ready, over connections that stay open."""

    def __init__(self, url: str, events: Sequence[Event]) -> None:
        self._host, self._port = urlsplit(url).hostname or "", urlsplit(url).port
        self._bodies: list[tuple[str, bytes]] = []
        by_month: dict[str, bytearray] = {}
        for event in events:
            month = month_of_event(event)
            body = by_month.setdefault(month, bytearray())
            body += b'{"create":{"_id":"%b"}}\n%b\n' % (document_id(key_of(event.id)).encode(), document(event))
            if len(body) > BYTES:
                self._bodies.append((month, bytes(by_month.pop(month))))
        self._bodies += [(month, bytes(body)) for month, body in by_month.items()]

    def __call__(self, prefix: str) -> None:
        """Send them."""
        rest, lock = list(self._bodies), threading.Lock()

        def work() -> None:
            connection = http.client.HTTPConnection(self._host, self._port)
            while True:
                with lock:
                    if not rest:
                        break
                    month, body = rest.pop(0)
                connection.request("POST", f"/{prefix}-v1-{month}/_bulk", body, {"content-type": "application/x-ndjson"})
                answer = connection.getresponse().read()
                assert b'"errors":false' in answer[:100]  # noqa: S101 - likewise
            connection.close()

        threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main()
