"""A <Record> in progress, and the finished voicemails: silent audio, and the spoken words for tests and pages to read.

Rule: a deleted recording stays, marked as deleted and without its words, because Twilio retains its metadata for 40
      days.

Source: https://www.twilio.com/docs/voice/twiml/record, https://www.twilio.com/docs/voice/api/recording
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from devtools.twilio_sim import errors, verbs
from devtools.twilio_sim.call_facts import Facts
from devtools.twilio_sim.messages import API_VERSION

SECONDS_A_WORD = 0.4
"""Approximate duration of a spoken word."""

MP3_FRAME = bytes.fromhex("fffb10c4") + bytes(100)
"""One frame of silence: MPEG-1 layer III, mono, 32 kbit/s, 44.1 kHz. ISO 11172-3."""
MP3_FRAMES_A_SECOND = 44_100 / 1152
MAX_SOUND_SECONDS = 120
"""The audio of longer recordings is truncated, because it is silence anyway."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One voicemail. `words` is what the caller said; `status` is "completed" or "deleted"."""

    sid: str
    account_sid: str
    call_sid: str
    from_: str
    words: str
    seconds: int
    at: datetime
    status: str = "completed"

    @property
    def deleted(self) -> bool:
        """Whether the application deleted it."""
        return self.status == "deleted"

    def params(self) -> dict[str, str]:
        """Return the recording's parameters in the webhook of a <Record> action."""
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Recordings/{self.sid}"
        return {
            "RecordingUrl": f"https://api.twilio.com{uri}",
            "RecordingSid": self.sid,
            "RecordingDuration": str(self.seconds),
        }

    def as_json(self) -> dict[str, Any]:
        """Return the Recording resource in Twilio's JSON format."""
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Recordings/{self.sid}"
        return {
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "call_sid": self.call_sid,
            "channels": 1,
            "date_created": format_datetime(self.at),
            "date_updated": format_datetime(self.at),
            "start_time": format_datetime(self.at - timedelta(seconds=self.seconds)),
            "duration": str(self.seconds),
            "media_url": f"https://api.twilio.com{uri}",
            "price_unit": "USD",
            "sid": self.sid,
            "source": "RecordVerb",
            "status": self.status,
            "subresource_uris": {
                "add_on_results": f"{uri}/AddOnResults.json",
                "transcriptions": f"{uri}/Transcriptions.json",
            },
            "uri": f"{uri}.json",
        }

    def sound(self) -> bytes:
        """Return a silent MP3 file of the recording's length."""
        return MP3_FRAME * round(min(self.seconds, MAX_SOUND_SECONDS) * MP3_FRAMES_A_SECOND)


@dataclass(frozen=True, slots=True)
class Tape:
    """One voicemail being recorded."""

    record: verbs.Record
    sid: str
    facts: Facts

    def recording_of(self, words: str) -> Recording:
        """Return a recording of `words`. Its duration is limited to `max_length`; its text is not."""
        seconds = min(self.record.max_length, max(1, round(len(words.split()) * SECONDS_A_WORD)))
        facts, now = self.facts, datetime.now(UTC)
        return Recording(self.sid, facts.account_sid, facts.sid, facts.from_, words, seconds, now)


class Recordings:
    """All recordings, oldest first. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recordings: dict[str, Recording] = {}

    def add(self, recording: Recording) -> None:
        """Store a completed recording."""
        with self._lock:
            self._recordings[recording.sid] = recording

    def get(self, sid: str) -> Recording:
        """Return the recording with this SID. Raises RestError 20404 if unknown or deleted."""
        with self._lock:
            found = self._recordings.get(sid)
        if found is None or found.deleted:
            raise errors.RestError(20404, sid)
        return found

    def delete(self, sid: str) -> None:
        """Delete a recording and its words. Raises RestError 20404 if unknown or already deleted."""
        with self._lock:
            found = self._recordings.get(sid)
            if found is None or found.deleted:
                raise errors.RestError(20404, sid)
            self._recordings[sid] = replace(found, status="deleted", words="")

    def all(self) -> list[Recording]:
        """Return every recording, oldest first, including deleted ones."""
        with self._lock:
            return list(self._recordings.values())

    def clear(self) -> None:
        """Remove all recordings."""
        with self._lock:
            self._recordings.clear()
