"""A repeated answer is confirmed and is no miss."""

import re

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.book.texts import filled, offered
from hotline.conversation.engine.transitions import SAY_NOTHING_ALONE
from hotline.conversation.model.events import Channel
from hotline.conversation.model.session import Answer, Session
from hotline.conversation.nlu.normalize import normalize
from tests.conversation.talk import Talk
from tests.rows import table


def at(book: Book, state: str, *answers: tuple[str, str], language: str = "en") -> Talk:
    """Return a conversation at this question, with these answers given."""
    return Talk(
        book, Session(state=state, language=language, answers=tuple(Answer(*answer) for answer in answers))
    )


@table("""
    said | language
    tiene 8 años | es
    mi hijo tiene 8 años | es
    va en tercero | es
    hes 8 | en
    she is in 2nd grade | en
    8 years old | en
""")
@pytest.mark.parametrize("state", ["sent_home", "plan_now", "hardest"])
def test_a_repeated_age_is_not_a_miss(book: Book, state: str, said: str, language: str) -> None:
    talk = at(book, state, ("child_age", "school_age"), language=language).text(said)
    assert (["noted"], state, 0) == (talk.told, talk.asked, talk.session.misses)
    assert talk.session.answer_to(state) is None


def test_a_repeated_plan_is_not_a_miss(book: Book) -> None:
    talk = at(book, "what_about_iep", ("plan_now", "plan_iep")).text("he has an iep")
    assert "unclear" not in talk.told


def test_a_different_age_changes_nothing(book: Book) -> None:
    """It may be a slip."""
    talk = at(book, "sent_home", ("child_age", "school_age")).text("she is 2 years old")
    assert "noted" not in talk.told
    assert "school_age" == talk.session.answer_to("child_age")


SAYS_NOTHING = re.compile(r"(yes|no|sí|not sure|none|nada)\b(?!-)(,.*| de .*| of .*)?$", re.IGNORECASE)
"""An answer that says nothing without its question."""


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_confirmation_makes_sense_without_its_question(book: Book, language: str) -> None:
    said = {
        choice.text
        for question in book.held_questions
        for choice in offered(book, language, question.name)
        if choice.name not in SAY_NOTHING_ALONE
    }
    unsure = {text for text in said if normalize(text) in book.reader.lexicon.unsure}
    assert set() == unsure | set(filter(SAYS_NOTHING.match, said))


def test_equal_answers_are_confirmed_once(book: Book) -> None:
    same = ("screening.hardest.choice.health", "letter_for_you.hardest_for_letter.choice.health")
    said = filled(book, "en", Channel.SMS, "hotline.noted.text", (("facts", " ".join(same)),))
    assert "So far: Health, mood or missing school." == said
