"""What a text in mid-conversation does that neither answers nor asks for one thing surely."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.engine.message import LEAVES_A_QUESTION, _may_ask_which
from hotline.conversation.nlu.cleaning import Cleaned
from hotline.conversation.nlu.reader import Reading

DOUBTFUL = Reading(Cleaned("some words", "some words"), asks=("records", "letter"), together=0.3)


@pytest.mark.parametrize(
    ("question", "together", "asked"),
    [
        ("child_age", LEAVES_A_QUESTION - 0.01, False),
        ("child_age", LEAVES_A_QUESTION, True),
        ("menu", 0.3, True),
        ("which_topic", 0.9, False),
    ],
)
def test_a_doubtful_text_leaves_a_question_of_the_screening_only_when_likely(
    book: Book, question: str, together: float, *, asked: bool
) -> None:
    """The screening's question is asked again sooner than another one; "What do you mean?" never asks itself."""
    reading = replace(DOUBTFUL, together=together)
    assert asked is _may_ask_which(book.question(question), reading)


def test_a_doubtful_text_is_asked_about_where_no_question_is_open() -> None:
    assert _may_ask_which(None, DOUBTFUL)
