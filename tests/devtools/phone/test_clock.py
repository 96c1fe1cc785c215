"""The page moves the service's clock forward, and never the machine's."""

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


def test_the_clock_moves_forward(file: Path) -> None:
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
def test_the_clock_does_not_move_back_or_too_far(file: Path, by: timedelta) -> None:
    with pytest.raises(ValueError, match="forward by at most 400 days"):
        Clock(file, EASTERN).move(by)
    assert not file.exists()


def test_a_service_without_a_movable_clock_names_the_setting() -> None:
    clock = Clock(None, EASTERN)
    assert timedelta() == clock.moved
    assert clock.as_json()["can_move"] is False
    with pytest.raises(NoClock, match="CLOCK_FILE"):
        clock.move(timedelta(hours=1))


def test_the_clock_file_is_replaced_atomically(file: Path) -> None:
    clock = Clock(file, EASTERN)
    clock.move(timedelta(hours=1))
    assert [file] == list(file.parent.iterdir())


def test_texts_keep_the_time_of_their_clock(file: Path) -> None:
    clock = Clock(file, EASTERN)
    before = datetime.now(UTC)
    clock.move(timedelta(days=2))
    after = datetime.now(UTC)
    assert before == clock.shown(before)
    assert after + timedelta(days=2) == clock.shown(after)
    assert EASTERN == clock.shown(before).tzinfo
