"""Voicemails, stored at Twilio and fetched when a staff member listens to one.

RecordingGone   Twilio has no such recording: deleted, not written yet, or an invalid id
CarrierAway     Twilio did not answer properly; retry

Neither error contains anything of a recording. Source: twilio.com/docs/voice/api/recording.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

import requests
from urllib3.exceptions import HTTPError

from hotline.carrier.client import CarrierError, carrier_errors, open_client
from hotline.carrier.inbox import LEFT, PAGE
from hotline.channels.twiml import RECORDING_SID
from hotline.config.settings import Settings

WAIT_SECONDS: Final = 5.0
"""Timeout of a connection, and of each read."""

MAX_SECONDS: Final = 20.0
"""Time limit of a whole recording: a listener and a web process wait for it."""

MAX_BYTES: Final = 10 * 1024 * 1024
"""Forty minutes of Twilio's MP3, at 4 kB a second. Voicemails take a few minutes."""

PIECE: Final = 64 * 1024

SOUNDS: Final = frozenset({"audio/mpeg", "audio/x-wav", "audio/wav"})


class RecordingGone(Exception):
    """Twilio has no such recording."""


class CarrierAway(Exception):
    """Twilio did not answer properly. The message says how, for an operator."""


class Recordings:
    """The recordings of the account."""

    def __init__(self, settings: Settings) -> None:
        self._client = client = open_client(settings)  # not for the audio, which it would decode as text
        self._login = (client.username, client.password)
        self._numbers = settings.hotline_numbers
        self._folder = f"{client.api.base_url}/2010-04-01/Accounts/{client.account_sid}/Recordings"

    def fetch(self, sid: str) -> tuple[bytes, str]:
        """Return a recording's audio and its media type. Raises RecordingGone and CarrierAway."""
        end = time.monotonic() + MAX_SECONDS
        try:
            with self._asked("GET", sid, "mp3") as answer:
                media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                if media_type not in SOUNDS:
                    raise CarrierAway("what Twilio sent is not audio")
                return _read(answer, end), media_type
        except (requests.RequestException, HTTPError) as error:
            raise CarrierAway(f"Twilio did not answer in time ({type(error).__name__})") from None

    def delete(self, sid: str) -> None:
        """Delete a recording permanently. Idempotent. Raises CarrierAway."""
        try:
            self._asked("DELETE", sid, "json").close()
        except RecordingGone:
            pass
        except requests.RequestException as error:
            raise CarrierAway(f"Twilio did not answer in time ({type(error).__name__})") from None

    def left_between(self, since: datetime, until: datetime, end: float) -> Iterator[str]:
        """Yield the ids of existing voicemails left on our numbers in this time. Raises CarrierAway.

        The account may have other recordings, so the call of each is fetched, until `end` (monotonic seconds).
        """
        window = {"date_created_after": since.astimezone(UTC), "date_created_before": until.astimezone(UTC)}
        try:
            with carrier_errors():
                for each in self._client.recordings.stream(**window, page_size=PAGE):
                    if each.source == LEFT and self._is_ours(each.call_sid):
                        yield each.sid
                    if time.monotonic() > end:
                        return
        except CarrierError:
            raise CarrierAway("Twilio did not give its list of recordings") from None

    def _is_ours(self, call: str) -> bool:
        try:
            with carrier_errors():
                return self._client.calls(call).fetch().to in self._numbers
        except CarrierError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return False  # the call was deleted, so its number is unknown
            raise

    def _asked(self, method: str, sid: str, ending: str) -> requests.Response:
        """Return Twilio's unread response. Raises RecordingGone and CarrierAway.

        A redirect, such as to where the audio is stored, is followed; the login is not sent to other hosts.
        """
        if not RECORDING_SID.fullmatch(sid):
            raise RecordingGone  # it would become part of a URL, and could lead anywhere
        url = f"{self._folder}/{sid}.{ending}"
        answer = requests.request(method, url, auth=self._login, timeout=WAIT_SECONDS, stream=True)
        if answer.ok:
            return answer
        answer.close()
        match answer.status_code:
            case HTTPStatus.NOT_FOUND:
                raise RecordingGone
            case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
                raise CarrierAway("Twilio refuses us; check TWILIO_AUTH_TOKEN or TWILIO_API_KEY")
            case status:
                raise CarrierAway(f"Twilio answered {status}")


def _read(answer: requests.Response, end: float) -> bytes:
    """Read a response piece by piece, within MAX_BYTES and until `end`. Raises CarrierAway beyond these."""
    sound = bytearray()
    while piece := answer.raw.read1(PIECE, decode_content=True):
        sound += piece
        if len(sound) > MAX_BYTES:
            raise CarrierAway("the recording is too long to listen to here; it is in the Twilio console")
        if time.monotonic() > end:
            raise CarrierAway(f"Twilio took longer than {MAX_SECONDS:.0f} seconds")
    return bytes(sound)
