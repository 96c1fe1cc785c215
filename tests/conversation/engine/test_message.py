"""What a text in mid-conversation does that neither answers nor asks for one thing surely."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.engine.interpret import _answers_nothing
from hotline.conversation.engine.message import _one_question
from hotline.conversation.nlu.cleaning import Cleaned
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import Known
from tests.conversation.talk import Talk

DOUBTFUL = Reading(Cleaned("some words", "some words"), asks=("records", "letter"), together=0.3)


@pytest.mark.parametrize("text", ["no", "No", "ok", "yes", "si", "claro", "hello", "buenos dias"])
def test_a_bare_yes_or_no_is_no_answer_where_none_is_offered(book: Book, text: str) -> None:
    """A "no" at the question of age made a child of ten a baby."""
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
def test_a_yes_or_no_answers_only_where_it_is_offered(
    book: Book, question: str, words: str, *, nothing: bool
) -> None:
    """The classifier of a question is not asked: it has to choose something."""
    found = _answers_nothing(book.question(question).choices, DOUBTFUL, words.split(), book.reader.lexicon)
    assert found is nothing


def test_a_greeting_answers_nothing(book: Book) -> None:
    greeting = replace(DOUBTFUL, intent=Known.GREETING, sure=0.99)
    assert _answers_nothing(book.question("sent_home").choices, greeting, ["hello"], book.reader.lexicon)


def test_danger_that_is_asked_about_comes_before_a_possible_opt_out() -> None:
    """Otherwise texts would stop while we ask, and the answer would get silence."""
    both = replace(DOUBTFUL, intent=Known.STOP_UNCLEAR, danger=Danger.ASK)
    assert _one_question(both).intent is None
    for reading in (replace(both, danger=Danger.NONE), replace(both, intent=Known.STOP)):
        assert _one_question(reading) == reading
