"""What a doubtful text is asked about at an open question."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.engine.open_question import LEAVES_A_QUESTION, may_ask_which
from hotline.conversation.nlu.cleaning import Cleaned
from hotline.conversation.nlu.reader import Reading

DOUBTFUL = Reading(Cleaned("some words", "some words"), asks=("records", "letter"), together=0.3)


@pytest.mark.parametrize(
    ("question", "together", "asked"),
    [
        ("child_age", LEAVES_A_QUESTION - 0.01, False),
        ("child_age", LEAVES_A_QUESTION, True),
        ("menu", 0.3, True),
        ("which_topic", 0.9, True),
    ],
)
def test_a_doubtful_text_leaves_a_question_of_the_screening_only_when_likely(
    book: Book, question: str, together: float, *, asked: bool
) -> None:
    """The screening's question is asked again sooner than another one."""
    reading = replace(DOUBTFUL, together=together)
    assert asked is may_ask_which((), book.question(question), reading)


def test_a_doubtful_text_is_asked_about_where_no_question_is_open() -> None:
    assert may_ask_which((), None, DOUBTFUL)


def test_what_was_offered_is_not_offered_again(book: Book) -> None:
    """At "What do you mean?" only a text that may mean something else is asked about."""
    question = book.question("which_topic")
    assert not may_ask_which(("letter", "records", "none"), question, DOUBTFUL)
    assert may_ask_which(("letter", "days", "none"), question, DOUBTFUL)
