"""The engines the contract is held against; an engine that joins adds its name here, and nothing else changes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from letters import LETTERS

from store.embedded import EmbeddedStore
from store.events import EventStore

ENGINES: dict[str, Callable[[Path], EventStore]] = {"embedded": EmbeddedStore}


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Callable[[Path], EventStore]:
    """What opens an engine in a folder."""
    return ENGINES[request.param]


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventStore]:
    """An empty engine of its own for a test."""
    opened = ENGINES[request.param](tmp_path / "events")
    yield opened
    opened.close()


@pytest.fixture(scope="session", params=ENGINES)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EventStore]:
    """An engine that holds `LETTERS`, written in three batches and in no order; tests only read it."""
    opened = ENGINES[request.param](tmp_path_factory.mktemp("filled") / "events")
    mixed = sorted(LETTERS, key=lambda event: event.id[::-1])
    for part in range(3):
        opened.write(mixed[part::3])
    yield opened
    opened.close()
