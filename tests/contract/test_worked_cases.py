"""Contract: every engine answers the worked cases of the query language with the events they name."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent.parent))  # with the contract alone, pytest does not add it

from test_query_cases import CASES, EVENTS

from store.events import EventStore, Page, Query, Scope, Sort
from store.query import parse


@pytest.fixture(scope="module")
def worked(engine: Callable[[Path], EventStore], tmp_path_factory: pytest.TempPathFactory) -> Iterator[EventStore]:
    """An engine that holds the events of the cases."""
    opened = engine(tmp_path_factory.mktemp("worked") / "events")
    opened.write(EVENTS)
    yield opened
    opened.close()


@pytest.mark.parametrize("part", range(10))
def test_a_case_finds_the_events_it_names(worked: EventStore, part: int) -> None:
    """The same ids as the plain reading of the tree gives, whatever the engine; a part of the cases at a time."""
    wrong = {
        case["query"]: (case["expected"], found)
        for case in CASES[part::10]
        if (
            found := sorted(
                event.id for event in worked.search(Query(parse(case["query"]).tree), Scope.operator(), Page(Sort(), 1000)).events
            )
        )
        != case["expected"]
    }
    assert wrong == {}
