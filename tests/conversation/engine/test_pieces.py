"""A sentence that comes a word at a time is read as one, and nothing of it is remembered for long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.conversation.book.book import Book
from hotline.conversation.engine.pieces import LONGEST_TAIL
from hotline.conversation.model.events import StopAll
from hotline.conversation.model.session import JOINED_WITHIN, Session
from tests.conversation.talk import Talk


def at(book: Book, state: str, *said: str, language: str = "en") -> Talk:
    """A conversation at this question, after these texts."""
    return Talk(book, Session(state=state, language=language)).text(*said)


def alarmed(talk: Talk) -> bool:
    """Whether the last turn gave the full words about danger, or asked whether anybody is safe."""
    return talk.session.state == "safety_check" or any(t.startswith(("danger", "abuse")) for t in talk.told)


@pytest.mark.parametrize(
    "said",
    [
        ("i", "want", "to", "die"),
        ("want", "to", "kill", "myself"),
        ("he", "has", "a gun"),
        ("my son", "ran away"),
        ("quiero", "morirme"),
        ("ya no", "quiero", "vivir"),
        ("no", "quiero", "vivir"),
    ],
)
def test_danger_in_pieces_is_heard(book: Book, said: tuple[str, ...]) -> None:
    """At a question too, and where one of the words was an answer."""
    language = "es" if "quiero" in said else "en"
    assert alarmed(at(book, "sent_home", *said, language=language))
    assert alarmed(Talk(book, Session(state="menu", language=language)).text(*said))


def test_a_story_in_pieces_is_a_story(book: Book) -> None:
    """Somebody who writes "my", "son", "cant", "read" is asked about that child."""
    talk = Talk(book).text("my", "son", "cant", "read")
    assert "menu" != talk.session.state
    assert "child_age" == talk.session.state


def test_a_question_in_pieces_is_answered(book: Book) -> None:
    """As the same words in one text are."""
    whole, pieces = at(book, "menu", "what is an iep"), at(book, "menu", "what", "is an", "iep")
    assert whole.told[-1:] == pieces.told[-1:]


def test_an_answer_is_no_part_of_what_follows(book: Book) -> None:
    """A no is recorded once: "no", then "quiero" is no second no."""
    talk = at(book, "sent_home", "no", language="es")
    assert talk.session.answers == talk.text("quiero").session.answers


def test_pieces_give_no_opt_out(book: Book) -> None:
    """STOP is sent alone, and is obeyed alone."""
    talk = at(book, "child_age", "bus", "stops")
    assert not any(isinstance(effect, StopAll) for effect in talk.effects)


def test_after_minutes_nothing_is_joined(book: Book) -> None:
    """The next word begins anew."""
    said, late = ("he", "jumped", "off", "the"), JOINED_WITHIN.total_seconds() + 1
    assert alarmed(at(book, "menu", *said).text("roof"))
    assert not alarmed(at(book, "menu", *said).later(seconds=late).text("roof"))


def test_a_longer_text_leaves_nothing(book: Book) -> None:
    """It was a sentence by itself; and so does an opt-out."""
    assert "" == at(book, "menu", "my", "what is this line for please").session.tail
    assert "" == at(book, "menu", "my", "stop").session.tail


def test_a_call_leaves_nothing(book: Book) -> None:
    """What is said in a call is a sentence."""
    assert "" == Talk(book).call("1").session.tail


def test_names_are_not_remembered(book: Book) -> None:
    """Only numbers of the words of the public list, and few of them."""
    assert "" == at(book, "menu", "Xochitl").session.tail
    tail = at(book, "menu", *["my"] * 40).session.tail.split()
    assert len(tail) <= LONGEST_TAIL
    assert all(place.isdecimal() for place in tail)


@given(st.lists(st.text(max_size=12), max_size=6))
def test_any_pieces_end_in_an_answer(book: Book, said: list[str]) -> None:
    """And never raise."""
    talk = Talk(book, Session(state="child_age"))
    for words in said:
        talk.text(words)
    assert all(place.isdecimal() for place in talk.session.tail.split())
