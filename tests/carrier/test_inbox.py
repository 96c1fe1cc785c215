"""Incoming texts and voicemails are listed as the carrier has them, and no error contains any of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from devtools.twilio_sim import Carrier, Serving
from devtools.twilio_sim.messages import written
from devtools.twilio_sim.recordings import Recording
from hotline.carrier.client import CarrierError
from hotline.carrier.inbox import LEFT, Inbox, IncomingText, Voicemail
from hotline.config.settings import Settings
from tests.devtools.twilio_sim.recorder import recorded

PARENT, OTHER = "+12025550123", "+15105550177"
NOW = datetime.now(UTC).replace(microsecond=0)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def inbox(reached: Settings) -> Inbox:
    return Inbox(reached)


@pytest.fixture
def carrier(serving: Serving) -> Carrier:
    return serving.carrier


def texted(carrier: Carrier, n: int, body: str, to: str = "", ago: timedelta = timedelta()) -> str:
    sid, account = f"SM{n:032x}", carrier.account
    text = written(sid, account.account_sid, from_=PARENT, to=to or account.number, body=body)
    carrier.ledger.add(replace(text, at=NOW - ago))
    return sid


def left(carrier: Carrier, n: int, call: str, ago: timedelta = timedelta()) -> str:
    sid = f"RE{n:032x}"
    carrier.recordings.add(Recording(sid, carrier.account.account_sid, call, PARENT, "Call me", 2, NOW - ago))
    return sid


def texts(inbox: Inbox, since: datetime = NOW - MINUTE, until: datetime = NOW) -> list[IncomingText]:
    parts = [part for part in inbox.parts if part != LEFT]
    return [text for part in parts for page in inbox.pages(part, since, until) for text in page.texts]


def messages(inbox: Inbox, since: datetime = NOW - MINUTE) -> list[Voicemail]:
    return [message for page in inbox.pages(LEFT, since, NOW) for message in page.left]


def test_texts_are_listed_with_number_body_and_time(inbox: Inbox, carrier: Carrier) -> None:
    new = texted(carrier, 1, "stop texting me")
    texted(carrier, 2, "long ago", ago=10 * MINUTE)
    texted(carrier, 3, "to somebody else", to=OTHER)
    ours = written(
        "SM" + "4" * 32, carrier.account.account_sid, from_=PARENT, to=carrier.account.number, body="ours"
    )
    carrier.ledger.add(replace(ours, direction="outbound-api"))
    assert [IncomingText(new, PARENT, "stop texting me", NOW)] == texts(inbox)
    assert [] == texts(inbox, until=NOW - MINUTE / 2)


def test_a_text_without_a_body_is_listed(inbox: Inbox, carrier: Carrier) -> None:
    texted(carrier, 1, "")
    assert [""] == [text.body for text in texts(inbox)]


def test_more_than_one_page_is_listed(inbox: Inbox, carrier: Carrier) -> None:
    for n in range(1001):
        texted(carrier, n, "hi")
    assert 1001 == len({text.sid for text in texts(inbox)})


def test_voicemails_are_listed_with_the_number_of_their_call(inbox: Inbox, carrier: Carrier) -> None:
    call, hidden = carrier.call(PARENT), carrier.call("anonymous")
    for each in (call, hidden):
        each.finish("caller")
    new, of_hidden = left(carrier, 1, call.facts.sid), left(carrier, 2, hidden.facts.sid)
    left(carrier, 3, call.facts.sid, ago=10 * MINUTE)
    found = messages(inbox)
    assert {
        Voicemail(new, call.facts.sid, PARENT, NOW),
        Voicemail(of_hidden, hidden.facts.sid, "anonymous", NOW),
    } == set(found)


def test_the_calls_of_all_voicemails_are_fetched_together(
    reached: Settings, serving: Serving, carrier: Carrier
) -> None:
    """With 45 voicemails a day, a week would take 300 requests if each call were fetched alone."""
    for n in range(45):
        call = carrier.call(f"+1202555{n:04d}")
        call.finish("caller")
        left(carrier, n, call.facts.sid)
    with recorded(serving) as asked:
        assert 45 == len(messages(Inbox(reached)))
    assert 2 == len(asked), asked


@pytest.mark.parametrize("call_has", [{"deleted": True}, {"to": OTHER}], ids=["is gone", "another number"])
def test_some_voicemails_are_left_out(inbox: Inbox, carrier: Carrier, call_has: dict[str, object]) -> None:
    call = carrier.call(PARENT)
    call.finish("caller")
    left(carrier, 1, call.facts.sid)
    assert 1 == len(messages(inbox))
    for name, value in call_has.items():
        setattr(call.facts, name, value)
    assert [] == messages(inbox)


def test_a_failed_listing_raises(reached: Settings, inbox: Inbox) -> None:
    refused = Inbox(replace(reached, twilio_auth_token="another"))
    gone = Inbox(replace(reached, twilio_api_base_url="http://127.0.0.1:9"))
    for each in (refused, gone):
        for part in each.parts:
            with pytest.raises(CarrierError, match=r"^\d+ \d+$"):
                list(each.pages(part, NOW, NOW))
    assert [] == texts(inbox, since=NOW)
