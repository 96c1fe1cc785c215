"""A state's name alone is a fact; an answer to the question underneath is taken."""

from dataclasses import replace

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Channel
from hotline.conversation.model.session import Session
from tests.conversation.talk import Talk
from tests.rows import table

SENT_HOME = ("hi", "1", "3")
HOW_OFTEN = (*SENT_HOME, *"21111")


@pytest.mark.parametrize(
    "words", ["maryland", "MD", "21201", "we live in Maryland", "vivimos en maryland", "i am in maryland now"]
)
def test_a_states_name_at_another_question_is_stored(book: Book, words: str) -> None:
    talk = Talk(book).text(*SENT_HOME, words)
    assert ["state_noted"] == [told for told in talk.told if told != "in_your_language"]
    assert "sent_home" == talk.asked
    assert (("which_state", "MD"),) == talk.session.known
    assert 0 == talk.session.misses


def test_a_states_name_at_the_menu_gets_its_center(book: Book) -> None:
    assert ["my_center", "my_limit"] == Talk(book).text("hi", "north carolina").told
    talk = Talk(book).text("north carolina")
    assert (["greeting", "state_noted"], "menu") == (talk.told, talk.asked)


def test_a_stored_state_is_not_asked_for(book: Book) -> None:
    talk = Talk(book).text(*SENT_HOME, "maryland", *"211111", "1", "1")
    assert "anything_else" == talk.asked
    assert "my_center" in talk.text("center").told


@pytest.mark.parametrize("words", ["we moved from texas to maryland", "hi", "OK", "georgia is my daughter"])
def test_a_state_within_a_story_is_not_a_fact(book: Book, words: str) -> None:
    talk = Talk(book).text(*SENT_HOME, words)
    assert "state_noted" not in talk.told


def at_which_topic(book: Book) -> Session:
    """Return a parent asked which topic was meant, over the question "how often"."""
    session = Talk(book).text(*HOW_OFTEN).session
    assert "how_often" == session.state
    return replace(session, state="which_topic", paused="how_often", between=("days", "time_limits", "none"))


def test_an_answer_to_the_question_underneath_is_taken(book: Book) -> None:
    talk = Talk(book, at_which_topic(book)).text("todos los dias")
    assert "outcome_iep" in talk.told
    assert () == talk.session.between
    assert "how_often" == talk.text("atras").asked
    assert None is talk.session.answer_to("how_often")


def test_a_number_picks_a_topic_first(book: Book) -> None:
    talk = Talk(book, at_which_topic(book)).text("1")
    assert "days_out" in talk.told
    assert None is talk.session.answer_to("how_often")


@pytest.mark.parametrize("said", ["columbus", "smallville", "kansas city"])
def test_an_unclear_place_is_asked_about(book: Book, said: str) -> None:
    talk = Talk(book, Session(state="which_state")).text(said)
    assert (["which_state_is_that"], "which_state") == (talk.told, talk.asked)


@table("""
    said | language
    rather not say | en
    id rather not | en
    no quiero decir | es
    prefiero no decirlo | es
""")
def test_declining_to_name_a_state_is_accepted(book: Book, said: str, language: str) -> None:
    talk = Talk(book, Session(state="which_state", language=language)).text(said)
    assert "anything_else" == talk.asked
    assert talk.session.slot("which_state") is None


def test_a_city_in_two_states_is_not_a_fact(book: Book) -> None:
    assert "state_noted" not in Talk(book).text(*SENT_HOME, "kansas city").told


@pytest.mark.parametrize(
    ("said", "language"), [("why do you need that", "en"), ("para que lo necesitan", "es")]
)
def test_why_at_the_state_question_explains_that_question(book: Book, said: str, language: str) -> None:
    talk = Talk(book, Session(state="which_state", language=language)).text(said)
    assert (["why_your_state"], "which_state") == (talk.told, talk.asked)


def test_me_is_maine_at_the_state_question(book: Book) -> None:
    assert "ME" == Talk(book, Session(state="which_state")).text("me").session.slot("which_state")


def test_ok_is_not_oklahoma_in_a_call(book: Book) -> None:
    talk = Talk(book, Session(state="which_state")).say(Channel.VOICE, "ok")
    assert talk.session.slot("which_state") is None
