"""Three real nodes that are killed, frozen and lost: no event is lost or doubled, no page is an error page while one dies.

Each test leaves all three running.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec
import pytest
from elastic_cleanup import without_trace
from elastic_node.sharing import Cluster, node_cluster
from elasticsearch import Elasticsearch
from flask.testing import FlaskClient
from inside import portal_of

from store.elastic import Address, ElasticStore, search
from store.elastic.failures import UnreachableError
from store.errors import StoreUnavailableError
from store.event import Event, event_id
from store.events import Page, Query, Scope, Sort
from store.tree import All

ALL = Scope.operator()
BEGIN = 1_730_000_000_000  # the end of October 2024
DAY = 86_400_000
BATCH = 100
EVERYTHING = Query(All())


def event(number: int) -> Event:
    """One of as many events as are wanted, over four months."""
    return Event(
        id=event_id("cluster", str(number)),
        timestamp=BEGIN + number % 100 * DAY,
        type="delivery",
        source="ndjson",
        sender="jan@x.nl",
        recipient=f"r{number}@y.nl",
    )


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Three nodes that these tests may treat badly."""
    with node_cluster(3) as nodes:
        yield nodes


@pytest.fixture(autouse=True)
def mended(cluster: Cluster) -> Iterator[None]:
    """All nodes again after each test, also after one that failed."""
    yield
    for number in range(3):
        cluster.thaw(number)
    cluster.revive()


@pytest.fixture(scope="module")
def opened(cluster: Cluster) -> Iterator[Callable[..., ElasticStore]]:
    """Opens stores on the cluster."""
    stores: list[ElasticStore] = []
    prefixes: set[str] = set()

    def open_store(prefix: str | None = None, patience: float = 120) -> ElasticStore:
        name = prefix or f"test-{secrets.token_hex(4)}"
        prefixes.add(name)
        stores.append(ElasticStore(Address(tuple(cluster.addresses)), prefix=name, patience=patience))
        return stores[-1]

    yield open_store
    for store in stores:
        store.close()
    without_trace(cluster.addresses[0], prefixes)


def client_of(store: ElasticStore) -> FlaskClient:
    """A browser's side of a portal over a store."""
    return portal_of(store).test_client()


def until(happens: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for something."""
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


def health(cluster: Cluster, prefix: str, status: str) -> None:
    """Wait until a portal's indices have this status or a better one."""
    with Elasticsearch(cluster.addresses, request_timeout=60, max_retries=9, retry_on_timeout=True) as client:
        client.cluster.health(index=f"{prefix}-v*", wait_for_status=status, wait_for_no_initializing_shards=True, timeout="50s")


def number_of(cluster: Cluster, name: str) -> int:
    """Which node of the cluster has a name."""
    return [node.name for node in cluster.run.nodes].index(name)


@dataclass
class Ingest:
    """Writes and asks in threads of their own, until told to stop; remembers what was acknowledged, and all that went wrong."""

    writer: ElasticStore
    reader: ElasticStore
    acknowledged: list[str] = field(default_factory=list)
    partial: list[float] = field(default_factory=list)
    answered: int = 0
    wrong: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def begin(self) -> None:
        """Start."""
        self.threads = [threading.Thread(target=self._guarded, args=(work,)) for work in (self._write, self._ask, self._browse)]
        for thread in self.threads:
            thread.start()

    def end(self) -> None:
        """Stop, and wait for all to have done so."""
        self.stop.set()
        for thread in self.threads:
            thread.join(120)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            while not self.stop.is_set():
                work()
        except Exception as error:  # noqa: BLE001 - whatever it was is what the test is about
            self.wrong.append(repr(error))

    def _write(self) -> None:
        first = len(self.acknowledged)
        events = [event(number) for number in range(first, first + BATCH)]
        report = self.writer.write(events)
        if report.refused or report.new + report.same != BATCH:  # the same: sent again, because the answer was lost
            self.wrong.append(repr(report))
        self.acknowledged += [each.id for each in events]

    def _ask(self) -> None:
        found = self.reader.search(EVERYTHING, ALL, Page(Sort(descending=True), 50))
        self.answered += 1
        if found.partial:
            self.partial.append(time.monotonic())
        time.sleep(0.02)

    def _browse(self) -> None:
        with client_of(self.reader) as client:
            for path in ("/events", "/api/v1/events?q=jan@x.nl&sort=-recipient", "/events?q=nothing-like-it"):
                answer = client.get(path)
                self.answered += 1
                if answer.status_code != 200:
                    self.wrong.append(f"{path}: {answer.status_code} {answer.text[:300]}")
        time.sleep(0.02)


def test_a_silent_node_is_not_waited_for_long(
    cluster: Cluster, opened: Callable[..., ElasticStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node that takes requests and answers none costs a search its time once; then the others are asked."""
    seconds = 3.0
    store = opened()
    store.write([event(number) for number in range(BATCH)])
    store.search(EVERYTHING, ALL, Page())
    cluster.freeze(1)
    try:
        took, said = [], []
        with monkeypatch.context() as frozen:  # around this alone: on a busy machine the first search of all may take as long
            frozen.setattr(search, "_ANSWER", seconds)
            for _ in range(6):
                begun = time.monotonic()
                try:
                    store.count(EVERYTHING, ALL)
                except UnreachableError as error:  # what it knew of the frozen node's shards may have to be found out first
                    said.append(str(error))
                took.append(time.monotonic() - begun)
        assert max(took) < 2 * seconds + 2
        assert [each for each in said if "did not answer in time" not in each] == []
    finally:
        cluster.thaw(1)
    until(lambda: whole(store))
    assert store.count(EVERYTHING, ALL) == BATCH


def whole(store: ElasticStore) -> bool:
    """Whether a search is answered, and by all parts."""
    try:
        return not store.search(EVERYTHING, ALL, Page()).partial
    except StoreUnavailableError:
        return False


def test_a_node_is_killed_and_nothing_is_lost_or_doubled(cluster: Cluster, opened: Callable[..., ElasticStore]) -> None:
    """The elected master is killed as by a power cut while events are written and looked for."""
    prefix = f"test-{secrets.token_hex(4)}"
    work = Ingest(opened(prefix), opened(prefix))
    work.writer.write([event(number) for number in range(BATCH)])
    health(cluster, prefix, "green")
    with Elasticsearch(cluster.addresses) as client:
        master = client.cat.master(format="json")[0]["node"]
    work.begin()
    until(lambda: len(work.acknowledged) >= 2 * BATCH)
    cluster.kill(number_of(cluster, master))
    killed, known = time.monotonic(), len(work.acknowledged)
    until(lambda: time.monotonic() > killed + 6 and len(work.acknowledged) >= known + 2 * BATCH, 120)
    work.end()
    assert work.wrong == []
    assert work.answered > 10
    health(cluster, prefix, "yellow")
    found = [each.id for each in opened(prefix).export(EVERYTHING, ALL, Sort("id"))]
    assert found == sorted(set(work.acknowledged))
    assert not work.reader.search(EVERYTHING, ALL, Page()).partial  # there was a copy of everything


def test_what_is_away_is_named_while_it_lasts(cluster: Cluster, opened: Callable[..., ElasticStore]) -> None:
    """Without copies a lost node takes months with it: the rest is shown, with what is missing; whole again when it is back."""
    prefix = f"test-{secrets.token_hex(4)}"
    store = opened(prefix)
    store.write([event(number) for number in range(BATCH)])
    with Elasticsearch(cluster.addresses) as client:
        client.indices.put_settings(index=f"{prefix}-v*", settings={"auto_expand_replicas": False, "number_of_replicas": 0})
        health(cluster, prefix, "green")
        shards = client.cat.shards(index=f"{prefix}-v*", format="json", h="index,node")
    node = shards[0]["node"]
    lost = {shard["index"][-7:] for shard in shards if shard["node"] == node}
    assert lost != {shard["index"][-7:] for shard in shards}, "one node has everything"
    cluster.kill(number_of(cluster, node))
    until(lambda: store.search(EVERYTHING, ALL, Page()).partial)
    results = store.search(EVERYTHING, ALL, Page(limit=1000))
    kept = [each.timestamp for each in results.events]
    assert (results.partial, results.total_is_exact, set(results.missing)) == (True, False, lost)
    assert 0 < len(kept) < BATCH
    with pytest.raises(StoreUnavailableError, match="would not have been whole"):
        store.count(EVERYTHING, ALL)
    client = client_of(store)
    page = client.get("/events")
    assert page.status_code == 200
    assert f"missing from: {', '.join(sorted(lost))}" in page.text
    assert "did not answer" in client.get("/events?q=nothing-like-it").text
    answer = client.get("/api/v1/events").json
    assert (answer["partial"], set(answer["missing"]), answer["total_is_exact"]) == (True, lost, False)


def test_with_all_nodes_away_the_portal_says_so_and_recovers(cluster: Cluster, opened: Callable[..., ElasticStore]) -> None:
    """503 with what to do, as a page and as JSON, soon; and answers again by itself when the nodes are back, with everything."""
    store = opened()
    store.write([event(number) for number in range(BATCH)])
    client = client_of(store)
    for number in range(3):
        cluster.kill(number)
    begun = time.monotonic()
    for path in ("/events", "/api/v1/events", "/api/v1/events.csv", "/api/v1/events/histogram", "/api/v1/events/top?field=type", "/readyz"):
        answer = client.get(path)
        assert answer.status_code == 503, path
        assert "cannot be reached. Start it, or correct PORTAL_ELASTICSEARCH_URL." in answer.text
        assert (path == "/readyz") or answer.headers["Retry-After"]
    assert time.monotonic() - begun < 20
    cluster.revive()
    until(lambda: client.get("/api/v1/events").json.get("total") == BATCH)
    assert msgspec.structs.replace(store.get(event(5).id, ALL)) == event(5)
