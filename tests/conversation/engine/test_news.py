"""News of the school's answer is taken at any question."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Texting
from hotline.conversation.model.session import Session
from tests.conversation.talk import Talk

ASKED = "asked_before"
REFUSED = {"en": "the school refused to test my son", "es": "la escuela no quiso evaluar a mi hijo"}


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("nvm they said yes now", "en"),
        ("never mind they agreed", "en"),
        ("good news they are going to test", "en"),
        ("ya no, ya dijeron que sí", "es"),
        ("siempre si lo van a evaluar", "es"),
        ("olvidelo ya aceptaron", "es"),
    ],
)
def test_a_school_that_agrees_after_all_corrects_the_refusal(book: Book, said: str, language: str) -> None:
    talk = Talk(book).text(REFUSED[language])
    open_one = talk.asked
    talk.text(said)
    assert ("will_test", ["noted"], open_one) == (dict(talk.session.given)[ASKED], talk.told, talk.asked)


def test_a_yes_of_the_school_does_not_answer_the_open_question(book: Book) -> None:
    talk = Talk(book).text("the school refused to test my 8 year old son", "nvm they said yes now")
    assert ("sent_home", None) == (talk.asked, talk.session.answer_to("sent_home"))


@pytest.mark.parametrize(
    "said",
    ["they agreed to move his seat", "they still said no", "can they do that", "hes struggling with reading"],
)
def test_other_agreement_is_no_news(book: Book, said: str) -> None:
    assert "said_no" == dict(Talk(book).text(REFUSED["en"], said).session.given)[ASKED]


@pytest.mark.parametrize(
    ("first", "said", "told"),
    [
        ("2", "nvm they said yes now", "they_will_test"),
        ("1", "nvm they changed their mind they said no", "they_said_no"),
    ],
)
def test_an_answer_to_a_reminder_is_corrected_by_news(book: Book, first: str, said: str, told: str) -> None:
    talk = Talk(book, Session(state="did_they_answer", language="en", texting=Texting.YES)).text(first, said)
    assert {"changed", told} <= {*talk.told}


@pytest.mark.parametrize(
    ("first", "said", "language", "told"),
    [
        ("5", "they emailed said theyll test him", "en", "they_will_test"),
        ("4", "ya no, ya dijeron que sí lo van a evaluar", "es", "they_will_test"),
    ],
)
def test_news_is_about_the_last_reminder(book: Book, first: str, said: str, language: str, told: str) -> None:
    talk = Talk(book, Session(state="did_they_answer", language=language, texting=Texting.YES))
    assert told in talk.text(first, said).told


def test_news_while_asking_what_was_meant_begins_the_screening(book: Book) -> None:
    talk = Talk(book).text(
        "the school refused to test my daughter they say her grades are fine", "nvm they said yes now"
    )
    assert ("child_age", "will_test") == (talk.asked, dict(talk.session.given)[ASKED])


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("they said she qualifies!!", "en"),
        ("yes she qualified for an iep!", "en"),
        ("ya lo evaluaron y dijeron que sí califica", "es"),
        ("salió elegible para el iep", "es"),
    ],
)
def test_eligibility_weeks_later_is_an_answer(book: Book, said: str, language: str) -> None:
    assert "found_eligible" in Talk(book, Session(language=language, texting=Texting.YES)).text(said).told


@pytest.mark.parametrize(
    "said",
    [
        "does my son qualify for an iep",
        "is he eligible for an iep",
        "she did not qualify",
        "no salió elegible",
    ],
)
def test_a_question_or_a_no_is_not_eligibility(book: Book, said: str) -> None:
    assert (
        "found_eligible" not in Talk(book, Session(language="es" if "sal" in said else "en")).text(said).told
    )


@pytest.mark.parametrize("days", [0, 9, 25])
@pytest.mark.parametrize(
    ("reminder", "first", "said", "language", "told"),
    [
        ("did_they_answer", ("5",), "they said no", "en", "they_said_no"),
        ("did_they_answer", ("3",), "they refused", "en", "they_said_no"),
        ("did_they_answer", ("5",), "ya me dijeron que no", "es", "they_said_no"),
        ("sent_yet", ("1", "1"), "me dijeron que no", "es", "they_said_no"),
    ],
)
def test_news_long_after_an_answered_reminder_is_an_answer_to_it(
    book: Book, days: int, reminder: str, first: tuple[str, ...], said: str, language: str, told: str
) -> None:
    """Or to the one that comes next, though its day has not come: it ends the reminders that wait for such news."""
    talk = Talk(book, Session(language=language, texting=Texting.YES)).remind(reminder).text(*first)
    assert told in talk.later(days=days).text(said).told


@pytest.mark.parametrize("days", [0, 9, 25])
@pytest.mark.parametrize(
    ("reminder", "first", "said", "language"),
    [
        ("did_they_answer", ("5",), "they emailed me the consent form", "en"),
        ("did_they_answer", ("5",), "they said no to the bus", "en"),
        ("did_they_answer", ("5",), "he refused to go to school", "en"),
        ("did_they_answer", ("5",), "i signed the permission slip for the trip", "en"),
        ("did_they_answer", ("5",), "dijeron que espere hasta el martes", "es"),
        ("sent_yet", ("1", "1"), "they called me they want a meeting", "en"),
        ("testing_done", ("4",), "he got the iep", "en"),
    ],
)
def test_what_may_be_news_long_after_a_reminder_is_asked_about(
    book: Book, days: int, reminder: str, first: tuple[str, ...], said: str, language: str
) -> None:
    """It may be about something else, so the reminder's question is asked again, and nothing recorded or ended."""
    talk = Talk(book, Session(language=language, texting=Texting.YES)).remind(reminder).text(*first)
    ended = talk.cancelled
    talk.later(days=days).text(said)
    assert (True, [], ended) == (talk.asked in book.reminders, talk.told, talk.cancelled)


@pytest.mark.parametrize(
    "said",
    (
        "can they say no | the testing is done | they said no to the aide | he got suspended today | "
        "its his birthday dec 15 | my son cant read | thank you | ok"
    ).split(" | "),
)
@pytest.mark.parametrize("days", [0, 9])
def test_what_is_no_news_for_an_answered_reminder_is_read_as_without_it(
    book: Book, said: str, days: int
) -> None:
    """A question, another matter, another child, thanks."""
    talk = Talk(book, Session(texting=Texting.YES)).remind("did_they_answer").text("5").later(days=days)
    assert not {"they_will_test", "they_said_no", "they_said_wait", "they_want_to_meet"} & {
        *talk.text(said).told
    }


def test_news_for_a_reminder_of_long_ago_is_read_as_without_it(book: Book) -> None:
    """After a month nobody knows what "they said no" is about."""
    talk = Talk(book, Session(texting=Texting.YES)).remind("did_they_answer").text("5")
    assert "they_said_no" not in talk.later(days=40).text("they said no").told
