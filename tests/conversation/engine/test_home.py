"""A state's name alone is where a person lives; and an answer to the question below what stands over it is taken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Channel
from hotline.conversation.model.session import Session
from tests.conversation.talk import Talk

SENT_HOME = ("hi", "1", "3")
HOW_OFTEN = (*SENT_HOME, *"21111")


@pytest.mark.parametrize(
    "words", ["maryland", "MD", "21201", "we live in Maryland", "vivimos en maryland", "i am in maryland now"]
)
def test_a_states_name_at_another_question_is_a_fact(book: Book, words: str) -> None:
    """It is noted, and the question that waits comes again; it is no topic and no miss."""
    talk = Talk(book).text(*SENT_HOME, words)
    assert ["state_noted"] == [told for told in talk.told if told != "in_your_language"]
    assert "sent_home" == talk.asked
    assert (("which_state", "MD"),) == talk.session.known
    assert 0 == talk.session.misses


def test_where_nothing_waits_a_states_name_says_who_helps_there(book: Book) -> None:
    """At the menu, and as the first words of a new person."""
    assert ["my_center", "my_limit"] == Talk(book).text("hi", "north carolina").told
    talk = Talk(book).text("north carolina")
    assert (["greeting", "state_noted"], "menu") == (talk.told, talk.asked)


def test_a_state_that_was_noted_is_not_asked_for(book: Book) -> None:
    """And what it gives is said once the questions are over."""
    talk = Talk(book).text(*SENT_HOME, "maryland", *"211111", "1", "1")
    assert "anything_else" == talk.asked
    assert "my_center" in talk.text("center").told


@pytest.mark.parametrize("words", ["we moved from texas to maryland", "hi", "OK", "georgia is my daughter"])
def test_more_than_a_state_is_no_fact(book: Book, words: str) -> None:
    """A story, a greeting and an OK keep their meaning."""
    talk = Talk(book).text(*SENT_HOME, words)
    assert "state_noted" not in talk.told


def at_which_topic(book: Book) -> Session:
    """While the line asks which topic was meant, at how often."""
    session = Talk(book).text(*HOW_OFTEN).session
    assert "how_often" == session.state
    return replace(session, state="which_topic", paused="how_often", between=("days", "time_limits", "none"))


def test_an_answer_to_the_question_below_is_taken(book: Book) -> None:
    """ "Todos los dias" is how often, and none of the topics; BACK asks how often again."""
    talk = Talk(book, at_which_topic(book)).text("todos los dias")
    assert "outcome_iep" in talk.told
    assert () == talk.session.between
    assert "how_often" == talk.text("atras").asked
    assert None is talk.session.answer_to("how_often")


def test_a_number_picks_a_topic_and_no_answer_below(book: Book) -> None:
    """What is offered by number comes first."""
    talk = Talk(book, at_which_topic(book)).text("1")
    assert "days_out" in talk.told
    assert None is talk.session.answer_to("how_often")


@pytest.mark.parametrize("said", ["columbus", "smallville", "kansas city"])
def test_a_place_that_names_no_state_is_asked_about(book: Book, said: str) -> None:
    """It is no sentence that we did not get."""
    talk = Talk(book, Session(state="which_state")).text(said)
    assert (["which_state_is_that"], "which_state") == (talk.told, talk.asked)


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("rather not say", "en"),
        ("id rather not", "en"),
        ("no quiero decir", "es"),
        ("prefiero no decirlo", "es"),
    ],
)
def test_who_does_not_want_to_say_is_not_asked_what_was_meant(book: Book, said: str, language: str) -> None:
    """Nor whether texts shall stop."""
    talk = Talk(book, Session(state="which_state", language=language)).text(said)
    assert "anything_else" == talk.asked
    assert talk.session.slot("which_state") is None


def test_a_city_of_two_states_is_no_fact(book: Book) -> None:
    """Most of Kansas City is in Missouri."""
    assert "state_noted" not in Talk(book).text(*SENT_HOME, "kansas city").told


@pytest.mark.parametrize(
    ("said", "language"), [("why do you need that", "en"), ("para que lo necesitan", "es")]
)
def test_why_a_state_is_asked_for_is_said(book: Book, said: str, language: str) -> None:
    """Not why an outcome fits."""
    talk = Talk(book, Session(state="which_state", language=language)).text(said)
    assert (["why_your_state"], "which_state") == (talk.told, talk.asked)


def test_me_is_maine_where_a_state_is_asked_for(book: Book) -> None:
    """And asks nobody whether they are in danger."""
    assert "ME" == Talk(book, Session(state="which_state")).text("me").session.slot("which_state")


def test_ok_is_no_state_in_a_call(book: Book) -> None:
    """Callers do not say codes."""
    talk = Talk(book, Session(state="which_state")).say(Channel.VOICE, "ok")
    assert talk.session.slot("which_state") is None
