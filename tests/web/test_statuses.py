"""A text's later status decides what happens to it, by the same table of codes as when sending."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from redis import Redis

from hotline.carrier.errors import CONSENT_ENDS, NO_TEXTS, VERDICTS, Verdict
from hotline.config.settings import Settings
from hotline.conversation.model.events import (
    AskPerson,
    Channel,
    Consent,
    Effect,
    Erase,
    Event,
    EventKind,
    FollowUp,
    LineType,
    StopAll,
    Tell,
    Texting,
    TextThis,
)
from hotline.conversation.model.session import Session, Turn
from hotline.store.followup_record import RecordKind
from hotline.store.followups import FollowUps
from hotline.store.keys import Keys, Secrets, counts_key
from hotline.store.metrics import figures
from hotline.store.notices import Notices, Occasion, Target, Way, mark_of
from hotline.store.requests import Requests
from hotline.store.send_rate import IN_A_ROW, PACE, REFUSED, Go, Refused, Sending, Wait
from hotline.store.turns import Turns
from hotline.web.desk.view import figures_of
from hotline.web.statuses import AGAIN_AFTER, AT_FAULT_FOR
from tests.web.twilio_forms import PARENT, Caller

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SID = "SM" + "1" * 32
REMINDER = FollowUp("sent_yet", timedelta())
THIS = TextThis((Tell("plans.what_504.text"),))


class Phone:
    """A parent who was sent one follow-up, and its status callbacks."""

    def __init__(self, caller: Caller, redis: Redis) -> None:
        self.caller, self.redis = caller, redis
        secrets = Secrets(caller.settings.hotline_secret)
        self.turns, self.followups = Turns(redis, secrets), FollowUps(redis)
        self.who, self.id, self.now = secrets.who(PARENT), "", datetime.now(UTC)

    def was_sent(self, effect: Effect, *more: Effect) -> Phone:
        """Send one follow-up; the others wait."""
        self.commit("SM yes", Session(texting=Texting.YES), Consent("w"), effect)
        (self.id,) = self.followups.records(self.who)
        if more:
            self.commit("SM more", Session(texting=Texting.YES), *more)
        self.sent(SID)
        return self

    def commit(self, id: str, session: Session, *effects: Effect) -> None:
        event = Event(id, self.now, Channel.SMS, EventKind.SAID)
        loaded = self.turns.load(self.who, id, self.now)
        done = self.turns.commit(self.who, event, loaded, Turn(session, (), effects), "", PARENT)
        assert done is not None

    def sent(self, sid: str) -> None:
        assert self.followups.claim(self.id, datetime.now(UTC) + 30 * DAY) is not None
        self.followups.sent(self.id, sid)

    def told(self, status: str, code: int | str = "", sid: str = SID) -> int:
        """Post a status callback; return the HTTP status."""
        return self.caller.status(f"/status?followup={self.id}", status, code, MessageSid=sid).status_code

    @property
    def record(self) -> dict[str, Any]:
        return self.followups.records(self.who)[self.id]

    @property
    def local_day(self) -> date:
        return self.now.astimezone(self.caller.settings.time_zone).date()

    @property
    def due_in(self) -> timedelta:
        """The time until it is due again."""
        return datetime.fromtimestamp(self.record["due"], UTC) - datetime.now(UTC)


@pytest.fixture
def phone(caller: Caller, redis: Redis) -> Phone:
    return Phone(caller, redis)


@pytest.mark.parametrize("code", VERDICTS, ids=str)
def test_every_code_in_the_table_takes_effect(phone: Phone, code: int) -> None:
    phone.was_sent(REMINDER)
    assert 204 == phone.told("undelivered", code)
    ends = VERDICTS[code][0] in (Verdict.PERMANENT, Verdict.OPTED_OUT)
    expected = "failed" if ends else "waiting"
    assert (expected, str(code)) == (phone.record["state"], phone.record["reason"])


UNEXPLAINED = {
    ("undelivered", ""): "undelivered",
    ("failed", ""): "failed",
    ("undelivered", "x"): "undelivered",
    ("failed", "+12025550123"): "failed",
    ("undelivered", "30008"): "30008",
}


@pytest.mark.parametrize(("told", "reason"), UNEXPLAINED.items())
def test_unexplained_failures_are_retried_once(phone: Phone, told: tuple[str, str], reason: str) -> None:
    status, code = told
    phone.was_sent(REMINDER)
    assert 204 == phone.told(status, code)
    assert ("waiting", reason) == (phone.record["state"], phone.record["reason"])
    phone.sent("SM" + "2" * 32)
    assert 204 == phone.told(status, code, "SM" + "2" * 32)
    assert ("failed", reason) == (phone.record["state"], phone.record["reason"])


def test_a_canceled_text_is_not_sent_again(phone: Phone) -> None:
    phone.was_sent(REMINDER)
    assert 204 == phone.told("canceled")
    assert ("failed", "canceled") == (phone.record["state"], phone.record["reason"])


def test_an_unknown_code_waits_and_eventually_stops_sending(phone: Phone) -> None:
    phone.was_sent(REMINDER)
    for n in range(IN_A_ROW):
        assert Sending(phone.redis).refusal() is None
        sid = SID if n == 0 else f"SM{n:032d}"
        assert 204 == phone.told("undelivered", 39999, sid)
        assert ("waiting", "39999") == (phone.record["state"], phone.record["reason"])
        phone.sent(f"SM{n + 1:032d}")
    refusal = Sending(phone.redis).refusal()
    assert refusal is not None
    assert 39999 == refusal.code


@pytest.mark.parametrize(
    ("status", "code", "texting"),
    [("failed", 21610, "stopped"), *(("undelivered", code, "no") for code in sorted(CONSENT_ENDS))],
)
def test_an_opt_out_at_the_carrier_and_a_number_no_longer_in_use_end_the_consent(
    phone: Phone, status: str, code: int, texting: str
) -> None:
    """As when sending: waiting texts are dropped and the number is deleted."""
    phone.was_sent(REMINDER, FollowUp("later", DAY))
    for _ in range(2):
        assert 204 == phone.told(status, code)
    states = {r["reminder"]: r["state"] for r in phone.followups.records(phone.who).values()}
    assert {"sent_yet": "failed", "later": "dropped"} == states
    person = phone.redis.hgetall(Keys(phone.who).person)
    assert texting == person["texting"]
    assert "sealed" not in person


def test_a_repeated_opt_out_callback_does_not_undo_start(phone: Phone) -> None:
    phone.was_sent(REMINDER)
    phone.told("failed", 21610)
    phone.commit("SM start", Session(texting=Texting.UNASKED))
    phone.told("failed", 21610)
    assert Texting.UNASKED is phone.turns.load(phone.who, "SM x", phone.now).session.texting


@pytest.mark.parametrize("code", sorted(NO_TEXTS))
def test_a_landline_is_recorded(phone: Phone, code: int) -> None:
    phone.was_sent(REMINDER)
    phone.told("undelivered", code)
    assert LineType.LANDLINE is phone.turns.load(phone.who, "CA1:1", phone.now).session.line


def test_a_text_to_a_phone_that_was_off_is_retried_later(phone: Phone) -> None:
    phone.was_sent(REMINDER)
    waits = AGAIN_AFTER[RecordKind.REMINDER]
    for n, wait in enumerate(waits):
        phone.told("undelivered", 30003, SID if n == 0 else f"SM{n:032d}")
        assert "waiting" == phone.record["state"]
        assert abs(phone.due_in - wait) < timedelta(seconds=10)
        phone.sent(f"SM{n + 1:032d}")
    phone.told("undelivered", 30003, f"SM{len(waits):032d}")
    assert "failed" == phone.record["state"]


def test_a_requested_text_is_retried_soon(phone: Phone) -> None:
    phone.was_sent(THIS)
    assert "sealed" not in phone.record
    phone.told("undelivered", 30008)
    assert timedelta() < phone.due_in <= timedelta(minutes=5)
    assert PARENT == Secrets(phone.caller.settings.hotline_secret).unseal(phone.record["sealed"])


def test_a_fault_of_ours_does_not_use_up_attempts(phone: Phone) -> None:
    phone.was_sent(REMINDER)
    for n in range(6):
        phone.told("undelivered", 30034, SID if n == 0 else f"SM{n:032d}")
        assert "waiting" == phone.record["state"]
        assert AT_FAULT_FOR - timedelta(seconds=10) < phone.due_in <= 2 * AT_FAULT_FOR
        phone.sent(f"SM{n + 1:032d}")


@pytest.mark.parametrize("code", sorted(code for code, row in VERDICTS.items() if row[0] is Verdict.STOP))
def test_a_fault_of_our_account_stops_sending(phone: Phone, code: int) -> None:
    phone.was_sent(REMINDER)
    phone.told("undelivered", code)
    sending = Sending(phone.redis)
    refusal = sending.refusal()
    assert refusal is not None
    assert code == refusal.code
    assert Refused(code) == sending.ask(1, 1, phone.now)
    phone.sent("SM" + "2" * 32)
    phone.told("delivered", sid="SM" + "2" * 32)
    assert sending.refusal() is None


def test_a_rate_limit_error_slows_all_sending(phone: Phone) -> None:
    phone.was_sent(REMINDER)
    phone.told("failed", 30022)
    assert isinstance(Sending(phone.redis).ask(1, 1, phone.now), Wait)


@pytest.mark.parametrize("code", [30022, 30034, 30007])
def test_a_replayed_failure_has_no_effect(phone: Phone, code: int) -> None:
    phone.was_sent(REMINDER)
    phone.told("failed", code)
    assert 1 == figures(phone.redis, phone.local_day)["carrier.30007"] or code != 30007
    phone.redis.delete(PACE, REFUSED)
    phone.redis.delete(counts_key(0, phone.local_day))
    phone.told("failed", code)
    phone.id = phone.who + "-0123456789ab"
    phone.told("failed", code)
    assert Go() == Sending(phone.redis).ask(1, 1, phone.now)
    assert 0 == figures(phone.redis, phone.local_day)["carrier.30007"]


def test_a_replayed_delivery_does_not_end_a_refusal(phone: Phone) -> None:
    phone.was_sent(REMINDER)
    phone.told("delivered")
    Sending(phone.redis).refuse(30034, phone.now)
    phone.told("delivered")
    assert Sending(phone.redis).refusal() is not None


def test_texts_filtered_by_carriers_are_counted(phone: Phone) -> None:
    phone.was_sent(REMINDER)
    phone.told("undelivered", 30007)
    assert 1 == figures(phone.redis, phone.local_day)["carrier.30007"]
    assert 1 == figures_of({"carrier.30007": 1})["Texts filtered by carriers"]


def test_an_opt_out_outlives_the_end_of_a_consent(phone: Phone) -> None:
    phone.was_sent(REMINDER)
    phone.commit("SM stop", Session(texting=Texting.STOPPED), StopAll())
    phone.told("undelivered", 30004)
    assert "stopped" == phone.redis.hget(Keys(phone.who).person, "texting")


@pytest.mark.parametrize("code", ["", 21610, 30003, 30006, 30034], ids=str)
def test_nothing_is_written_about_an_erased_person(phone: Phone, redis: Redis, code: int | str) -> None:
    phone.was_sent(REMINDER)
    phone.commit("SM delete", Session(), Erase())
    before = kept(redis)
    assert 204 == phone.told("undelivered" if code else "delivered", code)
    redis.delete(REFUSED)  # concerns our account, not a person
    assert before == kept(redis)


def kept(redis: Redis) -> dict[str, object]:
    """Return the store without webhook counts and the key of a wait for the disk, which concern no person."""
    return {
        key: redis.dump(key)
        for key in redis.scan_iter()
        if not str(key).startswith(("webhooks:", "{durable}"))
    }


def test_a_late_status_changes_nothing(phone: Phone) -> None:
    phone.was_sent(REMINDER)
    phone.told("delivered")
    for status, code in (("sent", ""), ("undelivered", 30003), ("queued", "")):
        phone.told(status, code)
    assert "delivered" == phone.record["state"]


def test_a_status_with_another_numbers_id_is_refused(phone: Phone, settings: Settings) -> None:
    phone.was_sent(REMINDER)
    other = Secrets(settings.hotline_secret).who("+12025550199")
    phone.id = phone.id.replace(phone.who, other)
    assert 403 == phone.told("delivered")


STAFF = "+15105550142"


def test_a_lost_notice_is_undone(caller: Caller, redis: Redis) -> None:
    phone, secrets = Phone(caller, redis), Secrets(caller.settings.hotline_secret)
    phone.commit("SM asks", Session(), AskPerson("morning"))
    requests, notices = Requests(redis), Notices(redis)
    mark = mark_of(secrets, Way.TEXT, STAFF)
    target = Target(Way.TEXT, STAFF, mark, "")
    (request,) = requests.waiting()
    assert notices.claim(request, Occasion.NEW, target, phone.now)
    notices.record_sent(request, Occasion.NEW, target, "n1")
    told = requests.waiting()
    path = f"/status/notice?notice=n1&target={mark}"
    assert 403 == caller.status(path, "failed").status_code, "of another number"
    staff = replace(caller, number=STAFF)
    assert 403 == staff.status(path.replace("n1", ""), "failed").status_code
    assert 204 == staff.status(path, "delivered").status_code
    assert 204 == staff.status(path.replace("n1", "n2"), "failed", 30034).status_code
    assert told == requests.waiting()
    assert {} == notices.target_states()
    for _ in range(2):
        assert 204 == staff.status(path, "undelivered", 30034).status_code
    assert () == requests.waiting()[0].notices
    assert notices.target_states()[mark].refusals == 1
    assert (
        notices.target_states()[mark].why == "the text did not arrive: number is not registered for A2P 10DLC"
    )
