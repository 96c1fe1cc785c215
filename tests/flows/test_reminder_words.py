"""Answers to reminders, and who gets which reminder."""

import re

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, Statement
from hotline.conversation.model.events import Texting
from hotline.conversation.model.session import Session
from tests.conversation.talk import Talk
from tests.rows import table

AND_YES = ("1", "skip")
"""Yes to texts, and no state."""

SUSPENDED = ("hi", "1", "3", "1")
"""Texts that say that the child is in K-12 and suspended now."""


def came(book: Book, reminder: str, session: Session | None = None) -> Talk:
    """Return a conversation in which this reminder has just come."""
    talk = Talk(book, session or Session(state="rest", book=book.version))
    return talk.remind(reminder)


@table("""
    reminder | said | leads_to
    manifestation_meeting | no it is not set | ask_for_manifestation
    manifestation_meeting | not yet | ask_for_manifestation
    manifestation_meeting | 2 | ask_for_manifestation
    manifestation_meeting | yes | meeting_on
    manifestation_meeting | 10 days or less | keep_counting
    manifestation_meeting | idk | ask_for_manifestation
    iep_meeting_set | no | ask_for_iep_meeting
    iep_meeting_set | todavía no | ask_for_iep_meeting
    iep_meeting_set | sí | meeting_on
    plan_in_use | no | faq_not_followed
    plan_in_use | only some teachers | faq_not_followed
    plan_in_use | yes | good_news
""")
def test_an_answer_to_a_reminder_leads_on(book: Book, reminder: str, said: str, leads_to: str) -> None:
    talk = came(book, reminder).text(said)
    assert leads_to == (*talk.told, talk.session.state)[0]


def test_a_reminder_that_asks_waits_for_an_answer(book: Book) -> None:
    for name in book.reminders:
        state = book.states[name]
        assert isinstance(state, Question | Statement)
        for language in book.languages:
            words = book.texts[language][f"{state.file}.{name}.text"][0]
            asks = bool(re.search(r"^[^.:?]*\?|\?$", words))
            assert isinstance(state, Question) or not asks, (name, language)


@pytest.mark.parametrize(
    ("plan", "gets_it"), [("3", True), ("2", False), ("1", False)], ids=["an IEP", "a 504", "no plan"]
)
def test_the_manifestation_meeting_is_only_for_ieps(book: Book, plan: str, gets_it: bool) -> None:
    """20 USC 1415(k)(1)(E)."""
    talk = Talk(book).text(*SUSPENDED, plan)
    talk.text(*({"1": "11111", "2": "1", "3": "1"}[plan]), *AND_YES)
    started = {effect.reminder for effect in talk.effects if hasattr(effect, "reminder")}
    assert "count_the_days" in started
    assert gets_it == ("manifestation_meeting" in started)


def test_days_out_are_only_for_suspended_children(book: Book) -> None:
    assert "outcome_has_iep" in Talk(book).text("hi", "1", "3", "2", "3").told
    assert "outcome_iep_and_out" in Talk(book).text(*SUSPENDED, "3").told


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_letter_comes_once_and_is_later_offered(book: Book, language: str) -> None:
    talk = Talk(book, Session(state="rest", language=language, texting=Texting.YES)).remind("sent_yet")
    assert {"will_ask_if_sent", "letter", "letter_end"} <= set(talk.text("2").told)
    assert ["sent_yet_now"] == talk.started
    for _ in range(2):
        talk.later(days=4).remind("sent_yet_now").effects.clear()
        assert ["will_ask_again"] == talk.text("todavía no" if language == "es" else "not yet").told
        assert ["sent_yet_now"] == talk.started
    assert "letter" in talk.text("carta" if language == "es" else "letter").told
    talk.remind("sent_yet_now").text("ya" if language == "es" else "sent")
    assert "sent_on" == talk.asked


def test_a_call_offers_the_letter_of_an_unsent_request(book: Book) -> None:
    talk = Talk(book, Session(state="sent_yet", texting=Texting.YES)).press("2").call_on()
    assert (["will_ask_if_sent"], "hear_letter") == (talk.told, talk.asked)
