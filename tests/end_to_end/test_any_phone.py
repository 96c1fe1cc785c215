"""One conversation on any phone, with the whole service running and its clock moved."""

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
    """Return all texts that reached the phone."""
    return " ".join(bubble.body for bubble in phone.bubbles())


def called(phone: Phone, *keys: str) -> Call:
    call = phone.call()
    for key in keys:
        call.press(key)
    return call


def question(call: Call) -> str:
    return call.words().splitlines()[-1]


def test_a_call_dropped_at_any_question_continues_by_text_and_call(town: Town) -> None:
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


def test_the_text_after_a_dropped_call_comes_once_and_in_daytime(town: Town) -> None:
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


def test_words_of_a_call_are_texted_to_a_mobile_and_repeated_to_a_landline(town: Town) -> None:
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


def test_a_transfer_needs_a_key_and_else_a_request_is_left(town: Town) -> None:
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
def test_delete_leaves_nothing_here_or_at_the_carrier(town: Town, *, stopped: bool) -> None:
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


def test_after_eight_days_a_conversation_starts_over(town: Town) -> None:
    town.noon_after(days=1)
    soon, late = town.phone(), town.phone()
    for phone in (soon, late):
        for words in ("hi", "1", "3", "2"):
            phone.text(words)
    town.later(days=3)
    assert "Does your child have a plan" in " ".join(bubble.body for bubble in soon.text("hello again"))
    town.later(days=5)
    assert "What do you need?" in " ".join(bubble.body for bubble in late.text("hello again"))


def test_all_twiml_is_valid(town: Town) -> None:
    assert [] == Control(town.carrier).get("alerts")
