"""Echo of a request as it arrives here, for `hotline doctor`, which sends one through PUBLIC_BASE_URL.

Rule 1: access needs HOTLINE_SECRET and expires within minutes; anyone else gets 404.
Rule 2: the auth token is reported as a keyed digest, which shows only whether two tokens are equal.
Rule 3: a request here causes no turn and is not counted as a webhook.
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
from hotline.config.wires import Wire
from hotline.store.keys import Secrets
from hotline.web.service import service as this_service
from hotline.web.signature import target_of

mirror = Blueprint("mirror", __name__)

PATH: Final = "/doctor"
PASS: Final = "X-Hotline-Doctor"  # noqa: S105 -- the name of a header
GOOD_FOR: Final = timedelta(minutes=10)
LONGEST_PASS: Final = 100

FITS: Final = "fits"
"""Reported for a valid signature."""


@mirror.post(PATH)
def seen() -> Response:
    """Return the target of the request, whether its signature matches, and what it was checked against.

    Raises NotFound without a valid pass.
    """
    service = this_service()
    if not _is_ours(service.secrets, request.headers.get(PASS, "")):
        raise NotFound
    refusal = service.signatures.refusal(
        request.headers.get, target_of(request), list(request.form.items(multi=True))
    )
    return jsonify(
        signature=refusal or FITS,
        target=target_of(request),
        form=mark_of_form(service.secrets, request.form),
        **expected(service.settings, service.secrets),
    )


def expected(settings: Settings, secrets: Secrets) -> dict[str, str]:
    """Return what signatures are checked against, with the auth token as a digest."""
    keys = settings.twilio_auth_token if settings.wire is Wire.TWILIO else settings.twilio_webhook_keys
    token = secrets.mark(f"token {keys}")
    return {"base": settings.public_base_url, "account": settings.twilio_account_sid, "token": token}


def mark_of_form(secrets: Secrets, form: Mapping[str, str]) -> str:
    """Return a keyed digest of a form, for comparison."""
    return secrets.mark(f"form {sorted(form.items())!r}")


def new_pass(secrets: Secrets) -> str:
    """Return a pass that opens the endpoint for GOOD_FOR."""
    at = str(int(clock.now().timestamp()))
    return f"{at}.{secrets.mark(f'doctor {at}')}"


def _is_ours(secrets: Secrets, given: str) -> bool:
    at, _, mark = given.partition(".")
    if len(given) > LONGEST_PASS or not (at.isascii() and at.isdigit() and mark.isascii()):
        return False
    age = abs(clock.now().timestamp() - int(at))
    return age < GOOD_FOR.total_seconds() and hmac.compare_digest(mark, secrets.mark(f"doctor {at}"))
