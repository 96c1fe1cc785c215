"""What came in for the hotline, as Twilio lists it: texts, and messages that callers left.

For the worker that looks for what came while we were away. Source: twilio.com/docs/messaging/api/message-resource,
.../voice/api/recording, .../voice/api/call-resource.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException

from hotline.carrier.client import LISTING, open_client
from hotline.config.settings import Settings

INBOUND, LEFT = "inbound", "RecordVerb"
"""What Twilio calls a text to us, and the source of a message that a caller left. We record nothing else."""


class NotListed(Exception):
    """Twilio did not give a list. Its client does not say why, and its message may name a number."""


@dataclass(frozen=True, slots=True)
class CameIn:
    """A text that came in, as the parent wrote it."""

    sid: str
    number: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """A message that a caller left: the recording's id, the call's, and the number, which may be hidden."""

    sid: str
    call: str
    number: str
    at: datetime


class Inbox:
    """Lists what came in. One per process; safe to use after a fork."""

    def __init__(self, settings: Settings) -> None:
        self._client = open_client(settings)
        self._numbers = settings.hotline_numbers

    def texts(self, since: datetime) -> list[CameIn]:
        """What was texted to a number of ours since then. Raises NotListed."""
        after = since.astimezone(UTC)  # the client writes any moment down as if it were UTC
        found: list[CameIn] = []
        for number in self._numbers:
            with _told_as_not_listed():
                listed = self._client.messages.list(to=number, date_sent_after=after, **LISTING)
            found += [
                CameIn(each.sid, each.from_, each.body or "", each.date_sent)
                for each in listed
                if each.direction == INBOUND and each.sid and each.from_ and each.date_sent
            ]
        return found

    def messages_left(self, since: datetime) -> list[Left]:
        """What callers left on a number of ours since then. Asks for the call of each. Raises NotListed."""
        after = since.astimezone(UTC)
        with _told_as_not_listed():
            listed = self._client.recordings.list(date_created_after=after, **LISTING)
            calls = [(each, self._call_of(each)) for each in listed if each.source == LEFT]
        return [
            Left(each.sid, each.call_sid, call._from or "", each.date_created)  # noqa: SLF001 -- its only name
            for each, call in calls
            if call is not None and call.to in self._numbers
        ]

    def _call_of(self, recording: Any) -> Any:
        """The call that a recording was made in, None when it is gone."""
        try:
            return self._client.calls(recording.call_sid).fetch()
        except TwilioRestException as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise


@contextmanager
def _told_as_not_listed() -> Iterator[None]:
    try:
        yield
    except (TwilioException, requests.RequestException):
        raise NotListed from None
