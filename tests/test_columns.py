"""How values become cells: order, bounds, addresses of machines, months; and the alphabet the embedded engine writes them in."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from store.columns import COLUMNS, Role, ip_order, ip_text, network_order, whole
from store.embedded.alphabet import decode, encode
from store.embedded.compile import compiled
from store.embedded.documents import document
from store.errors import BadQueryError
from store.event import Event
from store.months import bounds, month_of
from store.tree import Any, Wildcard

TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=30)


@examples(max_examples=200, deadline=None)
@given(one=TEXT, other=TEXT)
def test_the_alphabet_keeps_order_and_length(one: str, other: str) -> None:
    """Values compare in the engine's alphabet as they do in their own, and come back whole."""
    one, other = whole(one), whole(other)
    assert (encode(one) < encode(other)) == (one < other)
    assert len(encode(one)) == len(one)
    assert decode(encode(one)) == one


LONG = st.text(alphabet="aZ09_.:',;{~@ \t\né\U0001f600", max_size=40) | st.sampled_from(["a.b" * 200, "x_" * 300, "Long id " * 80])


@examples(max_examples=300, deadline=None)
@given(values=st.fixed_dictionaries(dict.fromkeys(("id", "recipient", "subject", "diagnostic", "type"), LONG)))
def test_a_document_holds_what_the_columns_say(values: dict[str, str]) -> None:
    """However a cell is made, it is the column's own, in the engine's alphabet and with its words apart."""
    event = msgspec.convert({"timestamp": 0, "source": "test", **values}, Event)
    cells = msgspec.json.decode(document(event))
    for column in COLUMNS:
        value = getattr(event, column.field)
        cell = None if value is None else column.make(value)
        if isinstance(cell, str):
            assert cells[column.name] == encode(cell)
        elif column.role is Role.WORDS:
            assert cells.get(column.name, "").split() == (cell or [])


@examples(max_examples=100, deadline=None)
@given(timestamp=st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_a_time_lies_in_its_month(timestamp: int) -> None:
    """Every time is within the bounds of its month, and those of the next begin where they end."""
    start, end = bounds(month_of(timestamp))
    assert start <= timestamp < end


@examples(max_examples=100, deadline=None)
@given(address=st.ip_addresses(), other=st.ip_addresses(), prefix=st.integers(0, 32))
def test_addresses_sort_as_numbers_and_lie_in_their_networks(address: object, other: object, prefix: int) -> None:
    """The text to sort by orders as the numbers do, and a network is a run of it."""
    first, last = network_order(f"{address}/{prefix}")
    own = ip_order(str(address))
    assert own is not None
    assert first <= own <= last
    assert ip_text(str(address)) == str(getattr(address, "ipv4_mapped", None) or address)
    if type(address) is type(other):
        assert (own < str(ip_order(str(other)))) == (int(address) < int(other))


@pytest.mark.parametrize("text", ["", "x", "1.2.3", "1.2.3.4/24", "::1%eth0", "256.1.1.1", "\x00", "\ud800", "1.2.3.4 "])
def test_what_is_no_address_has_no_cell(text: str) -> None:
    """Such a field is kept and shown, not searched."""
    assert ip_text(text) is None
    assert ip_order(text) is None


def test_a_pattern_too_costly_is_the_user_s_to_change() -> None:
    """A pattern beyond the engine's bound is a `BadQueryError`, not a failure."""
    with pytest.raises(BadQueryError, match="fewer wildcards"):
        compiled(Wildcard("subject", ("a", *[Any.ONE] * 240, Any.MANY, *[Any.ONE] * 240, "b"), words=True))
