"""Values for the placeholders of the privacy page and the terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hotline.config.settings import Settings, as_written
from hotline.store import requests, turns
from hotline.store.audit import AUDIT_RETENTION

DAYS_A_YEAR: Final = 365


def policy_names(settings: Settings) -> Mapping[str, str]:
    """Return the values: names from the settings, retention periods from the code that enforces them."""
    return {
        "hotline": settings.hotline_name,
        "center": settings.center_name,
        "phone": settings.center_phone_as_written,
        "number": as_written(settings.sender),
        "place_days": str(turns.SESSION_TTL.days),
        "person_days": str(turns.PERSON_TTL.days),
        "request_days": str(requests.EXPIRES_AFTER.days),
        "audit_years": str(AUDIT_RETENTION.days // DAYS_A_YEAR),
    }
