"""North American numbers are validated by pattern alone, with the same result as phonenumbers."""

import phonenumbers
from hypothesis import given
from hypothesis import strategies as st

from hotline.channels.twiml import HIDDEN_ON_KEYPAD, is_number

POSSIBLE = phonenumbers.ValidationResult.IS_POSSIBLE


@given(st.from_regex(r"\+1[0-9]{8,11}", fullmatch=True))
def test_north_american_numbers_are_valid_if_phonenumbers_finds_them_possible(number: str) -> None:
    hidden = {number[1:], number.removeprefix("+1")} & HIDDEN_ON_KEYPAD
    found = phonenumbers.is_possible_number_with_reason(phonenumbers.parse(number))
    assert is_number(number) == (found == POSSIBLE and not hidden)
