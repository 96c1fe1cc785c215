"""A follow-up is sent once, to a person who still wants it."""

from collections.abc import Callable
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
    StopAll,
    Texting,
)
from hotline.conversation.model.session import Session, Turn
from hotline.publishing.versions import Versions
from hotline.store.backup import back_up, restore
from hotline.store.connection import StoreBusy
from hotline.store.due_set import LEASE
from hotline.store.followup_record import Claimed
from hotline.store.followups import FollowUps, Intended
from hotline.store.keys import Keys, Secrets
from hotline.store.metrics import figures
from hotline.store.request_texts import TextsBack
from hotline.store.request_work import RequestWork
from hotline.store.requests import Requests
from hotline.store.turns import Turns
from hotline.store.usage import FIGURE
from tests.turns_taken import claim, take_turn
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
    session_of,
)
from workers.claimed_followups import event_of as _event
from workers.claimed_followups import requested_words
from workers.delivery_errors import BACK_OFF, NOT_NOW, TRIES
from workers.jobs import Dependencies
from workers.lost_jobs import LOST_AFTER
from workers.send import UNKNOWN_FOR, Sender


@pytest.fixture
def cut_off(post: Sender, settings: Settings, nobody: str) -> Sender:
    """Return a sender that cannot reach the carrier."""
    return replace(post, messages=Messages(replace(settings, twilio_api_base_url=f"http://{nobody}")))


def test_the_flows_have_the_reminders_used_here(book: Book) -> None:
    assert book.reminders[AT_ONCE].after == timedelta()
    assert book.reminders[STATEMENT].after > timedelta()
    assert not isinstance(book.states[STATEMENT], Question)
    assert isinstance(book.states[QUESTION], Question)


def test_a_reminder_is_sent_once(post: Sender, plan: Plan, carrier: Carrier, book: Book) -> None:
    id = plan(QUESTION)
    for moment in (NOON, NOON + MINUTE, NOON + DAY):
        post.send(id, moment)
    (text,) = carrier.ledger.all()
    assert text.body.startswith(book.texts["en"]["reminders.sent_yet.text"][0])
    assert "\n1 Sent\n" in text.body
    assert text.status_callback == f"http://127.0.0.1:8000/status?followup={id}#rc=5&rp=all"
    assert (record(post, id)["state"], record(post, id)["sid"]) == ("sent", text.sid)


def test_results_are_counted(post: Sender, plan: Plan, carrier: Carrier) -> None:
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


def test_a_texts_day_is_the_centers(
    post: Sender, settings: Settings, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 7:30 p.m. in New York the next day has begun in UTC."""
    evening, days = NOON.replace(hour=0, minute=30), []

    def stepped(book: Book, session: Session, event: Event) -> Turn:
        days.append(event.at.date())
        return step(book, session, event)

    for module in ("send", "claimed_followups"):
        monkeypatch.setattr(f"workers.{module}.step", stepped)
    replace(post, zone=settings.time_zone).send(plan(QUESTION, due=evening), evening)
    assert [evening.date() - DAY] * 2 == days


def test_a_text_sent_since_the_backup_is_not_sent_again(
    post: Sender, plan: Plan, carrier: Carrier, redis: Redis, redis_url: str, tmp_path: Path
) -> None:
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
    """Have PARENT ask for a person and the staff send "we tried to call you"; return the record's id."""
    ask(AskPerson("morning"))
    (request,) = Requests(redis).waiting()
    RequestWork(redis, secrets).claim(request.id, "anna", NOON)
    TextsBack(redis, secrets).send(
        request.id, "anna", "", "people.tried_to_reach_you.text", NOON.date() + DAY, NOON
    )
    (id,) = followups.records(who)
    return id


def test_a_text_from_the_staff_is_sent_although_the_parent_asked_again(
    post: Sender, text_back: str, ask: Ask, carrier: Carrier
) -> None:
    ask(AskPerson("evening"))
    post.send(text_back, NOON)
    assert 1 == len(bodies(carrier))
    assert "sent" == record(post, text_back)["state"]


def test_a_text_from_the_staff_counts_in_the_days_budget(
    post: Sender, text_back: str, carrier: Carrier, redis: Redis
) -> None:
    post.send(text_back, NOON)
    (body,) = bodies(carrier)
    assert 1 < segments.count(body) == figures(redis, NOON.date())[FIGURE]


def test_concurrent_workers_send_one_text(post: Sender, plan: Plan, carrier: Carrier) -> None:
    id, together = plan(QUESTION), Barrier(3)

    def work(_: int) -> None:
        together.wait(5)
        post.send(id, NOON)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    assert len(bodies(carrier)) == 1


def test_a_sender_is_made_from_the_settings(settings: Settings, plan: Plan, carrier: Carrier) -> None:
    id = plan(QUESTION)
    Dependencies(settings).sender.send(id, NOON)
    (text,) = carrier.ledger.all()
    assert text.status_callback == f"{settings.public_base_url}/status?followup={id}#rc=5&rp=all"


def asked_whether_to_stop(session: Session) -> Session:
    return replace(session, texting=Texting.STOPPED, before_stop=Texting.YES, state="stop_or_not")


def test_due_texts_wait_while_a_possible_stop_is_open(
    post: Sender, plan: Plan, carrier: Carrier, who: str, redis: Redis
) -> None:
    """ "No" releases them; silence until the session expires is a STOP."""
    id, other = plan(QUESTION), plan(STATEMENT)
    asked = asked_whether_to_stop(session_of(post, "SM later", NOON))
    commit(post, "SM later", asked)
    for each in (id, other):
        post.send(each, NOON)
        assert ("waiting", "asked_to_stop") == outcome(post, each)
        assert NOON + DAY == due(post, each)
    commit(post, "SM no", replace(asked, texting=Texting.YES, state=""))
    post.send(id, NOON + DAY)
    assert 1 == len(bodies(carrier))
    commit(post, "SM again", asked)
    redis.delete(Keys(who).session)
    post.send(other, NOON + 9 * DAY)
    assert ("dropped", "no_consent") == outcome(post, other)


def person(post: Sender) -> str:
    return Keys(post.secrets.who(PARENT)).person


YES = Session(texting=Texting.YES)
OTHER_SEAL = Secrets("another secret of the tests, long enough").seal(PARENT)
MEANWHILE: dict[str, tuple[Callable[[Sender], object], str]] = {
    "never consented": (lambda post: commit(post, "SM later", Session()), "no_consent"),
    "no": (lambda post: commit(post, "SM later", Session(texting=Texting.NO)), "no_consent"),
    "consent is gone": (lambda post: post.redis.hdel(person(post), "texting"), "no_consent"),
    "number is gone": (lambda post: post.redis.hdel(person(post), "sealed"), "no_consent"),
    "another secret": (lambda post: post.redis.hset(person(post), "sealed", OTHER_SEAL), "no_consent"),
    "stop": (lambda post: commit(post, "SM later", YES, StopAll()), ""),
    "canceled": (lambda post: commit(post, "SM later", YES, Cancel((QUESTION,))), ""),
}


@pytest.mark.parametrize(("happens", "reason"), MEANWHILE.values(), ids=MEANWHILE)
def test_a_text_no_longer_wanted_is_dropped(
    post: Sender, plan: Plan, carrier: Carrier, happens: Callable[[Sender], object], reason: str
) -> None:
    id = plan(QUESTION)
    happens(post)
    post.send(id, NOON)
    kept = record(post, id)
    assert ([], "dropped", reason) == (bodies(carrier), kept["state"], kept.get("reason", ""))


@pytest.mark.parametrize("what", [FollowUp(STATEMENT, timedelta()), THIS], ids=["planned", "asked for"])
def test_a_country_no_longer_served_is_not_texted(
    post: Sender, ask: Ask, carrier: Carrier, settings: Settings, what: Effect
) -> None:
    id = ask(Consent("w"), what, session=Session(texting=Texting.YES))
    replace(post, serves=replace(settings, countries=("MX",)).serves).send(id, NOON)
    assert bodies(carrier) == []
    assert outcome(post, id) == ("dropped", "not_for_us")


@pytest.mark.parametrize("reminder", ["no_such_state", "menu"], ids=["no state", "no reminder any more"])
def test_a_removed_reminder_is_dropped(post: Sender, plan: Plan, carrier: Carrier, reminder: str) -> None:
    id = plan(reminder)
    post.send(id, NOON)
    assert bodies(carrier) == []
    assert outcome(post, id) == ("dropped", "reminder_gone")


def test_the_next_text_answers_the_reminder(post: Sender, plan: Plan) -> None:
    post.send(plan(QUESTION, session=Session(state="rest")), NOON)
    session = session_of(post)
    assert session.state == QUESTION
    answered = step(
        post.versions.current(), session, Event("SM answer", NOON, Channel.SMS, EventKind.SAID, "1")
    )
    assert Count("answer.sent_yet.sent") in answered.effects


def test_a_reminder_without_a_question_keeps_the_place(post: Sender, plan: Plan) -> None:
    before = Session(state="child_age", seen=NOON - HOUR)
    post.send(plan(STATEMENT, session=before), NOON)
    assert session_of(post) == replace(before, texting=Texting.YES)


def test_a_paused_question_is_kept(post: Sender, plan: Plan) -> None:
    post.send(plan(QUESTION, session=Session(state="child_age", seen=NOON - HOUR)), NOON)
    session = session_of(post)
    assert (session.state, session.paused) == (QUESTION, "child_age")


class TestAWorkerThatDied:
    """The carrier has its own clock, so these tests use the current time and an immediate reminder."""

    def test_after_sending_nothing_is_sent_twice(self, post: Sender, plan: Plan, carrier: Carrier) -> None:
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        self.send_and_die(post, id, now)
        post.send(id, now + LEASE)
        (text,) = carrier.ledger.all()
        assert (record(post, id)["state"], record(post, id)["sid"]) == ("sent", text.sid)

    def test_after_sending_the_question_is_open(self, post: Sender, plan: Plan, carrier: Carrier) -> None:
        now = datetime.now(UTC)
        id = plan(QUESTION, due=now)
        self.send_and_die(post, id, now)
        post.send(id, now + LEASE)
        assert len(bodies(carrier)) == 1
        assert session_of(post).state == QUESTION

    def test_during_a_possible_stop_the_sent_text_is_recorded(self, post: Sender, plan: Plan) -> None:
        now = datetime.now(UTC)
        id = plan(QUESTION, due=now)
        self.send_and_die(post, id, now)
        commit(post, "SM later", asked_whether_to_stop(session_of(post, "SM later", now)))
        post.send(id, now + LEASE)
        assert "sent" == record(post, id)["state"]
        assert "stop_or_not" == session_of(post, "SM answer", now).state

    def test_before_sending_it_is_sent_once_later(self, post: Sender, plan: Plan, carrier: Carrier) -> None:
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        post.followups.claim(id, now)
        post.send(id, now + MINUTE)
        assert bodies(carrier) == [], "the claim may still be somebody's"
        post.send(id, now + LEASE)
        post.send(id, now + 2 * LEASE)
        assert len(bodies(carrier)) == 1

    def test_days_before_it_is_still_sent(self, post: Sender, plan: Plan, carrier: Carrier) -> None:
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        post.followups.claim(id, now)
        post.send(id, (now + 2 * UNKNOWN_FOR).replace(hour=NOON.hour))
        assert len(bodies(carrier)) == 1

    def test_while_the_carrier_does_not_answer_nothing_is_sent_twice(
        self, post: Sender, cut_off: Sender, plan: Plan, carrier: Carrier
    ) -> None:
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        self.send_and_die(post, id, now)
        for n in range(1, 4):
            cut_off.send(id, now + n * LEASE)
        assert record(post, id)["state"] == "claimed"
        post.send(id, now + 4 * LEASE)
        assert len(bodies(carrier)) == 1
        assert record(post, id)["state"] == "sent"

    def test_a_missing_response_is_looked_up(self, post: Sender, plan: Plan, carrier: Carrier) -> None:
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        refuse(carrier, 500)
        post.send(id, now)
        assert record(post, id)["state"] == "claimed"
        post.send(id, now + LEASE)
        assert len(bodies(carrier)) == 1
        assert record(post, id)["state"] == "sent"

    def test_a_failing_carrier_is_given_a_day(self, post: Sender, plan: Plan, carrier: Carrier) -> None:
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
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        self.send_and_die(post, id, now)
        cut_off.send(id, now + UNKNOWN_FOR + MINUTE)
        assert record(post, id)["state"] == "claimed", "one look without an answer is no reason to give up"
        for n in range(1, TRIES + 2):
            cut_off.send(id, now + UNKNOWN_FOR + MINUTE + n * LEASE)
        assert outcome(post, id) == ("failed", "unknown")
        assert 1 == len(bodies(carrier))

    def test_an_unmarked_text_is_sent_at_once(self, post: Sender, plan: Plan, carrier: Carrier) -> None:
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        slow = claim(post.followups, id, now)
        post.send(id, now + 10 * SECOND, before=now - SECOND)
        assert bodies(carrier) == [], "it was claimed since"
        post.send(id, now + 10 * SECOND, before=now + 10 * SECOND)
        assert 1 == len(bodies(carrier))
        assert Intended.LOST is post.followups.intend(slow, "mark")
        post.followups.postpone(slow, now, "pace")
        assert record(post, id)["state"] == "sent"

    def test_what_it_had_sent_is_recorded_at_once(self, post: Sender, plan: Plan, carrier: Carrier) -> None:
        now = datetime.now(UTC)
        id = plan(QUESTION, due=now)
        self.send_and_die(post, id, now)
        post.send(id, now + 10 * SECOND, before=now + 10 * SECOND)
        assert (1, "sent") == (len(bodies(carrier)), record(post, id)["state"])

    def test_an_undelivered_earlier_text_is_not_taken_for_this_one(
        self, post: Sender, plan: Plan, carrier: Carrier
    ) -> None:
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        post.send(id, now)
        sid = record(post, id)["sid"]
        post.followups.not_delivered(id, sid, "30003", [now + SECOND], "", counted=True)
        claimed = claim(post.followups, id, now + SECOND)
        post.followups.intend(claimed, post.secrets.mark(letters(bodies(carrier)[0])))
        post.send(id, now + SECOND + LEASE)
        assert 2 == len(bodies(carrier))
        assert record(post, id)["sid"] not in (sid, None)

    def test_a_text_possibly_in_transit_waits(self, post: Sender, plan: Plan, carrier: Carrier) -> None:
        now = NOON
        id = plan(QUESTION, due=now)
        claimed = claim(post.followups, id, now)
        self.intend(post, claimed, now)
        post.send(id, now + 5 * SECOND, before=now + 5 * SECOND)
        assert ([], "claimed") == (bodies(carrier), record(post, id)["state"])
        post.send(id, now + LEASE)
        assert (1, "sent") == (len(bodies(carrier)), record(post, id)["state"])

    def test_a_marked_text_of_a_lost_job_is_sent(self, post: Sender, plan: Plan, carrier: Carrier) -> None:
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        post.followups.intend(claim(post.followups, id, now), "mark")
        post.send(id, now + LOST_AFTER, before=now + LOST_AFTER)
        assert (1, "sent") == (len(bodies(carrier)), record(post, id)["state"])

    def test_the_last_mark_counts(self, post: Sender, plan: Plan, carrier: Carrier) -> None:
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        for at in (now, now + LOST_AFTER):
            post.followups.intend(claim(post.followups, id, at, before=at), "mark")
        soon = now + LOST_AFTER + SECOND
        post.send(id, soon, before=soon)
        assert [] == bodies(carrier)

    def test_a_suspended_worker_does_not_send(
        self, post: Sender, plan: Plan, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        monkeypatch.setattr("workers.send.BEGINS_WITHIN", timedelta(0))
        post.send(id, now)
        assert ([], "waiting") == (bodies(carrier), record(post, id)["state"])
        assert 0 == record(post, id)["attempts"]
        monkeypatch.undo()
        post.send(id, now + SECOND)
        assert 1 == len(bodies(carrier))

    @staticmethod
    def send_and_die(post: Sender, id: str, now: datetime) -> None:
        """Act as a worker before it is killed: claim and send, and record nothing."""
        body = TestAWorkerThatDied.intend(post, claim(post.followups, id, now), now)
        post.messages.send(PARENT, body, "http://127.0.0.1:8000/status")

    @staticmethod
    def intend(post: Sender, claimed: Claimed, now: datetime) -> str:
        """Mark the text as about to be sent; return its words."""
        turn = step(post.versions.current(), Session(), _event(claimed, now))
        body = sms.body(post.versions.current(), "en", turn.replies)
        assert post.followups.intend(claimed, post.secrets.mark(letters(body)))
        return body


def test_temporary_errors_are_retried_with_longer_delays(post: Sender, plan: Plan, carrier: Carrier) -> None:
    """2, 8, 32, 128 and 512 minutes, within allowed hours; then the follow-up fails."""
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


def test_a_failed_connection_is_retried(post: Sender, cut_off: Sender, plan: Plan, carrier: Carrier) -> None:
    id = plan(QUESTION)
    cut_off.send(id, NOON)
    assert (record(post, id)["state"], due(post, id)) == ("waiting", NOON + BACK_OFF)
    post.send(id, NOON + BACK_OFF)
    assert len(bodies(carrier)) == 1


def test_an_invalid_number_ends_it(post: Sender, plan: Plan, carrier: Carrier) -> None:
    id = plan(QUESTION, session=Session(state="rest"))
    refuse(carrier, 21614)
    post.send(id, NOON)
    post.send(id, NOON + DAY)
    assert outcome(post, id) == ("failed", "21614")
    assert bodies(carrier) == []
    assert session_of(post).state == "rest"


def test_a_stop_known_only_to_the_carrier_counts(
    post: Sender, plan: Plan, carrier: Carrier, followups: FollowUps, redis: Redis, who: str
) -> None:
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
    assert session_of(post, "SM later", NOON).texting is Texting.STOPPED
    assert followups.due.take(NOON + 30 * DAY) == []


class TestALine:
    """A line that takes no texts gets none."""

    def test_a_landline_is_never_texted(
        self, post: Sender, ask: Ask, carrier: Carrier, redis: Redis, who: str
    ) -> None:
        redis.hset(Keys(who).person, mapping={"line": "landline", "line_at": NOON.timestamp()})
        planned = ask(Consent("w"), FollowUp(QUESTION, timedelta()), session=Session(texting=Texting.YES))
        for id in (ask(THIS), ask(ALONE), planned):
            post.send(id, NOON + MINUTE)
            assert outcome(post, id) == ("dropped", "landline")
        assert carrier.ledger.all() == []

    def test_a_number_that_texted_us_is_not_a_landline(
        self, post: Sender, plan: Plan, carrier: Carrier, redis: Redis, who: str
    ) -> None:
        redis.hset(Keys(who).person, mapping={"line": "landline", "line_at": NOON.timestamp()})
        post.send(plan(QUESTION), NOON)
        assert len(bodies(carrier)) == 1

    def test_an_old_look_up_does_not_count(
        self, post: Sender, ask: Ask, carrier: Carrier, redis: Redis, who: str
    ) -> None:
        redis.hset(Keys(who).person, mapping={"line": "landline", "line_at": (NOON - 90 * DAY).timestamp()})
        post.send(ask(THIS), NOON)
        assert len(bodies(carrier)) == 1


class TestEditedWords:
    """The words change between a worker's death and the next one's look-up."""

    def test_a_dead_workers_text_is_found_by_its_mark(
        self, post: Sender, plan: Plan, carrier: Carrier, book: Book
    ) -> None:
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        TestAWorkerThatDied.send_and_die(post, id, now)
        text = "reminders.next_step_now.text"
        english = {**book.texts["en"], text: ("Edited words.", "Edited words.")}
        edited = replace(book, version="edited", texts={**book.texts, "en": english})
        replace(post, versions=Versions(OWN_FLOWS, lambda _: edited)).send(id, now + LEASE)
        assert len(bodies(carrier)) == 1
        assert record(post, id)["state"] == "sent"

    def test_without_a_mark_it_is_not_looked_up(
        self, post: Sender, cut_off: Sender, plan: Plan, carrier: Carrier
    ) -> None:
        now = datetime.now(UTC)
        id = plan(AT_ONCE, due=now)
        post.followups.claim(id, now)
        cut_off.send(id, now + LEASE)
        assert record(post, id)["state"] == "waiting", "it tried to send, which was refused"
        post.send(id, now + 2 * LEASE)
        assert len(bodies(carrier)) == 1

    def test_a_callback_shows_what_a_dead_worker_sent(
        self, post: Sender, cut_off: Sender, plan: Plan, carrier: Carrier
    ) -> None:
        now = datetime.now(UTC)
        id = plan(QUESTION, due=now)
        TestAWorkerThatDied.send_and_die(post, id, now)
        (text,) = carrier.ledger.all()
        post.followups.record_status(id, "delivered", text.sid)
        cut_off.send(id, now + LEASE)
        assert (record(post, id)["state"], record(post, id)["sid"]) == ("delivered", text.sid)
        assert session_of(post, "SM answer", now).state == QUESTION


@pytest.mark.parametrize("counted", [True, False], ids=["the phone was off", "our account was at fault"])
def test_a_resent_question_can_be_answered(post: Sender, plan: Plan, carrier: Carrier, counted: bool) -> None:
    id = plan(QUESTION, session=Session(state="rest"))
    post.send(id, NOON)
    sid = record(post, id)["sid"]
    commit(post, "SM elsewhere", Session(state="rest", texting=Texting.YES))
    post.followups.not_delivered(id, sid, "30003", [NOON + HOUR], "", counted=counted)
    post.send(id, NOON + HOUR)
    assert len(bodies(carrier)) == 2
    assert session_of(post).state == QUESTION


def test_an_opt_out_that_could_not_be_stored_is_retried(
    post: Sender, plan: Plan, carrier: Carrier, redis: Redis
) -> None:
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
    assert session_of(post, "SM later", NOON).texting is Texting.STOPPED


def test_a_stop_between_claim_and_send_counts(post: Sender, plan: Plan, carrier: Carrier) -> None:
    id = plan(QUESTION)
    claim = post.followups.claim

    class StoppedMeanwhile(FollowUps):
        def claim(self, id: str, now: datetime, before: datetime | None = None) -> Claimed | None:
            claimed = claim(id, now, before)
            commit(post, "SM stop", Session(texting=Texting.STOPPED), StopAll())
            return claimed

    replace(post, followups=StoppedMeanwhile(post.followups._redis)).send(id, NOON)
    assert carrier.ledger.all() == []
    assert record(post, id)["state"] == "dropped"


def test_a_person_erased_during_a_send_stays_erased(post: Sender, plan: Plan, redis: Redis, who: str) -> None:
    id = plan(QUESTION)
    send = post.messages.send

    class ErasedMeanwhile(Messages):
        def __init__(self) -> None:
            """Messages of the sender, and a person who deletes everything as they are sent."""

        def send(
            self, to: str, body: str, status_callback: str, ours: str = "", template: Template | None = None
        ) -> str:
            sid = send(to, body, status_callback, ours, template)
            commit(post, "SM delete", Session(), Erase())
            return sid

    replace(post, messages=ErasedMeanwhile()).send(id, NOON)
    keys = Keys(who)
    assert not redis.exists(keys.session, keys.person)
    assert ["erase"] == [r["kind"] for r in post.followups.records(who).values()]


def test_a_reminder_comes_from_the_number_the_parent_used(
    post: Sender, turns: Turns, carrier: Carrier, settings: Settings
) -> None:
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


def test_a_text_whose_mark_redis_lost_is_looked_up_at_the_carrier(
    post: Sender, plan: Plan, carrier: Carrier, redis: Redis, who: str
) -> None:
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
    """Have Redis restart at noon."""
    run = redis.info("server")["run_id"]
    redis.hset("{restarts}", mapping={"run": run, "since": f"{NOON.timestamp():.6f}"})


def test_another_text_with_the_same_words_does_not_count_as_sent(
    post: Sender, ask: Ask, carrier: Carrier, redis: Redis
) -> None:
    first = ask(THIS)
    post.send(first, NOON)
    second = ask(THIS)
    assert first != second
    restarted(redis)
    post.send(second, NOON)
    assert 2 == len(bodies(carrier))
    assert record(post, first)["sid"] != record(post, second)["sid"]


def test_a_text_waits_while_another_with_the_same_words_is_being_sent(
    post: Sender, ask: Ask, carrier: Carrier, redis: Redis
) -> None:
    first, second = ask(THIS), ask(THIS)
    claimed = claim(post.followups, first, NOON)
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
