"""Batches: how events are gathered, what may be under way at once, and what becomes of those a store refuses."""

import json
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from indexer import batches
from indexer.batches import Batches, Place
from indexer.pipeline import run
from store.event import Event, event_id
from store.events import Refused, WriteReport


def event(number: int, **fields: str) -> Event:
    """An event of this number."""
    return Event(id=event_id("batch", str(number)), timestamp=number, type="delivery", source="test", recipient="a@x.example", **fields)


class Slow:
    """A store of several writes at once, each of which takes a moment; remembers what was under way together."""

    concurrent_writes = 3

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.under_way: list[set[str]] = []
        self.together: list[list[set[str]]] = []
        self.kept: list[Event] = []

    def write(self, events: Sequence[Event]) -> WriteReport:
        """Keep them, after a while."""
        ids = {event.id for event in events}
        with self.lock:
            self.under_way.append(ids)
            self.together.append(list(self.under_way))
        time.sleep(0.05)
        with self.lock:
            self.under_way.remove(ids)
            self.kept += events
        return WriteReport(new=len(events))


class Refusing:
    """A store that takes no deliveries to one person."""

    concurrent_writes = 1

    def write(self, events: Sequence[Event]) -> WriteReport:
        """Keep all but those."""
        refused = tuple(Refused(event, "it does not fit") for event in events if event.recipient == "odd@x.example")
        return WriteReport(new=len(events) - len(refused), refused=refused)


def test_several_batches_are_under_way_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as the store takes, and every event is counted once, in order of the batches."""
    monkeypatch.setattr(batches, "SIZE", 2)
    store, told = Slow(), []
    with Batches(store, lambda events, report, place: told.append((events, report.new, place))) as gathered:
        gathered.place = Place("log", 7)
        gathered.add(event(number) for number in range(11))
        gathered.flush()
    assert max(map(len, store.together)) == 3
    assert sorted(event.timestamp for event in store.kept) == list(range(11))
    assert told == [(2, 2, Place("log", 7))] * 5 + [(1, 1, Place("log", 7))]


def test_two_readings_of_one_event_are_never_under_way_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """The later one waits, so that it is merged onto the earlier."""
    monkeypatch.setattr(batches, "SIZE", 1)
    store = Slow()
    with Batches(store, lambda *_: None) as gathered:
        gathered.add([event(1), event(2), event(1, subject="later"), event(2, subject="later"), event(3)])
        gathered.flush()
    assert [each.subject for each in store.kept if each.id == event(1).id] == [None, "later"]
    assert all(not one & other for group in store.together for one in group for other in group if one is not other)


def test_what_the_store_refuses_goes_to_the_dead_letters_and_can_be_fed_in_again(tmp_path: Path) -> None:
    """With its reason and whole; once the store takes it, reading the file brings it in."""
    lines = [
        json.dumps({"timestamp": 1_700_000_000_000 + n, "type": "delivery", "recipient": to})
        for n, to in enumerate(("odd@x.example", "a@x.example"))
    ]
    (tmp_path / "in.ndjson").write_text("\n".join(lines) + "\n")
    letters = tmp_path / "dead.ndjson"
    summary = run([tmp_path / "in.ndjson"], Refusing(), dead_letter=letters, processes=0)
    assert (summary.read, summary.events, summary.new, summary.rejected) == (2, 1, 1, 1)
    assert summary.examples[0].reason == "it does not fit"
    store = Slow()
    again = run([letters], store, processes=0)
    assert (again.new, again.rejected) == (1, 0)
    assert store.kept[0].recipient == "odd@x.example"
