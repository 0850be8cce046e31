"""Dutch mobile numbers read the quick way are what the library says they are; whatever is not surely one is left to the library."""

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from store.dutch_mobiles import e164_of
from store.phones import Number, read

SIGN = st.sampled_from(["", "", "", " ", "-", "  ", ".", "(", ")"])
SPELLINGS = st.tuples(
    st.sampled_from(
        ["06", "6", "+316", "+31 6", "+31-6", "00316", "0031 6", "+31 06", "+31(0)6", "+326", "07", "0970", "+31970", "+31 84"]
    ),
    st.lists(st.tuples(SIGN, st.sampled_from("0123456789")), min_size=6, max_size=11),
).map(lambda parts: parts[0] + "".join(sign + digit for sign, digit in parts[1]))


@given(SPELLINGS)
@example("06-12345678")
@example("06 66 12 34 56")
@example("06-6000 0000")
@example("+31 6 1234 5678\n")
def test_what_is_read_quickly_is_what_the_library_reads(typed: str) -> None:
    """The same number, which exists, of the same kind and country."""
    found = e164_of(typed)
    if found is not None:
        parsed = phonenumbers.parse(typed, "NL")
        assert phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE
        assert phonenumbers.is_valid_number_for_region(parsed, "NL")
        assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == found
        assert read(typed) == Number(found, "NL", "mobile", None)


@given(st.integers(10_000_000, 99_999_999))
def test_every_mobile_number_is_read_quickly(number: int) -> None:
    """All that the library calls mobile, in each usual spelling."""
    is_mobile = phonenumbers.number_type(phonenumbers.parse(f"06{number}", "NL")) == phonenumbers.PhoneNumberType.MOBILE
    for typed in (f"06{number}", f"06-{number}", f"06 {number // 10_000} {number % 10_000:04}", f"+31 6 {number}", f"00316{number}"):
        assert e164_of(typed) == (f"+316{number}" if is_mobile else None)


@pytest.mark.parametrize(
    "typed", ["", "0612345678 ", "06123456789", "061234567", "\u0660612345678", "06\u00a012345678", "06 - 12345678", "+31 0612345678"]
)
def test_what_is_written_in_another_way_is_left_to_the_library(typed: str) -> None:
    """Which may read it all the same."""
    assert e164_of(typed) is None


def test_a_number_without_its_country_is_of_the_region_that_is_named() -> None:
    """Not Dutch everywhere."""
    assert read("06 12345678").country == "NL"
    assert read("06 12345678", "HU").country != "NL"
