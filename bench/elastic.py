"""Searching in Elasticsearch through the portal, beside the bare requests, in the same run and on the same node.

`scripts/bench elastic` fills a million events (`python bench/elastic.py EVENTS` another number; with `--ten` a second store of ten times as
many) and prints: pages through the API beside the bare search request, 16 clients; pages at row 1,000,000 beside the first; an export
beside a bare drain of a point in time, with the memory it took; the first page over ten times the events. It starts a node and stops it
afterwards, or takes the one in PORTAL_TEST_ELASTICSEARCH_URL.
"""

import argparse
import http.client
import json
import multiprocessing
import os
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode, urlsplit

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import engine
import msgspec
from api import QUERIES, way_in
from elastic_cleanup import without_trace
from elastic_node.lending import lent

from indexer.batches import Batches
from store.elastic import Address, ElasticStore
from store.elastic.compile import seen
from store.event import Event, event_id
from store.events import Page, Query, Scope, Sort
from store.query import parse

ROOT = Path(__file__).parent.parent
CLIENTS = 16
PROCESSES = 4  # of the load: each runs a part of the clients as threads
REQUESTS = 40  # of each client
ROWS = 50
COPY = 30 * 86_400_000  # ms between the copies that make a store of ten times as many events
ALL = Scope.operator()


def fill(url: str, prefix: str, count: int, copies: int) -> None:
    """Write `count` made-up events, and the same again `copies` - 1 times, each a month later."""
    store = ElasticStore(Address((url,)), prefix=prefix)
    store.make()
    began = time.perf_counter()
    with Batches(store, lambda *_: None) as batches:
        for batch in engine.batches(count):
            for copy in range(copies):
                batches.add(_later(event, copy) for event in batch)
        batches.flush()
    took = time.perf_counter() - began
    print(f"{count * copies:,} events written in {took:.0f} s, {count * copies / took:,.0f}/s (made in the same process)")
    store.close()


def _later(event: Event, copy: int) -> Event:
    if copy == 0:
        return event
    return msgspec.structs.replace(event, id=event_id("copy", event.id, str(copy)), timestamp=event.timestamp + copy * COPY)


@contextmanager
def served(url: str, prefix: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The address of a portal over this store, and the headers that let an operator in."""
    settings = {"PORTAL_ELASTICSEARCH_URL": url, "PORTAL_ELASTICSEARCH_INDEX": prefix, "PORTAL_RATE_LIMIT": "none"}
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0"]
    with TemporaryDirectory() as data:
        environment = os.environ | settings | {"PORTAL_DATA": data}
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
            assert child.stdout is not None  # noqa: S101 - it is a pipe
            found = next(filter(None, (re.search(r"http://127\.0\.0\.1:\d+", line) for line in child.stdout)))
            yield found[0], way_in(Path(data))
            child.send_signal(signal.SIGINT)


Request = tuple[str, str, bytes | None, dict[str, str]]
_JSON = {"content-type": "application/json"}


def loaded(url: str, requests: list[Request]) -> list[float]:
    """Milliseconds of each answer, with 16 clients that ask one after the other without a pause."""
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        parts = pool.starmap(_clients, [(url, requests, CLIENTS // PROCESSES, first) for first in range(PROCESSES)])
    return [spent for part in parts for spent in part]


def _clients(url: str, requests: list[Request], clients: int, first: int) -> list[float]:
    spent: list[float] = []

    def work(offset: int) -> None:
        place = urlsplit(url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port)
        for method, path, body, headers in islice(cycle(requests), offset, offset + REQUESTS):
            began = time.perf_counter()
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
            spent.append(1000 * (time.perf_counter() - began))
            assert answer.status == http.HTTPStatus.OK  # noqa: S101 - an error measures nothing
        connection.close()

    threads = [threading.Thread(target=work, args=(first * clients + each,)) for each in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return spent


def pages(url: str, prefix: str) -> None:
    """The API's first pages beside the one bare request that finds the same rows and total."""
    with served(url, prefix) as (portal, headers):
        bare = [("POST", f"/{prefix}/_search", json.dumps(_bare(text)).encode(), _JSON) for text in QUERIES]
        ours: list[Request] = [("GET", f"/api/v1/events?{urlencode({'q': text, 'limit': ROWS})}", None, headers) for text in QUERIES]
        rounds = [(loaded(url, list(bare)), loaded(portal, ours)) for _ in range(4)][1:]
        alone = [(_one(url, list(bare)), _one(portal, ours)) for _ in range(3)]
    for name, found in (("16 clients", rounds), ("one client", alone)):
        left, right = (statistics.median(each for pair in found for each in pair[side]) for side in (0, 1))
        print(f"{name}: bare search {left:.1f} ms, API {right:.1f} ms at the median: {(right - 3) / left:.2f} times and 3 ms")


def _one(url: str, requests: list[Request]) -> list[float]:
    return _clients(url, requests, 1, 0)


def _bare(text: str) -> dict[str, Any]:
    query = seen(Query(parse(text).tree) if text else Query(), ALL)
    return {"query": query, "size": ROWS, "sort": [{"timestamp": "asc"}, {"id": "asc"}], "track_total_hits": True}


def deep(url: str, prefix: str, row: int) -> None:
    """A page behind `row` rows beside the first."""
    store = ElasticStore(Address((url,)), prefix=prefix)
    for sort in (Sort(), Sort(descending=True), Sort("recipient"), Sort("delay", descending=True)):
        cursor = None
        for _ in range(row // 1000):
            cursor = store.search(Query(), ALL, Page(sort, 1000, cursor)).next or cursor
        first, far = (
            [1000 * engine.timed(lambda: store.search(Query(), ALL, Page(sort, ROWS, after))) for _ in range(30)]  # noqa: B023 - called at once
            for after in (None, cursor)
        )
        near, there = statistics.median(first), statistics.median(far)
        print(f"page behind {row:,} rows by {sort.text:12} {there:6.1f} ms, first {near:6.1f} ms: {there / near:.2f} times")
    store.close()


def export(url: str, prefix: str) -> None:
    """The export's rows beside the same drain of a point in time that looks at nothing; each in a process of its own."""
    ratios, peaks = [], []
    for _ in range(3):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            bare = pool.apply(_timed_drain, (url, prefix))
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            ours, peak = pool.apply(_exported, (url, prefix))
        ratios.append(bare / ours)
        peaks.append(peak)
        print(f"export {ours:.1f} s, bare drain {bare:.1f} s: {bare / ours:.2f} of its speed")
    print(f"export: {statistics.median(ratios):.2f} of a bare drain; its process had {max(peaks):.0f} MB at the most")


def _exported(url: str, prefix: str) -> tuple[float, float]:
    """Seconds of an export, and the MB that its process had at the most."""
    store = ElasticStore(Address((url,)), prefix=prefix)
    took = engine.timed(lambda: sum(1 for _ in store.export(Query(), ALL, Sort())))
    store.close()
    return took, _peak()


def _timed_drain(url: str, prefix: str) -> float:
    return engine.timed(lambda: _drain(url, prefix))


def _drain(url: str, prefix: str) -> None:
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port)

    def ask(method: str, path: str, body: object = None) -> dict[str, Any]:
        connection.request(method, path, json.dumps(body).encode() if body else None, {"content-type": "application/json"})
        found: dict[str, Any] = msgspec.json.decode(connection.getresponse().read())
        return found

    body: dict[str, Any] = {"size": 2_000, "sort": [{"timestamp": "asc"}, {"id": "asc"}], "track_total_hits": False}
    body["pit"] = {"id": ask("POST", f"/{prefix}/_pit?keep_alive=5m")["id"], "keep_alive": "5m"}
    while hits := ask("POST", "/_search", body)["hits"]["hits"]:
        body["search_after"] = hits[-1]["sort"]
    ask("DELETE", "/_pit", {"id": body["pit"]["id"]})
    connection.close()


def _peak() -> float:
    """The most memory that this process had, in MB. What `getrusage` tells is no less than what the process had that started it."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    if found is None:
        raise SystemExit("the kernel does not tell how much memory a process had")
    return int(found[1]) * 1024 / 1e6


def sizes(url: str, small: str, large: str) -> None:
    """The first pages over two stores, in turns."""
    stores = [ElasticStore(Address((url,)), prefix=prefix) for prefix in (small, large)]
    total: list[list[float]] = [[], []]
    for text in QUERIES:
        tree = Query(parse(text).tree) if text else Query()
        ask: list[Callable[[], object]] = [lambda each=each: each.search(tree, ALL, Page()) for each in stores]  # type: ignore[misc]  # noqa: B023
        spent = [[1000 * engine.timed(one) for one in ask] for _ in range(12)]
        few, many = (statistics.median(side) for side in zip(*spent[2:], strict=True))
        total[0].append(few)
        total[1].append(many)
        print(f"  {text or '(everything)':60} {few:6.1f} ms, over the larger {many:6.1f} ms: {many / few:.2f} times")
    print(f"first pages over the larger store: {statistics.median(total[1]) / statistics.median(total[0]):.2f} times at the median")
    for store in stores:
        store.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", nargs="?", type=int, default=engine.MILLION)
    parser.add_argument("--ten", action="store_true", help="also over ten times as many")
    asked = parser.parse_args()
    engine.machine()
    with lent() as url:
        measure(url, asked.events, ten=asked.ten)


def measure(url: str, count: int, *, ten: bool) -> None:
    """All figures of one node; what was written for them goes afterwards."""
    prefixes = ["bench-one", *(["bench-ten"] if ten else [])]
    without_trace(url, prefixes)
    try:
        fill(url, "bench-one", count, 1)
        pages(url, "bench-one")
        deep(url, "bench-one", count * 9 // 10)
        export(url, "bench-one")
        if ten:
            fill(url, "bench-ten", count, 10)
            sizes(url, "bench-one", "bench-ten")
            deep(url, "bench-ten", engine.MILLION)
    finally:
        without_trace(url, prefixes)


if __name__ == "__main__":
    main()
