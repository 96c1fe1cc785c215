"""A <Record> in progress, and its status callbacks.

Source: https://www.twilio.com/docs/voice/twiml/record
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin

from devtools.twilio_sim import verbs
from devtools.twilio_sim.call_facts import Facts
from devtools.twilio_sim.recordings import Recording
from devtools.twilio_sim.webhooks import Webhooks

SECONDS_A_WORD = 0.4
"""Approximate duration of a spoken word."""
SILENT = 16102
"""Error 16102: the recording is silent and was discarded."""


@dataclass(frozen=True, slots=True)
class Tape:
    """One voicemail being recorded; `url` is the URL of the document with the <Record>."""

    record: verbs.Record
    sid: str
    facts: Facts
    url: str
    webhooks: Webhooks

    def taped(self, words: str) -> Recording:
        """Return a recording of `words`. Its duration is limited to `max_length`; its text is not."""
        seconds = min(self.record.max_length, max(1, round(len(words.split()) * SECONDS_A_WORD)))
        facts, now = self.facts, datetime.now(UTC)
        return Recording(self.sid, facts.account_sid, facts.sid, facts.from_, words, seconds, now)

    def began(self) -> None:
        """Post the in-progress callback, if requested."""
        self._tell("in-progress", {})

    def completed(self, recording: Recording) -> None:
        """Post the completed callback, if requested."""
        self._tell("completed", recording.params() | {"RecordingStartTime": recording.started()})

    def absent(self) -> None:
        """Post the absent callback, if requested, because nothing was recorded."""
        self._tell("absent", {"ErrorCode": str(SILENT)})

    def _tell(self, status: str, more: Mapping[str, str]) -> None:
        record = self.record
        if not record.status_callback or status not in record.events:
            return
        params = {
            "AccountSid": self.facts.account_sid,
            "CallSid": self.facts.sid,
            "RecordingSid": self.sid,
            "RecordingStatus": status,
            "RecordingChannels": "1",
            "RecordingSource": "RecordVerb",
            **more,
        }
        self.webhooks.notify(urljoin(self.url, record.status_callback), params)
