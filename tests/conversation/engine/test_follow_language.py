"""A parent who speaks a language that we do not speak says so once, and the staff know it."""

from __future__ import annotations

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.engine.speech import saying
from hotline.conversation.model.events import AskPerson, Channel, EventKind, Tell
from hotline.conversation.model.session import Session
from tests.conversation.talk import Talk

AT_THE_REQUEST = "how_to_reach_you"


def said_aloud(talk: Talk) -> str:
    """Return what the last turn said in a call."""
    tells = [reply for reply in talk.replies if isinstance(reply, Tell)]
    return " ".join(saying(talk.book, talk.session.language, tell).words for tell in tells)


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("do you speak Chinese", "chinese"),
        ("speak Vietnamese", "vietnamese"),
        ("I need Cantonese", "cantonese"),
        ("Mandarin Chinese", "mandarin"),
        ("a Somali speaker", "somali"),
        ("my language is Haitian Creole", "haitian_creole"),
        ("hablo mixteco", "mixtec"),
        ("mi idioma es el mam", "mam"),
    ],
)
@pytest.mark.parametrize("state", ["begin", AT_THE_REQUEST])
def test_a_language_named_in_a_call_is_remembered(book: Book, said: str, language: str, state: str) -> None:
    """At the greeting, and where we asked for its name. It is said back, so that a wrong one shows."""
    talk = Talk(book, Session(state=state)).speak(said)
    assert language == talk.session.tongue
    assert state == talk.asked
    assert book.reader.lexicon.others[language].called["en"][0] in said_aloud(talk)


@pytest.mark.parametrize("said", ["do you speak Chinese", "我的孩子不会读书"])
def test_a_language_that_a_text_names_or_is_in_is_remembered(book: Book, said: str) -> None:
    """With its sentence, and a name for it in the language of the line."""
    talk = Talk(book).text(said)
    assert ["greeting", "greeting", "in_chinese", "tongue_for_staff"] == talk.told
    assert "chinese" == talk.session.tongue


def test_what_nobody_would_see_is_not_promised(book: Book) -> None:
    """Where no desk is watched, the parent tells the center the language."""
    talk = Talk(book, Session(state="begin"))
    talk.take(Channel.VOICE, EventKind.SPOKEN, "do you speak Chinese", requests_seen=False)
    assert ["other_tongue"] == talk.told


def test_a_request_that_was_made_before_gets_the_language_too(book: Book) -> None:
    """A caller who says it at "when is a good time?" may hang up there."""
    talk = Talk(book, Session(state="call_back_time")).speak("Mandarin")
    assert [AskPerson("any_time")] == talk.effects_of(AskPerson)
    assert "mandarin" == talk.session.tongue


@pytest.mark.parametrize("said", ["what languages do you speak", "do you speak other languages"])
def test_a_language_without_a_name_is_asked_for(book: Book, said: str) -> None:
    """And nothing is noted."""
    talk = Talk(book, Session(state="begin")).speak(said)
    assert (["other_tongue"], "") == (talk.told, talk.session.tongue)


@pytest.mark.parametrize(
    "said", ["he is failing French", "his French teacher", "no ma'am", "the school speaks Spanish"]
)
def test_a_language_in_a_story_is_not_the_parents(book: Book, said: str) -> None:
    """A school subject is not what the parent speaks."""
    assert "" == Talk(book, Session(state="begin")).text(said).session.tongue
