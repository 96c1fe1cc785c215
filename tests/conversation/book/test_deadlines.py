"""Deadlines told to parents, and the reminders counted from them."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from hotline.channels.sms import body
from hotline.conversation.book.book import Book
from hotline.conversation.book.texts import filled
from hotline.conversation.engine.step import step
from hotline.conversation.model import session_json
from hotline.conversation.model.events import Cancel, Channel, Event, EventKind, FollowUp, Tell, Texting
from hotline.conversation.model.session import Session
from tests.conversation.talk import Talk

ANSWERS = ("CA", "IN", "MA", "MI", "TX", "WA")
"""The states whose time to answer was found."""


def talk_of(book: Book, **known: str) -> Talk:
    """Return a conversation with consent to texts, these known days and this state."""
    session = Session(texting=Texting.YES, state="rest", book=book.version, known=tuple(known.items()))
    return Talk(book, session)


def words(talk: Talk, name: str, language: str = "en") -> str:
    """Return the full words of the last turn for this state."""
    told = next(reply for reply in talk.replies if isinstance(reply, Tell) and f".{name}." in reply.text)
    return filled(talk.book, language, Channel.SMS, told.text, told.blanks)


def due(talk: Talk, reminder: str) -> datetime | None:
    found = [e for e in talk.effects if isinstance(e, FollowUp) and e.reminder == reminder]
    return talk.now + found[-1].after if found else None


def test_california_gives_a_firm_date_and_a_reminder_the_day_after(book: Book) -> None:
    """15 days from November 23."""
    talk = talk_of(book, which_state="CA").text("sent today")
    assert (
        "until Tuesday, December 8 to answer a request for testing (later only if there was a long school break)"
        in words(talk, "when_they_answer")
    )
    assert date(2026, 12, 9) == (due(talk, "answer_due") or talk.now).date()


@pytest.mark.parametrize("state", [s for s in ANSWERS if s != "CA"])
def test_school_day_limits_give_an_approximate_date_and_a_later_reminder(book: Book, state: str) -> None:
    """ "About", "may be late", and a reminder 22 days after the date."""
    talk = talk_of(book, which_state=state).text("sent today")
    answer = book.places.answer(state)
    assert answer is not None
    last = answer.until(talk.now.date())
    assert f"until about {last:%B} {last.day}" in words(talk, "when_they_answer")
    when = due(talk, "answer_due")
    assert when is not None
    assert last + timedelta(days=22) == when.date()
    talk.later(days=60).remind("answer_due")
    assert "It may be late." in words(talk, "answer_due")


@pytest.mark.parametrize(
    "start", [date(2026, 12, 10), date(2027, 5, 15), date(2027, 6, 20), date(2026, 1, 2)]
)
def test_californias_date_is_approximate_near_a_long_break(book: Book, start: date) -> None:
    answer = book.places.answer("CA")
    assert answer is not None
    assert not answer.is_exact(start)
    talk = talk_of(book, which_state="CA")
    talk.now = datetime(start.year, start.month, start.day, 17, tzinfo=UTC)
    talk.text("sent today")
    when = due(talk, "answer_due")
    assert when is not None
    assert start + timedelta(days=15 + 22) == when.date()
    talk.remind("answer_due")
    assert "It may be late." in words(talk, "answer_due")


def test_no_text_says_for_certain_that_a_school_is_late(book: Book) -> None:
    for language, texts in book.texts.items():
        for name, (text, _) in texts.items():
            for sentence in text.replace("?", ".").split("."):
                if language == "en" and re.search(r"\blate\b", sentence):
                    assert "may be late" in sentence or "too late" in sentence, name
                if language == "es" and " es tarde" in sentence:
                    assert "quizás" in sentence.lower(), name


def test_without_a_known_rule_no_number_is_given(book: Book) -> None:
    ohio = talk_of(book, which_state="OH").text("sent today")
    assert "If it does not, write again." in words(ohio, "when_they_answer")
    assert (None, True) == (due(ohio, "answer_due"), due(ohio, "write_again") is not None)
    texas = talk_of(book, which_state="TX").text("sent today")
    assert (True, None) == (due(texas, "answer_due") is not None, due(texas, "write_again"))


def test_the_deadline_is_given_once_the_state_is_known(book: Book) -> None:
    talk = talk_of(book, sent_on="2026-11-20").text("center", "Washington")
    assert "25 school days" in words(talk, "answer_limit")
    when = due(talk, "answer_due")
    assert when is not None
    assert date(2026, 11, 20) + timedelta(days=35 + 22) == when.date()


def test_the_reminder_before_a_meeting_comes_at_six_the_evening_before(book: Book) -> None:
    talk = talk_of(book).text("meeting is on friday")
    assert "Friday, November 27" in words(talk, "meeting_told")
    assert datetime(2026, 11, 26, 18, tzinfo=UTC) == due(talk, "meeting_tomorrow")
    assert datetime(2026, 11, 27, 18, tzinfo=UTC) == due(talk, "meeting_promises")
    today = talk_of(book).text("meeting today")
    assert due(today, "meeting_tomorrow") is None
    assert datetime(2026, 11, 23, 18, tzinfo=UTC) == due(today, "meeting_promises")
    late = talk_of(book).later(hours=4).text("meeting today")
    assert due(late, "meeting_promises") is None


@pytest.mark.parametrize(
    "said", ["meeting 12/4", "my iep meeting is december 4", "la junta es el 4 de diciembre"]
)
def test_a_text_can_give_a_meeting_and_its_day(book: Book, said: str) -> None:
    talk = talk_of(book).text(said)
    assert "2026-12-04" == talk.session.slot("meeting_on")


def test_a_promised_date_is_asked_about_and_the_parents_words_are_not_stored(book: Book) -> None:
    talk = talk_of(book).text("meeting today")
    talk.remind("meeting_promises").text("they will test him by december 11")
    assert "2026-12-11" == talk.session.slot("meeting_promises")
    assert datetime(2026, 12, 11, 18, tzinfo=UTC) == due(talk, "promise_due")
    assert "test him" not in session_json.encode(talk.session)


def test_complaint_deadlines_count_from_the_incident(book: Book) -> None:
    """OCR 180 days, the state one year, each with a reminder a month before."""
    talk = talk_of(book).text("clock", "9/14")
    assert "by March 13, 2027, 180 days from September 14" in words(talk, "ocr_clock")
    assert "by September 14, 2027, 1 year from September 14" in words(talk, "state_complaint_clock")
    assert date(2027, 2, 11) == (due(talk, "ocr_month_left") or talk.now).date()
    assert date(2027, 8, 15) == (due(talk, "state_complaint_month_left") or talk.now).date()
    old = talk_of(book).text("clock", "3/2/26")
    assert words(old, "ocr_clock").startswith("180 days have passed since March 2.")
    assert due(old, "ocr_month_left") is None


def test_an_answer_from_the_school_stops_the_clock(book: Book) -> None:
    for state in ("they_will_test", "they_said_no", "deadline"):
        assert state in book.reminders["answer_due"].cancelled_by


DAYS_FORGOTTEN = [
    ("meeting is friday", "back", "meeting_tomorrow"),
    ("meeting is friday", "start over", "meeting_tomorrow"),
    ("sent 11/10", "back", "still_no_answer"),
]


@pytest.mark.parametrize(("words", "command", "reminder"), DAYS_FORGOTTEN)
def test_retracting_a_date_cancels_its_reminders(book: Book, words: str, command: str, reminder: str) -> None:
    session = Session(state="anything_else", texting=Texting.YES, known=(("which_state", "CA"),))
    talk = Talk(book, session).text(words)
    assert due(talk, reminder)
    talk.text(command)
    assert reminder in talk.cancelled


@pytest.mark.parametrize("reminder", ["meeting_tomorrow", "ocr_month_left", "state_complaint_month_left"])
def test_a_reminder_about_an_unknown_date_is_not_sent(book: Book, reminder: str) -> None:
    talk = Talk(book, Session(texting=Texting.YES)).remind(reminder)
    assert talk.replies == ()


def test_no_reminder_has_an_unfilled_blank(book: Book) -> None:
    for known in ((), (("which_state", "CA"),)):
        for name in book.reminders:
            talk = Talk(book, Session(texting=Texting.YES, known=known)).remind(name)
            for language in book.languages:
                assert "{" not in (body(book, language, talk.replies) or ""), name


def test_each_childs_reminder_has_that_childs_date(book: Book) -> None:
    talk = Talk(book, Session(state="anything_else", texting=Texting.YES)).text("meeting is friday")
    planned = [e for e in talk.effects if isinstance(e, FollowUp) and e.reminder == "meeting_tomorrow"][-1]
    assert planned.days
    talk.text("another child")
    assert not any("meeting_tomorrow" in e.reminders for e in talk.effects if isinstance(e, Cancel))
    event = Event("due:1", talk.now, Channel.SMS, EventKind.DUE, "meeting_tomorrow", days=planned.days)
    said = body(book, "en", step(book, talk.session, event).replies)
    assert said is not None
    assert "Friday, November 27" in said
