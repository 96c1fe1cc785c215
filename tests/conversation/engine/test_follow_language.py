"""Parents who speak another language are asked once, and the staff know."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.engine.speech import saying
from hotline.conversation.model.events import AskPerson, Channel, EventKind, Tell
from hotline.conversation.model.session import Session
from tests.conversation.talk import Talk
from tests.rows import table

AT_THE_REQUEST = "how_to_reach_you"


def said_aloud(talk: Talk) -> str:
    """Return what the last turn said in a call."""
    tells = [reply for reply in talk.replies if isinstance(reply, Tell)]
    return " ".join(saying(talk.book, talk.session.language, tell).words for tell in tells)


@table("""
    said | language
    do you speak Chinese | chinese
    speak Vietnamese | vietnamese
    I need Cantonese | cantonese
    Mandarin Chinese | mandarin
    a Somali speaker | somali
    my language is Haitian Creole | haitian_creole
    hablo mixteco | mixtec
    mi idioma es el mam | mam
""")
@pytest.mark.parametrize("state", ["begin", AT_THE_REQUEST])
def test_a_language_named_in_a_call_is_confirmed(book: Book, said: str, language: str, state: str) -> None:
    talk = Talk(book, Session(state=state)).speak(said)
    assert language == talk.session.tongue
    assert state == talk.asked
    assert book.reader.lexicon.others[language].called["en"][0] in said_aloud(talk)


@pytest.mark.parametrize("said", ["do you speak Chinese", "我的孩子不会读书"])
def test_a_language_named_or_used_in_a_text_is_stored(book: Book, said: str) -> None:
    talk = Talk(book).text(said)
    assert ["greeting", "greeting", "in_chinese", "tongue_for_staff"] == talk.told
    assert "chinese" == talk.session.tongue


def test_without_a_desk_the_parent_is_asked_to_tell_the_center(book: Book) -> None:
    talk = Talk(book, Session(state="begin"))
    talk.take(Channel.VOICE, EventKind.SPOKEN, "do you speak Chinese", requests_seen=False)
    assert ["other_tongue"] == talk.told


def test_an_earlier_request_gets_the_language_too(book: Book) -> None:
    talk = Talk(book, Session(state="call_back_time")).speak("Mandarin")
    assert [AskPerson("any_time")] == talk.effects_of(AskPerson)
    assert "mandarin" == talk.session.tongue


@pytest.mark.parametrize("said", ["what languages do you speak", "do you speak other languages"])
def test_an_unnamed_language_is_asked_for(book: Book, said: str) -> None:
    talk = Talk(book, Session(state="begin")).speak(said)
    assert (["other_tongue"], "") == (talk.told, talk.session.tongue)


@pytest.mark.parametrize(
    "said", ["he is failing French", "his French teacher", "no ma'am", "the school speaks Spanish"]
)
def test_a_language_in_a_story_is_not_the_parents(book: Book, said: str) -> None:
    assert "" == Talk(book, Session(state="begin")).text(said).session.tongue
