"""The page moves the service's clock, forward, for everybody, and never this machine's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from devtools.phone.clock import Clock, NoClock
from hotline.clock import moved_by

EASTERN = ZoneInfo("America/New_York")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "clock"


def test_the_clock_moves_forward_step_by_step(file: Path) -> None:
    """The service reads the sum."""
    clock = Clock(file, EASTERN)
    clock.move(timedelta(hours=1))
    clock.move(timedelta(days=1))
    assert timedelta(days=1, hours=1) == moved_by(file)
    assert timedelta(minutes=1) > clock.now() - (datetime.now(UTC) + timedelta(days=1, hours=1))


def test_a_clock_that_was_moved_before_goes_on_from_there(file: Path) -> None:
    file.write_text("3600")
    clock = Clock(file, EASTERN)
    clock.move(timedelta(hours=1))
    assert timedelta(hours=2) == moved_by(file)


@pytest.mark.parametrize("by", [timedelta(), timedelta(seconds=-1), timedelta(days=401)])
def test_the_clock_moves_neither_back_nor_too_far(file: Path, by: timedelta) -> None:
    """What was sent cannot be unsent."""
    with pytest.raises(ValueError, match="forward by at most 400 days"):
        Clock(file, EASTERN).move(by)
    assert not file.exists()


def test_a_service_without_such_a_clock_says_so() -> None:
    """With the setting that would give it one."""
    clock = Clock(None, EASTERN)
    assert timedelta() == clock.moved
    assert clock.as_json()["can_move"] is False
    with pytest.raises(NoClock, match="CLOCK_FILE"):
        clock.move(timedelta(hours=1))


def test_nothing_half_written_is_ever_there(file: Path) -> None:
    """It is written beside its place and renamed."""
    clock = Clock(file, EASTERN)
    clock.move(timedelta(hours=1))
    assert [file] == list(file.parent.iterdir())


def test_what_happened_is_shown_by_the_clock_of_then(file: Path) -> None:
    """A text from before a move keeps its hour."""
    clock = Clock(file, EASTERN)
    before = datetime.now(UTC)
    clock.move(timedelta(days=2))
    after = datetime.now(UTC)
    assert before == clock.shown(before)
    assert after + timedelta(days=2) == clock.shown(after)
    assert EASTERN == clock.shown(before).tzinfo
