"""A reminder's question is over once what it asks about was done."""

from __future__ import annotations

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import FollowUp, Texting
from hotline.conversation.model.session import Answer, Session
from tests.conversation.talk import IEP, Talk


def at(book: Book, state: str, language: str = "en") -> Talk:
    """A parent who gets our texts, and was just asked by a reminder. It is Monday, November 23."""
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
def test_a_request_sent_on_a_day_is_not_asked_about_again(
    book: Book, said: str, day: str, language: str
) -> None:
    """The day is taken out of the sentence, and the conversation goes on as after "yes" and the day."""
    talk = at(book, "sent_yet", language).text(said)
    assert (day, "anything_else") == (talk.session.slot("sent_on"), talk.asked)
    assert () == talk.session.stack


def test_a_question_put_aside_is_dropped_once_its_answer_comes(book: Book) -> None:
    """It came between two other topics."""
    talk = at(book, "sent_yet").text("what is an iep", "menu", "sent it yesterday")
    assert ("2026-11-22", "anything_else") == (talk.session.slot("sent_on"), talk.asked)


@pytest.mark.parametrize("said", ["not yet, i was sick friday", "should i send it on monday?"])
def test_a_day_of_something_else_is_no_yes(book: Book, said: str) -> None:
    """A denial and a question name days too."""
    assert at(book, "sent_yet").text(said).session.slot("sent_on") is None


@pytest.mark.parametrize(
    ("said", "language"), [("i signed it this morning", "en"), ("ya firme la forma hoy", "es")]
)
def test_a_form_signed_on_a_day_says_that_the_school_answered(book: Book, said: str, language: str) -> None:
    """Neither the answer nor the day is asked for again."""
    talk = at(book, "did_they_answer", language).text(said)
    assert "2026-11-23" == talk.session.slot("signed_on")
    assert "deadline" in talk.told
    assert "did_they_answer" not in (talk.asked, *talk.session.stack)


def test_a_meeting_that_is_set_takes_its_day_from_the_answer(book: Book) -> None:
    """A day to come, where a reminder asks for a meeting."""
    talk = at(book, "meeting_set").text("yes, december 12")
    assert "2026-12-12" == talk.session.slot("meeting_on")


def both_children(book: Book) -> Talk:
    """Texts for a child in school, and then for one of preschool age; the first letter was sent."""
    return Talk(book).text(*IEP, "1", "skip", "sent", "today", "another child", "2", "no")


def test_a_reminder_says_which_of_two_children_it_is_about(book: Book) -> None:
    """What the second child's answers started is marked; what the first child's started is not."""
    talk = both_children(book)
    planned = {each.reminder: each.days for each in talk.effects if isinstance(each, FollowUp)}
    mark = ("another_child", "second")
    assert mark in planned["sent_yet"]
    assert mark not in planned["did_they_answer"]
    talk.remind("did_they_answer")
    assert (["about_the_first_child"], "did_they_answer") == (talk.told, talk.asked)
    talk.remind("sent_yet", days=planned["sent_yet"])
    assert (["about_the_other_child"], "sent_yet") == (talk.told, talk.asked)


def test_what_an_answer_starts_is_of_the_child_that_was_asked_about(book: Book) -> None:
    """Also days after both conversations."""
    talk = both_children(book).later(days=9).remind("did_they_answer")
    talk.effects.clear()
    talk.text("they will test", "today")
    days = [each.days for each in talk.effects if isinstance(each, FollowUp)]
    assert days
    assert not any(name == "another_child" for each in days for name, _ in each)


def test_a_reminder_of_the_first_child_does_not_take_the_second_ones_screening(book: Book) -> None:
    """It comes in the middle of it, and the screening goes on."""
    talk = Talk(book).text(*IEP, "1", "skip", "another child", "2").remind("sent_yet")
    talk.effects.clear()
    talk.text("not yet", "no")
    planned = {each.reminder: each.days for each in talk.effects if isinstance(each, FollowUp)}
    mark = ("another_child", "second")
    assert mark in planned["sent_yet"]
    assert mark not in planned["sent_yet_now"]


def test_one_child_is_not_named(book: Book) -> None:
    """There is no other."""
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
def test_what_the_meeting_did_not_decide_is_no_decision(book: Book, said: str, language: str) -> None:
    """The reminders about it go on."""
    answers = tuple(Answer(*each) for each in (("sent_home", "yes"), ("plan_now", "plan_iep")))
    session = Session(state="manifestation_meeting", language=language, texting=Texting.YES, answers=answers)
    replies = str(Talk(book, session).text(said).replies)
    assert "back_to_school" not in replies
    assert "not_the_cause" not in replies
