"""What a request looks like once it is here: for `hotline doctor`, which sends one through PUBLIC_BASE_URL.

Rule 1: for whoever has HOTLINE_SECRET alone, and for minutes: anybody else finds no such address.
Rule 2: the auth token is told by a keyed mark of it, which says no more than whether two are the same.
Rule 3: it takes no turn, and counts as no webhook.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import NotFound

from hotline import clock
from hotline.config.settings import Settings
from hotline.store.keys import Secrets
from hotline.web.service import service as this_service
from hotline.web.signature import target_of

mirror = Blueprint("mirror", __name__)

PATH: Final = "/doctor"
PASS: Final = "X-Hotline-Doctor"  # noqa: S105 -- the name of a header
GOOD_FOR: Final = timedelta(minutes=10)
LONGEST_PASS: Final = 100

FITS: Final = "fits"
"""What stands for a signature that is right."""


@mirror.post(PATH)
def seen() -> Response:
    """What came: the address as it was asked for, whether the signature fits, and what it was checked against."""
    service = this_service()
    if not _is_ours(service.secrets, request.headers.get(PASS, "")):
        raise NotFound
    refusal = service.signatures.refusal(request, request.form)
    return jsonify(
        signature=refusal or FITS,
        target=target_of(request),
        form=mark_of_form(service.secrets, request.form),
        **expected(service.settings, service.secrets),
    )


def expected(settings: Settings, secrets: Secrets) -> dict[str, str]:
    """Return what signatures are checked against, as it may be told."""
    token = secrets.mark(f"token {settings.twilio_auth_token}")
    return {"base": settings.public_base_url, "account": settings.twilio_account_sid, "token": token}


def mark_of_form(secrets: Secrets, form: Mapping[str, str]) -> str:
    """Return what tells this form from another."""
    return secrets.mark(f"form {sorted(form.items())!r}")


def new_pass(secrets: Secrets) -> str:
    """Return what opens the address, for GOOD_FOR."""
    at = str(int(clock.now().timestamp()))
    return f"{at}.{secrets.mark(f'doctor {at}')}"


def _is_ours(secrets: Secrets, given: str) -> bool:
    at, _, mark = given.partition(".")
    if len(given) > LONGEST_PASS or not (at.isascii() and at.isdigit() and mark.isascii()):
        return False
    age = abs(clock.now().timestamp() - int(at))
    return age < GOOD_FOR.total_seconds() and hmac.compare_digest(mark, secrets.mark(f"doctor {at}"))
