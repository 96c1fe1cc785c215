"""How soon, and at what cost, a parent gets the right letter."""

import pytest

from hotline.channels import sms
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, Statement
from hotline.conversation.book.texts import state_of
from hotline.conversation.model.events import Tell
from hotline.conversation.model.segments import count
from hotline.conversation.model.session import Session
from hotline.publishing.lint.screenings import (
    LETTER_FIRST,
    LETTER_TRANSLATED,
    MOST_SEGMENTS_FIRST,
    MOST_SEGMENTS_TRANSLATED,
    Screening,
    screenings,
)
from tests.conversation.talk import Talk

BY_WORDS, BY_NUMBERS = 4, 10
"""Texts of the parent until the letter is there."""

NO_LETTER = {"OUT-EI", "OUT-WILL", "OUT-SUP"}
"""Outcomes without a letter to the school: early intervention is called, testing is agreed, or help in class comes first."""

WORDS = {
    "en": ("my son is 7 and cant read, no plan", "no", "no not yet", "every day"),
    "es": ("mi hijo tiene 7 años y no sabe leer, no tiene plan", "no", "no todavía no", "todos los días"),
}


def is_letter(book: Book, tell: object) -> bool:
    state = book.states.get(state_of(tell.text)) if isinstance(tell, Tell) else None
    return isinstance(state, Statement) and state.delivery.dictated


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_story_leads_to_the_right_letter_by_turn_four(book: Book, language: str) -> None:
    """With at most 17 segments (26 in Spanish) from the first word on."""
    talk, spent = Talk(book, Session(language=language)), 0
    for words in WORDS[language]:
        talk.text(words)
        spent += sum(map(count, sms.bodies(book, language, talk.replies)))
        if any(is_letter(book, reply) for reply in talk.replies):
            break
    assert BY_WORDS == len(WORDS[language])
    assert {"outcome_iep", "letter", "letter_worry_learning", "letter_end"} <= set(talk.told)
    assert spent <= (LETTER_FIRST if language == "en" else LETTER_TRANSLATED), spent


@pytest.fixture(scope="module", params=["en", "es"])
def ways(book: Book, request: pytest.FixtureRequest) -> tuple[str, tuple[Screening, ...]]:
    """Return every screening by numbers in a language."""
    return request.param, screenings(book, request.param)


FIVE = "5"
"""The age of a child who may be in kindergarten or not: one question more."""


def test_by_numbers_letters_come_by_turn_ten(book: Book, ways: tuple[str, tuple[Screening, ...]]) -> None:
    language, found = ways
    letters: dict[tuple[str, ...], set[str]] = {}
    for way in found:
        talk = Talk(book, Session(language=language)).text("hi", "1")
        turn = 2
        while not any(is_letter(book, reply) for reply in talk.replies) and turn - 2 < len(way.answers):
            question = book.question(talk.session.state)
            assert isinstance(question, Question)
            numbers = {choice.name: str(n) for n, choice in enumerate(question.choices, 1)}
            talk.text(numbers.get(way.answers[turn - 2], way.answers[turn - 2]))
            turn += 1
        if not NO_LETTER & set(way.outcomes) and "rights" not in way.answers:
            assert any(is_letter(book, reply) for reply in talk.replies), way
            assert turn <= BY_NUMBERS + (FIVE in way.answers), way
            letters.setdefault(way.outcomes, set()).add(
                next(t for t in talk.told if t.startswith(("letter", "meeting")))
            )
    assert {"letter_urgent"} == letters["OUT-DISC", "OUT-FAST"]
    assert {"letter_urgent"} == letters["OUT-DISC", "OUT-REVIEP"] | letters["OUT-DISC", "OUT-REV504"]
    assert {"letter"} == letters["OUT-IEP",] | letters["OUT-504",] | letters["OUT-BOTH",] | letters[
        "OUT-PREK",
    ]
    assert {"letter_again"} == letters["OUT-AGAIN",]
    assert {"letter_notice"} == letters["OUT-NO",]
    assert {"letter_disagree"} == letters["OUT-TESTED",]
    assert {"letter_not_followed", "meeting_words", "letter_keep_iep"} == letters["OUT-REVIEP",]


def test_no_screening_exceeds_its_budget(ways: tuple[str, tuple[Screening, ...]]) -> None:
    """12 segments to the outcome and 17 to the letter in English, 20 and 27 in Spanish."""
    language, found = ways
    first = language == "en"
    assert max(way.segments for way in found) <= (MOST_SEGMENTS_FIRST if first else MOST_SEGMENTS_TRANSLATED)
    assert max(way.segments_to_letter for way in found) <= (LETTER_FIRST if first else LETTER_TRANSLATED)
    assert (12, 20, 17, 27) == (
        MOST_SEGMENTS_FIRST,
        MOST_SEGMENTS_TRANSLATED,
        LETTER_FIRST,
        LETTER_TRANSLATED,
    )
