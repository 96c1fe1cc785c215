"""A reminder's question is over once the task is done."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import FollowUp, Texting
from hotline.conversation.model.session import Answer, Session
from tests.conversation.talk import IEP, Talk


def at(book: Book, state: str, language: str = "en") -> Talk:
    """Return a consenting parent who was just asked by this reminder, on Monday, November 23."""
    return Talk(book, Session(state=state, language=language, texting=Texting.YES))


@pytest.mark.parametrize(
    ("said", "day", "language"),
    [
        ("yes sent it friday by email", "2026-11-20", "en"),
        ("yes, on friday", "2026-11-20", "en"),
        ("i handed it to the front desk on thursday", "2026-11-19", "en"),
        ("thanks for the reminder!! sent it this morning", "2026-11-23", "en"),
        ("si la entregue el viernes", "2026-11-20", "es"),
        ("gracias por recordarme, la mandé ayer en la tarde", "2026-11-22", "es"),
    ],
)
def test_a_request_sent_on_a_day_is_recorded_with_it(book: Book, said: str, day: str, language: str) -> None:
    talk = at(book, "sent_yet", language).text(said)
    assert (day, "anything_else") == (talk.session.slot("sent_on"), talk.asked)
    assert () == talk.session.stack


def test_a_paused_question_is_dropped_once_answered(book: Book) -> None:
    talk = at(book, "sent_yet").text("what is an iep", "menu", "sent it yesterday")
    assert ("2026-11-22", "anything_else") == (talk.session.slot("sent_on"), talk.asked)


@pytest.mark.parametrize("said", ["not yet, i was sick friday", "should i send it on monday?"])
def test_a_day_of_something_else_is_no_yes(book: Book, said: str) -> None:
    assert at(book, "sent_yet").text(said).session.slot("sent_on") is None


@pytest.mark.parametrize(
    ("said", "language"), [("i signed it this morning", "en"), ("ya firme la forma hoy", "es")]
)
def test_a_signed_form_means_that_the_school_answered(book: Book, said: str, language: str) -> None:
    talk = at(book, "did_they_answer", language).text(said)
    assert "2026-11-23" == talk.session.slot("signed_on")
    assert "deadline" in talk.told
    assert "did_they_answer" not in (talk.asked, *talk.session.stack)


def test_a_meeting_takes_its_day_from_the_answer(book: Book) -> None:
    talk = at(book, "meeting_set").text("yes, december 12")
    assert "2026-12-12" == talk.session.slot("meeting_on")


def both_children(book: Book) -> Talk:
    """Return texts for a child in school and then one of preschool age; the first letter was sent."""
    return Talk(book).text(*IEP, "1", "skip", "sent", "today", "another child", "2", "no")


def test_a_reminder_names_its_child_of_two(book: Book) -> None:
    talk = both_children(book)
    planned = {each.reminder: each.days for each in talk.effects if isinstance(each, FollowUp)}
    mark = ("another_child", "second")
    assert mark in planned["sent_yet"]
    assert mark not in planned["did_they_answer"]
    talk.remind("did_they_answer")
    assert (["about_the_first_child"], "did_they_answer") == (talk.told, talk.asked)
    talk.remind("sent_yet", days=planned["sent_yet"])
    assert (["about_the_other_child"], "sent_yet") == (talk.told, talk.asked)


def test_reminders_belong_to_the_child_asked_about(book: Book) -> None:
    talk = both_children(book).later(days=9).remind("did_they_answer")
    talk.effects.clear()
    talk.text("they will test", "today")
    days = [each.days for each in talk.effects if isinstance(each, FollowUp)]
    assert days
    assert not any(name == "another_child" for each in days for name, _ in each)


def test_a_reminder_of_the_first_child_does_not_end_the_seconds_screening(book: Book) -> None:
    talk = Talk(book).text(*IEP, "1", "skip", "another child", "2").remind("sent_yet")
    talk.effects.clear()
    talk.text("not yet", "no")
    planned = {each.reminder: each.days for each in talk.effects if isinstance(each, FollowUp)}
    mark = ("another_child", "second")
    assert mark in planned["sent_yet"]
    assert mark not in planned["sent_yet_now"]


def test_an_only_child_is_not_named(book: Book) -> None:
    assert [] == Talk(book).text(*IEP, "1", "skip").remind("sent_yet").told


@pytest.mark.parametrize(
    ("said", "language", "plan", "told"),
    [
        ("we had it they said his disability didnt cause it", "en", "plan_iep", "not_the_cause"),
        ("they said it wasnt because of his disability", "en", "plan_504", "not_the_cause_504"),
        ("they said it was because of her disability", "en", "plan_iep", "back_to_school"),
        ("dijeron que si fue por su discapacidad", "es", "plan_504", "back_to_school_504"),
        ("la tuvimos y dijeron que su discapacidad no lo causo", "es", "plan_iep", "not_the_cause"),
        ("they wont test him they said its not his disability", "en", "plan_iep", "right_written_no"),
    ],
)
def test_what_the_meeting_about_the_cause_decided_has_an_answer(
    book: Book, said: str, language: str, plan: str, told: str
) -> None:
    answers = tuple(Answer(*each) for each in (("sent_home", "yes"), ("plan_now", plan)))
    session = Session(state="manifestation_meeting", language=language, texting=Texting.YES, answers=answers)
    assert told in str(Talk(book, session).text(said).replies)


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("nobody said it was his disability", "en"),
        ("i said it was because of his adhd", "en"),
        ("his doctor said it was because of his adhd", "en"),
        ("they havent decided if it was because of his disability", "en"),
        ("they wont say it wasnt his disability", "en"),
        ("todavia no dicen si fue por su discapacidad", "es"),
        ("nadie ha dicho que no fue por su discapacidad", "es"),
    ],
)
def test_an_undecided_meeting_keeps_its_reminders(book: Book, said: str, language: str) -> None:
    answers = tuple(Answer(*each) for each in (("sent_home", "yes"), ("plan_now", "plan_iep")))
    session = Session(state="manifestation_meeting", language=language, texting=Texting.YES, answers=answers)
    replies = str(Talk(book, session).text(said).replies)
    assert "back_to_school" not in replies
    assert "not_the_cause" not in replies
