"""Delete what Twilio stores about one person: texts, calls, and recordings of those calls.

Rule 1: only what existed at the moment of the request. Anything the person starts later stays.
Rule 2: only what is between them and our numbers or our Messaging Service. The account may have other
        lines with records of their own.
Rule 3: what cannot be deleted yet (a text being delivered, a call in progress) is left for the next run,
        and the rest is deleted anyway. Deleting is idempotent.
Rule 4: a run is limited in time and in what it lists. It returns whether all is gone, and how much it
        deleted.

Deleting a message deletes its media as well. Source: twilio.com/docs/messaging/api/message-resource,
.../voice/api/call-resource, .../voice/api/recording; api/errors/20009 on what is still in progress.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import partial
from http import HTTPStatus
from typing import Any

from hotline.carrier.client import LISTING, MOST_LISTED, CarrierError, carrier_errors, open_client
from hotline.channels.twiml import RECORDING_SID
from hotline.config.schemes import addressed, scheme_of
from hotline.config.settings import Settings

AT_MOST_SECONDS = 30.0
"""Time limit of a run, exceeded by one request at most: a worker's job times out after a minute."""

ANSWERED_WITHIN = timedelta(minutes=2)
"""Texts sent this soon after the request are the answer to it, or were already being sent."""

REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})
"""HTTP statuses after which no other deletion would succeed either."""


class Done(Enum):
    """Whether an item is gone: deleted now, gone before, or not."""

    NOW = auto()
    BEFORE = auto()
    NOT = auto()


@dataclass(frozen=True, slots=True)
class Erased:
    """The result of a run."""

    all_gone: bool
    removed: int = 0


class Eraser:
    """Deletes a person's data at Twilio. One per process; fork-safe."""

    def __init__(self, settings: Settings) -> None:
        self._client = open_client(settings)
        self._numbers = settings.hotline_numbers
        self._service = settings.twilio_messaging_service_sid

    def erase(self, caller: str, event: str, until: datetime, recordings: Iterable[str] = ()) -> Erased:
        """Delete the texts and calls of `caller` until then, and the one that the request came with.

        That one is `event` (a message's id, or a call's id with its turn), whatever Twilio's clock says.
        `recordings` are other known voicemails. For a hidden number, `caller` is the call's id. Errors of
        the carrier end the run.
        """
        over = time.monotonic() + AT_MOST_SECONDS
        left = removed = 0
        try:
            with carrier_errors():
                for remove in self._removals(caller, event.partition(":")[0], until, recordings):
                    done = remove()
                    left, removed = left + (done is Done.NOT), removed + (done is Done.NOW)
                    if time.monotonic() > over:
                        return Erased(False, removed)
        except CarrierError:
            return Erased(False, removed)
        return Erased(left == 0, removed)

    def _removals(
        self, caller: str, event: str, until: datetime, recordings: Iterable[str]
    ) -> Iterator[Callable[[], Done]]:
        """Yield the deletions one at a time, finishing each list before requesting the next.

        So a run that is cut short has deleted something.
        """
        for sid in filter(RECORDING_SID.fullmatch, recordings):
            yield partial(_removed, self._client.recordings(sid).delete)
        if not caller.startswith("+"):
            yield partial(self._remove_call, caller)
            return
        for texts, last in self._texts(caller, until):
            yield from (partial(self._remove_text, sid) for sid in _made(self._ours(texts), last, event))
            yield partial(_whole, texts)
        for calls in self._calls(caller):
            yield from (partial(self._remove_call, sid) for sid in _made(calls, until, event))
            yield partial(_whole, calls)

    def _texts(self, caller: str, until: datetime) -> Iterator[tuple[list[Any], datetime]]:
        """Yield each list of texts, and until when its entries are deleted."""
        texts, answered = self._client.messages, until + ANSWERED_WITHIN
        for number in self._numbers:
            person = addressed(caller, number)
            yield texts.list(from_=person, to=number, **LISTING), until
            yield texts.list(from_=number, to=person, **LISTING), answered
        if self._service:  # may send from any of its numbers
            yield texts.list(from_=caller, **LISTING), until
            yield texts.list(to=caller, **LISTING), answered

    def _ours(self, texts: list[Any]) -> list[Any]:
        return [
            each
            for each in texts
            if not {each.from_, each.to}.isdisjoint(self._numbers)
            or (self._service and each.messaging_service_sid == self._service)
        ]

    def _calls(self, caller: str) -> Iterator[list[Any]]:
        for number in (each for each in self._numbers if not scheme_of(each)):
            yield self._client.calls.list(from_=caller, to=number, **LISTING)
            yield self._client.calls.list(from_=number, to=caller, **LISTING)

    def _remove_text(self, sid: str) -> Done:
        """Clear the body of a text first, in case deleting it fails."""
        text = self._client.messages(sid)
        if _removed(partial(text.update, body="")) is Done.NOT:
            return Done.NOT
        return _removed(text.delete)

    def _remove_call(self, sid: str) -> Done:
        """Delete the recordings of a call first: without the call nothing leads to them."""
        found: list[Callable[[], object]] = []

        def find() -> None:
            found.extend(each.delete for each in self._client.recordings.list(call_sid=sid, **LISTING))

        if _removed(find) is Done.NOT:
            return Done.NOT
        done = [_removed(each) for each in found]
        return Done.NOT if Done.NOT in done else _removed(self._client.calls(sid).delete)


def _removed(remove: Callable[[], object]) -> Done:
    """Run a deletion. Raises CarrierError if no other deletion would succeed either."""
    try:
        with carrier_errors():
            remove()
    except CarrierError as error:
        if not error.status or error.status in REFUSED:
            raise
        return Done.BEFORE if error.status == HTTPStatus.NOT_FOUND else Done.NOT
    return Done.NOW


def _whole(listed: list[Any]) -> Done:
    """Return NOT for a full list, which may have more entries."""
    return Done.NOT if len(listed) >= MOST_LISTED else Done.BEFORE


def _made(listed: Iterable[Any], until: datetime, event: str) -> Iterator[str]:
    """Yield the ids of entries created by then, or without a date, and of the event itself."""
    for each in listed:
        if each.sid == event or each.date_created is None or each.date_created <= until:
            yield each.sid
