"""A sentence sent a word at a time is read as one, and soon forgotten."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.conversation.book.book import Book
from hotline.conversation.engine.pieces import LONGEST_TAIL
from hotline.conversation.model.events import StopAll
from hotline.conversation.model.session import JOINED_WITHIN, Session
from tests.conversation.talk import Talk


def at(book: Book, state: str, *said: str, language: str = "en") -> Talk:
    """Return a conversation at this question, after these texts."""
    return Talk(book, Session(state=state, language=language)).text(*said)


def alarmed(talk: Talk) -> bool:
    """Return whether the last turn gave the danger words, or asked whether anyone is safe."""
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
def test_danger_in_pieces_is_recognized(book: Book, said: tuple[str, ...]) -> None:
    language = "es" if "quiero" in said else "en"
    assert alarmed(at(book, "sent_home", *said, language=language))
    assert alarmed(Talk(book, Session(state="menu", language=language)).text(*said))


def test_a_story_in_pieces_is_a_story(book: Book) -> None:
    talk = Talk(book).text("my", "son", "cant", "read")
    assert "menu" != talk.session.state
    assert "child_age" == talk.session.state


def test_a_question_in_pieces_is_answered(book: Book) -> None:
    whole, pieces = at(book, "menu", "what is an iep"), at(book, "menu", "what", "is an", "iep")
    assert whole.told[-1:] == pieces.told[-1:]


def test_an_answer_is_not_part_of_the_next_text(book: Book) -> None:
    talk = at(book, "sent_home", "no", language="es")
    assert talk.session.answers == talk.text("quiero").session.answers


def test_pieces_never_make_an_opt_out(book: Book) -> None:
    talk = at(book, "child_age", "bus", "stops")
    assert not any(isinstance(effect, StopAll) for effect in talk.effects)


def test_after_minutes_pieces_are_not_joined(book: Book) -> None:
    said, late = ("he", "jumped", "off", "the"), JOINED_WITHIN.total_seconds() + 1
    assert alarmed(at(book, "menu", *said).text("roof"))
    assert not alarmed(at(book, "menu", *said).later(seconds=late).text("roof"))


def test_a_long_text_or_an_opt_out_leaves_no_piece(book: Book) -> None:
    assert "" == at(book, "menu", "my", "what is this line for please").session.tail
    assert "" == at(book, "menu", "my", "stop").session.tail


def test_a_call_leaves_no_pieces(book: Book) -> None:
    assert "" == Talk(book).call("1").session.tail


def test_only_listed_words_are_stored(book: Book) -> None:
    """As numbers, and only a few."""
    assert "" == at(book, "menu", "Xochitl").session.tail
    tail = at(book, "menu", *["my"] * 40).session.tail.split()
    assert len(tail) <= LONGEST_TAIL
    assert all(place.isdecimal() for place in tail)


@given(st.lists(st.text(max_size=12), max_size=6))
def test_any_pieces_end_in_an_answer(book: Book, said: list[str]) -> None:
    talk = Talk(book, Session(state="child_age"))
    for words in said:
        talk.text(words)
    assert all(place.isdecimal() for place in talk.session.tail.split())
