"""A text never answers a reply that the parent did not see: a stalling Redis creates no consent."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from structlog.testing import capture_logs

from hotline.carrier.errors import WHAT_TO_DO
from hotline.channels import sms, voice
from hotline.config.settings import Settings
from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Channel, Event, EventKind, Reply, Texting
from hotline.conversation.model.session import Session
from hotline.store.connection import StoreBusy
from hotline.store.turns import Loaded
from hotline.web.app import create_app
from hotline.web.reply_guard import Render
from hotline.web.service import Service
from hotline.web.turn import take_turn
from tests.own_redis import OwnRedis, changing_way_to
from tests.waiting import wait_until
from tests.web.twilio_forms import Caller, messages

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
NOTED_WITHIN = 3.0
"""Seconds until an answer is known as unseen, once Redis answers."""


@pytest.fixture
def own(settings: Settings, server: OwnRedis) -> Settings:
    return replace(settings, redis_url=server.url)


@pytest.fixture
def app(own: Settings) -> Flask:
    return create_app(own)


@pytest.fixture
def parent(app: Flask, own: Settings) -> Caller:
    """Return the phone of a parent who has been asked the second question."""
    caller = Caller(app.test_client(), own)
    for body in ("hi", "1"):
        texted(caller, body)
    return caller


def wording(document: str) -> str:
    """Return a document without the event that its status URLs name."""
    return sms.addressed(document, "any")


def texted(caller: Caller, body: str) -> str:
    return "\n".join(messages(caller.text(body)))


def turn(service: Service, number: str, id: str, text: str, render: Render = sms.render) -> str:
    """Take a turn for one text; `render` may do something between load and commit."""
    event = Event(id, NOW, Channel.SMS, EventKind.SAID, text)
    return take_turn(service, number, event, render).document


def stalling(server: OwnRedis, seconds: float) -> Render:
    """Return a renderer that pauses Redis for this long."""

    def render(book: Book, session: Session, replies: tuple[Reply, ...]) -> str:
        server.pause()
        threading.Timer(seconds, server.go_on).start()
        return sms.render(book, session, replies)

    return render


def state(service: Service, number: str) -> str:
    return service.turns.load(service.secrets.who(number), "SM look", NOW).session.state


@pytest.mark.parametrize("seconds", [0.9, 1.5])
def test_a_commit_after_the_deadline_changes_nothing(
    seconds: float, server: OwnRedis, parent: Caller, service: Service
) -> None:
    before = state(service, parent.number)
    with pytest.raises(StoreBusy):
        turn(service, parent.number, "SM stalled", "3", stalling(server, seconds))
    for _ in range(2):  # the first may be answered before the commit, which came on another connection
        server.client.ping()
    assert before == state(service, parent.number)


@pytest.fixture
def lost(
    service: Service, server: OwnRedis, own: Settings, parent: Caller, tmp_path: Path
) -> Callable[..., str]:
    """Return a function that has another process take a text, whose commit is confirmed too late.

    It returns the answer that the parent would have got; the parent got the safe words.
    """

    def lost(text: str) -> str:
        with changing_way_to(server, tmp_path / "slow.sock") as way:
            other = create_app(replace(own, redis_url=way.url)).extensions["hotline"]
            never: list[str] = []

            def render(book: Book, session: Session, replies: tuple[Reply, ...]) -> str:
                way.seconds = 0.9
                never.append(sms.render(book, session, replies))
                return never[-1]

            with pytest.raises(StoreBusy):
                turn(other, parent.number, f"SM lost {text}", text, render)
            way.seconds = 0.0
            wait_until(lambda: bool(_loaded(service, parent).unseen), NOTED_WITHIN)
        return never[-1]

    return lost


def _loaded(service: Service, parent: Caller) -> Loaded:
    return service.turns.load(parent.who, "SM look", NOW)


def test_a_lost_answer_is_repeated_before_a_text_counts(
    service: Service, parent: Caller, lost: Callable[..., str]
) -> None:
    unseen = lost("3")
    at = _loaded(service, parent).session
    assert wording(unseen) == wording(parent.text("1").get_data(as_text=True))
    now = _loaded(service, parent)
    assert (at.state, at.answers, "") == (now.session.state, now.session.answers, now.unseen)
    assert wording(unseen) != wording(parent.text("1").get_data(as_text=True))
    assert at.state != _loaded(service, parent).session.state


@pytest.mark.parametrize("text", ["my child wants to kill himself", "STOP"])
def test_danger_and_stop_take_precedence_over_a_lost_answer(
    text: str, service: Service, parent: Caller, lost: Callable[..., str]
) -> None:
    unseen = lost("3")
    assert wording(unseen) != wording(parent.text(text).get_data(as_text=True))
    stopped = _loaded(service, parent).session.texting is Texting.STOPPED
    assert (text == "STOP") == stopped


def test_a_key_in_a_call_does_not_answer_a_lost_text(
    service: Service, parent: Caller, lost: Callable[..., str]
) -> None:
    lost("3")
    at = _loaded(service, parent).session
    key = Event("CA1:1", NOW, Channel.VOICE, EventKind.PRESSED, "1")
    take_turn(service, parent.number, key, partial(voice.render, turn=1))
    assert at.state == _loaded(service, parent).session.state
    assert at.answers == _loaded(service, parent).session.answers


def test_hanging_up_delivers_nothing(service: Service, parent: Caller, lost: Callable[..., str]) -> None:
    lost("3")
    parent.post("/voice/ended", {**parent.voice_form(), "CallStatus": "completed"})
    assert _loaded(service, parent).unseen


def test_a_request_to_the_fallback_means_that_the_answer_was_lost(service: Service, parent: Caller) -> None:
    """Twilio requests the fallback if the process that took the text dies."""
    form = parent.sms_form("3")
    unseen = parent.post("/sms", form).get_data(as_text=True)
    parent.post("/fallback/sms", form)
    wait_until(lambda: bool(_loaded(service, parent).unseen), NOTED_WITHIN)
    assert wording(unseen) == wording(parent.text("1").get_data(as_text=True))


def test_an_unsigned_fallback_records_nothing(service: Service, parent: Caller) -> None:
    form = parent.sms_form("3")
    parent.post("/sms", form)
    parent.post("/fallback/sms", form, signature="wrong")
    assert not _loaded(service, parent).unseen


class TestAReplyThatACarrierLost:
    """Twilio reports it minutes later, per message; the parent has seen nothing or only a part."""

    def replied(self, parent: Caller, body: str) -> tuple[str, str]:
        answer = parent.text(body).get_data(as_text=True)
        (address,) = {each.attrib["statusCallback"] for each in ET.fromstring(answer)}  # noqa: S314 -- our own
        return answer, address.partition("#")[0]

    def told(self, parent: Caller, address: str, status: str = "undelivered", code: str = "30007") -> None:
        assert 204 == parent.status(address, status, code).status_code

    def test_is_repeated_before_a_text_counts(self, service: Service, parent: Caller) -> None:
        """And once more if that one is lost too: its status URL names the text that it answered."""
        reply, address = self.replied(parent, "3")
        at = _loaded(service, parent).session
        for _ in range(2):
            self.told(parent, address)
            wait_until(lambda: bool(_loaded(service, parent).unseen), NOTED_WITHIN)
            again, address = self.replied(parent, "1")
            assert wording(reply) == wording(again)
            assert (at.state, at.answers) == (
                _loaded(service, parent).session.state,
                _loaded(service, parent).session.answers,
            )
        self.told(parent, address, "delivered", "")
        assert wording(reply) != wording(self.replied(parent, "1")[0])

    def test_followed_by_another_text_changes_nothing(self, service: Service, parent: Caller) -> None:
        """The parent saw it after all, or has moved on."""
        _, address = self.replied(parent, "3")
        self.replied(parent, "2")
        self.told(parent, address)
        wait_until(lambda: not service.turns._unseen.of(parent.who), NOTED_WITHIN)
        assert not _loaded(service, parent).unseen

    def test_to_a_person_who_opted_out_is_not_repeated(self, service: Service, parent: Caller) -> None:
        """21610: the carrier itself blocks our texts to them, and a START must count at once."""
        _, address = self.replied(parent, "STOP")
        self.told(parent, address, "failed", "21610")
        time.sleep(0.3)
        assert not _loaded(service, parent).unseen
        self.told(parent, address)
        wait_until(lambda: bool(_loaded(service, parent).unseen), NOTED_WITHIN)
        self.replied(parent, "START")
        assert Texting.STOPPED is not _loaded(service, parent).session.texting

    @pytest.mark.parametrize("code", ["30002", "30007", "30032", "30034"])
    def test_for_a_reason_that_an_operator_must_fix_raises_one_alarm(self, parent: Caller, code: str) -> None:
        """With the code in the log. /status says what to do."""
        _, address = self.replied(parent, "3")
        with capture_logs() as logs:
            self.told(parent, address, code=code)
            self.told(parent, address, code=code)
        assert [int(code)] == [line["code"] for line in logs if line["event"] == "replies_dropped"]
        said = parent.client.get("/status").get_json()["replies"]
        assert f"Twilio code {code}" in said
        assert WHAT_TO_DO[int(code)] in said
