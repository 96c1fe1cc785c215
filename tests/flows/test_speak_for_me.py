"""Speaking for a parent: the words of the school's language come last, whole, and again when asked."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Statement
from hotline.conversation.engine.speech import LONGEST_SECONDS, duration
from hotline.conversation.engine.step import step
from hotline.conversation.model.events import Ask, Channel, Event, EventKind, Tell
from hotline.conversation.model.session import Session

MOMENT = datetime(2026, 11, 23, 15, tzinfo=UTC)

TEN = 10


def press(book: Book, session: Session, *keys: str) -> tuple[Session, tuple[object, ...]]:
    """Press these keys one after another in a call; returns the session and what was said to the last."""
    said: tuple[object, ...] = ()
    for number, key in enumerate(keys):
        turn = step(book, session, Event(f"CA:{number}", MOMENT, Channel.VOICE, EventKind.PRESSED, key))
        session, said = turn.session, turn.replies
    return session, said


def test_there_are_ten_sentences(book: Book) -> None:
    """Each is said in English."""
    spoken = [
        s
        for s in book.states.values()
        if isinstance(s, Statement) and s.file == "speak_for_me" and s.delivery.aloud
    ]
    assert len(spoken) == TEN
    assert {s.delivery.aloud for s in spoken} == {"en"}


def test_who_speaks_spanish_hears_first_what_the_school_will_hear(book: Book) -> None:
    """In one breath: her own language, English, and the question whether to say it again."""
    _, said = press(book, Session(language="es", state="sent_home"), "6", "1")
    assert said == (
        Tell("speak_for_me.said_interpreter_aloud.text"),
        Tell("speak_for_me.said_interpreter_aloud.text", language="en"),
        Ask("said_for_me"),
    )


def test_who_speaks_english_hears_it_once(book: Book) -> None:
    """Nothing is said twice."""
    _, said = press(book, Session(language="en", state="sent_home"), "6", "1")
    assert said == (Tell("speak_for_me.said_interpreter_aloud.text"), Ask("said_for_me"))


def test_it_is_said_again_as_often_as_asked(book: Book) -> None:
    """The same words, and the same question."""
    session, once = press(book, Session(language="es", state="sent_home"), "6", "1")
    session, twice = press(book, session, "*")
    session, thrice = press(book, session, "*")
    assert once == twice == thrice


def test_it_leads_back_to_the_question_that_waited(book: Book) -> None:
    """Speaking for her is an aside."""
    session, said = press(book, Session(language="es", state="sent_home"), "6", "1", "2")
    assert session.state == "sent_home"
    assert Ask("sent_home") in said


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_call_says_each_sentence_without_a_break(book: Book, language: str) -> None:
    """Nobody has to press a key while the school listens."""
    for state in book.states.values():
        if isinstance(state, Statement) and state.file == "speak_for_me" and state.delivery.aloud:
            told = Tell(f"{state.file}.{state.name}.text")
            own = 0.0 if language == state.delivery.aloud else duration(book, language, told)
            whole = (
                own
                + duration(book, state.delivery.aloud, told)
                + duration(book, language, Ask("said_for_me"))
            )
            assert whole <= LONGEST_SECONDS, state.name
