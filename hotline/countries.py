"""Which country a number is of, and whether the line is for it (COUNTRIES).

Rule 1: the United States are meant with their territories, which have the same laws about schools.
Rule 2: a number whose country cannot be told by itself counts as of any that share its code: new area codes
        come faster than this machine's list of them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

DEFAULT: Final = ("US", "CA")

TERRITORIES: Final = ("AS", "GU", "MP", "PR", "VI")


def read_countries(value: str) -> tuple[str, ...]:
    """The setting COUNTRIES: codes of two letters with commas. Raises ValueError, which says what would be right."""
    from phonenumbers import SUPPORTED_REGIONS  # takes a moment, and most commands do not need it

    codes = tuple(dict.fromkeys(code.strip().upper() for code in value.split(",")))
    if not set(codes) <= SUPPORTED_REGIONS:
        raise ValueError("must be codes of countries with two letters, such as US,CA")
    return codes


def is_of(number: str, countries: Collection[str]) -> bool:
    """Whether a number in E.164 is of one of these countries."""
    import phonenumbers

    try:
        read = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    region = phonenumbers.region_code_for_number(read)
    if region is None:
        sharing = phonenumbers.region_codes_for_country_code(read.country_code or 0)
        return any(each in countries for each in sharing)
    return region in countries or (region in TERRITORIES and "US" in countries)
