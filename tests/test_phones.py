"""Phone numbers as people write them: each read right, or refused with the reason; and how they are masked."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from store.phones import MAX_TYPED, BadNumberError, known, masked, read

SPELLINGS = [json.loads(line) for line in (Path(__file__).parent / "data" / "phones.jsonl").read_text().splitlines()]
READ = [each for each in SPELLINGS if each[1]]
REFUSED = [(typed, code) for typed, number, code, *_ in SPELLINGS if not number]


def test_the_table_holds_two_hundred_spellings() -> None:
    """Each once."""
    assert len({typed for typed, *_ in SPELLINGS}) == len(SPELLINGS) >= 200


@pytest.mark.parametrize(("typed", "e164", "kind", "country"), READ, ids=[ascii(each[0]) for each in READ])
def test_a_spelling_of_a_number_is_read(typed: str, e164: str, kind: str, country: str) -> None:
    """As the number it is, with its kind and country; what it is shown as is read as the same number again."""
    number = read(typed)
    assert (number.e164, number.kind, number.country) == (e164, kind, country)
    assert read(number.shown).e164 == read(number.e164).e164 == e164


@pytest.mark.parametrize(("typed", "code"), REFUSED, ids=[ascii(each[0]) for each in REFUSED])
def test_what_is_no_number_is_refused_with_the_reason(typed: str, code: str) -> None:
    """The sentence says what would be right, and carries no more of what was typed than one character."""
    with pytest.raises(BadNumberError) as caught:
        read(typed)
    assert caught.value.code == code
    assert any(cure in str(caught.value) for cure in ("Type", "Check", "Format"))


@pytest.mark.parametrize("kind", sorted({each[2] for each in READ}))
def test_only_mobile_numbers_are_without_doubt(kind: str) -> None:
    """And those of countries whose numbers do not tell; of all others a sentence says why a text message may not arrive."""
    doubts = {read(typed).sms_doubt for typed, _, each, _ in READ if each == kind}
    assert (doubts == {None}) == (kind in {"mobile", "landline_or_mobile"})
    assert all(doubt is None or doubt.endswith("Ask for a mobile number.") for doubt in doubts)


def test_another_region_reads_its_own_numbers() -> None:
    """A number without a country code is one of the region that is asked for."""
    assert read("0475 12 34 56", "BE").e164 == "+32475123456"
    assert read("0475 12 34 56").kind == "landline"


@given(st.text(max_size=MAX_TYPED * 5))
@example("9" * 10_000)
@example("+" * 10_000)
@example("(" * 10_000)
@example("1 x" * 5_000)
@example("tel:" * 5_000)
def test_whatever_is_typed_is_a_number_or_refused(typed: str) -> None:
    """Nothing else comes of it."""
    try:
        number = read(typed)
    except BadNumberError:
        return
    assert read(number.e164) == number


@given(st.from_regex(r"\+?[0-9() .-]{3,25}", fullmatch=True))
def test_digits_in_any_order_are_a_number_or_refused(typed: str) -> None:
    """What is read is a number of at most fifteen digits, which is masked in all but a few of them."""
    try:
        number = read(typed)
    except BadNumberError:
        return
    assert number.e164[1:].isdigit()
    assert len(number.e164) <= 16
    assert number.e164[1:] not in masked(number.e164).replace(" ", "")
    assert known(number.e164) == number


@pytest.mark.parametrize(
    ("e164", "shown"),
    [
        ("+31612345678", "+31 6 •••• 678"),
        ("+12015550123", "+1 2 •••• 123"),
        ("+50051234", "+500 5 •••• 34"),
        ("+393123456789", "+39 3 •••• 789"),
        ("no number", "••••"),
        ("", "••••"),
    ],
)
def test_a_masked_number_shows_its_country_and_its_end(e164: str, shown: str) -> None:
    """Enough to recognise a number that one knows, not enough to call it."""
    assert masked(e164) == shown


def test_what_is_no_number_any_more_is_not_known() -> None:
    """Numbering plans change; what is kept then is shown as it is."""
    assert known("+31000000000") is None
