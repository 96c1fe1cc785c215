"""Removes what Twilio keeps of one person: their texts, their calls, and what was recorded in those.

Rule 1: only what was there at the moment of the request. What the person starts later stays.
Rule 2: what cannot be removed yet (a text still on its way, a call still going on) is left for the next
        run, and the rest is removed all the same. Removing what is gone already is all right.
Rule 3: a run is bounded in time and in what it lists. It says whether all is gone.

Deleting a message removes its media as well. Source: twilio.com/docs/messaging/api/message-resource,
.../voice/api/call-resource, .../voice/api/recording; api/errors/20009 on what is still in progress.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException

from hotline.carrier.client import LISTING, MOST_LISTED, open_client
from hotline.channels.twiml import RECORDING_SID
from hotline.config.settings import Settings

AT_MOST_SECONDS = 30.0
"""For one run, and one request more: a worker's job is cut after a minute."""

ANSWERED_WITHIN = timedelta(minutes=2)
"""What left for the person so soon after the request is the answer to it, or was on its way already."""

REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})
"""With one of these, nothing else would be removed either."""


class Eraser:
    """Erases at Twilio. One per process; safe to use after a fork."""

    def __init__(self, settings: Settings) -> None:
        self._client = open_client(settings)

    def erase(self, caller: str, event: str, until: datetime, recordings: Iterable[str] = ()) -> bool:
        """Removes the texts and calls of `caller` until then, and the one that the request came with (`event`,
        a message's id, or a call's with its turn), whatever Twilio's clock says. `recordings` are voicemails
        that are known of besides. For a hidden number `caller` is the call's id. Returns whether all is gone.
        """
        over = time.monotonic() + AT_MOST_SECONDS
        left = 0
        try:
            for removed in self._removals(caller, event.partition(":")[0], until, recordings):
                left += not removed()
                if time.monotonic() > over:
                    return False
        except (TwilioException, requests.RequestException):
            return False
        return left == 0

    def _removals(
        self, caller: str, event: str, until: datetime, recordings: Iterable[str]
    ) -> Iterator[Callable[[], bool]]:
        """What is to be done, one thing at a time: each says whether it is."""
        for sid in filter(RECORDING_SID.fullmatch, recordings):
            yield partial(_gone, self._client.recordings(sid).delete)
        if not caller.startswith("+"):
            yield partial(self._remove_call, caller)
            return
        texts, calls = self._client.messages, self._client.calls
        answered = until + ANSWERED_WITHIN
        came, left = texts.list(from_=caller, **LISTING), texts.list(to=caller, **LISTING)
        for sid in (*_made(came, until, event), *_made(left, answered, event)):
            yield partial(self._remove_text, sid)
        called, rung = calls.list(from_=caller, **LISTING), calls.list(to=caller, **LISTING)
        for sid in _made([*called, *rung], until, event):
            yield partial(self._remove_call, sid)
        yield lambda: all(len(listed) < MOST_LISTED for listed in (came, left, called, rung))

    def _remove_text(self, sid: str) -> bool:
        """Takes the words away first: should it not be deleted, at least they are gone."""
        text = self._client.messages(sid)
        return _gone(partial(text.update, body="")) and _gone(text.delete)

    def _remove_call(self, sid: str) -> bool:
        """Recordings first: without their call nothing would lead to them."""
        found: list[Callable[[], object]] = []

        def find() -> None:
            found.extend(each.delete for each in self._client.recordings.list(call_sid=sid, **LISTING))

        if not _gone(find):
            return False
        return all(map(_gone, found)) and _gone(self._client.calls(sid).delete)


def _gone(remove: Callable[[], object]) -> bool:
    """Does it; whether it is done now. Raises TwilioRestException when nothing else could be done either."""
    try:
        remove()
    except TwilioRestException as error:
        if error.status in REFUSED:
            raise
        return bool(error.status == HTTPStatus.NOT_FOUND)
    except TwilioException:
        return False  # a list that was not given, for whatever reason
    return True


def _made(listed: Iterable[Any], until: datetime, event: str) -> Iterator[str]:
    """The ids of those that were there by then, and of the event itself."""
    for each in listed:
        if each.sid == event or each.date_created is None or each.date_created <= until:
            yield each.sid
