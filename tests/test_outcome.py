"""Which event of a message counts."""

import itertools

import pytest

from store.event import Event
from store.outcome import HOP, RANKS, final


def event(kind: str, time: int = 0, tags: tuple[str, ...] = ()) -> Event:
    """An event of a type."""
    return Event(id=f"{kind}{time}", timestamp=time, type=kind, source="test", tags=tags)


@pytest.mark.parametrize(
    ("higher", "lower"), list(itertools.pairwise(["complaint", "bounce", "reject", "open", "delivery", "deferral", "send"]))
)
def test_the_higher_rank_counts_whatever_the_order(higher: str, lower: str) -> None:
    """A later event of a lower rank changes nothing, nor does the order of reading."""
    pair = [event(higher, 1), event(lower, 2)]
    assert final(pair) == final(reversed(pair)) == higher


def test_a_deferral_after_a_hop_counts() -> None:
    """A message that a content filter on the same host took and that waits behind it is not delivered."""
    assert final([event("delivery", 1, (HOP,)), event("deferral", 2)]) == "deferral"


def test_a_hop_alone_is_what_its_line_says() -> None:
    """Where nothing is known of the way on, the delivery to the next server is the state."""
    assert final([event("delivery", 1, (HOP,))]) == "delivery"


def test_a_delivery_after_a_hop_counts() -> None:
    """The last hop's delivery is the state, not the hop."""
    assert final([event("delivery", 2), event("deferral", 3), event("delivery", 1, (HOP,))]) == "delivery"


def test_the_latest_of_equals_counts() -> None:
    """An open and a click weigh the same."""
    assert final([event("click", 1), event("open", 2)]) == "open"


def test_other_types_do_not_count() -> None:
    """A type outside the table says nothing of whether the message arrived."""
    assert final([event("invitation", 9), event("send", 1)]) == "send"
    assert final([event("autoreply", 1)]) is None
    assert final([]) is None


def test_the_ranks_are_those_of_the_design() -> None:
    """Opens and clicks share a rank; every other type has its own."""
    assert sorted(RANKS.values()) == [1, 2, 3, 4, 4, 5, 6, 7]
