"""A record's id has its person and kind."""

import json
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hotline.conversation.model.events import Channel, Event, EventKind, FollowUp, Tell, TextThis
from hotline.conversation.model.session import Session
from hotline.store import followup_record
from hotline.store.followup_record import New, RecordKind, due_after, kind_of, read_claimed, spread, who_of
from hotline.store.keys import Secrets
from workers.claimed_followups import event_of

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WHO = Secrets("the secret of the tests, long enough").who("+12025550123")


def event(id: str = "SM1") -> Event:
    return Event(id, NOW, Channel.VOICE, EventKind.SAID)


def made(at: Event) -> dict[RecordKind, New]:
    """Return one record of each kind."""
    return {
        RecordKind.REMINDER: followup_record.reminder(WHO, at, FollowUp("sent_yet", HOUR), ""),
        RecordKind.THIS: followup_record.requested_text(WHO, at, TextThis((Tell("x"),)), Session(), "sealed"),
        RecordKind.LOOKUP: followup_record.look_up(WHO, at, "sealed"),
        RecordKind.ERASE: followup_record.erase(WHO, at, "sealed"),
        RecordKind.REACH: followup_record.staff_text(f"{WHO}-{'0' * 12}", at, "es", "b", Tell("x"), "sealed"),
    }


@pytest.mark.parametrize("kind", RecordKind, ids=str)
def test_the_id_has_the_kind(kind: RecordKind) -> None:
    new = made(event())[kind]
    assert (WHO, kind) == (who_of(new.id), kind_of(new.id))
    assert re.fullmatch(r"[0-9a-f]{32}-[0-9a-f]{12}(-[a-z]+)?", new.id)


@pytest.mark.parametrize("id", ["", "no id", f"{WHO}-0123456789ab", f"{WHO}-0123456789ab-unheard-of"])
def test_any_other_id_is_a_reminders(id: str) -> None:
    """One malformed id must not stop the clock."""
    assert RecordKind.REMINDER is kind_of(id)


def test_the_same_event_gives_the_same_id_and_another_another() -> None:
    ids = [new.id for at in (event("SM1"), event("SM2"), event("SM1")) for new in made(at).values()]
    assert ids[:5] == ids[10:]
    assert 10 == len(set(ids))


def test_shares_are_even_and_stable() -> None:
    shares = [spread(f"{WHO}-{n:012x}", HOUR) for n in range(1000)]
    assert shares == [spread(f"{WHO}-{n:012x}", HOUR) for n in range(1000)]
    sixths = [sum(n * HOUR / 6 <= each < (n + 1) * HOUR / 6 for each in shares) for n in range(6)]
    assert 1000 == sum(sixths)
    assert all(120 < sixth < 220 for sixth in sixths)


@pytest.mark.parametrize(
    ("at", "time", "expected"),
    [
        ("2026-11-01T01:59:30-04:00", MINUTE, "2026-11-01T06:00:30+00:00"),
        ("2026-03-08T01:59:30-05:00", MINUTE, "2026-03-08T07:00:30+00:00"),
        ("2026-10-31T12:00:00-04:00", DAY, "2026-11-01T17:00:00+00:00"),
        ("2026-03-07T12:00:00-05:00", 2 * DAY, "2026-03-09T16:00:00+00:00"),
    ],
    ids=["a minute, back", "a minute, forward", "a day, back", "two days, forward"],
)
def test_a_delay_is_right_on_the_night_of_a_clock_change(at: str, time: timedelta, expected: str) -> None:
    local = datetime.fromisoformat(at).astimezone(ZoneInfo("America/New_York"))
    assert datetime.fromisoformat(expected) == due_after(local, time).astimezone(UTC)


def test_a_reminder_keeps_the_days_it_was_planned_with() -> None:
    days = (("sent_on", "2026-11-10"), ("signed_on", "2026-11-20"))
    record = followup_record.reminder(WHO, event(), FollowUp("sent_yet", HOUR, days=days), "").record
    line = json.dumps({**json.loads(record), "claim": 1})
    claimed = read_claimed(f"{WHO}-{'0' * 12}", line, (None,) * 5, NOW)
    assert days == claimed.days == event_of(claimed, NOW).days
