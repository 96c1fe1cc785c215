"""A text that we initiate is sent at an allowed time, and no more often than promised."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, islice
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from redis import Redis

from devtools.twilio_sim import Carrier
from hotline.carrier.messages import Messages
from hotline.config.settings import Settings
from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Cancel, Effect, Erase, LineType, Refuse, StopAll, Texting
from hotline.conversation.model.session import Session
from hotline.store.followup_record import Claimed
from hotline.store.followups import RIVAL, FollowUps
from hotline.store.keys import Keys
from tests.workers.parent import (
    ALONE,
    AT_ONCE,
    DAY,
    HOUR,
    LATE,
    MINUTE,
    MORNING,
    NOON,
    NOW_ALONE,
    PARENT,
    QUESTION,
    STATEMENT,
    Ask,
    Plan,
    PlanFor,
    bodies,
    commit,
    due,
    outcome,
    record,
    refuse,
    session_of,
)
from workers.delivery_errors import BACK_OFF, LONGEST_SPREAD, NOT_NOW, TRIES
from workers.send import Sender
from workers.send_policy import IN_CONVERSATION, after_holidays, is_day_off, next_try


def test_a_reminder_waits_for_the_parents_morning(post: Sender, plan: Plan, carrier: Carrier) -> None:
    """A Washington, DC, number and a parent in Hawaii."""
    id = plan(STATEMENT, due=MORNING, after=DAY, session=Session().with_slot("which_state", "HI"))
    post.send(id, MORNING)
    assert bodies(carrier) == []
    assert MORNING + 5 * HOUR <= due(post, id) < MORNING + 6 * HOUR
    post.send(id, MORNING + 4 * HOUR)  # handed out early, it is looked at again
    assert bodies(carrier) == []
    post.send(id, due(post, id))
    assert len(bodies(carrier)) == 1


@pytest.mark.parametrize("session", [Session(), Session().with_slot("which_state", "HI")], ids=["DC", "HI"])
def test_replies_come_at_any_hour(post: Sender, plan: Plan, carrier: Carrier, session: Session) -> None:
    post.send(plan(AT_ONCE, due=LATE, session=session), LATE)
    assert len(bodies(carrier)) == 1


def test_a_reminder_waits_for_the_morning(post: Sender, plan: Plan, carrier: Carrier) -> None:
    id = plan(STATEMENT, due=LATE, after=DAY)
    post.send(id, LATE)
    assert bodies(carrier) == []
    assert "waiting" == record(post, id)["state"]
    assert MORNING <= due(post, id) < MORNING + HOUR
    assert post.followups.due.take(due(post, id)) == [id]
    post.send(id, due(post, id))
    assert len(bodies(carrier)) == 1


@pytest.mark.parametrize(
    ("holiday", "school_is_back"),
    [
        (date(2026, 12, 25), date(2027, 1, 2)),
        (date(2027, 1, 1), date(2027, 1, 2)),
        (date(2026, 11, 26), date(2026, 11, 28)),
        (date(2027, 1, 18), date(2027, 1, 19)),
    ],
    ids=str,
)
def test_there_are_no_reminders_on_holidays(
    holiday: date, school_is_back: date, post: Sender, plan: Plan, carrier: Carrier
) -> None:
    noon = datetime.combine(holiday, time(12), ZoneInfo("America/New_York"))
    id = plan(STATEMENT, due=noon, after=DAY, session=Session().with_slot("which_state", "NY"))
    post.send(id, noon)
    assert bodies(carrier) == []
    moved = due(post, id).astimezone(noon.tzinfo)
    assert (school_is_back, 9) == (moved.date(), moved.hour)
    post.send(id, moved)
    assert 1 == len(bodies(carrier))


@pytest.mark.whole
def test_morning_texts_are_spread_over_an_hour(post: Sender, carrier: Carrier, plan_for: PlanFor) -> None:
    ids = [plan_for(n, LATE) for n in range(60)]
    for id in ids:
        post.send(id, LATE)
    dues = [due(post, id) for id in ids]
    quarters = [sum(n * HOUR / 4 <= each - MORNING < (n + 1) * HOUR / 4 for each in dues) for n in range(4)]
    assert 60 == sum(quarters)
    assert min(quarters) >= 5, f"texts in each quarter of the hour: {quarters}"
    for id in ids:
        post.send(id, LATE + HOUR)
    assert dues == [due(post, id) for id in ids]
    for id in ids:
        post.send(id, due(post, id))
    assert 60 == len(carrier.ledger.all())


def test_one_planned_text_a_day(post: Sender, plan: Plan, carrier: Carrier) -> None:
    post.send(plan("where_to_send", NOON), NOON)
    second = plan("sent_yet", NOON)
    post.send(second, NOON)
    assert 1 == len(bodies(carrier))
    assert timedelta(hours=21) <= due(post, second) - NOON < timedelta(hours=22), (
        "20 hours later is 8 in the morning; 9 is the first hour"
    )
    post.send(plan("next_step_now", NOON), NOON)
    assert 2 == len(bodies(carrier))


def test_two_reminders_of_one_second_are_sent_a_day_apart(
    post: Sender, plan: Plan, carrier: Carrier, followups: FollowUps
) -> None:
    planned, together = [plan(STATEMENT), plan(QUESTION)], Barrier(2)

    def work(n: int) -> None:
        together.wait(5)
        post.send(planned[n], NOON)

    for _ in range(5):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(work, range(2)))
    assert 1 == len(bodies(carrier))
    (late,) = (id for id in planned if record(post, id)["state"] == "waiting")
    post.send(late, NOON + RIVAL)
    assert 1 == len(bodies(carrier))
    assert timedelta(hours=21) <= due(post, late) - NOON < timedelta(hours=22)
    assert [late] == followups.due.take(NOON + timedelta(hours=22))


def test_no_more_texts_than_promised(post: Sender, plan: Plan, carrier: Carrier) -> None:
    """Twelve in ninety days."""
    every_other_day = (NOON + timedelta(days=2 * n) for n in count())
    for at in islice((at for at in every_other_day if not is_day_off(at.date())), 12):
        post.send(plan("where_to_send", at), at)
    assert 12 == len(bodies(carrier))
    last = NOON + timedelta(days=30)
    assert not is_day_off(last.date())
    thirteenth = plan("sent_yet", last)
    post.send(thirteenth, last)
    assert 12 == len(bodies(carrier))
    assert NOON + timedelta(days=90) == due(post, thirteenth)


def test_immediate_texts_count_as_promised_ones(post: Sender, plan: Plan, carrier: Carrier) -> None:
    for n in range(20):
        at = NOON + timedelta(minutes=n)
        post.send(plan(AT_ONCE, at), at)
    assert 12 == len(bodies(carrier))


def test_an_immediate_text_is_late_after_half_an_hour(post: Sender, plan: Plan, carrier: Carrier) -> None:
    id = plan(AT_ONCE, due=LATE)
    post.send(id, LATE + IN_CONVERSATION)
    assert bodies(carrier) == []
    assert MORNING <= due(post, id) < MORNING + HOUR


@pytest.mark.parametrize(
    ("state", "ago", "reminder", "waits"),
    [
        ("child_age", 5 * MINUTE, QUESTION, True),
        ("child_age", 29 * MINUTE, STATEMENT, True),
        ("child_age", 30 * MINUTE, QUESTION, False),
        ("rest", 5 * MINUTE, QUESTION, False),
        ("menu", 5 * MINUTE, QUESTION, True),
        ("glad_you_are_here", 5 * MINUTE, STATEMENT, True),
        ("menu", 30 * MINUTE, QUESTION, False),
        ("child_age", 5 * MINUTE, AT_ONCE, False),
    ],
)
def test_a_conversation_is_not_interrupted(
    post: Sender, plan: Plan, carrier: Carrier, state: str, ago: timedelta, reminder: str, waits: bool
) -> None:
    seen = NOON - ago
    id = plan(reminder, session=Session(state=state, seen=seen))
    post.send(id, NOON)
    assert bool(bodies(carrier)) is not waits
    if waits:
        assert (record(post, id)["state"], due(post, id)) == ("waiting", seen + IN_CONVERSATION)
        post.send(id, seen + IN_CONVERSATION)
        assert len(bodies(carrier)) == 1


def test_a_night_is_not_a_try(post: Sender, plan: Plan, carrier: Carrier) -> None:
    id = plan(STATEMENT, due=LATE, after=DAY)
    for night in range(TRIES + 1):
        post.send(id, LATE + night * DAY)
    refuse(carrier, 30008)
    morning = MORNING + TRIES * DAY
    post.send(id, morning)
    assert (record(post, id)["state"], due(post, id)) == ("waiting", morning + BACK_OFF)


class TestOneText:
    """A single text with its own consent."""

    @pytest.mark.parametrize("texting", [Texting.UNASKED, Texting.NO, Texting.YES], ids=str)
    def test_it_has_its_own_consent(self, post: Sender, ask: Ask, carrier: Carrier, texting: Texting) -> None:
        post.send(ask(ALONE, session=Session(texting=texting)), NOON + MINUTE)
        (body,) = bodies(carrier)
        assert "your call ended" in body

    @pytest.mark.parametrize(
        ("effect", "texting"),
        [
            (StopAll(), Texting.STOPPED),
            (Refuse(), Texting.NO),
            (Erase(), Texting.UNASKED),
            (Cancel(("call_dropped",)), Texting.UNASKED),
        ],
        ids=["stop", "no", "delete", "cancel"],
    )
    def test_it_is_dropped_when_the_person_says_so(
        self, post: Sender, ask: Ask, carrier: Carrier, effect: Effect, texting: Texting
    ) -> None:
        id = ask(ALONE, session=Session(texting=Texting.UNASKED))
        commit(post, "SM later", Session(texting=texting), effect)
        post.send(id, NOON + MINUTE)
        assert bodies(carrier) == []

    def test_it_never_goes_to_a_person_who_stopped(
        self, post: Sender, ask: Ask, carrier: Carrier, redis: Redis, who: str
    ) -> None:
        id = ask(ALONE)
        redis.hset(Keys(who).person, "texting", "stopped")
        post.send(id, NOON + MINUTE)
        assert bodies(carrier) == []
        redis.delete(Keys(who).session)
        post.send(id, NOON + 8 * DAY)
        assert bodies(carrier) == []
        assert outcome(post, id) == ("dropped", "no_consent")

    def test_it_waits_for_the_morning(self, post: Sender, ask: Ask, carrier: Carrier) -> None:
        id = ask(ALONE, at=LATE)
        post.send(id, LATE + MINUTE)
        assert bodies(carrier) == []
        assert MORNING <= due(post, id) < MORNING + HOUR
        post.send(id, due(post, id))
        assert len(bodies(carrier)) == 1

    def test_it_comes_at_night_if_requested(self, post: Sender, ask: Ask, carrier: Carrier) -> None:
        post.send(ask(NOW_ALONE, at=LATE), LATE + MINUTE)
        assert len(bodies(carrier)) == 1

    def test_a_dropped_call_is_not_a_conversation(self, post: Sender, ask: Ask, carrier: Carrier) -> None:
        post.send(ask(ALONE, session=Session(state="child_age", seen=NOON)), NOON + MINUTE)
        assert len(bodies(carrier)) == 1
        session = session_of(post)
        assert (session.state, session.paused) == ("call_dropped", "child_age")

    def test_it_is_not_part_of_the_series(self, post: Sender, ask: Ask, plan: Plan, carrier: Carrier) -> None:
        post.send(plan(STATEMENT), NOON)
        post.send(ask(ALONE), NOON + MINUTE)
        assert len(bodies(carrier)) == 2
        assert post.followups.sent_at(post.secrets.who(PARENT)) == (NOON,)
        next_day = NOON + timedelta(hours=21)
        post.send(plan(QUESTION, due=next_day), next_day)
        assert len(bodies(carrier)) == 3

    def test_its_number_is_deleted_once_sent(self, post: Sender, ask: Ask, redis: Redis, who: str) -> None:
        id = ask(ALONE)
        post.send(id, NOON + MINUTE)
        assert "sealed" not in record(post, id)
        assert redis.hget(Keys(who).person, "sealed") is None


def test_after_a_week_of_refusals_texts_are_spread(
    post: Sender, carrier: Carrier, settings: Settings, plan_for: PlanFor
) -> None:
    wrong = replace(post, messages=Messages(replace(settings, twilio_auth_token="not the token")))
    ids = [plan_for(n) for n in range(40)]
    week = NOON + 7 * DAY
    for id in ids:
        wrong.send(id, week)
    waits = sorted(due(post, id) - week for id in ids)
    assert NOT_NOW <= waits[0]
    assert waits[-1] <= NOT_NOW + LONGEST_SPREAD
    hours = [sum(n * HOUR <= wait < (n + 1) * HOUR for wait in waits) for n in range(7)]
    assert max(hours) < len(ids) / 2, f"texts in each hour: {hours}"
    assert carrier.ledger.all() == []


EASTERN, PACIFIC = ZoneInfo("America/New_York"), ZoneInfo("America/Los_Angeles")
NUMBER = "+12025550177"


@pytest.mark.parametrize(
    ("day", "off"),
    [
        ("2026-12-25", True),
        ("2026-12-30", True),
        ("2027-01-01", True),
        ("2027-01-04", False),
        ("2026-11-26", True),  # Thanksgiving
        ("2026-11-27", True),
        ("2026-11-25", False),
        ("2026-07-03", True),  # July 4 is a Saturday
        ("2027-01-18", True),  # Martin Luther King Jr. Day
        ("2026-12-23", False),
    ],
)
def test_federal_and_school_holidays_are_off(day: str, off: bool) -> None:
    """Weekends are not: a parent has time for a letter then."""
    assert off == is_day_off(date.fromisoformat(day))


def test_a_holiday_is_where_the_parent_lives() -> None:
    moment = datetime(2026, 12, 24, 6, tzinfo=UTC)
    assert datetime(2027, 1, 2, tzinfo=EASTERN) == after_holidays(moment, EASTERN)
    assert moment == after_holidays(moment, PACIFIC)


BLANK = Claimed(
    id="1",
    reminder="did_they_answer",
    claim=1,
    attempts=1,
    resends=0,
    came_back=0,
    first_due=datetime(2026, 12, 25, tzinfo=UTC),
    asked=datetime(2026, 12, 15, tzinfo=UTC),
    one_text=False,
    in_call=False,
    texting=None,
    language=None,
    line=LineType.UNKNOWN,
    at=datetime(2026, 12, 25, tzinfo=UTC),
    sealed=None,
    claimed_before=None,
)


def claimed(*, one_text: bool = False) -> Claimed:
    """Return a reminder that was planned ten days ago."""
    asked = datetime(2026, 12, 15, 17, tzinfo=UTC)
    return replace(BLANK, asked=asked, first_due=asked + timedelta(days=10), one_text=one_text)


def test_a_reminder_due_on_a_holiday_waits_for_the_next_day(book: Book) -> None:
    christmas = datetime(2026, 12, 25, 17, tzinfo=UTC)
    again = next_try(book, claimed(), NUMBER, Session(state="rest"), tuple, christmas)
    assert again is not None
    assert date(2027, 1, 2) == again.astimezone(EASTERN).date()
    assert again.astimezone(EASTERN).hour >= 9
    assert next_try(book, claimed(one_text=True), NUMBER, Session(state="rest"), tuple, christmas) is None
