"""Checks of this machine itself."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hotline.doctor.lines import Grade, Line

PLACES: Final = (
    "America/New_York",
    "America/Anchorage",
    "Pacific/Honolulu",
    "Pacific/Guam",
    "America/Puerto_Rico",
)
"""Time zones in which texts are sent."""


def zones() -> Line:
    """Check whether this machine has the time zones: a slim image may lack them."""
    try:
        for place in PLACES:
            ZoneInfo(place)
    except (ZoneInfoNotFoundError, OSError) as error:
        message = f"this machine lacks time zones ({type(error).__name__}); install tzdata"
        return Line("time zones", message, Grade.WRONG)
    return Line("time zones")
