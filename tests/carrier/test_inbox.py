"""What came in is listed as the carrier has it, and nothing of it is in an error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from devtools.twilio_sim import Carrier, Serving
from devtools.twilio_sim.messages import written
from devtools.twilio_sim.recordings import Recording
from hotline.carrier.inbox import LEFT, CameIn, Inbox, Left, NotListed
from hotline.config.settings import Settings

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
    """A text that PARENT sent; its id."""
    sid, account = f"SM{n:032x}", carrier.account
    text = written(sid, account.account_sid, from_=PARENT, to=to or account.number, body=body)
    carrier.ledger.add(replace(text, at=NOW - ago))
    return sid


def left(carrier: Carrier, n: int, call: str, ago: timedelta = timedelta()) -> str:
    """A message that was left in a call; its id."""
    sid = f"RE{n:032x}"
    carrier.recordings.add(Recording(sid, carrier.account.account_sid, call, PARENT, "Call me", 2, NOW - ago))
    return sid


def texts(inbox: Inbox, since: datetime = NOW - MINUTE, until: datetime = NOW) -> list[CameIn]:
    """All texts of that time."""
    parts = [part for part in inbox.parts if part != LEFT]
    return [text for part in parts for page in inbox.pages(part, since, until) for text in page.texts]


def messages(inbox: Inbox, since: datetime = NOW - MINUTE) -> list[Left]:
    """All messages since then."""
    return [message for page in inbox.pages(LEFT, since, NOW) for message in page.left]


def test_texts_are_listed_with_number_words_and_time(inbox: Inbox, carrier: Carrier) -> None:
    """Since a moment; not those that we sent, nor those to another number of the account."""
    new = texted(carrier, 1, "stop texting me")
    texted(carrier, 2, "long ago", ago=10 * MINUTE)
    texted(carrier, 3, "to somebody else", to=OTHER)
    ours = written(
        "SM" + "4" * 32, carrier.account.account_sid, from_=PARENT, to=carrier.account.number, body="ours"
    )
    carrier.ledger.add(replace(ours, direction="outbound-api"))
    assert [CameIn(new, PARENT, "stop texting me", NOW)] == texts(inbox)
    assert [] == texts(inbox, until=NOW - MINUTE / 2)


def test_a_text_without_words_is_one(inbox: Inbox, carrier: Carrier) -> None:
    """As a picture is."""
    texted(carrier, 1, "")
    assert [""] == [text.body for text in texts(inbox)]


def test_more_than_a_page_is_listed(inbox: Inbox, carrier: Carrier) -> None:
    """Twilio gives a thousand at a time."""
    for n in range(1001):
        texted(carrier, n, "hi")
    assert 1001 == len({text.sid for text in texts(inbox)})


def test_messages_are_listed_with_the_number_of_their_call(inbox: Inbox, carrier: Carrier) -> None:
    """Since a moment; a caller who hides the number has none that is one."""
    call, hidden = carrier.call(PARENT), carrier.call("anonymous")
    for each in (call, hidden):
        each.finish("caller")
    new, of_hidden = left(carrier, 1, call.facts.sid), left(carrier, 2, hidden.facts.sid)
    left(carrier, 3, call.facts.sid, ago=10 * MINUTE)
    found = messages(inbox)
    assert {
        Left(new, call.facts.sid, PARENT, NOW),
        Left(of_hidden, hidden.facts.sid, "anonymous", NOW),
    } == set(found)


def test_the_calls_of_all_messages_are_asked_for_at_once(
    reached: Settings, serving: Serving, carrier: Carrier
) -> None:
    """Forty-five voicemails a day, and a look of a week, would else be three hundred requests, and never done."""
    for n in range(45):
        call = carrier.call(f"+1202555{n:04d}")
        call.finish("caller")
        left(carrier, n, call.facts.sid)
    asked: list[str] = []
    with counting(serving, asked):
        assert 45 == len(messages(Inbox(reached)))
    assert 2 == len(asked), asked


@contextmanager
def counting(serving: Serving, asked: list[str]) -> Iterator[None]:
    """Notes the path of each request."""
    application = serving._server.app

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        asked.append(environ["PATH_INFO"])
        found: Iterable[bytes] = application(environ, start)
        return found

    serving._server.app = answer
    yield
    serving._server.app = application


def test_a_message_whose_call_is_gone_is_left_out(inbox: Inbox, carrier: Carrier) -> None:
    """As after an erasure, which deletes the recording as well, a moment later."""
    call = carrier.call(PARENT)
    call.finish("caller")
    left(carrier, 1, call.facts.sid)
    call.facts.deleted = True
    assert [] == messages(inbox)


def test_a_message_for_another_number_is_not_ours(inbox: Inbox, carrier: Carrier) -> None:
    """An account may have other numbers, with voicemails of their own."""
    call = carrier.call(PARENT)
    call.finish("caller")
    left(carrier, 1, call.facts.sid)
    call.facts.to = OTHER
    assert [] == messages(inbox)


def test_a_list_that_is_not_given_is_told_as_that(reached: Settings, inbox: Inbox) -> None:
    """Refused, or nobody there; with no word of Twilio's, which may name a number."""
    refused = Inbox(replace(reached, twilio_auth_token="another"))
    gone = Inbox(replace(reached, twilio_api_base_url="http://127.0.0.1:9"))
    for each in (refused, gone):
        for part in each.parts:
            with pytest.raises(NotListed, match=r"^$"):
                list(each.pages(part, NOW, NOW))
    assert [] == texts(inbox, since=NOW)
