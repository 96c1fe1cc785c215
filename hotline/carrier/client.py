"""Twilio's own client, as the whole service uses it."""

from __future__ import annotations

import json

from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from hotline.config.settings import Settings

TIMEOUT_SECONDS = 10
"""For one request. The client's own default is to wait for ever."""

MOST_LISTED = 5000
"""Of one list that is asked for. Twilio gives the newest first."""

LISTING = {"limit": MOST_LISTED, "page_size": 1000}
"""How a list is asked for: Twilio gives no more than a page at a time."""


def code_and_status(error: TwilioException) -> tuple[int, int]:
    """Return Twilio's code and the HTTP status that an error of its client holds; 0 for what it does not say. A list
    that is refused is another error than anything else, with the answer among its arguments. Never its message: that
    may name a number.
    """
    if isinstance(error, TwilioRestException):
        return error.code or 0, error.status
    answer = next((each for each in error.args if isinstance(each, Response)), None)
    if answer is None:
        return 0, 0
    try:
        code = json.loads(answer.text).get("code")
    except (ValueError, AttributeError):
        code = 0
    return (code if isinstance(code, int) else 0), answer.status_code


def open_client(settings: Settings) -> Client:
    """A client that gives up in time and tries nothing twice. TWILIO_API_BASE_URL stands for each of the
    hosts that we use. Safe to use after a fork.
    """
    client = Client(
        settings.twilio_api_key or settings.twilio_account_sid,
        settings.twilio_api_secret or settings.twilio_auth_token,
        settings.twilio_account_sid,
        http_client=TwilioHttpClient(timeout=TIMEOUT_SECONDS, max_retries=0),
    )
    if settings.twilio_api_base_url:
        for host in (client.api, client.lookups, client.messaging, client.accounts):
            host.base_url = settings.twilio_api_base_url
    return client
