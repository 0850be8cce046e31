"""Moving all events to a new version of the indices, and back, on a live cluster; and from the embedded engine, and within it."""

import json
import os
import random
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import pytest
from click.testing import CliRunner, Result
from elastic_cleanup import without_trace
from elasticsearch import Elasticsearch
from flask.testing import FlaskClient

from app.cli import main
from indexer.reindex import copied
from store.elastic import Address, ElasticStore
from store.elastic.reindex import How, RefusedByMappingError
from store.elastic.reindex.run import Kind, Phase, Run
from store.embedded import EmbeddedStore
from store.errors import ReindexError, StoreUnavailableError
from store.event import Event, event_id, milliseconds
from store.events import EventStore, Query, Refused, Scope, Sort
from store.months import bounds
from store.tree import Exact

ROOT = Path(__file__).parent.parent
EVERYONE = Scope.operator()
START = milliseconds(datetime(2024, 9, 20, tzinfo=UTC))
HOUR = 3_600_000
MANY = 1200  # over three months


def event(number: int, mx: str | None = None, timestamp: int | None = None) -> Event:
    """The event of this number; they are an hour apart."""
    return Event(
        id=event_id("reindex", str(number)),
        timestamp=START + number * HOUR if timestamp is None else timestamp,
        type="delivery",
        source="ndjson",
        sender=f"info@shop{number % 7}.example",
        recipient=f"jan{number}@gemeente.example",
        subject=f"Factuur {number}",
        mx=mx,
    )


EVENTS = [event(number) for number in range(MANY)]


@pytest.fixture
def prefix(elastic_url: str) -> Iterator[str]:
    """A name of its own on the shared node."""
    name = f"reindex-{secrets.token_hex(6)}"
    yield name
    without_trace(elastic_url, [name])


@pytest.fixture
def opened(elastic_url: str, prefix: str) -> Iterator[Callable[[], ElasticStore]]:
    """Opens stores on the same indices, as several processes would."""
    stores: list[ElasticStore] = []

    def store() -> ElasticStore:
        stores.append(ElasticStore(Address((elastic_url,)), prefix=prefix, patience=60))
        return stores[-1]

    yield store
    for each in stores:
        each.close()


@pytest.fixture
def store(opened: Callable[[], ElasticStore]) -> ElasticStore:
    """A store with events of three months."""
    filled = opened()
    filled.write(EVENTS)
    assert filled.count(Query(), EVERYONE) == MANY  # which lets other processes see them as well
    return filled


@pytest.fixture
def client(elastic_url: str) -> Iterator[Elasticsearch]:
    """The cluster itself."""
    with Elasticsearch(elastic_url) as found:
        yield found


def found(store: EventStore) -> dict[str, Event]:
    """Every event that there is, by id; an id that stands twice is an error."""
    if isinstance(store, ElasticStore):  # what another process wrote shows by itself a little later
        store._cluster.ask("POST", f"/{store._names.alias}/_refresh")
    events = list(store.export(Query(), EVERYONE, Sort()))
    by_id = {each.id: each for each in events}
    assert len(by_id) == len(events)
    return by_id


def by_id(events: Sequence[Event]) -> dict[str, Event]:
    """Events as `found` gives them."""
    return {each.id: each for each in events}


def states(store: ElasticStore) -> dict[int, str]:
    """What each version is."""
    return store._versions.all()


def stopped_after(stretches: int) -> How:
    """A way to go that is asked to stop after some stretches, as by Ctrl-C; few events at a time, so that there are several."""
    told: list[object] = []
    return How(tell=told.append, stop=lambda: len(told) >= stretches, rate=300)


class Ingest:
    """Writes new events in a thread of its own, a few at a time; `written` are those that are kept for certain."""

    def __init__(self, store: ElasticStore, first: int = 100_000) -> None:
        self._store, self._number = store, first
        self.written: list[Event] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.failed: BaseException | None = None

    def _run(self) -> None:
        while not self._over.is_set():
            some = [event(number, timestamp=START + number % MANY * HOUR) for number in range(self._number, self._number + 5)]
            try:
                assert self._store.write(some).new + self._store.write(some).same > 0
            except BaseException as error:  # noqa: BLE001 - told by the test's own thread
                self.failed = error
                return
            self.written += some
            self._number += 5
            time.sleep(0.1)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        if self.failed is not None:
            raise self.failed


class Reader:
    """Searches in a thread of its own: each time all that was kept for certain before has to be found."""

    def __init__(self, store: ElasticStore, ingest: Ingest) -> None:
        self._store, self._ingest = store, ingest
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.searches = 0
        self.incomplete: list[str] = []

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                for query, expected in ((Query(), MANY), (Query(Exact("sender", "info@shop3.example")), len(EVENTS[3::7]))):
                    count = self._store.count(query, EVERYONE)
                    if count < expected:
                        self.incomplete.append(f"{count} of {expected}")
            except Exception as error:  # noqa: BLE001 - told by the test's own thread
                self.incomplete.append(repr(error))
            self.searches += 1
            time.sleep(0.05)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def test_all_events_are_in_the_new_version_with_what_came_meanwhile(store: ElasticStore, opened: Callable[[], ElasticStore]) -> None:
    """Nothing is lost, nothing stands twice, and readers see all of it all the time."""
    with Ingest(opened()) as ingest, Reader(opened(), ingest) as reader:
        time.sleep(0.5)
        moved = store.reindexer(How()).start()
        time.sleep(0.5)
    assert reader.searches > 0
    assert reader.incomplete == []
    assert states(store) == {1: "kept", 2: "live"}
    assert found(store) == by_id(EVENTS + ingest.written)
    assert moved.read >= MANY
    assert moved.rejected == 0
    assert not moved.stopped


def test_writers_and_readers_of_the_old_version_find_the_new_one(store: ElasticStore, opened: Callable[[], ElasticStore]) -> None:
    """A process that has been open since before writes into the new version, a new month too, even where the old one is gone."""
    stale, other = opened(), opened()
    for each in (stale, other):
        each.write(EVENTS[:1])
    store.reindexer(How()).start()
    late = event(MANY + 2000)
    completed = event(0, mx="mx1.example")
    assert stale.write([late, event(MANY), completed, EVENTS[1]]).new == 2
    store.reindexer(How()).drop_old()
    later = event(MANY + 3000)
    assert other.write([later, event(MANY + 1)]).new == 2
    expected = by_id([*EVENTS, late, event(MANY), event(MANY + 1), later, completed])
    assert found(stale) == expected
    for each in (stale, other):
        assert sum(sum(b.counts.values()) for b in each.histogram(Query(), EVERYONE, "1M", "UTC")) == len(expected)
    assert states(store) == {1: "dropped", 2: "live"}


def test_a_person_is_forgotten_in_the_version_that_is_kept_as_well(store: ElasticStore, client: Elasticsearch, prefix: str) -> None:
    """Deletes reach it, though no event does."""
    store.reindexer(How()).start()
    assert store.delete(Query(Exact("sender", "info@shop3.example")), EVERYONE) == len(EVENTS[3::7])
    client.indices.refresh(index=f"{prefix}-v*")
    for version in (1, 2):
        assert client.count(index=f"{prefix}-v{version}-*")["count"] == MANY - len(EVENTS[3::7])


def test_going_back_brings_the_later_events_along(store: ElasticStore, opened: Callable[[], ElasticStore]) -> None:
    """New events, completed ones, new months and deletes since the switch are in the old version when it is live again; and forth again."""
    store.reindexer(How()).start()
    late, completed = [event(MANY), event(MANY + 2000)], event(5, mx="mx1.example")
    store.write([*late, completed])
    store.delete(Query(Exact("recipient", "jan7@gemeente.example")), EVERYONE)
    with Ingest(opened()) as ingest, Reader(opened(), ingest) as reader:
        reader._ingest = ingest
        store.reindexer(How()).rollback()
    expected = by_id([*EVENTS, *late, completed, *ingest.written])
    del expected[EVENTS[7].id]
    assert [problem for problem in reader.incomplete if not problem.startswith(str(MANY - 1 + len(late)))] == []
    assert states(store) == {1: "live", 2: "kept"}
    assert found(store) == expected
    store.write([event(MANY + 1)])
    store.reindexer(How()).rollback()
    assert states(store) == {1: "kept", 2: "live"}
    assert found(store) == expected | by_id([event(MANY + 1)])


def test_giving_up_leaves_everything_as_it_was(store: ElasticStore, client: Elasticsearch, prefix: str) -> None:
    """What was built is gone, the old version goes on, and one may start again."""
    before = cluster(client, prefix)
    assert store.reindexer(stopped_after(1)).start().stopped
    with pytest.raises(ReindexError, match="--resume` goes on"):
        store.reindexer(How()).start()
    store.reindexer(How()).abort()
    assert cluster(client, prefix) == before
    assert store.write([event(MANY)]).new == 1
    store.reindexer(How()).start()
    assert found(store) == by_id([*EVENTS, event(MANY)])


def test_a_stopped_run_goes_on_where_it_was(store: ElasticStore) -> None:
    """What has been copied is not copied again."""
    first = store.reindexer(stopped_after(2)).start()
    assert 0 < first.read < MANY
    assert store.reindexer(How()).resume().read == MANY
    assert found(store) == by_id(EVENTS)
    with pytest.raises(ReindexError, match="nothing to go on with"):
        store.reindexer(How()).resume()


def test_a_trial_changes_nothing_and_says_what_would_happen(store: ElasticStore, client: Elasticsearch, prefix: str) -> None:
    """Months and events as they are, a rate that was measured; the cluster is as before."""
    before = cluster(client, prefix)
    plan = store.reindexer(How()).plan()
    assert cluster(client, prefix) == before
    assert (plan.source, plan.target, plan.events) == (1, 2, MANY)
    assert list(plan.months) == ["2024-09", "2024-10", "2024-11"]
    assert plan.sampled > 0
    assert plan.rate > 0
    assert plan.needed > 0
    assert plan.free > 0


def cluster(client: Elasticsearch, prefix: str) -> dict[str, object]:
    """What a portal has on the cluster: indices with their settings and aliases, templates."""
    indices = {
        name: (found["aliases"], found["settings"]["index"].get("blocks"), found["settings"]["index"].get("default_pipeline"))
        for name, found in client.indices.get(index=f"{prefix}-*").items()
        if not name.endswith("-state")
    }
    return {"indices": indices, "templates": client.indices.get_index_template(name=f"{prefix}-v*").body}


def template_of(client: Elasticsearch, name: str) -> dict[str, Any]:
    """A template as it may be written again."""
    found = client.indices.get_index_template(name=name)["index_templates"][0]["index_template"]
    return {key: value for key, value in found.items() if "date" not in key}


def test_what_the_new_mapping_does_not_take_keeps_the_old_version_live(
    opened: Callable[[], ElasticStore], client: Elasticsearch, prefix: str
) -> None:
    """Such events are counted and can be looked at; only who accepts their loss goes over, and going back has them again."""
    store = opened()
    store.make()
    template = template_of(client, f"{prefix}-v1")
    template["template"]["mappings"]["properties"]["old"] = {"type": "keyword"}
    client.indices.put_index_template(name=f"{prefix}-v1", body=template)
    store.write(EVENTS[:300])
    odd = {"id": "odd", "timestamp": START, "type": "delivery", "source": "ndjson", "old": "x"}
    client.index(index=f"{prefix}-v1-2024-09", id="odd", document=odd, refresh=True)
    with pytest.raises(RefusedByMappingError, match="1 event would be missing"):
        store.reindexer(How()).start()
    assert states(store) == {1: "live", 2: "next"}
    assert store.write([event(300)]).new == 1
    (refused,) = store.reindexer(How()).refused()
    assert refused.event.id == "odd"
    assert "strict" in refused.reason
    with pytest.raises(RefusedByMappingError):
        store.reindexer(How()).resume()
    assert store.reindexer(How(accept=True)).resume().rejected == 1
    assert found(store) == by_id([*EVENTS[:300], event(300)])
    store.reindexer(How()).rollback()
    assert set(found(store)) == {*by_id([*EVENTS[:300], event(300)]), "odd"}


def test_what_is_deleted_while_it_is_copied_stays_deleted(store: ElasticStore, opened: Callable[[], ElasticStore]) -> None:
    """Single events and a whole month, deleted while stretches of them are on their way."""
    other, done = opened(), []

    def delete(_: object) -> None:
        if not done:
            done.append(other.delete(Query(Exact("sender", "info@shop3.example")), EVERYONE))
            start, end = bounds("2024-10")
            done.append(other.delete(Query(start=start, end=end), EVERYONE))

    store.reindexer(How(tell=delete, rate=3000)).start()
    gone = [each for each in EVENTS if each.sender == "info@shop3.example" or bounds("2024-10")[0] <= each.timestamp < bounds("2024-10")[1]]
    assert done[0] == len(EVENTS[3::7])
    assert found(store) == {key: value for key, value in by_id(EVENTS).items() if key not in by_id(gone)}


def test_a_copy_that_comes_late_does_not_bring_back_an_older_state(store: ElasticStore, client: Elasticsearch, prefix: str) -> None:
    """Each copy carries its place in the history, so the order in which copies arrive does not matter."""
    assert store.reindexer(stopped_after(1)).start().stopped
    completed = event(0, mx="mx1.example")
    store.write([completed])
    run = store.reindexer(How())._runs.last()
    assert run is not None
    store.reindexer(How()).resume()
    lines: list[dict[str, Any]] = [
        {"index": {"_id": EVENTS[0].id, "version": run.number << 40, "version_type": "external_gte"}},
        {"id": EVENTS[0].id},
    ]
    answer = client.bulk(index=f"{prefix}-v2-2024-09", operations=lines, pipeline="_none")
    assert answer["items"][0]["index"]["status"] == 409
    assert found(store)[completed.id] == completed


def test_documents_of_another_form_are_made_anew(store: ElasticStore, client: Elasticsearch, prefix: str) -> None:
    """Where this version of the portal makes other documents of the same events, they are not copied as they are."""
    template = template_of(client, f"{prefix}-v1")
    template["_meta"]["documents"] = 0
    client.indices.put_index_template(name=f"{prefix}-v1", body=template)
    bare = json.loads(json.dumps({"id": "bare", "timestamp": START, "type": "delivery", "source": "ndjson", "sender": "a@b.example"}))
    client.index(index=f"{prefix}-v1-2024-09", id="bare", document=bare, refresh=True)
    store.reindexer(How()).start()
    made = client.get(index=f"{prefix}-v2-2024-09", id="bare")["_source"]
    assert (made["sender_domain"], made["sender_reversed"]) == ("b.example", "elpmaxe.b@a")
    assert len(found(store)) == MANY + 1


@contextmanager
def running(prefix: str, elastic_url: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`portal reindex` as a process."""
    settings = {"PORTAL_ELASTICSEARCH_URL": elastic_url, "PORTAL_ELASTICSEARCH_INDEX": prefix, "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "reindex", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | settings,
    )
    try:
        yield child
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()


def next_command(store: ElasticStore) -> str | None:
    """What is to be started now: going on with a run, or a first one."""
    last = store.reindexer(How())._runs.last()
    if last is not None and not last.over:
        return "--resume"
    if "kept" in states(store).values():
        store.reindexer(How()).drop_old()
    return None


def at_work(store: ElasticStore, child: subprocess.Popen[str]) -> None:
    """Wait until a process works on a run, or has ended."""
    while child.poll() is None:
        with suppress(StoreUnavailableError):  # while the record's index is being made
            last = store.reindexer(How())._runs.last()
            if last is not None and f" {child.pid} " in last.owner:
                return
        time.sleep(0.05)


def test_a_killed_run_goes_on_and_nothing_is_lost(
    store: ElasticStore, opened: Callable[[], ElasticStore], prefix: str, elastic_url: str
) -> None:
    """Killed with -9 at random moments, with events coming in: all of them are there, once, and were found all the time."""
    kills = int(os.environ.get("REINDEX_KILLS", "4"))
    dice = random.Random(os.environ.get("REINDEX_SEED"))  # noqa: S311 - for variety
    moments: list[str] = []
    with Ingest(opened()) as ingest, Reader(opened(), ingest) as reader:
        while len(moments) < kills:
            arguments = [word for word in [next_command(store)] if word]
            with running(prefix, elastic_url, "--rate", "800", *arguments) as child:
                at_work(store, child)
                began = time.monotonic()
                try:
                    child.wait(dice.uniform(0, 8))
                except subprocess.TimeoutExpired:
                    child.send_signal(signal.SIGKILL)
                    seconds, last = time.monotonic() - began, store.reindexer(How())._runs.last()
                    moments.append(
                        f"{seconds:.1f} s: {f'{last.phase} {last.done} of {last.total}' if last else 'not begun'} {states(store)}"
                    )
        arguments = [word for word in [next_command(store)] if word]
        with running(prefix, elastic_url, "--json", *arguments) as child:
            output, _ = child.communicate(timeout=300)
        assert child.returncode == 0, output
    print("\n".join(moments), reader.searches, len(ingest.written))  # noqa: T201 - shown where it fails, or with -s
    assert reader.incomplete == []
    assert json.loads(output.splitlines()[-1])["rejected"] == 0
    assert found(store) == by_id(EVENTS + ingest.written)
    assert max(states(store).values()) == "live"


def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(store: ElasticStore, prefix: str, elastic_url: str) -> None:
    """Exit code 1, a sentence, and a run that can be resumed."""
    with running(prefix, elastic_url, "--rate", "100") as child:
        at_work(store, child)
        child.send_signal(signal.SIGINT)
        output, _ = child.communicate(timeout=60)
    assert child.returncode == 1
    assert "--resume" in output
    assert "Traceback" not in output
    store.reindexer(How()).resume()
    assert found(store) == by_id(EVENTS)


def test_a_run_at_work_cannot_be_taken_over(store: ElasticStore, opened: Callable[[], ElasticStore]) -> None:
    """Two at once would be one too many; the second is told who is at it."""
    began, refused = threading.Event(), []

    def second() -> None:
        began.wait(60)
        for attempt in (opened().reindexer(How()).start, opened().reindexer(How()).resume):
            with pytest.raises(ReindexError) as error:
                attempt()
            refused.append(str(error.value))

    thread = threading.Thread(target=second)
    thread.start()
    store.reindexer(How(tell=lambda _: began.set(), rate=100, stop=lambda: len(refused) == 2)).start()
    thread.join()
    assert "is not done" in refused[0]
    assert "is at work" in refused[1]


def test_the_pages_say_that_a_reindex_is_under_way(
    store: ElasticStore, opened: Callable[[], ElasticStore], client_of: Callable[[EventStore], FlaskClient]
) -> None:
    """With how much is done; and the list is complete meanwhile."""
    assert store.under_way() is None
    runs = store.reindexer(How())._runs
    runs.begin(Run(0, Kind.REINDEX, 1, 2, done=63, total=100))
    browser = client_of(opened())
    page = browser.get("/events").get_data(as_text=True)
    assert "Reindexing, 63 %" in page
    assert f"{MANY:,} events" in page
    ready = browser.get("/readyz").get_json()
    assert ready["parts"]["events"]["work"] == "Reindexing, 63 %"
    run = runs.last()
    assert run is not None
    run.phase = Phase.ABORTED
    runs.save(run)
    assert "Reindexing" not in client_of(opened()).get("/events").get_data(as_text=True)


def portal(*arguments: str, **settings: str) -> Result:
    """One command in this process."""
    return CliRunner().invoke(main, arguments, env=settings)


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, elastic_url: str, prefix: str) -> Callable[..., Result]:
    """`portal reindex` with settings of its own."""
    for name in [name for name in os.environ if name.startswith("PORTAL_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: portal(
        "reindex", *arguments, PORTAL_ELASTICSEARCH_URL=elastic_url, PORTAL_ELASTICSEARCH_INDEX=prefix, PORTAL_DATA=str(tmp_path)
    )


def test_the_command_tells_what_it_does(store: ElasticStore, cli: Callable[..., Result]) -> None:
    """From the trial to removing the old version; counts as JSON on the last line."""
    trial = cli("--dry-run")
    assert trial.exit_code == 0
    assert "nothing has been changed" in trial.stdout
    assert "2024-10           744 events" in trial.stdout
    done = cli("--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout.splitlines()[-1]) | {"seconds": 0, "pause": 0} == {
        "read": MANY, "written": MANY, "rejected": 0, "seconds": 0, "pause": 0,
    }  # fmt: skip
    assert "No event could be written for" in cli("--rollback").stdout
    assert cli().exit_code == 1
    assert "--drop-old" in cli().stderr
    assert "Removed version 2" in cli("--drop-old").stdout
    assert found(store) == by_id(EVENTS)


def test_refused_events_are_in_a_file_that_can_be_indexed_again(
    store: ElasticStore, client: Elasticsearch, prefix: str, cli: Callable[..., Result], tmp_path: Path
) -> None:
    """With the place and Elasticsearch's reason; exit code 1 until their loss is accepted."""
    client.indices.put_mapping(index=f"{prefix}-v1-2024-09", properties={"old": {"type": "keyword"}})
    odd = {
        "id": "odd",
        "timestamp": START,
        "type": "delivery",
        "source": "ndjson",
        "old": "x",
        "sender": "a@b.example",
        "recipient": "c@d.example",
    }
    client.index(index=f"{prefix}-v1-2024-09", id="odd", document=odd, refresh=True)
    refused = cli("--dead-letter", "letters")
    assert refused.exit_code == 1
    assert "1 event would be missing" in refused.stderr
    letter = json.loads((tmp_path / "letters").read_text())
    assert json.loads(letter["record"])["id"] == "odd"
    assert "does not take it" in letter["reason"]
    assert cli("--resume", "--accept-rejected").exit_code == 0
    assert len(found(store)) == MANY
    again = portal("index", "--json", "letters", PORTAL_ELASTICSEARCH_URL=store._cluster.address.urls[0], PORTAL_ELASTICSEARCH_INDEX=prefix)
    assert json.loads(again.stdout)["new"] == 1, again.output
    assert len(found(store)) == MANY + 1


def test_options_that_do_not_go_together_are_told(cli: Callable[..., Result]) -> None:
    """Exit code 2 and what is wrong."""
    for arguments, words in (
        (("--resume", "--abort"), "--resume and --abort cannot be done at once"),
        (("--from-embedded", "--rollback"), "--from-embedded goes with --resume and --dry-run only"),
    ):
        result = cli(*arguments)
        assert result.exit_code == 2
        assert words in result.stderr
    result = portal("reindex", "--rollback", PORTAL_DATA="nowhere")
    assert result.exit_code == 2
    assert "PORTAL_ELASTICSEARCH_URL is not set" in " ".join(result.stderr.split())


def test_the_embedded_events_go_into_elasticsearch(cli: Callable[..., Result], opened: Callable[[], ElasticStore], tmp_path: Path) -> None:
    """All of them, month by month; a second time adds nothing."""
    embedded = EmbeddedStore(tmp_path / "events")
    embedded.write(EVENTS)
    embedded.close()
    assert "nothing has been changed" in cli("--from-embedded", "--dry-run").stdout
    assert not opened().made()
    first = cli("--from-embedded", "--json")
    assert first.exit_code == 0, first.output
    assert json.loads(first.stdout.splitlines()[-1])["written"] == MANY
    assert found(opened()) == by_id(EVENTS)
    second = cli("--from-embedded", "--json")
    assert json.loads(second.stdout.splitlines()[-1])["written"] == 0


def test_copying_from_embedded_goes_on_where_it_was(opened: Callable[[], ElasticStore], tmp_path: Path) -> None:
    """After a stop, from the last event that was kept; nobody starts a second one beside it."""
    source, target = EmbeddedStore(tmp_path / "events"), opened()
    many = [event(number, timestamp=START + number) for number in range(9000)]
    source.write(many)
    target.make()
    told: list[object] = []
    refused: list[Sequence[Refused]] = []
    first = copied(source, target, target.journal(resume=False), tell=told.append, stop=lambda: len(told) > 0, refused=refused.append)
    assert first.stopped
    assert first.read == 8000
    with pytest.raises(ReindexError, match="--from-embedded --resume"):
        target.journal(resume=False)
    second = copied(source, target, target.journal(resume=True), tell=told.append, stop=lambda: False, refused=refused.append)
    assert second.written == 1000
    assert found(target) == by_id(many)
    assert not any(refused)
    source.close()


def test_the_embedded_months_are_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same events, in less room where some were replaced; a trial changes nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PORTAL_ELASTICSEARCH_URL", raising=False)
    store = EmbeddedStore(tmp_path / "events")
    store.write(EVENTS)
    completed = [event(number, mx="mx1.example") for number in range(MANY)]
    store.write(completed)
    store.close()
    trial = portal("reindex", "--dry-run", PORTAL_DATA=str(tmp_path))
    assert trial.exit_code == 0, trial.output
    assert "1,200 events of 3 months" in trial.stdout
    done = portal("reindex", "--json", PORTAL_DATA=str(tmp_path))
    assert json.loads(done.stdout.splitlines()[-1])["written"] == MANY
    again = EmbeddedStore(tmp_path / "events")
    assert found(again) == by_id(completed)
    again.close()
