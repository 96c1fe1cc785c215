"""A <Record> in progress.

Source: https://www.twilio.com/docs/voice/twiml/record
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from devtools.twilio_sim import verbs
from devtools.twilio_sim.call_facts import Facts
from devtools.twilio_sim.recordings import Recording

SECONDS_A_WORD = 0.4
"""Approximate duration of a spoken word."""


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
