"""A <Record> while it is carried out: the tape, and what the application is told of it.

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
"""About how long a spoken word lasts."""
SILENT = 16102
"""Error 16102: the recording is silent, and was not kept."""


@dataclass(frozen=True, slots=True)
class Tape:
    """A tape for one voicemail; `url` is where the document with the <Record> came from."""

    record: verbs.Record
    sid: str
    facts: Facts
    url: str
    webhooks: Webhooks

    def taped(self, words: str) -> Recording:
        """The words on tape, cut off in time but not in the text."""
        seconds = min(self.record.max_length, max(1, round(len(words.split()) * SECONDS_A_WORD)))
        facts, now = self.facts, datetime.now(UTC)
        return Recording(self.sid, facts.account_sid, facts.sid, facts.from_, words, seconds, now)

    def began(self) -> None:
        """It runs; whoever asked for it is told."""
        self._tell("in-progress", {})

    def completed(self, recording: Recording) -> None:
        """It can be fetched; whoever asked for it is told."""
        self._tell("completed", recording.params() | {"RecordingStartTime": recording.started()})

    def absent(self) -> None:
        """Nothing was said, and nothing is kept; whoever asked for it is told."""
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
