"""Everything that a parent can do, on the page: text, keys, voice, days, STOP."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Route

from tests.browser.conftest import Open
from tests.browser.screen import OnPage, at_center, come_to_daytime
from tests.waiting import wait_until
from tests.wishes import TEACHING

OUTCOME = r"an (?:IEP|I E P) evaluation is worth asking for"
CONSENT = r"may we text you the steps"
REMINDER = 40.0
"""Seconds within which a text that is due stands on the phone."""


def first_words(phone: OnPage) -> str:
    return phone.text("hi")


def screened(phone: OnPage) -> None:
    """Answer all questions by text and consent to reminders."""
    first_words(phone)
    phone.walk_by_text(TEACHING, CONSENT)
    phone.walk_by_text(TEACHING, r"thank you")
    wait_until(lambda: "Next step" in phone.bubbles()[-1], REMINDER)


def _later(shown: str, minutes: int) -> str:
    """Return a time of the page, this much later, as the page writes it."""
    return (datetime.fromisoformat(shown) + timedelta(minutes=minutes)).isoformat(timespec="minutes")


def reminders(phone: OnPage) -> list[list[str]]:
    """Return the table of reminders: name, state, due."""
    rows = phone.page.locator("#where-records tbody tr").all()
    return [row.locator("th, td").all_text_contents() for row in rows]


def test_a_whole_screening_by_text(opened: Open) -> None:
    tab = opened()
    phone = tab.phone()
    greeting = first_words(phone)
    assert "free school help for parents" in greeting
    assert OUTCOME_WORDS in phone.walk_by_text(TEACHING, OUTCOME)
    meta = phone.find(".bubble.theirs .meta").first.text_content() or ""
    assert re.search(r"\d segments? · about \d+(?:\.\d)?¢ ✓✓delivered", meta)
    assert re.search(r"^\d+ segments so far, about \d+", phone.find(".sum").text_content() or "")
    where = tab.page.locator("#where")
    wait_until(lambda: "Outcome: OUT-IEP" in (where.text_content() or ""))
    assert "In K-12 (up to 21)" in where.locator("#where-answers").all_text_contents()[0]
    assert where.locator("#where-list [aria-current=step]").count() == 1
    assert where.locator("#where-list li").count() > 5


OUTCOME_WORDS = "an IEP evaluation is worth asking for"


def test_a_whole_screening_by_keys(opened: Open) -> None:
    phone = opened().phone(2)
    assert "free school help" in phone.call()
    assert re.search(OUTCOME, phone.walk_by_call(TEACHING, OUTCOME))
    phone.find(".hang-up").click()
    wait_until(lambda: phone.find(".over").text_content() == "You hung up.")
    assert phone.find(".in-call").is_hidden()


def test_a_whole_screening_by_voice(opened: Open) -> None:
    phone = opened().phone(2)
    phone.call()
    assert re.search(OUTCOME, phone.walk_by_call(TEACHING, OUTCOME, lambda words, _: phone.speak(words)))
    assert "pressed" not in " ".join(phone.captions())


def test_the_language_can_change_during_a_call(opened: Open) -> None:
    phone = opened().phone(2)
    words = phone.call()
    (key,) = re.findall(r"oprima (\d)", words)
    spanish = phone.press(key)
    assert "ayuda gratis con la escuela para padres" in spanish
    assert "es-US" == phone.find("[data-kind=said]").last.get_attribute("lang")
    said = phone.find("[data-kind=said]")
    assert ["es-US", "en-US"] == [said.nth(n).get_attribute("lang") for n in range(2)], (
        "the offer is in Spanish"
    )
    wait_until(lambda: "In Spanish." in (phone.page.locator("#where-facts").text_content() or ""))


def test_reminders_come_as_the_clock_moves(opened: Open) -> None:
    tab = opened()
    come_to_daytime(tab.page)
    phone = tab.phone()
    screened(phone)
    before = len(phone.bubbles())
    tab.page.locator("#clock-next").click()
    wait_until(lambda: len(phone.bubbles()) > before or "not now" in str(reminders(phone)), REMINDER)
    if len(phone.bubbles()) == before:  # it is less than a day since the last one, which left a moment late
        tab.page.locator("#clock-next").click()
    wait_until(lambda: len(phone.bubbles()) == before + 1, REMINDER)
    assert phone.find(".day").count() > 1, "it came on another day"
    wait_until(lambda: "now shows" in (tab.page.locator("#clock-said").text_content() or ""), REMINDER)
    tab.page.locator("#clock-next").click()
    wait_until(lambda: len(phone.bubbles()) == before + 2, REMINDER)
    assert "Did you send your request yet?" in phone.bubbles()[-1]
    wait_until(lambda: any("delivered" in row[1] for row in reminders(phone)))
    wait_until(lambda: phone.find(".bubble.theirs .ticks").last.text_content() == " ✓✓delivered")
    assert phone.walk_by_text([(r"did you send", r"^sent$")], r"which day|date")


def test_the_clock_moves_by_an_hour_and_by_a_day(opened: Open) -> None:
    tab = opened()
    shown = tab.page.locator("#clock-shows")
    for button in ("+1 hour", "+1 day"):
        before = shown.get_attribute("datetime")
        tab.page.get_by_role("button", name=button).click()
        wait_until(lambda before=before: (shown.get_attribute("datetime") or "") > (before or ""))  # type: ignore[misc]  # a default binds it
        wait_until(lambda: "now shows" in (tab.page.locator("#clock-said").text_content() or ""))


def test_the_clock_is_right_when_the_answer_is_late(opened: Open) -> None:
    tab = opened()
    shown = tab.page.locator("#clock-shows")
    before = shown.get_attribute("datetime") or ""

    def answer_late(route: Route) -> None:
        answer = route.fetch()
        wait_until(lambda: (shown.get_attribute("datetime") or "") >= _later(before, minutes=60))
        route.fulfill(response=answer)

    tab.page.route("**/phone/clock", answer_late)
    tab.page.get_by_role("button", name="+1 hour").click()
    said = tab.page.locator("#clock-said")
    wait_until(lambda: bool(said.text_content()))
    times = [at_center(_later(before, minutes=minutes)) for minutes in (60, 61)]
    assert any(time.strftime("%-I:%M") in (said.text_content() or "") for time in times)


def test_without_reminders_the_next_text_is_not_waited_for(opened: Open) -> None:
    tab = opened()
    tab.page.locator("#clock-next").click()
    wait_until(lambda: "No reminders are scheduled" in (tab.page.locator("#clock-said").text_content() or ""))


def test_stop_ends_the_texts(opened: Open) -> None:
    tab = opened()
    phone = tab.phone()
    screened(phone)
    wait_until(lambda: any("scheduled" in row[1] for row in reminders(phone)))
    phone.text("STOP")
    wait_until(lambda: not any("scheduled" in row[1] for row in reminders(phone)))
    wait_until(lambda: "Texted STOP." in (tab.page.locator("#where-facts").text_content() or ""))
    assert phone.find(".opted-out").is_visible()
    before = len(phone.bubbles())
    phone.text("1", answers=False)
    assert before == len(phone.bubbles())


def test_a_landline_is_not_texted(opened: Open) -> None:
    phone = opened("+12022340177,landline,call").phone()
    phone.call()
    wishes = [(pattern, wish) for pattern, wish in TEACHING if "may we text" not in pattern]
    phone.walk_by_call(wishes, OUTCOME)
    said = phone.walk_by_call([*wishes, (r"which state", r"without")], r"which state|anything else|what else")
    assert "May we text you the steps" not in " ".join(phone.captions()), said
    assert [] == phone.bubbles()


def test_a_hidden_number_calls_and_cannot_text(opened: Open) -> None:
    tab = opened("+12022340188,anonymous,call")
    phone = tab.phone()
    assert "free school help" in phone.call()
    wait_until(lambda: "hotline.toml" in (tab.page.locator("#where-facts").text_content() or ""))
    phone.find("[role=tab][data-mode=text]").click()
    assert phone.find(".no-texts").is_visible()
    assert phone.find(".screen.text form").is_hidden()


def put_through(phone: OnPage) -> OnPage:
    """Ask for a person, and return the staff's phone, which rings."""
    phone.call()
    phone.press("0")
    wait_until(lambda: phone.state().startswith("Ringing"))
    phone.find(".show-phone").click()
    staff = OnPage(phone.page, phone.page.locator(".phone").last)
    staff.find(".ringing").wait_for()
    return staff


def test_a_caller_is_transferred_to_the_staff(opened: Open) -> None:
    tab = opened()
    caller = tab.phone(2)
    staff = put_through(caller)
    wait_until(lambda: staff.find(".answer").evaluate("button => button === document.activeElement"))
    staff.find(".answer").click()
    staff.find(".in-call").wait_for()
    whisper = staff.said()
    (key, *_) = re.findall(r"(?i)press (\d)", whisper)
    assert whisper not in " ".join(caller.captions())
    staff.find(f"[data-key='{key}']").click()
    wait_until(lambda: "You are connected" in staff.state() and "You are connected" in caller.state())
    caller.find("textarea.words").fill("My son needs help at school.")
    caller.find("textarea.words").press("Enter")
    wait_until(lambda: "My son needs help at school." in staff.captions()[-1])
    staff.find(".hang-up").click()
    wait_until(lambda: staff.find(".in-call").is_hidden())
    wait_until(lambda: "You are connected" not in caller.state())


def test_a_voicemail_is_left_when_nobody_answers(opened: Open) -> None:
    phone = opened().phone(2)
    phone.call()
    phone.press("0")
    wait_until(lambda: phone.state().startswith("Ringing"))
    shown = len(phone.captions())
    phone.find(".nobody").click()
    wait_until(lambda: len(phone.captions()) > shown)
    phone.walk_by_call([(r"call you back|nobody can", r"message")], r"(?i)tone|beep")
    wait_until(lambda: phone.state().startswith("Recording"))
    assert "Leave message" == phone.find(".screen.call [type=submit]").text_content()
    after = phone.speak("Please call me back about my daughter.")
    assert "after the beep: Please call me back" in " ".join(phone.captions())
    assert after


def test_a_call_on_hold_takes_no_input(opened: Open) -> None:
    phone = opened().phone(2)
    phone.call()
    phone.find(".hold").click()
    assert "On hold. The hotline hears silence" == phone.state()
    assert phone.find("[data-key='1']").is_disabled()
    assert phone.find("textarea.words").is_disabled()
    phone.find(".hold").click()
    assert phone.find("[data-key='1']").is_enabled()
    phone.find(".hold").click()
    phone.find(".hang-up").click()
    wait_until(lambda: phone.find(".over").text_content() == "You hung up.")


def test_silence_is_answered(opened: Open) -> None:
    phone = opened().phone(2)
    phone.call()
    shown = len(phone.captions())
    phone.find(".silent").click()
    wait_until(lambda: len(phone.captions()) > shown + 1)
    assert "silence" in " ".join(phone.captions())


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_newcomer_gets_an_answer_with_two_clicks(opened: Open, lang: str) -> None:
    phone = opened(lang=lang).phone()
    phone.find(".starter").first.click()
    wait_until(lambda: len(phone.bubbles()) > 0)
    wait_until(lambda: phone.find(".bubble.theirs .words").first.get_attribute("lang") == lang)
