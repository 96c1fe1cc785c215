"""A letter dictated line by line in a call."""

import re

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Statement
from hotline.conversation.book.texts import LINE, is_line, lines_of, text_id
from hotline.conversation.model.events import LineType, StopAll, Tell
from hotline.conversation.model.session import Session
from tests.conversation.talk import Talk

LINES = ("3", "1", "1")
"""The third letter, and two lines further: its third."""


@pytest.fixture(params=["en", "es"])
def talk(book: Book, request: pytest.FixtureRequest) -> Talk:
    """Return a caller at the third line of a letter."""
    talk = Talk(book, Session(language=request.param, line=LineType.TEXTS))
    talk.ring()
    talk.speak("letters").press(*LINES)
    assert 3 == line(talk)
    return talk


def line(talk: Talk) -> int:
    """Return the number of the line that the last turn said, 0 if it said none."""
    lines = [reply for reply in talk.replies if isinstance(reply, Tell) and is_line(reply)]
    return int(dict(lines[-1].blanks)[LINE]) if lines else 0


def say(talk: Talk, *said: str) -> Talk:
    """Say these words in the call, one after another."""
    for words in said:
        talk.speak(words)
    return talk


@pytest.mark.parametrize(
    "said",
    ["the next one", "next one please", "la siguiente", "ok i wrote it", "ya la escribí", "go on", "done"],
)
def test_the_next_line_can_be_asked_for_in_other_words(talk: Talk, said: str) -> None:
    assert 4 == line(say(talk, said))


@pytest.mark.parametrize("said", ["go back one", "previous line", "la línea anterior"])
def test_a_caller_can_go_back_one_line(talk: Talk, said: str) -> None:
    assert 2 == line(say(talk, said))


@pytest.mark.parametrize(
    "said", ["start from the beginning", "the whole letter again", "otra vez toda la carta"]
)
def test_starting_over_restarts_the_letter(book: Book, said: str) -> None:
    talk = Talk(book).ring()
    say(talk, "letters").press(*LINES)
    assert 1 == line(say(talk, said))


@pytest.mark.parametrize(
    "said",
    (
        "Maria Lopez May third third grade | asthma | third grade | testing | the teacher is mean | "
        "how do you spell evaluation | how long does the school have | pause | I am writing | "
        "estoy escribiendo | I need more time | spell that"
    ).split(" | "),
)
def test_reading_aloud_or_asking_keeps_the_place(talk: Talk, said: str) -> None:
    say(talk, said)
    assert "next_line" == talk.asked
    assert 4 == line(talk.press("1"))


@pytest.mark.parametrize(
    "said", ["leave the letter", "to leave the letter", "leave it", "dejarla", "salir de la carta"]
)
def test_a_letter_can_be_left(talk: Talk, said: str) -> None:
    say(talk, said).call_on()
    assert not line(talk)
    assert "anything_else" == talk.asked


def test_danger_and_stop_interrupt_a_letter(book: Book) -> None:
    for said in "he wants to kill himself", "stop texting me":
        talk = Talk(book).ring()
        say(talk, "letters").press(*LINES)
        say(talk, said)
        assert talk.session.in_danger or StopAll() in talk.effects


@pytest.mark.parametrize("keys", [("0", "4"), ("0", "1", "1"), ("7", "2"), ("7", "1")])
def test_after_an_aside_the_letter_resumes_at_its_line(talk: Talk, keys: tuple[str, ...]) -> None:
    talk.press(*keys)
    assert 3 == line(talk)
    assert 4 == line(talk.press("1"))
    assert () == talk.session.dictation


def test_a_phone_without_texts_resumes_at_its_line(book: Book) -> None:
    talk = Talk(book, Session(line=LineType.LANDLINE)).ring()
    say(talk, "letters").press(*LINES, "7")
    assert 3 == line(talk)


def test_another_letter_or_screening_forgets_the_first(book: Book) -> None:
    for said in ("menu",), ("menu", "letters"):
        talk = Talk(book).ring()
        say(talk, "letters").press(*LINES)
        say(talk, *said).press("1")
        assert () == talk.session.dictation


def test_the_texted_letter_has_each_part_once(talk: Talk) -> None:
    talk.press("7")
    wanted = [tell.text for tell in talk.session.wanted]
    assert len(set(wanted)) == len(wanted)
    assert not any(map(is_line, talk.session.wanted))


def test_hearing_a_letter_cancels_no_reminder(book: Book) -> None:
    talk = Talk(book, Session(state="begin", known=(("sent_on", "2026-11-20"),)))
    say(talk, "testing")
    assert not any("did_they_answer" in getattr(effect, "reminders", ()) for effect in talk.effects)


def test_not_sent_yet_cancels_reminders_counted_from_the_day(book: Book) -> None:
    talk = Talk(book, Session(state="rest")).text("sent", "not sent yet")
    cancelled = {name for effect in talk.effects for name in getattr(effect, "reminders", ())}
    assert {"did_they_answer", "answer_due", "write_again", "still_no_answer"} <= cancelled
    assert None is talk.session.slot("sent_on")


@pytest.mark.parametrize(
    ("language", "instructs"),
    [("en", r"(Say|Put|Give|Then say|Then your)\b"), ("es", r"(Diga|Ponga|Dé|Luego diga|Luego su)\b")],
)
def test_blanks_are_announced_with_write(book: Book, language: str, instructs: str) -> None:
    """ "Say the name" was answered with the name, which we never ask for."""
    dictated = [s for s in book.states.values() if isinstance(s, Statement) and s.delivery.dictated]
    lines = [said for s in dictated for said in lines_of(book.texts[language][text_id(s)][1])]
    assert [] == [said for said in lines if re.search(rf"(^|[.!?] ){instructs}", said)]
