"""Twilio's own client, as the whole service uses it."""

from __future__ import annotations

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from hotline.config.settings import Settings

TIMEOUT_SECONDS = 10
"""For one request. The client's own default is to wait for ever."""

MOST_LISTED = 5000
"""Of one list that is asked for. Twilio gives the newest first."""

LISTING = {"limit": MOST_LISTED, "page_size": 1000}
"""How a list is asked for: Twilio gives no more than a page at a time."""


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
        for host in (client.api, client.lookups, client.messaging):
            host.base_url = settings.twilio_api_base_url
    return client
