"""Sentences that the phone speaks to the school for the parent."""

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
    """Press these keys in a call; return the session and the last words."""
    said: tuple[object, ...] = ()
    for number, key in enumerate(keys):
        turn = step(book, session, Event(f"CA:{number}", MOMENT, Channel.VOICE, EventKind.PRESSED, key))
        session, said = turn.session, turn.replies
    return session, said


def test_there_are_ten_sentences(book: Book) -> None:
    spoken = [
        s
        for s in book.states.values()
        if isinstance(s, Statement) and s.file == "speak_for_me" and s.delivery.aloud
    ]
    assert len(spoken) == TEN
    assert {s.delivery.aloud for s in spoken} == {"en"}


def test_a_spanish_speaker_hears_the_translation_first(book: Book) -> None:
    _, said = press(book, Session(language="es", state="sent_home"), "6", "1")
    assert said == (
        Tell("speak_for_me.said_interpreter_aloud.text"),
        Tell("speak_for_me.said_interpreter_aloud.text", language="en"),
        Ask("said_for_me"),
    )


def test_an_english_speaker_hears_it_once(book: Book) -> None:
    _, said = press(book, Session(language="en", state="sent_home"), "6", "1")
    assert said == (Tell("speak_for_me.said_interpreter_aloud.text"), Ask("said_for_me"))


def test_it_can_be_repeated(book: Book) -> None:
    session, once = press(book, Session(language="es", state="sent_home"), "6", "1")
    session, twice = press(book, session, "*")
    session, thrice = press(book, session, "*")
    assert once == twice == thrice


def test_it_returns_to_the_open_question(book: Book) -> None:
    session, said = press(book, Session(language="es", state="sent_home"), "6", "1", "2")
    assert session.state == "sent_home"
    assert Ask("sent_home") in said


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_sentence_is_not_interrupted(book: Book, language: str) -> None:
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
