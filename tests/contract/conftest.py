"""The engines the contract is held against; an engine that joins adds its name here, and nothing else changes."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from elastic_cleanup import without_trace
from letters import LETTERS

from store.elastic import Address, ElasticStore
from store.embedded import EmbeddedStore
from store.events import EventStore

ENGINES = ("embedded", "elastic")

Open = Callable[[Path], EventStore]


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[Open]:
    """What opens an engine of its own for each folder; a cluster is shared, so there a store has a name of its own instead."""
    if request.param == "embedded":
        yield EmbeddedStore
        return
    url: str = request.getfixturevalue("elastic_url")
    prefixes: list[str] = []

    def opened(_: Path) -> EventStore:
        prefixes.append(f"test-{secrets.token_hex(6)}")
        return ElasticStore(Address((url,)), prefix=prefixes[-1], patience=30)

    yield opened
    without_trace(url, prefixes)


@pytest.fixture
def store(engine: Open, tmp_path: Path) -> Iterator[EventStore]:
    """An empty engine of its own for a test."""
    opened = engine(tmp_path / "events")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def filled(engine: Open, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EventStore]:
    """An engine that holds `LETTERS`, written in three batches and in no order; tests only read it."""
    opened = engine(tmp_path_factory.mktemp("filled") / "events")
    mixed = sorted(LETTERS, key=lambda event: event.id[::-1])
    for part in range(3):
        opened.write(mixed[part::3])
    yield opened
    opened.close()
