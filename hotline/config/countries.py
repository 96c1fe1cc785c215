"""Countries of phone numbers, and whether the line serves them (COUNTRIES).

Rule 1: US includes the territories of the United States, which have the same laws on schools.
Rule 2: a number whose country cannot be determined counts as any country that shares its code, because area
        codes are added faster than the local list is updated.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Final

DEFAULT: Final = ("US", "CA")

TERRITORIES: Final = ("AS", "GU", "MP", "PR", "VI")

SHARED, AREA = "+1", len("+1510")
"""The country code of North America, and how many characters of a number determine its country there."""


def read_countries(value: str) -> tuple[str, ...]:
    """Parse COUNTRIES: two-letter codes, separated by commas.

    Raise ValueError, whose message says what the value must be.
    """
    from phonenumbers import SUPPORTED_REGIONS  # slow to import, and most commands do not need it

    codes = tuple(dict.fromkeys(code.strip().upper() for code in value.split(",")))
    if not set(codes) <= SUPPORTED_REGIONS:
        raise ValueError("must be two-letter country codes, such as US,CA")
    return codes


def is_of(number: str, countries: Collection[str]) -> bool:
    """Check whether a number in E.164 belongs to one of these countries."""
    regions = _area(number[:AREA]) if number.startswith(SHARED) else _regions(number)
    return any(each in countries or (each in TERRITORIES and "US" in countries) for each in regions)


@lru_cache(maxsize=1000)
def _area(begins: str) -> tuple[str, ...]:
    """Return the regions of a +1 area code. Cached, because nearly every number is from a few of them."""
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
