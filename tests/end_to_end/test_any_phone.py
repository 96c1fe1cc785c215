"""One conversation on any phone: what drops goes on, what is asked for is texted, what is deleted is gone.

Over the wire, with the whole service running and its clock moved.
"""

from __future__ import annotations

import pytest

from devtools.twilio_sim import Call, Phone
from devtools.twilio_sim.phone import Control
from tests.end_to_end.town import OUTCOME, SOON_SECONDS, Town, screened, sent, take, talk
from tests.waiting import wait_until
from tests.wishes import TEACHING

TEXT_ME = ((r"call drops", r"\byes\b"), *TEACHING)
"""A parent who wants a text if the call drops."""
AFTER_CONSENT = (r"plan at school", r"asked the school", r"hardest at", r"help most", r"how often")
"""The questions that come after that one."""

WORKED = 10.0
"""Seconds in which the clock and a worker have surely looked."""


def said(phone: Phone) -> str:
    """All that came to the phone as texts."""
    return " ".join(bubble.body for bubble in phone.bubbles())


def called(phone: Phone, *keys: str) -> Call:
    """A call with these keys pressed."""
    call = phone.call()
    for key in keys:
        call.press(key)
    return call


def question(call: Call) -> str:
    """The last words that the call said."""
    return call.words().splitlines()[-1]


def test_a_call_that_drops_after_any_question_goes_on_by_text_and_by_call(town: Town) -> None:
    """Each gets one text, which names the question; the answer leads to the very question that was asked. So
    does a second call.
    """
    town.noon_after(days=1)
    dropped: list[tuple[Phone, Phone, str]] = []
    for asked in AFTER_CONSENT:
        texting, calling = town.phone(), town.phone()
        for phone in (texting, calling):
            call = phone.call()
            talk(call, asked, TEXT_ME)
            call.hang_up()
        dropped.append((texting, calling, question(call).split("?")[0]))
        again = called(calling)
        assert "Welcome back" in question(again)
        again.press("1")
        assert dropped[-1][2] in question(again)
        again.hang_up()
    town.later(minutes=2)
    for number, (texting, _, asked) in enumerate(dropped, 3):
        wait_until(lambda phone=texting: len(sent(phone)) == 1, WORKED)  # type: ignore[misc]
        assert f"your call ended at question {number}." in sent(texting)[0]
        answer = " ".join(bubble.body for bubble in texting.text("1"))
        assert asked in answer


def test_the_text_after_a_call_comes_once_and_never_at_night(town: Town) -> None:
    """A call that drops at eleven at night is offered in the morning; the second drop offers nothing more."""
    town.at(23, days=1)
    phone, awake = town.phone(), town.phone()
    dropping = phone.call()
    talk(dropping, AFTER_CONSENT[0], TEXT_ME)
    dropping.hang_up()
    town.later(minutes=5)
    awake.text("hi")
    assert [] == sent(phone)
    assert ["waiting"] == [state for kind, state in town.records(phone).items() if kind == "call_dropped"]
    town.at(9, days=1)
    town.later(hours=1)  # those that waited for the morning leave over its first hour
    wait_until(lambda: len(sent(phone)) == 1, WORKED)
    called(phone, "1").hang_up()
    town.later(hours=2)
    other = screened(town, "1")
    wait_until(lambda: len(sent(other)) == 1, WORKED)
    assert 1 == len(sent(phone))


def test_what_was_said_is_texted_to_a_mobile_and_told_again_to_a_landline(town: Town) -> None:
    """The kind of line is looked up while the caller answers."""
    town.noon_after(days=1)
    mobile, landline = town.phone(), town.phone()
    landline.become("landline")
    for phone in (mobile, landline):
        called(phone).hang_up()  # the first call finds out
    wait_until(lambda: town.knows_line(mobile) and town.knows_line(landline), WORKED)
    call = called(mobile)
    talk(call, OUTCOME)
    call.press("7")
    assert "May we text it to you, one time?" in question(call)
    call.press("1")
    wait_until(lambda: "IEP evaluation is worth asking for" in " ".join(sent(mobile)), SOON_SECONDS)
    assert 1 == len(sent(mobile))
    home = called(landline)
    talk(home, OUTCOME)
    home.press("7")
    assert "We cannot text this phone" in home.words()
    assert [] == sent(landline)


def test_a_person_is_rung_and_a_call_back_is_left(town: Town) -> None:
    """Joined only after a key; what nobody takes becomes a request that staff see."""
    phone = town.phone()
    call = called(phone, "0")
    call.dialed("answered", press="1")
    assert "You are back with Parent Hotline" in call.words()
    call.press("0")
    call.dialed("answered")
    assert "Nobody is free now" in call.words()
    take(call, r"^a call back")
    assert "a person will try to call you" in call.words()
    take(call, r"after 5")
    assert ["evening"] == town.requests(phone)


@pytest.mark.parametrize("stopped", [False, True])
def test_delete_leaves_nothing_here_and_nothing_at_the_carrier(town: Town, *, stopped: bool) -> None:
    """Session, answers, consent, follow-ups, requests and every copy of a text; only an opt-out stays."""
    town.noon_after(days=1)
    phone = screened(town, "1")
    wait_until(lambda: len(sent(phone)) == 1, SOON_SECONDS)
    call = called(phone, "1")
    call.hang_up()
    if stopped:
        phone.text("STOP")
        phone.text("START")
    phone.text("DELETE")
    assert "We are deleting what we had about this number" in " ".join(b.body for b in phone.text("1"))
    wait_until(lambda: town.copies_at_the_carrier(phone) == 0, WORKED)
    town.later(minutes=3)  # the answer to DELETE is removed as well, once it has surely arrived
    wait_until(lambda: not town.follow_ups_kept(phone), WORKED)
    kept = town.keys_of(phone)
    assert [] == [key for key in kept if ":answers:" not in key]
    assert "Parent Hotline: free school help" in " ".join(bubble.body for bubble in phone.text("hi"))


def test_after_eight_days_a_conversation_begins_anew(town: Town) -> None:
    town.noon_after(days=1)
    soon, late = town.phone(), town.phone()
    for phone in (soon, late):
        for words in ("hi", "1", "3", "2"):
            phone.text(words)
    town.later(days=3)
    assert "Does your child have a plan" in " ".join(bubble.body for bubble in soon.text("hello again"))
    town.later(days=5)
    assert "What do you need?" in " ".join(bubble.body for bubble in late.text("hello again"))


def test_the_carrier_found_nothing_to_refuse(town: Town) -> None:
    """All TwiML of this module passed the carrier's checks."""
    assert [] == Control(town.carrier).get("alerts")
