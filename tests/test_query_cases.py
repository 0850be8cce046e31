"""The worked cases: each query finds exactly the events it names, each broken one gets what it should."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from matcher import matches

from store.errors import BadQueryError
from store.event import Event, milliseconds
from store.query import parse

FOLDER = Path(__file__).parent / "queries"


def lines(name: str) -> list[dict[str, Any]]:
    """The records of one file."""
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").split("\n") if line]


def event(record: dict[str, Any]) -> Event:
    """A record as an event."""
    return Event(**record | {"timestamp": milliseconds(datetime.fromisoformat(record["timestamp"])), "source": "ndjson"})


EVENTS = [event(record) for record in lines("events.ndjson")]
CASES = lines("cases.jsonl") + lines("own_cases.jsonl")
MALFORMED = lines("malformed.jsonl") + lines("own_malformed.jsonl")


def typed(case: dict[str, Any]) -> str:
    """The query of a case, repeated where the case says so."""
    if "query" in case:
        return str(case["query"])
    before, inside, times, *after = case["gen"]
    return before * times + inside + "".join(after) * times


def found(query: str) -> list[str]:
    """The ids of the events that a query finds."""
    tree = parse(query).tree
    return [event.id for event in EVENTS if matches(tree, event)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_a_query_finds_exactly_what_it_means(case: dict[str, Any]) -> None:
    """The events that the case names, and no other."""
    assert found(case["query"]) == case["expected"]


@pytest.mark.parametrize("case", MALFORMED, ids=lambda case: str(case["id"]))
def test_a_broken_query_gets_what_it_should(case: dict[str, Any]) -> None:
    """An error at the right place with the right cure, or the meaning that was intended."""
    query = typed(case)
    try:
        ids = found(query)
    except BadQueryError as error:
        fault = error.fault
        assert case["kind"] != "lenient", fault
        assert fault.message.endswith(".")
        assert 0 <= fault.start <= fault.end <= len(query)
        if case["kind"] == "error":
            assert case.get("position") in (None, fault.start)
            assert case.get("position") is None or fault.fix == case["fix"]
            assert case.get("fix") is None or fault.fix == case["fix"]
    else:
        assert case["kind"] != "error"
        assert case.get("expected") in (None, ids)
