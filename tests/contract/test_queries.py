"""Contract: a tree finds exactly the events it means, by the plain-Python yardstick in `tests/matcher.py`."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from letters import LETTERS, in_order

sys.path.append(str(Path(__file__).parent.parent))  # with the contract alone, pytest does not add it

from matcher import matches, whole

from store.events import EventStore, Page, Query, Scope, Sort
from store.fields import BY_NAME, FIELDS, Kind
from store.tree import All, And, Any, Exact, Exists, Fuzzy, Network, Node, Not, Nothing, Or, Range, Wildcard, Words
from store.words import words

ALL = Scope.operator()
TEXTS = [field.name for field in FIELDS if field.kind is Kind.TEXT]
ADDRESSES = [field.name for field in FIELDS if field.kind is Kind.ADDRESS]
EXACTS = [field.name for field in FIELDS if field.kind is Kind.EXACT]
WHOLES = [*EXACTS, *ADDRESSES, *(field.name for field in FIELDS if field.kind in {Kind.IP, Kind.FLAG})]
VALUES = {name: sorted({value for event in LETTERS for value in whole(event, name)}) for name in [*WHOLES, *TEXTS]}
CUT = {name: sorted({word for value in VALUES[name] for word in words(value)}) for name in [*TEXTS, *ADDRESSES]}


def parted(value: str, at: list[int], wild: list[Any]) -> tuple[str | Any, ...]:
    """A value as a pattern: some of its characters become wildcards."""
    parts: list[str | Any] = []
    for index, character in enumerate(value):
        if index in at:
            parts.append(wild[at.index(index) % len(wild)])
        elif parts and isinstance(parts[-1], str):
            parts[-1] += character
        else:
            parts.append(character)
    return tuple(parts) or (Any.MANY,)


@st.composite
def wildcards(draw: st.DrawFn) -> Wildcard:
    """A pattern that some value fits, or once did."""
    by_word = draw(st.booleans())
    field = draw(st.sampled_from([*TEXTS, *ADDRESSES] if by_word else [*EXACTS, *ADDRESSES]))
    value = draw(st.sampled_from(CUT[field] if by_word else VALUES[field]))
    at = draw(st.lists(st.integers(0, max(0, len(value) - 1)), min_size=1, max_size=3, unique=True))
    pattern = parted(value, at, draw(st.lists(st.sampled_from(list(Any)), min_size=1, max_size=2)))
    ends = draw(st.sampled_from([(), (Any.MANY,)]))
    return Wildcard(field, (*ends, *pattern) if draw(st.booleans()) else (*pattern, *ends), words=by_word)


@st.composite
def phrases(draw: st.DrawFn) -> Words:
    """Some of the words of a text, whole runs or with changes of place."""
    field = draw(st.sampled_from([*TEXTS, *ADDRESSES]))
    found = words(draw(st.sampled_from([value for value in VALUES[field] if words(value)])))
    start = draw(st.integers(0, len(found) - 1))
    some = found[start : start + draw(st.integers(1, 4))]
    if draw(st.booleans()):
        some = draw(st.permutations(some))
    return Words(field, tuple(some), draw(st.integers(0, 3)))


@st.composite
def repeated(draw: st.DrawFn) -> Words:
    """A word twice, or once more beside another: each needs its own place in the text."""
    field = draw(st.sampled_from(TEXTS))
    found = words(draw(st.sampled_from([value for value in VALUES[field] if words(value)])))
    word, other = draw(st.sampled_from(found)), draw(st.sampled_from(found))
    some, most = draw(st.sampled_from([((word, word), 9), ((word, other, word), 6), ((word, word, other), 6)]))
    return Words(field, some, draw(st.integers(0, most)))


@st.composite
def fuzzies(draw: st.DrawFn) -> Fuzzy:
    """A value with a few letters changed."""
    by_word = draw(st.booleans())
    field = draw(st.sampled_from([*TEXTS, *ADDRESSES] if by_word else EXACTS))
    value = list(draw(st.sampled_from([value for value in (CUT[field] if by_word else VALUES[field]) if value])))
    for _ in range(draw(st.integers(0, 3))):
        value.insert(draw(st.integers(0, len(value))), draw(st.sampled_from("aeé1.")))
        value.pop(draw(st.integers(0, len(value) - 1)))
    return Fuzzy(field, "".join(value), draw(st.integers(1, 2)), words=by_word)


def ranges(field: str) -> st.SearchStrategy[Range]:
    """A range between two values of a field, either end open or away."""
    kind = BY_NAME[field].kind
    if kind in {Kind.EXACT, Kind.ADDRESS}:
        ends: st.SearchStrategy[int | float | str] = st.sampled_from([*VALUES[field], "a", "m x", "{", "~"])
    else:
        found = sorted({getattr(event, field) for event in LETTERS} - {None})
        ends = st.sampled_from([*found, found[0] - 1, found[-1] + 1])
    return st.builds(Range, st.just(field), st.none() | ends, st.none() | ends, st.booleans(), st.booleans())


LEAVES = st.one_of(
    st.sampled_from([All(), Nothing(), *(Exact("mentions", address) for address in ("jan@one.example", "piet@gmail.com", "no@one.x"))]),
    st.sampled_from(WHOLES).flatmap(lambda field: st.sampled_from([*VALUES[field], "none such"]).map(lambda value: Exact(field, value))),
    phrases(), repeated(), wildcards(), fuzzies(),
    st.sampled_from([*EXACTS, *ADDRESSES, "timestamp", "smtp_code", "delay"]).flatmap(ranges),
    st.sampled_from(["192.0.2.0/27", "192.0.2.0/31", "0.0.0.0/0", "2001:db8::/32", "::/0", "10.0.0.1/32"]).map(
        lambda network: Network("remote_ip", network)
    ),
    st.sampled_from([field.name for field in FIELDS if field.kind is not Kind.STORED]).map(Exists),
)  # fmt: skip


def groups(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    """And, or, not."""
    several = st.lists(nodes, min_size=1, max_size=3).map(tuple)
    return st.one_of(nodes.map(Not), several.map(And), several.map(Or))


TREES = st.recursive(LEAVES, groups, max_leaves=8)


@examples(max_examples=400, deadline=None)
@given(tree=TREES)
def test_a_tree_finds_what_it_means(filled: EventStore, tree: Node) -> None:
    """Any tree finds the events that match it, no more and no fewer."""
    wanted = in_order((event for event in LETTERS if matches(tree, event)), Sort())
    results = filled.search(Query(tree), ALL, Page(Sort(), 1000))
    assert [event.id for event in results.events] == [event.id for event in wanted]
    assert results.total == len(wanted)


@examples(max_examples=200, deadline=None)
@given(leaf=LEAVES)
def test_a_single_condition_finds_what_it_means(filled: EventStore, leaf: Node) -> None:
    """Each kind of condition by itself, where nothing hides a mistake."""
    assert filled.count(Query(leaf), ALL) == sum(matches(leaf, event) for event in LETTERS)


@pytest.mark.parametrize(
    "tree", [And(()), Or(()), Not(All()), Not(Nothing()), And((Not(All()), Not(Nothing()))), Or((Not(Exists("delay")),))]
)
def test_the_edges_of_logic(filled: EventStore, tree: Node) -> None:
    """Empty and purely negative trees mean what logic says."""
    assert filled.count(Query(tree), ALL) == sum(matches(tree, event) for event in LETTERS)
