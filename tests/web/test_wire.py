"""Webhooks that are repeated, concurrent, late, and replayed."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from redis import Redis

from hotline.config.settings import Settings
from hotline.store.connection import connect
from hotline.store.followups import FollowUps
from hotline.store.keys import Keys
from hotline.store.turns import ANSWER_TTL, ANSWERS_STORED
from tests.web.twilio_forms import OFFERED, PARENT, Caller

NO_WORDS = b'<?xml version="1.0" encoding="UTF-8"?><Response />'


@dataclass
class Carrier:
    """Posts a phone's forms to the service, each on a connection of its own."""

    phone: Caller
    redis: Redis

    def post(self, path: str, form: dict[str, str], token: str = "") -> bytes:
        connection = replace(self.phone, client=self.phone.client.application.test_client())
        answer: bytes = connection.post(path, form, token=token).data
        return answer

    def texts(self, *bodies: str) -> bytes:
        """Send texts, each with its own id; return the last answer."""
        for body in bodies:
            answer = self.post("/sms", self.phone.sms_form(body))
        return answer

    @property
    def keys(self) -> Keys:
        return Keys(self.phone.who)

    @property
    def place(self) -> str:
        return str(self.redis.hget(self.keys.session, "session"))

    @property
    def state(self) -> str:
        return str(json.loads(self.place)["state"])


@pytest.fixture
def carrier(caller: Caller, redis: Redis) -> Carrier:
    return Carrier(caller, redis)


def test_a_retry_has_the_same_answer(carrier: Carrier) -> None:
    carrier.texts("hi", "1")
    form = carrier.phone.sms_form("3")
    first = carrier.post("/sms", form, "token")
    after = carrier.place
    assert first == carrier.post("/sms", form, "token")
    assert after == carrier.place


def test_the_id_takes_precedence_over_the_token(carrier: Carrier) -> None:
    """The token is not signed: a different token makes no new event, and the same token does not hide one."""
    carrier.texts("hi", "1")
    first, second = carrier.phone.sms_form("3"), carrier.phone.sms_form("2")
    asked = carrier.post("/sms", first, "token")
    assert asked == carrier.post("/sms", first, "another token")
    assert "sent_home" == carrier.state
    assert asked != carrier.post("/sms", second, "token")
    assert "sent_home" != carrier.state


def test_a_retried_call_advances_one_turn(carrier: Carrier) -> None:
    form = carrier.phone.voice_form()
    first = carrier.post("/voice", form, "token")
    assert first == carrier.post("/voice", form, "token")
    asked = carrier.post("/voice/turn?n=1", {**form, "Digits": "1"}, "token 1")
    assert asked == carrier.post("/voice/turn?n=1", {**form, "Digits": "1"}, "another")
    assert asked != carrier.post("/voice/turn?n=2", {**form, "Digits": "3"}, "token 1")


def test_a_concurrent_copy_gets_the_same_answer(carrier: Carrier) -> None:
    carrier.texts(*OFFERED)
    yes = carrier.phone.sms_form("1")
    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(lambda _: carrier.post("/sms", yes, "token"), range(6)))
    assert 1 == len(answers)
    assert 3 == len(FollowUps(carrier.redis).records(carrier.keys.who))
    assert "which_state" == carrier.state


@pytest.mark.parametrize(
    "later", [timedelta(seconds=20), timedelta(minutes=10), timedelta(minutes=55)], ids=str
)
def test_a_late_copy_gets_the_same_answer(carrier: Carrier, later: timedelta) -> None:
    carrier.texts("hi", "1")
    form = carrier.phone.sms_form("3")
    first = carrier.post("/sms", form)
    carrier.texts("2", "1")
    before = carrier.place
    with time_machine.travel(datetime.now(UTC) + later):
        assert first == carrier.post("/sms", form)
    assert before == carrier.place
    assert ANSWER_TTL.total_seconds() == pytest.approx(carrier.redis.ttl(carrier.keys.answers), abs=5)


def forget_the_answers(carrier: Carrier) -> None:
    """Delete the stored answers, as if they had expired."""
    carrier.redis.delete(carrier.keys.answers)


REPLAYED = ["/sms", "/voice", "/voice/turn?n=1", "/voice/ended"]


@pytest.mark.parametrize("path", REPLAYED)
def test_a_replayed_request_does_nothing(carrier: Carrier, path: str) -> None:
    phone = carrier.phone
    forms = {
        "/sms": phone.sms_form("3"),
        "/voice": phone.voice_form(),
        "/voice/turn?n=1": {**phone.voice_form(), "Digits": "1"},
        "/voice/ended": {**phone.voice_form(), "CallStatus": "completed"},
    }
    carrier.texts(*OFFERED, "1", "menu", "1")
    first = {each: carrier.post(each, forms[each]) for each in REPLAYED}
    forget_the_answers(carrier)
    carrier.texts("menu", "1", "3")
    before = carrier.place, FollowUps(carrier.redis).records(carrier.keys.who)
    answer = carrier.post(path, forms[path])
    assert answer == (b"" if path == "/voice/ended" else NO_WORDS)
    assert answer != first[path] or path == "/voice/ended"
    assert before == (carrier.place, FollowUps(carrier.redis).records(carrier.keys.who))


def test_a_replayed_request_is_recognized_after_many_others(carrier: Carrier) -> None:
    carrier.texts("hi", "1")
    written_down = carrier.phone.sms_form("3")
    carrier.post("/sms", written_down)
    carrier.texts("start over", *["back", "3"] * (ANSWERS_STORED // 2 + 1))
    before = carrier.place
    assert NO_WORDS == carrier.post("/sms", written_down)
    assert before == carrier.place


def test_a_replayed_request_restores_nothing_about_an_erased_person(carrier: Carrier) -> None:
    carrier.texts("hi", "1")
    written_down = carrier.phone.sms_form("3")
    carrier.post("/sms", written_down)
    carrier.texts("delete my data", "1")
    carrier.redis.delete(carrier.keys.answers)
    kept = carrier.redis.hgetall(carrier.keys.session)
    assert NO_WORDS == carrier.post("/sms", written_down)
    assert kept == carrier.redis.hgetall(carrier.keys.session)


def test_a_request_that_failed_takes_effect_when_retried(carrier: Carrier, settings: Settings) -> None:
    assert connect(settings.redis_url).ping()
    carrier.texts("hi", "1")
    form, place = carrier.phone.sms_form("3"), carrier.place
    carrier.redis.config_set("maxmemory", 1)
    try:
        assert b"ask the school in writing" in carrier.post("/sms", form, "token")
    finally:
        carrier.redis.config_set("maxmemory", 0)
    assert place == carrier.place
    assert b"ask the school in writing" not in carrier.post("/sms", form, "token")
    assert "sent_home" == carrier.state


def test_an_id_is_specific_to_its_number(carrier: Carrier) -> None:
    carrier.texts("hi", "1")
    form = carrier.phone.sms_form("3")
    carrier.post("/sms", form)
    other = {**form, "From": "+12025550177"}
    assert b"Parent Hotline" in carrier.post("/sms", other)
    assert PARENT == form["From"]
