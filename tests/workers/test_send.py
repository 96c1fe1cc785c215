"""A follow-up is sent once, to a person who still wants it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from redis import Redis

from devtools.twilio_sim import Carrier
from hotline.carrier.messages import Messages, Template, letters
from hotline.channels import sms
from hotline.config.settings import OWN_FLOWS, Settings
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question
from hotline.conversation.engine.step import step
from hotline.conversation.model import segments
from hotline.conversation.model.events import (
    AskPerson,
    Cancel,
    Channel,
    Consent,
    Count,
    Effect,
    Erase,
    Event,
    EventKind,
    FollowUp,
    LineType,
    StopAll,
    Texting,
)
from hotline.conversation.model.session import Session, Turn
from hotline.publishing.versions import Versions
from hotline.store.backup import back_up, restore
from hotline.store.connection import StoreBusy
from hotline.store.due_set import LEASE
from hotline.store.followup_record import Claimed, who_of
from hotline.store.followups import FollowUps, Intended
from hotline.store.keys import Keys, Secrets
from hotline.store.metrics import figures
from hotline.store.request_texts import TextsBack
from hotline.store.request_work import RequestWork
from hotline.store.requests import Requests
from hotline.store.turns import Turns
from hotline.store.usage import FIGURE
from tests.turns_taken import take_turn
from tests.workers.parent import (
    ALONE,
    AT_ONCE,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    PARENT,
    QUESTION,
    SECOND,
    STATEMENT,
    THIS,
    Ask,
    Plan,
    bodies,
    commit,
    due,
    outcome,
    record,
    refuse,
)
from workers.claimed_followups import event_of as _event
from workers.claimed_followups import requested_words
from workers.delivery_errors import BACK_OFF, NOT_NOW, TRIES
from workers.jobs import Dependencies
from workers.lost_jobs import LOST_AFTER
from workers.send import UNKNOWN_FOR, Sender


@pytest.fixture
def cut_off(post: Sender, settings: Settings, nobody: str) -> Sender:
    """A sender that cannot reach the carrier."""
    return replace(post, messages=Messages(replace(settings, twilio_api_base_url=f"http://{nobody}")))


def test_the_flows_have_the_reminders_that_these_tests_use(book: Book) -> None:
    """One is immediate, one only informs, one asks; otherwise the tests below test nothing."""
    assert book.reminders[AT_ONCE].after == timedelta()
    assert book.reminders[STATEMENT].after > timedelta()
    assert not isinstance(book.states[STATEMENT], Question)
    assert isinstance(book.states[QUESTION], Question)


def test_a_reminder_is_sent_once(post: Sender, plan: Plan, carrier: Carrier, book: Book) -> None:
    """Sent with its text and status callback, however often the job runs."""
    id = plan(QUESTION)
    for moment in (NOON, NOON + MINUTE, NOON + DAY):
        post.send(id, moment)
    (text,) = carrier.ledger.all()
    assert text.body.startswith(book.texts["en"]["reminders.sent_yet.text"][0])
    assert "\n1 Sent\n" in text.body
    assert text.status_callback == f"http://127.0.0.1:8000/status?followup={id}#rc=5&rp=all"
    assert (record(post, id)["state"], record(post, id)["sid"]) == ("sent", text.sid)


def test_what_becomes_of_a_text_is_counted(post: Sender, plan: Plan, carrier: Carrier) -> None:
    """For /metrics: accepted, refused with its code, or not sent and why. A repeated job counts nothing."""
    day = NOON.date()
    sent, refused = plan(QUESTION), plan(STATEMENT, due=NOON + DAY)
    for moment in (NOON, NOON + MINUTE):
        post.send(sent, moment)
    refuse(carrier, 21614)
    post.send(refused, NOON + DAY)
    dropped = plan(STATEMENT, due=NOON + DAY)
    replace(post, serves=lambda _: False).send(dropped, NOON + DAY)
    assert 1 == figures(post.redis, day)["send.sent"]
    later = figures(post.redis, day + DAY)
    assert (1, 1) == (later["send.permanent.21614"], later["drop.not_for_us"])


def test_the_day_of_a_text_is_the_centers(
    post: Sender, settings: Settings, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At half past seven in the evening in New York the next day has begun in UTC, and "by today" is not over yet."""
    evening, days = NOON.replace(hour=0, minute=30), []

    def stepped(book: Book, session: Session, event: Event) -> Turn:
        days.append(event.at.date())
        return step(book, session, event)

    for module in ("send", "claimed_followups"):
        monkeypatch.setattr(f"workers.{module}.step", stepped)
    replace(post, zone=settings.time_zone).send(plan(QUESTION, due=evening), evening)
    assert [evening.date() - DAY] * 2 == days


def test_a_text_that_left_since_the_backup_is_not_sent_again(
    post: Sender, plan: Plan, carrier: Carrier, redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    """It still waits in the backup. The carrier has it, and is asked."""
    now = datetime.now(UTC)  # the carrier's clock is the machine's
    id = plan(AT_ONCE, due=now)
    back_up(redis_url, tmp_path / "backup", now - HOUR)
    post.send(id, now)
    assert 1 == len(bodies(carrier))
    redis.flushall()
    restore(redis_url, tmp_path / "backup", now + MINUTE)
    assert "waiting" == record(post, id)["state"]
    post.send(id, now + MINUTE)
    assert 1 == len(bodies(carrier))
    assert "sent" == record(post, id)["state"]


@pytest.fixture
def text_back(ask: Ask, redis: Redis, secrets: Secrets, who: str, followups: FollowUps) -> str:
    """PARENT asked for a person in a call, and the staff sent "we tried to call you"; returns the record's id."""
    ask(AskPerson("morning"))
    (request,) = Requests(redis).waiting()
    RequestWork(redis, secrets).claim(request.id, "anna", NOON)
    TextsBack(redis, secrets).send(
        request.id, "anna", "", "people.tried_to_reach_you.text", NOON.date() + DAY, NOON
    )
    (id,) = followups.records(who)
    return id


def test_a_text_from_the_staff_leaves_also_if_the_parent_asked_again(
    post: Sender, text_back: str, ask: Ask, carrier: Carrier
) -> None:
    """The newer request takes the place of the one that the text was about."""
    ask(AskPerson("evening"))
    post.send(text_back, NOON)
    assert 1 == len(bodies(carrier))
    assert "sent" == record(post, text_back)["state"]


def test_a_text_from_the_staff_counts_in_the_days_budget(
    post: Sender, text_back: str, carrier: Carrier, redis: Redis
) -> None:
    """All of it: no call paid for it before."""
    post.send(text_back, NOON)
    (body,) = bodies(carrier)
    assert 1 < segments.count(body) == figures(redis, NOON.date())[FIGURE]


def test_two_workers_with_one_job_send_one_text(post: Sender, plan: Plan, carrier: Carrier) -> None:
    """RQ may hand a job out twice."""
    id, together = plan(QUESTION), Barrier(3)

    def work(_: int) -> None:
        together.wait(5)
        post.send(id, NOON)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    assert len(bodies(carrier)) == 1


def test_a_post_is_made_from_the_settings(settings: Settings, plan: Plan, carrier: Carrier) -> None:
    """Runs as in a worker."""
    id = plan(QUESTION)
    Dependencies(settings).sender.send(id, NOON)
    (text,) = carrier.ledger.all()
    assert text.status_callback == f"{settings.public_base_url}/status?followup={id}#rc=5&rp=all"


def test_what_is_due_while_we_ask_shall_we_stop_waits_for_the_answer(
    post: Sender, plan: Plan, carrier: Carrier, turns: Turns, who: str, redis: Redis
) -> None:
    """Words that may be a STOP: the reminder waits a day. "No" brings it; silence for as long as the session is kept
    is a STOP.
    """
    id, other = plan(QUESTION), plan(STATEMENT)
    session = turns.load(who, "SM later", NOON).session
    asked = replace(session, texting=Texting.STOPPED, before_stop=Texting.YES, state="stop_or_not")
    commit(turns, who, "SM later", asked)
    for each in (id, other):
        post.send(each, NOON)
        assert ("waiting", "asked_to_stop", NOON + DAY) == (
            record(post, each)["state"],
            record(post, each)["reason"],
            due(post, each),
        )
    commit(turns, who, "SM no", replace(asked, texting=Texting.YES, state=""))
    post.send(id, NOON + DAY)
    assert 1 == len(bodies(carrier))
    commit(turns, who, "SM again", asked)
    redis.delete(Keys(who).session)
    post.send(other, NOON + 9 * DAY)
    assert ("dropped", "no_consent") == outcome(post, other)


@pytest.mark.parametrize("texting", [Texting.UNASKED, Texting.NO], ids=str)
def test_nobody_is_texted_without_consent(
    post: Sender, plan: Plan, carrier: Carrier, turns: Turns, who: str, texting: Texting
) -> None:
    """The person's decision at sending time counts."""
    id = plan(QUESTION)
    commit(turns, who, "SM later", Session(texting=texting))
    post.send(id, NOON)
    assert bodies(carrier) == []
    assert outcome(post, id) == ("dropped", "no_consent")


@pytest.mark.parametrize("what", [FollowUp(STATEMENT, timedelta()), THIS], ids=["planned", "asked for"])
def test_nobody_is_texted_from_whom_no_stop_is_taken(
    post: Sender, ask: Ask, carrier: Carrier, settings: Settings, what: Effect
) -> None:
    """COUNTRIES was shortened since they consented, so their texts are no longer read."""
    id = ask(Consent("w"), what, session=Session(texting=Texting.YES))
    replace(post, serves=replace(settings, countries=("MX",)).serves).send(id, NOON)
    assert bodies(carrier) == []
    assert outcome(post, id) == ("dropped", "not_for_us")


@pytest.mark.parametrize("field", ["sealed", "texting"])
def test_somebody_forgotten_is_not_texted(
    post: Sender, plan: Plan, carrier: Carrier, redis: Redis, who: str, field: str
) -> None:
    """Without the number or the consent, there is no one to text."""
    id = plan(QUESTION)
    redis.hdel(Keys(who).person, field)
    post.send(id, NOON)
    assert bodies(carrier) == []
    assert record(post, id)["state"] == "dropped"


def test_a_number_sealed_with_another_secret_is_not_texted(
    post: Sender, plan: Plan, carrier: Carrier, redis: Redis, who: str
) -> None:
    """A secret change loses people, but sends nothing to wrong ones."""
    id = plan(QUESTION)
    other = Secrets("another secret of the tests, long enough").seal(PARENT)
    redis.hset(Keys(who).person, "sealed", other)
    post.send(id, NOON)
    assert bodies(carrier) == []
    assert record(post, id)["state"] == "dropped"


@pytest.mark.parametrize("effect", [StopAll(), Cancel((QUESTION,))], ids=["stop", "cancelled"])
def test_what_was_dropped_is_not_sent(
    post: Sender, plan: Plan, carrier: Carrier, turns: Turns, who: str, effect: Effect
) -> None:
    """A STOP, or a state that ends the reminder, comes while its job is queued."""
    id = plan(QUESTION)
    commit(turns, who, "SM later", Session(texting=Texting.YES), effect)
    post.send(id, NOON)
    assert bodies(carrier) == []
    assert record(post, id)["state"] == "dropped"


def test_stop_counts_even_while_a_claim_is_open(
    post: Sender, plan: Plan, carrier: Carrier, turns: Turns, who: str
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
    post: Sender, plan: Plan, carrier: Carrier, reminder: str
) -> None:
    """An edit of the flows ends its waiting reminders, without an error after each lease."""
    id = plan(reminder)
    post.send(id, NOON)
    assert bodies(carrier) == []
    assert outcome(post, id) == ("dropped", "reminder_gone")


def test_the_next_text_answers_the_reminders_question(
    post: Sender, plan: Plan, turns: Turns, who: str
) -> None:
    """The reminder asks "1 Sent"; the parent's 1 means that."""
    post.send(plan(QUESTION, session=Session(state="rest")), NOON)
    session = turns.load(who, "SM answer", NOON).session
    assert session.state == QUESTION
    answered = step(
        post.versions.current(), session, Event("SM answer", NOON, Channel.SMS, EventKind.SAID, "1")
    )
    assert Count("answer.sent_yet.sent") in answered.effects


def test_a_reminder_that_only_tells_moves_nobody(post: Sender, plan: Plan, turns: Turns, who: str) -> None:
    """The person's current question still waits for an answer."""
    before = Session(state="child_age", seen=NOON - HOUR)
    post.send(plan(STATEMENT, session=before), NOON)
    assert turns.load(who, "SM answer", NOON).session == replace(before, texting=Texting.YES)


def test_a_question_put_aside_is_kept(post: Sender, plan: Plan, turns: Turns, who: str) -> None:
    """After the reminder's question the person can continue the screening."""
    post.send(plan(QUESTION, session=Session(state="child_age", seen=NOON - HOUR)), NOON)
    session = turns.load(who, "SM answer", NOON).session
    assert (session.state, session.paused) == (QUESTION, "child_age")


class TestAWorkerThatDied:
    """The carrier has its own clock, so these tests use the current time and an immediate reminder."""

    def test_after_sending_nothing_is_sent_twice(self, post: Sender, plan: Plan, carrier: Carrier) -> None:
        """The worker that takes over finds the text at the carrier, and records it in place of the dead one."""
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        self.send_and_die(post, id, now)
        post.send(id, now + LEASE)
        (text,) = carrier.ledger.all()
        assert (record(post, id)["state"], record(post, id)["sid"]) == ("sent", text.sid)

    def test_after_sending_the_question_waits_all_the_same(
        self, post: Sender, plan: Plan, carrier: Carrier, turns: Turns, who: str
    ) -> None:
        """The parent has the question on the phone, so their next text must answer it."""
        now = datetime.now(UTC)
        id = plan(QUESTION, due=now)
        self.send_and_die(post, id, now)
        post.send(id, now + LEASE)
        assert len(bodies(carrier)) == 1
        assert turns.load(who, "SM answer", NOON).session.state == QUESTION

    def test_while_we_ask_shall_we_stop_what_it_sent_is_noted(
        self, post: Sender, plan: Plan, turns: Turns, who: str
    ) -> None:
        """Otherwise it would be sent again after a "no". The question that waits for the answer stays."""
        now = datetime.now(UTC)
        id = plan(QUESTION, due=now)
        self.send_and_die(post, id, now)
        session = turns.load(who, "SM later", now).session
        asked = replace(session, texting=Texting.STOPPED, before_stop=Texting.YES, state="stop_or_not")
        commit(turns, who, "SM later", asked)
        post.send(id, now + LEASE)
        assert "sent" == record(post, id)["state"]
        assert "stop_or_not" == turns.load(who, "SM answer", now).session.state

    def test_before_sending_it_is_sent_once_later(self, post: Sender, plan: Plan, carrier: Carrier) -> None:
        """The carrier has nothing, so the text is sent."""
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        post.followups.claim(id, now)
        post.send(id, now + MINUTE)
        assert bodies(carrier) == [], "the claim may still be somebody's"
        post.send(id, now + LEASE)
        post.send(id, now + 2 * LEASE)
        assert len(bodies(carrier)) == 1

    def test_days_before_it_is_sent_all_the_same(self, post: Sender, plan: Plan, carrier: Carrier) -> None:
        """All workers were down for long; one claim without an answer is no reason to give up."""
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        post.followups.claim(id, now)
        post.send(id, (now + 2 * UNKNOWN_FOR).replace(hour=NOON.hour))
        assert len(bodies(carrier)) == 1

    def test_while_the_carrier_is_silent_nothing_is_sent_twice(
        self, post: Sender, cut_off: Sender, plan: Plan, carrier: Carrier
    ) -> None:
        """If the carrier could not be asked at first, it is asked again about the same period."""
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        self.send_and_die(post, id, now)
        for n in range(1, 4):
            cut_off.send(id, now + n * LEASE)
        assert record(post, id)["state"] == "claimed"
        post.send(id, now + 4 * LEASE)
        assert len(bodies(carrier)) == 1
        assert record(post, id)["state"] == "sent"

    def test_an_answer_that_never_came_is_looked_for(
        self, post: Sender, plan: Plan, carrier: Carrier
    ) -> None:
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
        self, post: Sender, plan: Plan, carrier: Carrier
    ) -> None:
        """A text that always ends in a 500 is not retried forever."""
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        refuse(carrier, 500, times=100)
        for n in range(TRIES + 2):
            post.send(id, now + n * LEASE)
        assert record(post, id)["state"] == "claimed"
        post.send(id, now + UNKNOWN_FOR + MINUTE)
        assert outcome(post, id) == ("failed", "unknown")

    def test_a_carrier_that_never_lists_is_given_up_after_a_day(
        self, post: Sender, cut_off: Sender, plan: Plan, carrier: Carrier
    ) -> None:
        """With a login that may send and not read, the text would otherwise be looked up forever."""
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        self.send_and_die(post, id, now)
        cut_off.send(id, now + UNKNOWN_FOR + MINUTE)
        assert record(post, id)["state"] == "claimed", "one look without an answer is no reason to give up"
        for n in range(1, TRIES + 2):
            cut_off.send(id, now + UNKNOWN_FOR + MINUTE + n * LEASE)
        assert outcome(post, id) == ("failed", "unknown")
        assert 1 == len(bodies(carrier))

    def test_at_once_what_it_had_not_begun_to_send_is_sent(
        self, post: Sender, plan: Plan, carrier: Carrier
    ) -> None:
        """A dead worker's heartbeat expires within seconds. A slow worker that is alive sends nothing anymore."""
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        slow = post.followups.claim(id, now)
        assert slow is not None
        post.send(id, now + 10 * SECOND, before=now - SECOND)
        assert bodies(carrier) == [], "it was claimed since"
        post.send(id, now + 10 * SECOND, before=now + 10 * SECOND)
        assert 1 == len(bodies(carrier))
        assert Intended.LOST is post.followups.intend(slow, "mark")
        post.followups.postpone(slow, now, "pace")
        assert record(post, id)["state"] == "sent"

    def test_at_once_what_it_had_sent_is_noted(self, post: Sender, plan: Plan, carrier: Carrier) -> None:
        now = datetime.now(UTC)
        id = plan(QUESTION, due=now)
        self.send_and_die(post, id, now)
        post.send(id, now + 10 * SECOND, before=now + 10 * SECOND)
        assert (1, "sent") == (len(bodies(carrier)), record(post, id)["state"])

    def test_a_try_that_was_not_delivered_is_not_taken_for_the_next(
        self, post: Sender, plan: Plan, carrier: Carrier
    ) -> None:
        """An earlier text with the same words is listed: the parent would never get this one."""
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        post.send(id, now)
        sid = record(post, id)["sid"]
        post.followups.not_delivered(id, sid, "30003", [now + SECOND], "", counted=True)
        claimed = post.followups.claim(id, now + SECOND)
        assert claimed is not None
        post.followups.intend(claimed, post.secrets.mark(letters(bodies(carrier)[0])))
        post.send(id, now + SECOND + LEASE)
        assert 2 == len(bodies(carrier))
        assert record(post, id)["sid"] not in (sid, None)

    def test_what_may_still_be_on_its_way_waits(self, post: Sender, plan: Plan, carrier: Carrier) -> None:
        """The carrier may list it later. After the claim expires it is looked up again, and then sent."""
        now = NOON
        id = plan(QUESTION, due=now)
        claimed = post.followups.claim(id, now)
        assert claimed is not None
        body = sms.body(
            post.versions.current(),
            "en",
            step(post.versions.current(), Session(), _event(claimed, now)).replies,
        )
        post.followups.intend(claimed, post.secrets.mark(letters(body)))
        post.send(id, now + 5 * SECOND, before=now + 5 * SECOND)
        assert ([], "claimed") == (bodies(carrier), record(post, id)["state"])
        post.send(id, now + LEASE)
        assert (1, "sent") == (len(bodies(carrier)), record(post, id)["state"])

    def test_what_a_dead_worker_marked_and_did_not_send_is_sent_when_its_job_counts_as_lost(
        self, post: Sender, plan: Plan, carrier: Carrier
    ) -> None:
        """By then the carrier would list it, so the worker does not wait for the claim to expire."""
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        claimed = post.followups.claim(id, now)
        assert claimed is not None
        post.followups.intend(claimed, "mark")
        post.send(id, now + LOST_AFTER, before=now + LOST_AFTER)
        assert (1, "sent") == (len(bodies(carrier)), record(post, id)["state"])

    def test_it_counts_from_the_last_mark(self, post: Sender, plan: Plan, carrier: Carrier) -> None:
        """The mark of the worker that took over and died too counts, not the first one's."""
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        for at in (now, now + LOST_AFTER):
            claimed = post.followups.claim(id, at, before=at)
            assert claimed is not None
            post.followups.intend(claimed, "mark")
        soon = now + LOST_AFTER + SECOND
        post.send(id, soon, before=soon)
        assert [] == bodies(carrier)

    def test_a_worker_that_stood_still_after_its_mark_does_not_send(
        self, post: Sender, plan: Plan, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Another worker may have looked the text up by now. It is sent with the next claim."""
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        monkeypatch.setattr("workers.send.BEGINS_WITHIN", timedelta(0))
        post.send(id, now)
        assert ([], "waiting", 0) == (
            bodies(carrier),
            record(post, id)["state"],
            record(post, id)["attempts"],
        )
        monkeypatch.undo()
        post.send(id, now + SECOND)
        assert 1 == len(bodies(carrier))

    @staticmethod
    def send_and_die(post: Sender, id: str, now: datetime) -> None:
        """Acts as a worker before it is killed: claims and sends, and records nothing."""
        claimed = post.followups.claim(id, now)
        assert claimed is not None
        turn = step(post.versions.current(), Session(), _event(claimed, now))
        body = sms.body(post.versions.current(), "en", turn.replies)
        assert post.followups.intend(claimed, post.secrets.mark(letters(body)))
        post.messages.send(PARENT, body, "http://127.0.0.1:8000/status")


def test_what_passes_is_tried_again_ever_later(post: Sender, plan: Plan, carrier: Carrier) -> None:
    """Retries after 2, 8, 32, 128 and 512 minutes, within allowed hours; then the follow-up fails."""
    id, now = plan(QUESTION), NOON
    refuse(carrier, 30008, times=TRIES)
    waits = []
    while record(post, id)["state"] in ("waiting", "claimed"):
        post.send(id, now)
        if record(post, id)["reason"] == "30008":
            waits.append(due(post, id) - now)
        now = due(post, id)
    assert waits[:-1] == [BACK_OFF * 4**n for n in range(TRIES - 1)]
    assert outcome(post, id) == ("failed", "30008")
    assert bodies(carrier) == []


@pytest.mark.parametrize("code", [30610, 21606], ids=["wait", "stop"])
def test_waiting_is_not_a_try(post: Sender, plan: Plan, carrier: Carrier, code: int) -> None:
    """If the carrier or our account is at fault, all tries remain afterwards."""
    id, now = plan(QUESTION), NOON
    refuse(carrier, code, times=TRIES + 2)
    for _ in range(TRIES + 2):
        post.send(id, now)
        assert record(post, id)["state"] == "waiting"
        assert now + NOT_NOW <= due(post, id) <= now + NOT_NOW + (now - NOON) / 4
        now = due(post, id)
    refuse(carrier, 30008)
    post.send(id, now)
    assert (record(post, id)["state"], due(post, id)) == ("waiting", now + BACK_OFF)


def test_no_connection_is_tried_again(post: Sender, cut_off: Sender, plan: Plan, carrier: Carrier) -> None:
    """A carrier that could not be reached has nothing, so there is no need to check."""
    id = plan(QUESTION)
    cut_off.send(id, NOON)
    assert (record(post, id)["state"], due(post, id)) == ("waiting", NOON + BACK_OFF)
    post.send(id, NOON + BACK_OFF)
    assert len(bodies(carrier)) == 1


def test_a_number_that_cannot_be_texted_ends_it(post: Sender, plan: Plan, carrier: Carrier) -> None:
    """Fails once, with the carrier's code, and the session is not at a question that never arrived."""
    id = plan(QUESTION, session=Session(state="rest"))
    refuse(carrier, 21614)
    post.send(id, NOON)
    post.send(id, NOON + DAY)
    assert outcome(post, id) == ("failed", "21614")
    assert bodies(carrier) == []
    assert post.turns.load(who_of(id), "SM answer", NOON).session.state == "rest"


def test_refused_credentials_lose_nothing(
    post: Sender, plan: Plan, carrier: Carrier, settings: Settings
) -> None:
    """The reminder waits until an operator has fixed the settings."""
    id = plan(QUESTION)
    wrong = replace(post, messages=Messages(replace(settings, twilio_auth_token="not the token")))
    wrong.send(id, NOON)
    assert due(post, id) == NOON + NOT_NOW
    post.send(id, NOON + NOT_NOW)
    assert len(bodies(carrier)) == 1


def test_a_stop_that_only_the_carrier_knows_counts(
    post: Sender, plan: Plan, carrier: Carrier, followups: FollowUps, redis: Redis, who: str
) -> None:
    """Marks the person as stopped, deletes their number, and drops the rest."""
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
    assert post.turns.load(who, "SM later", NOON).session.texting is Texting.STOPPED
    assert followups.due.take(NOON + 30 * DAY) == []


class TestALine:
    """A line that takes no texts gets none."""

    def test_a_landline_is_never_texted(
        self, post: Sender, ask: Ask, carrier: Carrier, redis: Redis, who: str
    ) -> None:
        """Sends neither texts requested in a call nor those planned in one."""
        redis.hset(Keys(who).person, mapping={"line": "landline", "line_at": NOON.timestamp()})
        planned = ask(Consent("w"), FollowUp(QUESTION, timedelta()), session=Session(texting=Texting.YES))
        for id in (ask(THIS), ask(ALONE), planned):
            post.send(id, NOON + MINUTE)
            assert outcome(post, id) == ("dropped", "landline")
        assert carrier.ledger.all() == []

    def test_who_texted_us_is_no_landline(
        self, post: Sender, plan: Plan, carrier: Carrier, redis: Redis, who: str
    ) -> None:
        """A look-up may report a line as a landline that still takes texts."""
        redis.hset(Keys(who).person, mapping={"line": "landline", "line_at": NOON.timestamp()})
        post.send(plan(QUESTION), NOON)
        assert len(bodies(carrier)) == 1

    def test_what_was_found_out_long_ago_does_not_count(
        self, post: Sender, ask: Ask, carrier: Carrier, redis: Redis, who: str
    ) -> None:
        """Numbers move."""
        redis.hset(Keys(who).person, mapping={"line": "landline", "line_at": (NOON - 90 * DAY).timestamp()})
        post.send(ask(THIS), NOON)
        assert len(bodies(carrier)) == 1

    @pytest.mark.parametrize("code", [30006, 21614])
    def test_a_text_that_a_line_refused_tells_what_it_is(
        self, post: Sender, ask: Ask, carrier: Carrier, turns: Turns, who: str, code: int
    ) -> None:
        """The next caller from it is not offered texts."""
        refuse(carrier, code)
        id = ask(THIS)
        post.send(id, NOON)
        assert outcome(post, id) == ("failed", str(code))
        assert turns.load(who, "CA9:1", NOON).session.line is LineType.LANDLINE


class TestEditedWords:
    """The words change between a worker's death and the next one's look-up."""

    def test_the_text_of_the_dead_is_found_by_its_mark(
        self, post: Sender, plan: Plan, carrier: Carrier, book: Book
    ) -> None:
        """Otherwise the parent would get it twice, in old words and in new ones."""
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        TestAWorkerThatDied.send_and_die(post, id, now)
        text = "reminders.next_step_now.text"
        english = {**book.texts["en"], text: ("Edited words.", "Edited words.")}
        edited = replace(book, version="edited", texts={**book.texts, "en": english})
        replace(post, versions=Versions(OWN_FLOWS, lambda _: edited)).send(id, now + LEASE)
        assert len(bodies(carrier)) == 1
        assert record(post, id)["state"] == "sent"

    def test_one_that_was_not_about_to_send_is_not_looked_for(
        self, post: Sender, cut_off: Sender, plan: Plan, carrier: Carrier
    ) -> None:
        """The worker died before sending; the carrier is not asked, and the text is sent as soon as possible."""
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        post.followups.claim(id, now)
        cut_off.send(id, now + LEASE)
        assert record(post, id)["state"] == "waiting", "it tried to send, which was refused"
        post.send(id, now + 2 * LEASE)
        assert len(bodies(carrier)) == 1

    def test_a_callback_tells_what_the_dead_sent(
        self, post: Sender, cut_off: Sender, plan: Plan, carrier: Carrier
    ) -> None:
        """Works before the carrier lists it, and even while the list cannot be read."""
        now = datetime.now(UTC)
        id = plan(QUESTION, due=now)
        TestAWorkerThatDied.send_and_die(post, id, now)
        (text,) = carrier.ledger.all()
        post.followups.record_status(id, "delivered", text.sid)
        cut_off.send(id, now + LEASE)
        assert (record(post, id)["state"], record(post, id)["sid"]) == ("delivered", text.sid)
        assert post.turns.load(who_of(id), "SM answer", now).session.state == QUESTION


@pytest.mark.parametrize("counted", [True, False], ids=["the phone was off", "our account was at fault"])
def test_what_is_sent_again_asks_its_question_again(
    post: Sender, plan: Plan, carrier: Carrier, turns: Turns, who: str, counted: bool
) -> None:
    """The first one never arrived. The next words answer the one that did."""
    id = plan(QUESTION, session=Session(state="rest"))
    post.send(id, NOON)
    sid = record(post, id)["sid"]
    commit(turns, who, "SM elsewhere", Session(state="rest", texting=Texting.YES))
    post.followups.not_delivered(id, sid, "30003", [NOON + HOUR], "", counted=counted)
    post.send(id, NOON + HOUR)
    assert len(bodies(carrier)) == 2
    assert turns.load(who, "SM answer", NOON).session.state == QUESTION


def test_an_opt_out_that_could_not_be_written_is_asked_for_again(
    post: Sender, plan: Plan, carrier: Carrier, turns: Turns, redis: Redis, who: str
) -> None:
    """The follow-up ends only once the opt-out is stored: nothing else would report it."""

    class Busy(Turns):
        def commit(self, *_: Any, **__: Any) -> str | None:
            raise StoreBusy("conflicts")

    id = plan(QUESTION)
    refuse(carrier, 21610, times=2)
    busy = replace(post.refusals, turns=Busy(redis, post.secrets))
    with pytest.raises(StoreBusy):
        replace(post, refusals=busy).send(id, NOON)
    assert record(post, id)["state"] == "claimed"
    post.send(id, NOON + LEASE)
    assert record(post, id)["state"] == "failed"
    assert turns.load(who, "SM later", NOON).session.texting is Texting.STOPPED


def test_a_stop_counts_until_the_moment_before_the_text_leaves(
    post: Sender, plan: Plan, carrier: Carrier, turns: Turns, who: str
) -> None:
    """Consent was checked at the claim, and is checked again, atomically with the mark."""
    id = plan(QUESTION)
    claim = post.followups.claim

    class StoppedMeanwhile(FollowUps):
        def claim(self, id: str, now: datetime, before: datetime | None = None) -> Claimed | None:
            claimed = claim(id, now, before)
            commit(turns, who, "SM stop", Session(texting=Texting.STOPPED), StopAll())
            return claimed

    replace(post, followups=StoppedMeanwhile(post.followups._redis)).send(id, NOON)
    assert carrier.ledger.all() == []
    assert record(post, id)["state"] == "dropped"


def test_somebody_erased_while_the_text_left_stays_erased(
    post: Sender, plan: Plan, turns: Turns, redis: Redis, who: str
) -> None:
    """Stores nothing about them afterwards, not even their place."""
    id = plan(QUESTION)
    send = post.messages.send

    class ErasedMeanwhile(Messages):
        def __init__(self) -> None:
            """Messages of the sender, and a person who deletes everything as they are sent."""

        def send(
            self,
            to: str,
            body: str,
            status_callback: str,
            ours: str = "",
            template: Template | None = None,
        ) -> str:
            sid = send(to, body, status_callback, ours, template)
            commit(turns, who, "SM delete", Session(), Erase())
            return sid

    replace(post, messages=ErasedMeanwhile()).send(id, NOON)
    keys = Keys(who)
    assert not redis.exists(keys.session, keys.person)
    assert ["erase"] == [r["kind"] for r in post.followups.records(who).values()]


def test_a_reminder_comes_from_the_number_that_the_parent_wrote_to(
    post: Sender, turns: Turns, carrier: Carrier, settings: Settings
) -> None:
    """So are those that the reminder plans, and a text requested in a call."""
    second = "+15105550101"
    carrier.account = replace(carrier.account, others=(second,))
    numbers = (carrier.account.number, second)
    post = replace(post, messages=Messages(replace(settings, hotline_numbers=numbers)))
    event = Event("SM ours", NOON, Channel.SMS, EventKind.SAID, "yes", ours=second)
    effects = (Consent("w"), FollowUp(AT_ONCE, timedelta()), THIS)
    who = take_turn(turns, PARENT, event, *effects, session=Session(texting=Texting.YES))
    for id in post.followups.records(who):
        post.send(id, NOON)
    assert [second, second] == [text.from_ for text in carrier.ledger.all()]
    planned = [record for record in post.followups.records(who).values() if record["state"] == "waiting"]
    assert {second} >= {record["ours"] for record in planned}


def test_a_text_whose_mark_redis_forgot_is_looked_for_at_the_carrier(
    post: Sender, plan: Plan, carrier: Carrier, redis: Redis, who: str
) -> None:
    """It was sent, and Redis came back with older data: the first claim after that checks before it sends."""
    id, keys = plan(QUESTION), Keys(who)
    before = {name: redis.hgetall(name) for name in (keys.followups, keys.session, keys.answers)}
    post.send(id, NOON)
    for name, fields in before.items():
        redis.delete(name)
        for field, value in fields.items():
            redis.hset(name, str(field), str(value))
    redis.hset("{restarts}", mapping={"run": "another", "since": ""})
    post.send(id, NOON + HOUR)
    assert 1 == len(bodies(carrier))
    assert "sent" == record(post, id)["state"]


def restarted(redis: Redis) -> None:
    """Let Redis have restarted at noon."""
    run = redis.info("server")["run_id"]
    redis.hset("{restarts}", mapping={"run": run, "since": f"{NOON.timestamp():.6f}"})


def test_the_same_words_in_another_text_are_no_sign_that_this_one_was_sent(
    post: Sender, ask: Ask, carrier: Carrier, redis: Redis
) -> None:
    """A caller asks for them twice within minutes, and Redis restarts in between."""
    first = ask(THIS)
    post.send(first, NOON)
    second = ask(THIS)
    assert first != second
    restarted(redis)
    post.send(second, NOON)
    assert 2 == len(bodies(carrier))
    assert record(post, first)["sid"] != record(post, second)["sid"]


def test_a_text_waits_while_another_with_the_same_words_is_on_its_way(
    post: Sender, ask: Ask, carrier: Carrier, redis: Redis
) -> None:
    """Its id at the carrier is not known yet, so either may be the one that was sent."""
    first, second = ask(THIS), ask(THIS)
    claimed = post.followups.claim(first, NOON)
    assert claimed is not None
    body = requested_words(post.versions.current(), claimed)
    assert Intended.GO is post.followups.intend(claimed, post.secrets.mark(letters(body)))
    sid = post.messages.send(PARENT, body, "", "")
    restarted(redis)
    post.send(second, NOON)
    assert ("claimed", 1) == (record(post, second)["state"], len(bodies(carrier)))
    post.followups.sent(first, sid)
    later = NOON + LOST_AFTER + LEASE
    post.send(second, later, later)
    assert 2 == len(bodies(carrier))
    assert "sent" == record(post, second)["state"] != record(post, first)["sid"]
