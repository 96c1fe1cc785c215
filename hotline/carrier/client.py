"""Twilio's client library, configured for the whole service, and the one error of its requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from hotline.config.settings import Settings
from hotline.config.wires import base_of

CONNECT_SECONDS, TIMEOUT_SECONDS = 4, 10
"""Timeouts for connecting and for the response; the client has none by default.

A request that has not connected within the first never reaches the carrier (`followups.ARRIVES_WITHIN` relies on it).
"""

MOST_LISTED = 5000
"""Maximum entries requested of one list; Twilio returns the newest first."""

LISTING = {"limit": MOST_LISTED, "page_size": 1000}
"""Arguments that request a list; Twilio returns it in pages."""


NO_ANSWER = (requests.RequestException, json.JSONDecodeError)
"""What the client raises if the carrier did not answer, or a page that is not its own did, as a proxy's."""


class CarrierError(Exception):
    """The carrier refused a request, or did not answer it.

    `code` is its error code and `status` the HTTP status; both are 0 if it did not answer, or something else did.
    Its own message is dropped, because it may contain a number.
    """

    def __init__(self, code: int = 0, status: int = 0) -> None:
        self.code, self.status = code, status
        super().__init__(f"{status} {code}")

    @property
    def refused(self) -> bool:
        """Whether the same request will fail until someone fixes something."""
        is_4xx = HTTPStatus.BAD_REQUEST <= self.status < HTTPStatus.INTERNAL_SERVER_ERROR
        return is_4xx and self.status != HTTPStatus.TOO_MANY_REQUESTS


@contextmanager
def carrier_errors() -> Iterator[None]:
    """Raise the client's errors in the body as CarrierError."""
    try:
        yield
    except TwilioException as error:
        raise CarrierError(*code_and_status(error)) from None
    except NO_ANSWER:
        raise CarrierError from None


def code_and_status(error: TwilioException) -> tuple[int, int]:
    """Return the Twilio code and HTTP status of a client error; 0 for each that is missing.

    A refused list raises a different error, with the response among its arguments.
    """
    # The second is what the client makes of an answer in the form of RFC 9457.
    if isinstance(error, TwilioRestException | TwilioServiceException):
        return code_of(error.code), code_of(error.status)
    answer = next((each for each in error.args if isinstance(each, Response)), None)
    if answer is None:
        return 0, 0
    try:
        code = json.loads(answer.text).get("code")
    except (ValueError, AttributeError):
        code = 0
    return code_of(code), answer.status_code


def code_of(code: object) -> int:
    """Return a carrier's error code as a number (SignalWire's are strings), or 0 if it is not one."""
    text = str(code)
    return int(text) if text.isascii() and text.isdigit() else 0


def open_client(settings: Settings) -> Client:
    """Return a Twilio client with a timeout and no retries; fork-safe.

    TWILIO_API_BASE_URL replaces the base URL of each Twilio host in use. With SignalWire it is the space,
    which speaks the part of Twilio's API that is under `client.api` only.
    """
    http_client = TwilioHttpClient(timeout=TIMEOUT_SECONDS, max_retries=0)
    http_client.timeout = (CONNECT_SECONDS, TIMEOUT_SECONDS)  # for requests; the constructor needs a number
    client = Client(
        settings.twilio_api_key or settings.twilio_account_sid,
        settings.twilio_api_secret or settings.twilio_auth_token,
        settings.twilio_account_sid,
        http_client=http_client,
    )
    if settings.twilio_api_base_url:
        for host in (client.api, client.lookups, client.messaging, client.accounts):
            host.base_url = base_of(settings.twilio_api_base_url, settings.wire)
    return client
