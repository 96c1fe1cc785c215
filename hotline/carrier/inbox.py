"""Incoming texts and voicemails of the hotline, as Twilio lists them.

For the worker that finds what came in while we were down. Source:
twilio.com/docs/messaging/api/message-resource, .../voice/api/recording, .../voice/api/call-resource.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hotline.carrier.client import carrier_errors, open_client
from hotline.config.schemes import number_of, scheme_of
from hotline.config.settings import Settings

INBOUND, LEFT = "inbound", "RecordVerb"
"""Twilio's direction of an incoming text, and source of a voicemail; we record nothing else."""


TEXTS = "texts:"
"""Prefix of the name of a list of texts, before the index of the number they were sent to."""

PAGE = 1000
"""Twilio's largest page size."""

LONGEST_CALL = timedelta(hours=5)
"""Longer than any call: Twilio ends one after four hours."""


@dataclass(frozen=True, slots=True)
class IncomingText:
    """An incoming text, as the parent wrote it."""

    sid: str
    number: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Voicemail:
    """A voicemail: the recording's id, the call's id, and the number, which may be hidden."""

    sid: str
    call: str
    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list.

    `read_to` is the oldest time on it, None if it has none; `empty` counts texts without a body or media:
    the body was removed, and one may have been a STOP.
    """

    texts: tuple[IncomingText, ...] = ()
    left: tuple[Voicemail, ...] = ()
    read_to: datetime | None = None
    empty: int = 0


class Inbox:
    """Lists incoming texts and voicemails. One per process; fork-safe."""

    def __init__(self, settings: Settings) -> None:
        self._client = open_client(settings)
        self._numbers = settings.hotline_numbers

    @property
    def parts(self) -> tuple[str, ...]:
        """The lists to read: texts to each of our numbers, named by its index, and recordings."""
        return (*(f"{TEXTS}{n}" for n in range(len(self._numbers))), LEFT)

    def pages(self, part: str, since: datetime, until: datetime) -> Iterator[Page]:
        """Yield the pages of a list from `since` to `until`, newest first. Raises CarrierError."""
        with carrier_errors():
            # The client formats any datetime as if it were UTC.
            window = (since.astimezone(UTC), until.astimezone(UTC))
            if part == LEFT:
                yield from self._recordings(*window)
            else:
                yield from self._texts(self._numbers[int(part.removeprefix(TEXTS))], *window)

    def _texts(self, number: str, since: datetime, until: datetime) -> Iterator[Page]:
        texts = self._client.messages
        first = texts.page(to=number, date_sent_after=since, date_sent_before=until, page_size=PAGE)
        for listed in _following(first, texts.get_page):
            came = [each for each in listed if each.direction == INBOUND and each.sid and each.from_]
            yield Page(
                texts=tuple(
                    IncomingText(each.sid, number_of(each.from_), each.body or "", each.date_sent)
                    for each in came
                    if each.date_sent
                ),
                read_to=min((each.date_sent for each in listed if each.date_sent), default=None),
                empty=sum(not each.body and each.num_media in ("0", None) for each in came),
            )

    def _recordings(self, since: datetime, until: datetime) -> Iterator[Page]:
        recordings = self._client.recordings
        first = recordings.page(date_created_after=since, date_created_before=until, page_size=PAGE)
        for listed in _following(first, recordings.get_page):
            found = [each for each in listed if each.source == LEFT]
            callers = self._callers(found)
            yield Page(
                left=tuple(
                    Voicemail(each.sid, each.call_sid, callers[each.call_sid], each.date_created)
                    for each in found
                    if each.call_sid in callers
                ),
                read_to=min((each.date_created for each in listed if each.date_created), default=None),
            )

    def _callers(self, recordings: list[Any]) -> dict[str, str]:
        """Return the caller's number by call id, for recordings of calls to our numbers.

        Lists the calls of that time instead of fetching each.
        """
        wanted = {each.call_sid for each in recordings}
        if not wanted:
            return {}
        after = min(each.date_created for each in recordings) - LONGEST_CALL
        found: dict[str, str] = {}
        for number in (each for each in self._numbers if not scheme_of(each)):
            for call in self._client.calls.stream(to=number, start_time_after=after, page_size=PAGE):
                if call.sid in wanted:
                    found[call.sid] = call._from or ""  # noqa: SLF001 -- its only name
                if len(found) == len(wanted):
                    return found
        return found


def _following(page: Any, get: Callable[[str], Any]) -> Iterator[list[Any]]:
    """Yield the entries of a page and of those after it. A page is its own iterator, so it is read once."""
    while page is not None:
        listed = list(page)
        if listed:
            yield listed
        following = page.next_page_url
        page = get(following) if following else None
