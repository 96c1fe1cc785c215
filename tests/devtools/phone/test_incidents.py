"""What went wrong, and what the service did about it, is told line by line."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from devtools.phone.clock import Clock
from devtools.phone.incidents import MOST_LINES, Story

PARENT, ID = "+12022340123", "0" * 32 + "-abcdefabcdef"


@pytest.fixture
def story() -> Story:
    return Story(Clock(None, ZoneInfo("America/New_York")))


def record(state: str, reason: str = "", due: float = 1_795_000_000.0) -> dict[str, dict[str, Any]]:
    """The one follow-up of somebody."""
    return {ID: {"reminder": "sent_yet", "state": state, "reason": reason, "due": due, "attempts": 1}}


def told(story: Story) -> list[tuple[str, ...]]:
    """What is told, the newest first, without when."""
    return [tuple(str(v) for k, v in line.items() if k not in ("at", "due")) for line in story.lines(PARENT)]


def test_what_was_set_to_go_wrong_is_told(story: Story) -> None:
    """To this phone alone."""
    story.tell(PARENT, "spoilt", fault="30003")
    assert [("spoilt", "30003")] == told(story)
    assert [] == story.lines("+12022340999")


def test_a_follow_up_that_changes_is_told(story: Story) -> None:
    """From what to what, and why."""
    story.saw_records(PARENT, record("waiting"))
    story.saw_records(PARENT, record("sent"))
    story.saw_records(PARENT, record("failed", "30003"))
    assert [
        ("record", "sent_yet", "sent", "failed", "30003"),
        ("record", "sent_yet", "waiting", "sent", ""),
    ] == (told(story))


def test_a_follow_up_that_stays_is_told_once(story: Story) -> None:
    """However often we look; a claim is too short to tell of."""
    for state in ("waiting", "claimed", "waiting", "sent", "sent"):
        story.saw_records(PARENT, record(state))
    assert 1 == len(told(story))


def test_a_follow_up_that_is_put_off_is_told_with_its_new_time(story: Story) -> None:
    """It still waits."""
    story.saw_records(PARENT, record("waiting"))
    story.saw_records(PARENT, record("waiting", "20429", 1_795_000_300.0))
    (line,) = story.lines(PARENT)
    assert ("waiting", "waiting", "20429") == (line["was"], line["now"], line["reason"])
    assert str(line["due"]).startswith("2026-11-18T")


def test_what_failed_before_we_first_looked_is_told(story: Story) -> None:
    """A follow-up may be made and refused between two looks."""
    story.saw_records(PARENT, {})
    story.saw_records(PARENT, record("failed", "21610"))
    assert [("record", "sent_yet", "waiting", "failed", "21610")] == told(story)


def test_a_page_that_is_opened_later_is_not_told_of_old_things(story: Story) -> None:
    """What has settled before anybody looked is no news."""
    story.saw_records(PARENT, record("failed", "21610"))
    assert [] == told(story)


def test_redis_that_is_away_is_told_once_and_again_when_it_is_back(story: Story) -> None:
    """However many pages look."""
    story.saw_no_store(PARENT)
    story.saw_no_store(PARENT)
    story.saw_records(PARENT, {})
    story.saw_records(PARENT, {})
    assert [("store_back",), ("store_away",)] == told(story)


def test_a_process_that_was_started_again_is_told(story: Story) -> None:
    """Also when there was none for a while."""
    story.saw_processes(PARENT, {"worker": 10, "clock": 11})
    story.saw_processes(PARENT, {"clock": 11})
    story.saw_processes(PARENT, {"worker": 12, "clock": 11})
    assert [("restarted", "worker")] == told(story)


def test_the_newest_lines_are_kept(story: Story) -> None:
    """A page that is open for days does not fill the memory."""
    for number in range(MOST_LINES + 5):
        story.tell(PARENT, "spoilt", fault=str(number))
    assert MOST_LINES == len(told(story))
    assert ("spoilt", str(MOST_LINES + 4)) == told(story)[0]
