"""The service's clock, and how a developer moves it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from hotline.clock import moved_by, now

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@time_machine.travel(NOON, tick=False)
def test_now_is_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOCK_FILE", raising=False)
    assert now() == NOON
    assert now().tzinfo is UTC


@time_machine.travel(NOON, tick=False)
def test_the_clock_file_moves_the_clock_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    monkeypatch.setenv("CLOCK_FILE", str(clock))
    assert now() == NOON
    clock.write_text("86400\n")
    assert now() == NOON + timedelta(days=1)
    clock.write_text("-3600")
    assert now() == NOON - timedelta(hours=1)


def test_an_empty_file_moves_nothing(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.touch()
    assert moved_by(clock) == timedelta()


@pytest.mark.parametrize("words", ["tomorrow", "inf", "nan"])
def test_a_file_without_a_number_says_what_would_be_right(tmp_path: Path, words: str) -> None:
    clock = tmp_path / "clock"
    clock.write_text(words)
    with pytest.raises(ValueError, match=r"clock holds .* such as 86400"):
        moved_by(clock)
