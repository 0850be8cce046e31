"""Contract: the values of a field that begin so, for whoever is still typing."""

from collections import Counter

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from letters import LETTERS

from store.columns import ip_text, whole
from store.event import Event, event_id
from store.events import EventStore, Query, Scope
from store.tree import Exact

ALL = Scope.operator()
FIELDS = ("type", "sender", "recipient", "recipient_domain", "remote_ip", "smtp_code", "status", "mx", "queue_id", "smtp_command", "tags")


def found(events: list[Event], field: str, beginning: str) -> list[tuple[str, int]]:
    """The same, counted by looking at each event."""
    counts: Counter[str] = Counter()
    for event in events:
        value = getattr(event, field)
        for each in value if isinstance(value, tuple) else (value,):
            text = None if each is None else ip_text(each) if field == "remote_ip" else whole(str(each))
            if text is not None and text.startswith(whole(beginning)):
                counts[text] += 1
    order = (lambda item: (-item[1], int(item[0]))) if field == "smtp_code" else (lambda item: (-item[1], item[0]))
    return sorted(counts.items(), key=order)


@pytest.mark.parametrize("field", FIELDS)
def test_values_that_begin_so_are_counted(filled: EventStore, field: str) -> None:
    """In any letter case, the most frequent first, as many as are asked for."""
    values = [value for value, _ in found(LETTERS, field, "")]
    for beginning in {"", *(value[:length] for value in values for length in (1, 2, 5, 99))}:
        for typed in (beginning, beginning.upper()):
            assert filled.values(field, typed, Query(), ALL, 5) == found(LETTERS, field, beginning)[:5]


def test_values_are_those_of_the_query_and_the_scope(filled: EventStore) -> None:
    """Tree, range and scope all count; an empty scope sees nothing."""
    start, end = LETTERS[20].timestamp, LETTERS[90].timestamp
    query = Query(Exact("type", "bounce"), start, end)
    within = [event for event in LETTERS if start <= event.timestamp < end and event.type == "bounce"]
    assert filled.values("recipient", "", query, ALL, 100) == found(within, "recipient", "")
    domain = next(event.sender_domain for event in LETTERS if event.sender_domain)
    seen = [event for event in LETTERS if event.sender_domain == domain]
    assert filled.values("recipient", "", Query(), Scope.of([domain]), 100) == found(seen, "recipient", "")
    assert filled.values("recipient", "", Query(), Scope.of([]), 100) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=20) | st.sampled_from(["*", "?", '"', "\\", "]", "a TO b", "\ud800", "\0", "\U0010ffff", "x" * 600]))
def test_whatever_is_typed_is_looked_for_as_it_is(filled: EventStore, beginning: str) -> None:
    """Nothing in it means anything to an engine."""
    assert filled.values("recipient", beginning, Query(), ALL, 100) == found(LETTERS, "recipient", beginning)


def test_a_value_is_counted_in_every_month_that_has_it(store: EventStore) -> None:
    """Also in one where it is not among the first."""
    old, new = LETTERS[0].timestamp, LETTERS[-1].timestamp
    pairs = [(f"user{n:05}@x.example", old) for n in range(2_000) for _ in range(1 + (n < 1_500))]
    pairs += [("user01999@x.example", new)] * 3
    events = [
        msgspec.structs.replace(LETTERS[0], id=event_id("values", str(n)), recipient=recipient, timestamp=time)
        for n, (recipient, time) in enumerate(pairs)
    ]
    store.write(events)
    assert store.values("recipient", "user", Query(), ALL, 1) == [("user01999@x.example", 4)]
