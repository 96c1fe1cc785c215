"""Recordings that staff play are fetched once and cached briefly."""

from typing import cast

import pytest

from hotline.carrier.recordings import CarrierAway, Recordings
from hotline.web import sounds as module
from hotline.web.sounds import MOST, Sounds
from tests.waiting import wait_until


class Counted:
    """A fake of Recordings that records each fetch."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.away = False

    def fetch(self, sid: str) -> tuple[bytes, str]:
        self.asked.append(sid)
        if self.away:
            raise CarrierAway("Twilio answered 503")
        return sid.encode(), "audio/mpeg"


def test_range_requests_of_a_player_cause_one_fetch() -> None:
    carrier = Counted()
    sounds = Sounds(cast("Recordings", carrier))
    for _ in range(3):
        assert (b"RE1", "audio/mpeg") == sounds.fetch("RE1")
    assert ["RE1"] == carrier.asked
    sounds.drop("RE1")
    sounds.fetch("RE1")
    for number in range(2, MOST + 2):
        sounds.fetch(f"RE{number}")
    sounds.fetch("RE1")
    assert 3 == carrier.asked.count("RE1")


def test_failures_are_not_cached() -> None:
    carrier = Counted()
    sounds = Sounds(cast("Recordings", carrier))
    carrier.away = True
    with pytest.raises(CarrierAway):
        sounds.fetch("RE1")
    carrier.away = False
    assert b"RE1" == sounds.fetch("RE1")[0]
    assert b"RE1" == sounds.fetch("RE1")[0]
    assert 2 == len(carrier.asked)


def test_a_recording_expires_although_no_other_is_played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TTL_SECONDS", 0.0)
    sounds = Sounds(cast("Recordings", Counted()))
    sounds.fetch("RE1")
    wait_until(lambda: {} == sounds._sounds)
