"""A one-press callback, and a "We tried to call you" text, with a carrier that requests our URLs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
import time_machine
from flask import Flask
from redis import Redis
from structlog.testing import capture_logs
from twilio.request_validator import RequestValidator

from devtools.twilio_sim import Account, Carrier, serve
from devtools.twilio_sim.calls import Leg
from devtools.twilio_sim.faults import Fault, FaultKind
from devtools.twilio_sim.heard import Dialed, Heard, Said, Whispered
from devtools.twilio_sim.webhooks import Exchange
from hotline.config.settings import Settings
from hotline.conversation.model.events import AskPerson, Channel, Event, EventKind, ReachBy, StopAll
from hotline.conversation.model.session import Session, Turn
from hotline.store.keys import Keys, Secrets
from hotline.store.request_calls import MOST_A_DAY, CallState
from hotline.store.staff_roles import Role
from hotline.web.app import create_app
from tests.running import serving
from tests.web.desk.visiting import PASSPHRASE, Desk, account, words
from workers.jobs import Dependencies
from workers.send import Sender

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""A Monday at 10 a.m. where the center and the mother are."""

MOTHER, STAFF, OWN = "+12025550123", "+15105550123", "+15105550177"


@dataclass
class Line:
    """The app as served to a carrier, a signed-in desk, and the phones."""

    app: Flask
    carrier: Carrier
    settings: Settings
    redis: Redis
    desk: Desk

    def asked(
        self, number: str = MOTHER, language: str = "es", us_state: str = "", by: ReachBy = ReachBy.CALL
    ) -> str:
        """Request a callback as a parent and claim it at the desk; return the URL of its page."""
        service, who = self.app.extensions["hotline"], self.secrets.who(number)
        event = Event(
            "SM" + sha256(number.encode()).hexdigest()[:32],
            NOW,
            Channel.SMS,
            EventKind.SAID,
            ours=self.settings.sender,
        )
        known = (("which_state", us_state),) if us_state else ()
        turn = Turn(Session(language=language, known=known), effects=(AskPerson("morning", by=by),))
        loaded = service.turns.load(who, event.id, NOW)
        assert service.turns.commit(who, event, loaded, turn, "", number) is not None
        return self.desk.take()

    @property
    def secrets(self) -> Secrets:
        return Secrets(self.settings.hotline_secret)

    def call(self, address: str, phone: str = STAFF, **form: str) -> Leg:
        """Press the button; return the call that rings."""
        before = len(self.carrier.legs())
        answer = self.desk.post(f"{address}/call", phone=phone, **form)
        assert 303 == answer.status_code, words(answer.text)
        (leg,) = self.carrier.legs()[before:]
        return leg

    def page(self, address: str) -> str:
        return words(self.desk.get(address).text)


@pytest.fixture(scope="module")
def served(settings: Settings) -> Iterator[tuple[Flask, Carrier, Settings]]:
    """Serve the app of a center with a staff phone, and the carrier that requests its URLs."""
    carrier = Carrier(Account(settings.twilio_account_sid, settings.twilio_auth_token, settings.sender))
    with serve(carrier) as at_carrier:

        def make(address: str) -> Flask:
            here = replace(settings, public_base_url=address, twilio_api_base_url=at_carrier.url)
            return create_app(replace(here, staff_number=STAFF, holidays="US"))

        with serving(make) as (_, app):
            yield app, carrier, app.extensions["hotline"].settings


@pytest.fixture
def line(served: tuple[Flask, Carrier, Settings], redis: Redis) -> Iterator[Line]:
    """Return a hotline in office hours, with a staff member signed in at the desk."""
    app, carrier, settings = served
    carrier.reset()
    with time_machine.travel(NOW, tick=False):
        account(app, "anna", Role.STAFF)
        yield Line(app, carrier, settings, redis, Desk(app).signed_in(PASSPHRASE, "anna"))


def said(heard: list[Heard]) -> str:
    return " ".join(each.text for each in heard if isinstance(each, Said | Whispered))


# --- the call -----------------------------------------------------------------------------------


def test_one_press_rings_the_staff_and_then_the_parent(line: Line) -> None:
    address = line.asked()
    leg = line.call(address)
    assert (STAFF, line.settings.sender) == (leg.facts.to, leg.facts.from_)
    assert "Your phone rings now. Pick up, and press 1 to call the parent." in line.page(address)
    heard = leg.open()
    assert "You can call a parent back now. The parent speaks Spanish. Press 1 to call." in said(heard)
    assert [leg] == line.carrier.legs(), "nobody else's phone rings yet"
    rang = leg.press("1")
    assert [(MOTHER,)] == [each.numbers for each in rang if isinstance(each, Dialed)]
    parent = line.carrier.legs()[-1]
    assert (MOTHER, line.settings.sender) == (parent.facts.to, parent.facts.from_)
    assert "The parent's phone rings now." in line.page(address)
    leg.dialed("answered")
    page = line.page(address)
    assert "anna: The call was answered." in page
    opened = line.desk.get(address).text
    assert "required checked" not in opened, "an answering machine answers too"


@pytest.mark.parametrize(
    ("outcome", "told", "result"),
    [
        ("busy", "The line was busy.", "no_answer"),
        ("no-answer", "Nobody answered.", "no_answer"),
        ("failed", "The number could not be called. It may not be in use.", "wrong_number"),
    ],
)
def test_a_calls_outcome_is_shown_and_preselected(line: Line, outcome: str, told: str, result: str) -> None:
    address = line.asked()
    leg = line.call(address)
    leg.open()
    leg.press("1")
    heard = leg.dialed(outcome)  # type: ignore[arg-type]  # a valid outcome
    assert "Goodbye." in said(heard)
    assert f"anna: {told}" in line.page(address)
    assert f'name="result" value="{result}" checked' in line.desk.get(address).text


def test_voicemail_is_never_connected_to_a_parent(line: Line) -> None:
    address = line.asked()
    for press in (lambda leg: [leg.wait(), leg.wait()], lambda leg: leg.press("2")):
        leg = line.call(address)
        leg.open()
        press(leg)
        assert leg.over
        assert MOTHER not in {each.facts.to for each in line.carrier.legs()}
        assert "The parent's phone did not ring." in line.page(address)


def test_an_unanswered_phone_can_be_called_again(line: Line) -> None:
    address = line.asked()
    leg = line.call(address)
    assert 409 == line.desk.post(f"{address}/call", phone=STAFF).status_code
    assert 1 == len(line.carrier.legs())
    leg.finish("caller", "no-answer")
    assert "Your phone was not answered" in line.page(address)
    line.call(address)


def test_every_url_can_be_requested_again(line: Line) -> None:
    """With the same response. Once the call is over, none of them returns the parent's number."""
    address = line.asked()
    leg = line.call(address)
    leg.open()
    leg.press("1")
    asked = [each for each in line.carrier.webhooks.exchanges if "/voice/callback" in each.url]
    client, sign = line.app.test_client(), RequestValidator(line.settings.twilio_auth_token)

    def again(exchange: Exchange) -> str:
        url, form = exchange.url.partition("#")[0], dict(exchange.params)
        answer = client.post(
            url.removeprefix(line.settings.public_base_url),
            data=form,
            headers={"X-Twilio-Signature": sign.compute_signature(url, form)},
            base_url=line.settings.public_base_url,
        )
        assert answer.status_code in (200, 204)
        return answer.text

    accepted = asked[-1]
    assert MOTHER in again(accepted)
    assert again(asked[0]) == again(asked[0])
    leg.dialed("no-answer")
    for each in asked:
        assert MOTHER not in again(each), "not once the call is over"
    assert "anna: Nobody answered." in line.page(address)


def test_the_key_is_accepted_for_minutes_only(line: Line) -> None:
    """A recorded request reveals no number later."""
    address = line.asked()
    leg = line.call(address)
    leg.open()
    with time_machine.travel(NOW + timedelta(minutes=4), tick=False):
        heard = leg.press("1")
    assert "This request is gone, or was called already." in said(heard)
    assert MOTHER not in {each.facts.to for each in line.carrier.legs()}


def test_a_request_deleted_meanwhile_is_not_called(line: Line) -> None:
    address = line.asked()
    leg = line.call(address)
    line.redis.delete(Keys(line.secrets.who(MOTHER)).requests)
    assert "This request is gone" in said(leg.open())
    assert leg.over


def test_a_parent_who_asks_again_meanwhile_is_still_called(line: Line) -> None:
    address = line.asked()
    leg = line.call(address)
    service, who = line.app.extensions["hotline"], line.secrets.who(MOTHER)
    event = Event("SMagain", NOW, Channel.SMS, EventKind.SAID)
    turn = Turn(Session(language="es"), effects=(AskPerson("evening"),))
    loaded = service.turns.load(who, event.id, NOW)
    assert service.turns.commit(who, event, loaded, turn, "", MOTHER) is not None
    leg.open()
    leg.press("1")
    assert MOTHER == line.carrier.legs()[-1].facts.to


def test_calling_a_parent_who_asked_for_texts_needs_confirmation(line: Line) -> None:
    address = line.asked(by=ReachBy.TEXT)
    page = line.desk.get(address).text
    assert "The parent asked to be texted, and not called." in words(page)
    assert "tel:" not in page
    assert f'href="sms:{MOTHER}"' in page
    hidden, button = page.index("Call anyway?</summary>"), page.index("Call the parent back</button>")
    assert hidden < page.index('name="anyway" value="yes" required') < button < page.index("</details>")
    answer = line.desk.post(f"{address}/call", phone=STAFF)
    assert (409, True) == (answer.status_code, "and not called" in words(answer.text))
    assert [] == line.carrier.legs()
    leg = line.call(address, anyway="yes")
    leg.open()
    leg.press("1")
    assert MOTHER == line.carrier.legs()[-1].facts.to


def test_a_parent_who_asks_for_texts_meanwhile_is_not_called(line: Line) -> None:
    leg = line.call(line.asked())
    service, who = line.app.extensions["hotline"], line.secrets.who(MOTHER)
    event = Event("SMno call", NOW + timedelta(seconds=5), Channel.SMS, EventKind.SAID)
    turn = Turn(Session(language="es"), effects=(AskPerson("evening", by=ReachBy.TEXT),))
    loaded = service.turns.load(who, event.id, NOW)
    assert service.turns.commit(who, event, loaded, turn, "", MOTHER) is not None
    leg.open()
    leg.press("1")
    assert MOTHER not in {each.facts.to for each in line.carrier.legs()}


def test_no_parent_is_called_at_night(line: Line) -> None:
    address = line.asked("+12135550123")
    page = line.page(address)
    assert "You can call from Monday, November 23, 2026 at 12:00 PM EST." in page
    assert 409 == line.desk.post(f"{address}/call", phone=STAFF).status_code
    assert [] == line.carrier.legs()


def test_only_a_staff_phone_or_ones_own_can_be_used(line: Line) -> None:
    address = line.asked()
    for form in ({"phone": "+12025550199"}, {"phone": ""}, {"phone": "own"}):
        assert 400 == line.desk.post(f"{address}/call", **form).status_code
    for own in ("+442079460000", line.settings.sender, "abc", "911", "+19005551234"):
        assert 400 == line.desk.post(f"{address}/call", own=own).status_code
    assert [] == line.carrier.legs()
    leg = line.call(address, own="510-555-0177")
    assert OWN == leg.facts.to
    leg.finish("caller", "no-answer")
    assert "Your own: 510-555-0177" in line.page(address)
    assert OWN == line.call(address, phone="own").facts.to
    assert OWN[1:] not in str([line.redis.hgetall("{desk}:accounts")])


def test_ones_own_phone_can_be_deleted(line: Line) -> None:
    address = line.asked()
    line.call(address, own="510-555-0177").finish("caller", "no-answer")
    assert 303 == line.desk.post(f"{address}/forget-phone").status_code
    assert "Your own:" not in line.page(address)
    assert 400 == line.desk.post(f"{address}/call", phone="own").status_code


def test_a_call_to_a_wrong_phone_can_be_canceled(line: Line) -> None:
    address = line.asked()
    leg = line.call(address, own="510-555-0177")
    leg.open()
    assert 303 == line.desk.post(f"{address}/call/cancel").status_code
    assert "This request is gone, or was called already." in said(leg.press("1"))
    assert MOTHER not in {each.facts.to for each in line.carrier.legs()}
    again = line.call(address)
    again.open()
    again.press("1")
    assert MOTHER == line.carrier.legs()[-1].facts.to
    assert 303 == line.desk.post(f"{address}/call/cancel").status_code
    assert "The parent's phone rings now." in line.page(address), "it is too late to cancel"


def test_another_persons_phone_cannot_be_used(line: Line) -> None:
    address = line.asked()
    line.call(address)
    account(line.app, "ben")
    ben = Desk(line.app).signed_in(PASSPHRASE, "ben")
    line.desk.post(f"{address}/release")
    ben.post(f"{address}/claim")
    assert "The phone of anna rings now." in words(ben.get(address).text)


def test_callbacks_are_limited(line: Line) -> None:
    address = line.asked()
    for _ in range(MOST_A_DAY):
        line.call(address).finish("caller", "no-answer")
    answer = line.desk.post(f"{address}/call", phone=STAFF)
    assert (409, True) == (answer.status_code, "ten times in a day" in answer.text)
    of_the_hour = f"{{desk}}:calls:{int(NOW.timestamp()) // 3600}"
    assert MOST_A_DAY == int(line.redis.get(of_the_hour) or 0)
    line.redis.incrby(of_the_hour, 100)
    answer = line.desk.post(f"{line.asked('+12025550177')}/call", phone=STAFF)
    assert (409, True) == (answer.status_code, "60 calls in this hour" in answer.text)


def test_only_the_claimant_of_a_request_may_call(line: Line) -> None:
    address = line.asked()
    account(line.app, "ben", Role.ADMIN)
    ben = Desk(line.app).signed_in(PASSPHRASE, "ben")
    assert 409 == ben.post(f"{address}/call", phone=STAFF).status_code
    assert 409 == ben.post(f"{address}/text", again="2026-11-24").status_code
    assert [] == line.carrier.legs()


def test_a_refusal_by_the_carrier_is_shown(line: Line) -> None:
    address = line.asked()
    line.carrier.faults.add(Fault(FaultKind.REFUSE, code=20003, to=STAFF))
    answer = line.desk.post(f"{address}/call", phone=STAFF)
    assert (502, True) == (answer.status_code, "credentials are refused" in answer.text)
    assert "The carrier rejected the call." in line.page(address)
    line.call(address)


def test_no_log_and_no_key_contains_a_number(line: Line) -> None:
    with capture_logs() as logs:
        address = line.asked()
        leg = line.call(address)
        leg.open()
        leg.press("1")
        leg.dialed("answered")
    kept = str(logs)
    read: dict[str, Callable[[str], object]] = {
        "hash": line.redis.hgetall,
        "zset": lambda key: line.redis.zrange(key, 0, -1),
        "string": line.redis.get,
    }
    for key in map(str, line.redis.scan_iter()):
        kept += key + str(read[str(line.redis.type(key))](key))
    for number in (MOTHER[2:], "555-0123", STAFF[2:]):
        assert number not in kept
    assert [CallState.RINGING, CallState.JOINING, CallState.TALKING, CallState.REACHED] == list(
        dict.fromkeys(each["outcome"] for each in logs if each["event"] == "call_back")
    )
    rows = [str(row) for row in line.redis.zrange("{desk}:audit", 0, -1)]
    assert any("called a parent back" in row for row in rows)


# --- the text -----------------------------------------------------------------------------------


def post(line: Line) -> Sender:
    """Return a worker that sends."""
    return Dependencies(line.settings).sender


def due(line: Line, at: datetime = NOW) -> list[str]:
    """Return the ids of the follow-ups that a clock hands out."""
    return list(line.app.extensions["hotline"].followups.due.take(at))


def texts(line: Line, number: str = MOTHER) -> list[str]:
    """Return the texts that a phone received."""
    line.carrier.deliveries.settle()
    return [bubble.body for bubble in line.carrier.ledger.bubbles(number)]


def test_the_parent_is_texted_in_her_language(line: Line) -> None:
    address = line.asked()
    answer = line.desk.post(f"{address}/text", again="2026-11-24")
    assert 303 == answer.status_code, words(answer.text)
    assert "anna: It is on its way." in line.page(address)
    (id,) = due(line)
    post(line).send(id, NOW)
    (body,) = texts(line)
    assert body.startswith("Le llamamos, pero no pudimos hablar con usted.")
    assert "el 24 de noviembre" in body
    assert line.settings.center_phone_as_written in body
    assert "anna: It arrived." in line.page(address)
    assert 409 == line.desk.post(f"{address}/text", again="2026-11-24").status_code
    assert "Text “We tried to call you”" not in line.page(address)


def test_at_night_the_text_waits_for_morning(line: Line) -> None:
    """Night is where the parent may be. The text is dropped once the request is done."""
    address = line.asked("+12135550123")
    assert 303 == line.desk.post(f"{address}/text", again="2026-11-24").status_code
    (id,) = due(line)
    post(line).send(id, NOW)
    assert [] == texts(line, "+12135550123")
    assert "It will be sent in the morning." in line.page(address)
    assert 303 == line.desk.post(f"{address}/done", result="talked").status_code
    later = NOW + timedelta(hours=5)
    for each in due(line, later):
        post(line).send(each, later)
    assert [] == texts(line, "+12135550123")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_parent_who_opted_out_is_not_texted(line: Line, when: str) -> None:
    address = line.asked()
    service, who = line.app.extensions["hotline"], line.secrets.who(MOTHER)

    def stop() -> None:
        event = Event("SMstop", NOW, Channel.SMS, EventKind.SAID)
        loaded = service.turns.load(who, event.id, NOW)
        session = replace(loaded.session, texting="stopped")
        service.turns.commit(who, event, loaded, Turn(session, effects=(StopAll(),)), "", MOTHER)

    if when == "before":
        stop()
        page = line.page(address)
        assert "The parent told us to stop all texts. So the hotline cannot text them." in page
        assert "We will try again on" not in page
    answer = line.desk.post(f"{address}/text", again="2026-11-24")
    if when == "before":
        assert (409, True) == (answer.status_code, "told us to stop all texts" in answer.text)
        assert 0 == line.redis.exists(Keys(who).followups)
    else:
        (id,) = due(line)
        stop()
        post(line).send(id, NOW)
    assert [] == texts(line)


def test_an_undelivered_text_is_explained_in_plain_words(line: Line) -> None:
    address = line.asked()
    line.desk.post(f"{address}/text", again="2026-11-24")
    (id,) = due(line)
    line.carrier.faults.add(Fault(FaultKind.REFUSE, code=21614, to=MOTHER))
    post(line).send(id, NOW)
    assert "It did not arrive. The number is a landline, or cannot get texts." in line.page(address)


def test_the_day_must_be_one_that_was_offered(line: Line) -> None:
    address = line.asked()
    offered = line.desk.get(address).text
    days = [day for day in range(23, 31) if f'value="2026-11-{day}"' in offered]
    assert [23, 24, 25, 27, 28] == days
    for again in ("", "2026-11-26", "2027-01-04", "tomorrow"):
        assert 400 == line.desk.post(f"{address}/text", again=again).status_code
    assert [] == due(line)


@pytest.mark.parametrize(
    ("language", "body"),
    [
        (
            "en",
            "You asked us to text you, not call. A person will text you on November 24, from another number. ",
        ),
        (
            "es",
            "Usted pidió un mensaje de texto, no una llamada. Una persona le va a escribir el 24 de noviembre, ",
        ),
    ],
)
def test_a_parent_who_wants_texts_gets_no_text_about_calls(line: Line, language: str, body: str) -> None:
    address = line.asked(language=language, by=ReachBy.TEXT)
    assert "We tried to call you" not in line.page(address)
    assert 303 == line.desk.post(f"{address}/text", again="2026-11-24").status_code
    (id,) = due(line)
    post(line).send(id, NOW)
    (sent,) = texts(line)
    assert sent.startswith(body)
