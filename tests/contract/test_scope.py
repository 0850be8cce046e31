"""Contract: nothing outside a scope is ever shown or counted, whatever is asked."""

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from letters import LETTERS, in_order

from store.errors import NotFoundError
from store.events import EventStore, Page, Query, Scope, Sort
from store.tree import All, And, Any, Exact, Exists, Node, Not, Nothing, Or, Range, Wildcard, Words

DOMAINS = ("one.example", "two.example", "three.example", "gmail.com", "no.example")
SCOPES = st.sets(st.sampled_from(DOMAINS)).map(Scope.of)
LEAVES = st.sampled_from(
    [
        All(), Nothing(), Exact("sender", "jan@one.example"), Exact("sender_domain", "two.example"), Exact("type", "bounce"),
        Exists("sender"), Wildcard("sender", (Any.MANY, "example")), Words("subject", ("invoice",)), Range("delay", 1, None),
    ]
)  # fmt: skip
TREES = st.recursive(
    LEAVES,
    lambda nodes: st.one_of(
        nodes.map(Not),
        st.lists(nodes, min_size=1, max_size=3).map(tuple).map(And),
        st.lists(nodes, min_size=1, max_size=3).map(tuple).map(Or),
    ),
    max_leaves=6,
)


@examples(max_examples=60, deadline=None)
@given(tree=TREES, scope=SCOPES)
def test_every_answer_stays_inside_the_scope(filled: EventStore, tree: Node, scope: Scope) -> None:
    """Hits, totals, histograms, rankings and exports are those of the scope's events alone."""
    query = Query(tree)
    inside = [event for event in filled.export(query, Scope.operator(), Sort()) if scope.holds(event)]
    results = filled.search(query, scope, Page(Sort(), 1000))
    assert list(results.events) == inside
    assert (results.total, filled.count(query, scope)) == (len(inside), len(inside))
    assert list(filled.export(query, scope, Sort())) == inside
    assert sum(sum(bucket.counts.values()) for bucket in filled.histogram(query, scope, "1M", "UTC")) == len(inside)
    assert sum(count for _, count in filled.top("type", query, scope, 10)) == len(inside)


def test_an_empty_scope_sees_nothing(filled: EventStore) -> None:
    """No domain, no event, by any way in."""
    nobody = Scope.of([])
    assert filled.search(Query(), nobody, Page()).events == ()
    assert filled.count(Query(), nobody) == 0
    assert filled.histogram(Query(), nobody, "1d", "UTC") == []
    assert filled.top("sender", Query(), nobody, 5) == []
    assert list(filled.export(Query(), nobody, Sort())) == []
    with pytest.raises(NotFoundError):
        filled.get(LETTERS[0].id, nobody)


@pytest.mark.parametrize("domain", ["one.example", "ONE.example", "two.example"])
def test_get_keeps_to_the_scope(filled: EventStore, domain: str) -> None:
    """An id of another customer's event is as unknown as any."""
    scope = Scope.of([domain])
    for event in LETTERS:
        if scope.holds(event):
            assert filled.get(event.id, scope) == event
        else:
            with pytest.raises(NotFoundError):
                filled.get(event.id, scope)


def test_an_operator_sees_events_without_a_sender(filled: EventStore) -> None:
    """They belong to no customer, and only an operator finds them."""
    orphans = [event for event in LETTERS if event.sender_domain is None]
    found = filled.search(Query(Not(Exists("sender_domain"))), Scope.operator(), Page(Sort(), 1000))
    assert list(found.events) == in_order(orphans, Sort())
    assert filled.count(Query(Not(Exists("sender_domain"))), Scope.of(DOMAINS)) == 0
