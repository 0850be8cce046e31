"""Addresses as people type and paste them: each in its one form, or refused with the reason."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from store.addresses import MAX_ADDRESS, BadAddressError, normalised

SPELLINGS = [json.loads(line) for line in (Path(__file__).parent / "data" / "addresses.jsonl").read_text().splitlines()]
READ = [each for each in SPELLINGS if each[1]]
REFUSED = [(typed, code) for typed, address, *code in SPELLINGS if not address for code in code]


def test_the_table_holds_a_hundred_spellings() -> None:
    """Each once."""
    assert len({typed for typed, *_ in SPELLINGS}) == len(SPELLINGS) >= 100


@pytest.mark.parametrize(("typed", "address"), READ, ids=[ascii(each[0]) for each in READ])
def test_a_spelling_of_an_address_has_one_form(typed: str, address: str) -> None:
    """Which is its own form."""
    assert normalised(typed) == address
    assert normalised(address) == address


@pytest.mark.parametrize(("typed", "code"), REFUSED, ids=[ascii(each[0]) for each in REFUSED])
def test_what_is_no_address_is_refused_with_the_reason(typed: str, code: str) -> None:
    """The sentence says what to do."""
    with pytest.raises(BadAddressError) as caught:
        normalised(typed)
    assert caught.value.code == code
    assert any(cure in str(caught.value) for cure in ("Type", "Check", "Take"))


@given(st.text(max_size=300) | st.text("abAB.\"@ <>\\[]'-+:;,é\u200b", max_size=60))
@example('"' * 900)
@example("a." * 450 + "@" + "b." * 40)
@example("@" * 900)
@example("<" * 900)
@example("x" * 100_000)
def test_whatever_is_typed_is_an_address_or_refused(typed: str) -> None:
    """An address that comes of it is short, has nothing invisible in it, and is its own form."""
    try:
        address = normalised(typed)
    except BadAddressError:
        return
    assert address.isprintable()
    assert "@" in address
    assert len(address.encode()) <= MAX_ADDRESS
    assert normalised(address) == address
