"""Which country a number is of, and whether the line is for it (COUNTRIES).

Rule 1: the United States are meant with their territories, which have the same laws about schools.
Rule 2: a number whose country cannot be told by itself counts as of any that share its code: new area codes
        come faster than this machine's list of them.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Final

DEFAULT: Final = ("US", "CA")

TERRITORIES: Final = ("AS", "GU", "MP", "PR", "VI")

SHARED, AREA = "+1", len("+1510")
"""The country code of North America, and how much of a number tells its country there."""


def read_countries(value: str) -> tuple[str, ...]:
    """The setting COUNTRIES: codes of two letters with commas. Raises ValueError, which says what would be right."""
    from phonenumbers import SUPPORTED_REGIONS  # takes a moment, and most commands do not need it

    codes = tuple(dict.fromkeys(code.strip().upper() for code in value.split(",")))
    if not set(codes) <= SUPPORTED_REGIONS:
        raise ValueError("must be codes of countries with two letters, such as US,CA")
    return codes


def is_of(number: str, countries: Collection[str]) -> bool:
    """Whether a number in E.164 is of one of these countries."""
    regions = _area(number[:AREA]) if number.startswith(SHARED) else _regions(number)
    return any(each in countries or (each in TERRITORIES and "US" in countries) for each in regions)


@lru_cache(maxsize=1000)
def _area(begins: str) -> tuple[str, ...]:
    """The regions of an area code that the US, Canada and others share a country code for. Looked up once: it is
    the country of nearly every number that comes.
    """
    return _regions(f"{begins}5550100")


def _regions(number: str) -> tuple[str, ...]:
    import phonenumbers

    try:
        read = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ()
    region = phonenumbers.region_code_for_number(read)
    if region is None:
        return tuple(phonenumbers.region_codes_for_country_code(read.country_code or 0))
    return (region,)
