"""Texts mid-conversation that neither answer nor clearly ask for one thing."""

from dataclasses import replace

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.engine.learned_answer import _answers_nothing
from hotline.conversation.engine.opt_outs import danger_before_stop, without_unlikely_stop
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.events import Channel, Event, EventKind
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.cleaning import Cleaned
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import Known
from tests.conversation.talk import NOON, Talk

DOUBTFUL = Reading(
    Cleaned("some words", "some words", "some words"), asks=("records", "letter"), together=0.3
)


@pytest.mark.parametrize("text", ["no", "No", "ok", "yes", "si", "claro", "hello", "buenos dias"])
def test_a_bare_yes_or_no_needs_a_question_that_offers_it(book: Book, text: str) -> None:
    """A "no" at the age question made a child of ten a baby."""
    talk = Talk(book).text("hi", "1", text)
    assert not any(answer.choice != "began" for answer in talk.session.answers)


@pytest.mark.parametrize(
    ("question", "words", "nothing"),
    [
        ("child_age", "no", True),
        ("child_age", "ok", True),
        ("child_age", "ten", False),
        ("sent_home", "no", False),
        ("sent_home", "yes", False),
    ],
)
def test_the_classifier_is_not_asked_about_a_bare_yes_or_no(
    book: Book, question: str, words: str, *, nothing: bool
) -> None:
    found = _answers_nothing(book.question(question).choices, DOUBTFUL, words.split(), book.reader.lexicon)
    assert found is nothing


def test_a_greeting_answers_nothing(book: Book) -> None:
    greeting = replace(DOUBTFUL, intent=Known.GREETING, sure=0.99)
    assert _answers_nothing(book.question("sent_home").choices, greeting, ["hello"], book.reader.lexicon)


def test_possible_danger_is_asked_about_before_a_possible_opt_out(book: Book) -> None:
    both = replace(DOUBTFUL, intent=Known.STOP_UNCLEAR, danger=Danger.ASK)
    event = Event("e", NOON, Channel.SMS, EventKind.SAID, "some words", reachable=True, staffed=False)
    builder = TurnBuilder(book, event, Session())
    assert danger_before_stop(builder, without_unlikely_stop(builder, both))
    for reading in (replace(both, danger=Danger.NONE), replace(both, intent=Known.STOP)):
        assert without_unlikely_stop(builder, reading) == reading


@pytest.mark.parametrize(
    "text", ["5", "five", "she is 5", "he is 5", "tiene 5 años", "my daughter is 5 years old"]
)
def test_at_five_kindergarten_decides(book: Book, text: str) -> None:
    asked = Talk(book, Session(state="child_age")).text(text)
    assert ("in_kindergarten", []) == (asked.asked, asked.told)
    for words, leads_to, age in (
        ("not yet", "asked_before", "preschool"),
        ("yes", "sent_home", "school_age"),
    ):
        talk = Talk(book, asked.session).text(words)
        assert (leads_to, age) == (talk.asked, talk.session.answer_to("child_age"))
        back = talk.text("back")
        assert ("in_kindergarten", None) == (back.asked, back.session.answer_to("child_age"))


def test_the_key_five_is_an_age(book: Book) -> None:
    talk = Talk(book).call("1").press("5")
    assert "in_kindergarten" == talk.asked


@pytest.mark.parametrize(("text", "asked"), [("4", "asked_before"), ("6", "sent_home"), ("30", "child_age")])
def test_no_other_age_is_asked_about(book: Book, text: str, asked: str) -> None:
    assert asked == Talk(book, Session(state="child_age")).text(text).asked


@pytest.mark.parametrize(
    "text", ["my son is 8 and cant read, no plan", "he is 9 in public school and he cant read no plan"]
)
def test_a_story_at_the_age_question_gives_the_age(book: Book, text: str) -> None:
    talk = Talk(book).text("hi", "1", text)
    assert "school_age" == talk.session.answer_to("child_age"), talk.told
    assert talk.asked == "sent_home"
    assert "unclear" not in talk.told
    assert "child_age" == talk.text("back").asked
