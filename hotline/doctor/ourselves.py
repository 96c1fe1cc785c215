"""Send a signed request to ourselves through PUBLIC_BASE_URL, and report which part of it arrives changed.

The cause may be anything in front of the web: DNS, a certificate, or a proxy that redirects, drops a header
or rewrites the URL; or a web process with different settings.
"""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from twilio.request_validator import RequestValidator

from hotline.config.settings import Settings
from hotline.config.wires import Wire
from hotline.doctor.lines import WELL, Grade, Line, judged
from hotline.store.away import cause_of
from hotline.store.keys import Secrets, open_secrets
from hotline.store.webhook_counts import Refusal
from hotline.web.mirror import FITS, PASS, PATH, expected, mark_of_form, new_pass

QUERY: Final = "?a=1&b=x%2By"
"""A query like our own, with characters that a rewriting proxy would change."""

FORM: Final = {"Body": "¿Sí? a+b & c", "MessageSid": "SM" + "0" * 32}

SECONDS: Final = 10

HTTPS_PORT: Final = 443
LEAST_DAYS: Final = 14
"""Certificates with automatic renewal are renewed a month before they expire."""

REQUEST, CERTIFICATE = "ourselves", "certificate"

UNREAD: Final = "it cannot be read from here; if `ourselves` is ok, check in a browser when it expires"
"""Result if the connection failed, as it may where only an HTTP proxy leads out."""

SOMETHING_ELSE: Final = "something other than the hotline answers at PUBLIC_BASE_URL; make the proxy pass everything to `hotline web`"

OTHER_SETTINGS: Final = "restart the web with these settings, or run doctor with the web's settings"


def lines(settings: Settings) -> tuple[Line, ...]:
    """Return the results for a request through PUBLIC_BASE_URL, and for the certificate."""
    request = judged(REQUEST, _message(settings))
    found = certificate(settings.public_base_url)
    return (request, judged(CERTIFICATE, found, Grade.ADVICE if found == UNREAD else Grade.WRONG))


def _message(settings: Settings) -> str:
    secrets = open_secrets(settings)
    form = {**FORM, "AccountSid": settings.twilio_account_sid}
    url = f"{settings.public_base_url}{PATH}{QUERY}"
    key = settings.twilio_auth_token if settings.wire is Wire.TWILIO else settings.twilio_webhook_keys[0]
    signature = RequestValidator(key).compute_signature(url, form)
    headers = {settings.wire.signature_header: signature, PASS: new_pass(secrets)}
    try:
        answer = requests.post(url, data=form, headers=headers, timeout=SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        return unreached(error, settings.public_base_url)
    if answer.status_code != HTTPStatus.OK:
        return refused(answer.status_code, answer.headers.get("Location", ""))
    try:
        seen = answer.json()
    except ValueError:
        return SOMETHING_ELSE
    return what_differs(seen, settings, secrets, form)


def unreached(error: requests.RequestException, url: str) -> str:
    """Return why there is no response at this URL."""
    if isinstance(error, requests.exceptions.SSLError):
        refused = cause_of(error, ssl.SSLCertVerificationError)
        reason = refused.verify_message if refused else "it cannot be verified"
        return f"the certificate of {url} is invalid: {reason}; renew it, and serve its full chain"
    if isinstance(error, requests.Timeout):
        return f"{url} does not answer within {SECONDS} s; check the firewall, the proxy, and whether `hotline web` runs"
    if cause_of(error, socket.gaierror):
        return f"the name {urlsplit(url).hostname} is unknown; correct PUBLIC_BASE_URL, or add it to the DNS"
    return f"nothing answers at {url}; check the proxy, its port, and whether `hotline web` runs"


def refused(status: int, location: str) -> str:
    """Return what a status other than 200 means."""
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        to = location.partition("?")[0] or "elsewhere"
        return f"PUBLIC_BASE_URL redirects to {to}, where Twilio's signature does not match; set the URL that it redirects to"
    if status == HTTPStatus.NOT_FOUND:
        return (
            "PUBLIC_BASE_URL leads to something other than this hotline, drops a header, or has a different HOTLINE_SECRET "
            f"(404); make the proxy pass {PATH} and all headers to `hotline web`, and {OTHER_SETTINGS}"
        )
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return f"the proxy requires a login or refuses access ({status}), and Twilio cannot log in: allow access to everyone"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"the proxy does not reach the web, or the web fails ({status}); check whether `hotline web` runs, and its log"
    return f"PUBLIC_BASE_URL answers {status}; make the proxy pass everything to `hotline web`"


def what_differs(seen: Any, settings: Settings, secrets: Secrets, form: Mapping[str, str]) -> str:
    """Return "ok", or which parts of the request arrived changed at the web. `seen` is the JSON of its answer."""
    ours = {**expected(settings, secrets), "target": f"{PATH}{QUERY}", "form": mark_of_form(secrets, form)}
    if not (isinstance(seen, dict) and seen.keys() >= {"signature", *ours}):
        return SOMETHING_ELSE
    if seen["signature"] == FITS:
        return WELL
    causes = {
        "base": f"the web has a different PUBLIC_BASE_URL, {seen['base']}; {OTHER_SETTINGS}",
        "account": f"the web has a different TWILIO_ACCOUNT_SID; {OTHER_SETTINGS}",
        "token": f"the web has a different {'TWILIO_AUTH_TOKEN' if settings.wire is Wire.TWILIO else 'TWILIO_WEBHOOK_KEY'}; {OTHER_SETTINGS}",
        "target": (
            f"the proxy changes the URL from {PATH}{QUERY} to {seen['target']}; make it pass path and query unchanged"
        ),
        "form": "the proxy changes the body; make it pass the body unchanged",
    }
    if seen["signature"] == Refusal.NO_SIGNATURE:
        return f"the proxy drops the header {settings.wire.signature_header}; make it pass all headers"
    found = [cause for part, cause in causes.items() if seen[part] != ours[part]]
    return (
        "; ".join(found)
        or f"the proxy changes the header {settings.wire.signature_header}; make it pass the header unchanged"
    )


def certificate(url: str) -> str:
    """Return "ok", the days until the certificate of this URL expires if those are few, or UNREAD."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        return WELL
    address = (parts.hostname, parts.port or HTTPS_PORT)
    try:
        with (
            socket.create_connection(address, SECONDS) as connection,
            _trust().wrap_socket(connection, server_hostname=parts.hostname) as secure,
        ):
            ends = str((secure.getpeercert() or {}).get("notAfter", ""))
    except OSError:
        return UNREAD
    days = (ssl.cert_time_to_seconds(ends) - time.time()) / 86400
    return (
        WELL
        if days > LEAST_DAYS
        else f"the certificate expires in {days:.0f} days; check its automatic renewal"
    )


def _trust() -> ssl.SSLContext:
    """Return a context that trusts the same certificate authorities as the request to ourselves."""
    return ssl.create_default_context(
        cafile=os.environ.get("REQUESTS_CA_BUNDLE") or str(requests.utils.DEFAULT_CA_BUNDLE_PATH)
    )
