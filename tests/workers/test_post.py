"""A follow-up leaves once, at a right moment, to somebody who still wants it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from redis import Redis

from hotline.carrier.messages import Messages
from hotline.channels import sms
from hotline.conversation.book import Book, Question
from hotline.conversation.engine import step
from hotline.conversation.model import (
    Cancel,
    Channel,
    Count,
    Effect,
    Event,
    Kind,
    Session,
    StopAll,
    Texting,
    Turn,
)
from hotline.settings import Settings
from hotline.simulator import Carrier, Fault, Serving
from hotline.simulator.faults import Kind as Wrong
from hotline.store.followups import LEASE, FollowUps, who_of
from hotline.store.keys import Keys, Secrets
from hotline.store.turns import Turns
from workers.post import BACK_OFF, IN_CONVERSATION, NOT_NOW, TRIES, UNKNOWN_FOR, Post, open_post

PARENT = "+12025550123"
NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
LATE = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
"""23:00 in Washington, DC."""
MORNING = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
"""09:00 there."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

AT_ONCE, STATEMENT, QUESTION = "next_step_now", "where_to_send", "sent_yet"
"""Reminders of the flows: one sent at once, one that only tells, one that asks."""

Plan = Callable[..., str]


@pytest.fixture
def carrier(serving: Serving) -> Carrier:
    return serving.carrier


@pytest.fixture
def cut_off(post: Post, settings: Settings) -> Post:
    """The same post on a machine that cannot reach the carrier."""
    with closing(socket.create_server(("127.0.0.1", 0))) as gone:
        nobody = f"http://127.0.0.1:{gone.getsockname()[1]}"
    return replace(post, messages=Messages(replace(settings, twilio_api_base_url=nobody)))


def bodies(carrier: Carrier) -> list[str]:
    """What stands on the parent's phone."""
    return [bubble.body for bubble in carrier.ledger.bubbles(PARENT)]


def record(post: Post, id: str) -> dict[str, Any]:
    return post.followups.records(who_of(id))[id]


def due(post: Post, id: str) -> datetime:
    return datetime.fromtimestamp(record(post, id)["due"], UTC)


def refuse(carrier: Carrier, code: int, times: int = 1) -> None:
    carrier.faults.add(Fault(Wrong.REFUSE, code=code, times=times))


def commit(turns: Turns, who: str, id: str, session: Session, *effects: Effect) -> None:
    event = Event(id, NOON, Channel.SMS, Kind.SAID)
    assert turns.commit(who, event, turns.load(who, id), Turn(session, (), effects), "", PARENT) is not None


def test_the_flows_have_the_reminders_that_these_tests_use(book: Book) -> None:
    """One at once, one that only tells, one that asks: else the tests below test nothing."""
    assert book.reminders[AT_ONCE].after == timedelta()
    assert book.reminders[STATEMENT].after > timedelta()
    assert not isinstance(book.states[STATEMENT], Question)
    assert isinstance(book.states[QUESTION], Question)


def test_a_reminder_is_sent_once(post: Post, plan: Plan, carrier: Carrier, book: Book) -> None:
    """With its words and where to tell what became of it, however often the job runs."""
    id = plan(QUESTION)
    for moment in (NOON, NOON + MINUTE, NOON + DAY):
        post.send(id, moment)
    (text,) = carrier.ledger.all()
    assert text.body.startswith(book.texts["en"]["reminders.sent_yet.text"][0])
    assert "\n1 Sent\n" in text.body
    assert text.status_callback == f"http://127.0.0.1:8000/status?followup={id}"
    assert (record(post, id)["state"], record(post, id)["sid"]) == ("sent", text.sid)


def test_two_workers_with_one_job_send_one_text(post: Post, plan: Plan, carrier: Carrier) -> None:
    """RQ may hand a job out twice."""
    id, together = plan(QUESTION), Barrier(3)

    def work(_: int) -> None:
        together.wait(5)
        post.send(id, NOON)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    assert len(bodies(carrier)) == 1


def test_a_post_is_made_from_the_settings(settings: Settings, plan: Plan, carrier: Carrier) -> None:
    """As in a worker's process."""
    id = plan(QUESTION)
    open_post(settings).send(id, NOON)
    (text,) = carrier.ledger.all()
    assert text.status_callback == f"{settings.public_base_url}/status?followup={id}"


@pytest.mark.parametrize("texting", [Texting.UNASKED, Texting.NO, Texting.STOPPED], ids=str)
def test_nobody_is_texted_without_consent(
    post: Post, plan: Plan, carrier: Carrier, turns: Turns, who: str, texting: Texting
) -> None:
    """What counts is what the person says when the text would leave."""
    id = plan(QUESTION)
    commit(turns, who, "SM later", Session(texting=texting))
    post.send(id, NOON)
    assert bodies(carrier) == []
    assert (record(post, id)["state"], record(post, id)["reason"]) == ("dropped", "no_consent")


@pytest.mark.parametrize("field", ["sealed", "texting"])
def test_somebody_forgotten_is_not_texted(
    post: Post, plan: Plan, carrier: Carrier, redis: Redis, who: str, field: str
) -> None:
    """Without the number, or without the yes, there is nobody to text."""
    id = plan(QUESTION)
    redis.hdel(Keys(who).person, field)
    post.send(id, NOON)
    assert bodies(carrier) == []
    assert record(post, id)["state"] == "dropped"


def test_a_number_sealed_with_another_secret_is_not_texted(
    post: Post, plan: Plan, carrier: Carrier, redis: Redis, who: str
) -> None:
    """A changed secret loses people, and sends nothing to the wrong ones."""
    id = plan(QUESTION)
    other = Secrets("another secret of the tests, long enough").seal(PARENT)
    redis.hset(Keys(who).person, "sealed", other)
    post.send(id, NOON)
    assert bodies(carrier) == []
    assert record(post, id)["state"] == "dropped"


@pytest.mark.parametrize("effect", [StopAll(), Cancel((QUESTION,))], ids=["stop", "cancelled"])
def test_what_was_dropped_is_not_sent(
    post: Post, plan: Plan, carrier: Carrier, turns: Turns, who: str, effect: Effect
) -> None:
    """STOP, or a state that ends the reminder, while its job waits in the queue."""
    id = plan(QUESTION)
    commit(turns, who, "SM later", Session(texting=Texting.YES), effect)
    post.send(id, NOON)
    assert bodies(carrier) == []
    assert record(post, id)["state"] == "dropped"


def test_stop_counts_even_while_a_claim_is_open(
    post: Post, plan: Plan, carrier: Carrier, turns: Turns, who: str
) -> None:
    """The worker that takes over from a dead one asks again."""
    id = plan(QUESTION)
    post.followups.claim(id, NOON)
    commit(turns, who, "SM later", Session(texting=Texting.STOPPED), StopAll())
    post.send(id, NOON + LEASE)
    assert bodies(carrier) == []
    assert record(post, id)["state"] == "dropped"


@pytest.mark.parametrize("reminder", ["no_such_state", "menu"], ids=["no state", "no reminder any more"])
def test_a_reminder_that_the_flows_dropped_is_dropped(
    post: Post, plan: Plan, carrier: Carrier, reminder: str
) -> None:
    """An edit of the flows ends what waited for it, without an error in each lease."""
    id = plan(reminder)
    post.send(id, NOON)
    assert bodies(carrier) == []
    assert (record(post, id)["state"], record(post, id)["reason"]) == ("dropped", "reminder_gone")


def test_a_reminder_waits_for_the_morning(post: Post, plan: Plan, carrier: Carrier) -> None:
    """Due at 23:00, it arrives at 9:00."""
    id = plan(STATEMENT, due=LATE, after=DAY)
    post.send(id, LATE)
    assert bodies(carrier) == []
    assert (record(post, id)["state"], due(post, id)) == ("waiting", MORNING)
    assert post.followups.take_due(MORNING) == [id]
    post.send(id, MORNING)
    assert len(bodies(carrier)) == 1


def test_one_planned_text_a_day(post: Post, plan: Plan, carrier: Carrier) -> None:
    """The second of a day waits until the next; what answers the person's own yes does not count as planned."""
    post.send(plan("where_to_send", NOON), NOON)
    second = plan("sent_yet", NOON)
    post.send(second, NOON)
    assert 1 == len(bodies(carrier))
    assert NOON + timedelta(hours=21) == due(post, second), (
        "20 hours later is 8 in the morning; 9 is the first hour"
    )
    post.send(plan("next_step_now", NOON), NOON)
    assert 2 == len(bodies(carrier))


def test_no_more_texts_than_were_promised(post: Post, plan: Plan, carrier: Carrier) -> None:
    """Twelve in ninety days; the thirteenth waits for its day."""
    for day in range(12):
        at = NOON + timedelta(days=2 * day)
        post.send(plan("where_to_send", at), at)
    last = NOON + timedelta(days=30)
    thirteenth = plan("sent_yet", last)
    post.send(thirteenth, last)
    assert 12 == len(bodies(carrier))
    assert NOON + timedelta(days=90) == due(post, thirteenth)


def test_what_was_asked_for_at_night_comes_at_night(post: Post, plan: Plan, carrier: Carrier) -> None:
    """The text that answers the person's own yes does not wait."""
    post.send(plan(AT_ONCE, due=LATE), LATE)
    assert len(bodies(carrier)) == 1


def test_at_once_is_over_after_a_while(post: Post, plan: Plan, carrier: Carrier) -> None:
    """When it could not be sent for half an hour, the person may be asleep."""
    id = plan(AT_ONCE, due=LATE)
    post.send(id, LATE + IN_CONVERSATION)
    assert bodies(carrier) == []
    assert due(post, id) == MORNING


@pytest.mark.parametrize(
    ("state", "ago", "reminder", "waits"),
    [
        ("child_age", 5 * MINUTE, QUESTION, True),
        ("child_age", 29 * MINUTE, STATEMENT, True),
        ("child_age", 30 * MINUTE, QUESTION, False),
        ("rest", 5 * MINUTE, QUESTION, False),
        ("menu", 5 * MINUTE, QUESTION, False),
        ("child_age", 5 * MINUTE, AT_ONCE, False),
    ],
)
def test_nobody_is_interrupted(
    post: Post, plan: Plan, carrier: Carrier, state: str, ago: timedelta, reminder: str, waits: bool
) -> None:
    """Who is in the middle of the screening gets the reminder half an hour after they last wrote."""
    seen = NOON - ago
    id = plan(reminder, session=Session(state=state, seen=seen))
    post.send(id, NOON)
    assert bool(bodies(carrier)) is not waits
    if waits:
        assert (record(post, id)["state"], due(post, id)) == ("waiting", seen + IN_CONVERSATION)
        post.send(id, seen + IN_CONVERSATION)
        assert len(bodies(carrier)) == 1


def test_the_next_text_answers_the_reminders_question(post: Post, plan: Plan, turns: Turns, who: str) -> None:
    """The reminder asks "1 Sent"; the parent's 1 means that."""
    post.send(plan(QUESTION, session=Session(state="rest")), NOON)
    session = turns.load(who, "SM answer").session
    assert session.state == QUESTION
    answered = step(post.shelf.current(), session, Event("SM answer", NOON, Channel.SMS, Kind.SAID, "1"))
    assert Count("answer.sent_yet.sent") in answered.effects


def test_a_reminder_that_only_tells_moves_nobody(post: Post, plan: Plan, turns: Turns, who: str) -> None:
    """The question where the person is still waits for their answer."""
    before = Session(state="child_age", seen=NOON - HOUR)
    post.send(plan(STATEMENT, session=before), NOON)
    assert turns.load(who, "SM answer").session == replace(before, texting=Texting.YES)


def test_a_question_put_aside_is_kept(post: Post, plan: Plan, turns: Turns, who: str) -> None:
    """After the reminder's question the person can go on with the screening."""
    post.send(plan(QUESTION, session=Session(state="child_age", seen=NOON - HOUR)), NOON)
    session = turns.load(who, "SM answer").session
    assert (session.state, session.paused) == (QUESTION, "child_age")


class TestAWorkerThatDied:
    """The carrier keeps its own time, so these tests begin now, with a reminder that no hour delays."""

    def test_after_sending_nothing_is_sent_twice(self, post: Post, plan: Plan, carrier: Carrier) -> None:
        """The one who takes over finds the text at the carrier, and writes down what the dead could not."""
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        self.send_and_die(post, id, now)
        post.send(id, now + LEASE)
        (text,) = carrier.ledger.all()
        assert (record(post, id)["state"], record(post, id)["sid"]) == ("sent", text.sid)

    def test_after_sending_the_question_waits_all_the_same(
        self, post: Post, plan: Plan, carrier: Carrier, turns: Turns, who: str
    ) -> None:
        """The parent has the question on the phone, so their next text must answer it."""
        now = datetime.now(UTC)
        id = plan(QUESTION, due=now)
        self.send_and_die(post, id, now)
        post.send(id, now + LEASE)
        assert len(bodies(carrier)) == 1
        assert turns.load(who, "SM answer").session.state == QUESTION

    def test_before_sending_it_is_sent_once_later(self, post: Post, plan: Plan, carrier: Carrier) -> None:
        """Nothing is at the carrier, so it is sent."""
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        post.followups.claim(id, now)
        post.send(id, now + MINUTE)
        assert bodies(carrier) == [], "the claim may still be somebody's"
        post.send(id, now + LEASE)
        post.send(id, now + 2 * LEASE)
        assert len(bodies(carrier)) == 1

    def test_days_before_it_is_sent_all_the_same(self, post: Post, plan: Plan, carrier: Carrier) -> None:
        """All workers were away for long; one claim without an answer is no reason to give up."""
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        post.followups.claim(id, now)
        post.send(id, (now + 2 * UNKNOWN_FOR).replace(hour=NOON.hour))
        assert len(bodies(carrier)) == 1

    def test_while_the_carrier_is_silent_nothing_is_sent_twice(
        self, post: Post, cut_off: Post, plan: Plan, carrier: Carrier
    ) -> None:
        """A carrier that could not be asked the first time is asked about the same time again."""
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        self.send_and_die(post, id, now)
        for n in range(1, 4):
            cut_off.send(id, now + n * LEASE)
        assert record(post, id)["state"] == "claimed"
        post.send(id, now + 4 * LEASE)
        assert len(bodies(carrier)) == 1
        assert record(post, id)["state"] == "sent"

    def test_an_answer_that_never_came_is_looked_for(self, post: Post, plan: Plan, carrier: Carrier) -> None:
        """After a 500 the text is sent again only because the carrier does not list it."""
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        refuse(carrier, 500)
        post.send(id, now)
        assert record(post, id)["state"] == "claimed"
        post.send(id, now + LEASE)
        assert len(bodies(carrier)) == 1
        assert record(post, id)["state"] == "sent"

    def test_a_carrier_out_of_order_is_given_up_after_a_day(
        self, post: Post, plan: Plan, carrier: Carrier
    ) -> None:
        """A text that always ends in a 500 is not tried for ever."""
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        refuse(carrier, 500, times=100)
        for n in range(TRIES + 2):
            post.send(id, now + n * LEASE)
        assert record(post, id)["state"] == "claimed"
        post.send(id, now + UNKNOWN_FOR + MINUTE)
        assert (record(post, id)["state"], record(post, id)["reason"]) == ("failed", "unknown")

    @staticmethod
    def send_and_die(post: Post, id: str, now: datetime) -> None:
        """What a worker does before it is killed: it claims and sends, and writes nothing down."""
        claimed = post.followups.claim(id, now)
        assert claimed is not None
        turn = step(post.shelf.current(), Session(), post._event(claimed, now))
        post.messages.send(
            PARENT, sms.body(post.shelf.current(), "en", turn.replies), "http://127.0.0.1:8000/status"
        )


def test_a_busy_carrier_is_tried_again_ever_later(post: Post, plan: Plan, carrier: Carrier) -> None:
    """After 2, 8 and 32 minutes; then the follow-up has failed."""
    id, now = plan(QUESTION), NOON
    refuse(carrier, 20429, times=TRIES)
    waits = []
    while record(post, id)["state"] in ("waiting", "claimed"):
        post.send(id, now)
        waits.append(due(post, id) - now)
        now = due(post, id)
    assert waits[:-1] == [BACK_OFF, 4 * BACK_OFF, 16 * BACK_OFF]
    assert (record(post, id)["state"], record(post, id)["reason"]) == ("failed", "20429")
    assert bodies(carrier) == []


@pytest.mark.parametrize("code", [30610, 21606], ids=["wait", "stop"])
def test_waiting_is_not_a_try(post: Post, plan: Plan, carrier: Carrier, code: int) -> None:
    """When the carrier or our account is the reason, the tries are all left when that is over."""
    id, now = plan(QUESTION), NOON
    refuse(carrier, code, times=TRIES + 2)
    for _ in range(TRIES + 2):
        post.send(id, now)
        assert (record(post, id)["state"], due(post, id)) == ("waiting", now + NOT_NOW)
        now += NOT_NOW
    refuse(carrier, 20429)
    post.send(id, now)
    assert (record(post, id)["state"], due(post, id)) == ("waiting", now + BACK_OFF)


def test_a_night_is_not_a_try(post: Post, plan: Plan, carrier: Carrier) -> None:
    """Nor is a conversation that must not be interrupted: the carrier was not asked."""
    id = plan(STATEMENT, due=LATE, after=DAY)
    for night in range(TRIES + 1):
        post.send(id, LATE + night * DAY)
    refuse(carrier, 20429)
    morning = MORNING + TRIES * DAY
    post.send(id, morning)
    assert (record(post, id)["state"], due(post, id)) == ("waiting", morning + BACK_OFF)


def test_no_connection_is_tried_again(post: Post, cut_off: Post, plan: Plan, carrier: Carrier) -> None:
    """A carrier that could not be reached has nothing, so nobody needs to look."""
    id = plan(QUESTION)
    cut_off.send(id, NOON)
    assert (record(post, id)["state"], due(post, id)) == ("waiting", NOON + BACK_OFF)
    post.send(id, NOON + BACK_OFF)
    assert len(bodies(carrier)) == 1


def test_a_number_that_cannot_be_texted_ends_it(post: Post, plan: Plan, carrier: Carrier) -> None:
    """Once, with the carrier's code; and the session is not at a question that never arrived."""
    id = plan(QUESTION, session=Session(state="rest"))
    refuse(carrier, 21614)
    post.send(id, NOON)
    post.send(id, NOON + DAY)
    assert (record(post, id)["state"], record(post, id)["reason"]) == ("failed", "21614")
    assert bodies(carrier) == []
    assert post.turns.load(who_of(id), "SM answer").session.state == "rest"


def test_refused_credentials_lose_nothing(
    post: Post, plan: Plan, carrier: Carrier, settings: Settings
) -> None:
    """The reminder waits until an operator has mended the settings."""
    id = plan(QUESTION)
    wrong = replace(post, messages=Messages(replace(settings, twilio_auth_token="not the token")))
    wrong.send(id, NOON)
    assert due(post, id) == NOON + NOT_NOW
    post.send(id, NOON + NOT_NOW)
    assert len(bodies(carrier)) == 1


def test_a_stop_that_only_the_carrier_knows_counts(
    post: Post, plan: Plan, carrier: Carrier, followups: FollowUps, redis: Redis, who: str
) -> None:
    """The person is marked as stopped, their number forgotten, and the rest dropped."""
    id = plan(QUESTION, session=Session(state="rest"))
    plan(STATEMENT, due=NOON + DAY)
    carrier.receive(PARENT, "STOP")
    post.send(id, NOON)
    assert sorted((r["reminder"], r["state"]) for r in followups.records(who).values()) == [
        (QUESTION, "failed"),
        (STATEMENT, "dropped"),
    ]
    person = redis.hgetall(Keys(who).person)
    assert person["texting"] == "stopped"
    assert "sealed" not in person
    assert post.turns.load(who, "SM later").session.texting is Texting.STOPPED
    assert followups.take_due(NOON + 30 * DAY) == []
