"""An answer that is given once more is said back, and is no miss."""

from __future__ import annotations

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.session import Answer, Session
from tests.conversation.talk import Talk


def at(book: Book, state: str, *answers: tuple[str, str], language: str = "en") -> Talk:
    """A conversation at this question, with these answers given."""
    return Talk(
        book, Session(state=state, language=language, answers=tuple(Answer(*answer) for answer in answers))
    )


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("tiene 8 años", "es"),
        ("mi hijo tiene 8 años", "es"),
        ("va en tercero", "es"),
        ("hes 8", "en"),
        ("she is in 2nd grade", "en"),
        ("8 years old", "en"),
    ],
)
@pytest.mark.parametrize("state", ["sent_home", "plan_now", "hardest"])
def test_an_age_told_again_is_no_miss(book: Book, state: str, said: str, language: str) -> None:
    """The question that waits is asked again, without "Sorry"."""
    talk = at(book, state, ("child_age", "school_age"), language=language).text(said)
    assert (["noted"], state, 0) == (talk.told, talk.asked, talk.session.misses)
    assert talk.session.answer_to(state) is None


def test_a_plan_told_again_is_no_miss(book: Book) -> None:
    """Any answer that stands."""
    talk = at(book, "what_about_iep", ("plan_now", "plan_iep")).text("he has an iep")
    assert "unclear" not in talk.told


def test_another_age_than_before_is_not_said_back(book: Book) -> None:
    """It may be a slip: what was answered stays, and BACK changes it."""
    talk = at(book, "sent_home", ("child_age", "school_age")).text("she is 2 years old")
    assert "noted" not in talk.told
    assert "school_age" == talk.session.answer_to("child_age")
