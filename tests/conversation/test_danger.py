"""Danger in any words, and what only sounds like it: danger.tsv, each row of it.

A miss may cost a life, a false alarm costs a parent one text more. So both are counted, and neither may grow: the
rows are of both kinds, in two languages, with the slips that people make. A row that gets in the way is mended in the
phrases, not removed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.conversation.answers import NUMBERS
from hotline.conversation.book import Book, Question
from hotline.conversation.wording import offered

SAFETY = ("crisis", "abuse")
ROWS = [
    line.split("\t")
    for line in (Path(__file__).parent / "danger.tsv").read_text(encoding="utf-8").splitlines()[1:]
]

CRISIS, ABUSE, LOOK_ALIKES = 226, 149, 404
"""The rows of danger.tsv."""

TENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty".split()
DIEZ = "diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve veinte treinta".split()
MORE_NUMBERS = "zero six seven eight nine cero seis siete ocho nueve hundred cien mil".split()


@pytest.mark.parametrize(("text", "danger"), [pytest.param(*row, id=row[0]) for row in ROWS])
def test_danger_is_told_from_its_look_alikes(book: Book, text: str, danger: str) -> None:
    """A crisis leads to 911 and 988, a hurt child to Childhelp as well, and ordinary school talk to neither."""
    meaning = book.meanings.of(text)
    assert danger == (meaning if meaning in SAFETY else "no")


@pytest.mark.parametrize("text", [text for text, danger in ROWS if danger != "no"])
def test_danger_is_heard_whatever_stands_around_it(book: Book, text: str) -> None:
    """In capitals, with marks between, and with a sentence before and after it."""
    for written in (text.upper(), f"{text}!!!", f"hi. {text}", f"{text}. what do i do"):
        assert book.meanings.of(written) in SAFETY, written


def test_the_rows_are_all_there() -> None:
    """None was taken away, and none stands twice."""
    labels = [label for _, label in ROWS]
    assert (CRISIS, ABUSE, LOOK_ALIKES) == tuple(map(labels.count, ("crisis", "abuse", "no")))
    assert len({text for text, _ in ROWS}) == len(ROWS)


def test_no_state_means_stop_or_danger(book: Book) -> None:
    """Who answers "PA" lives in Pennsylvania, and goes on getting our texts."""
    named = [
        name
        for state in book.places.states.values()
        for name in (state.code, *state.names, *(f"{code:05}" for pair in state.zips for code in pair))
    ]
    assert set(book.places.states) >= {"PA", "ME", "DE"}
    assert [] == [name for name in named if _alarms(book, name)]


def test_no_number_means_stop_or_danger(book: Book) -> None:
    """Digits, number words and what a recogniser makes of them, but for the two numbers to call in danger."""
    figures = [str(n) for n in range(1000) if n not in (911, 988)]
    named = [*figures, *NUMBERS, *TENS, *DIEZ, *MORE_NUMBERS]
    assert [] == [name for name in named if _alarms(book, name)]


def test_no_answer_that_we_offer_means_stop_or_danger(book: Book) -> None:
    """Every wording of every choice, in each language: danger and STOP are looked for before the answer."""
    questions = [state for state in book.states.values() if isinstance(state, Question)]
    said = {
        words
        for language in book.languages
        for question in questions
        for choice in offered(book, language, question.name)
        for words in (choice.text, choice.say, *choice.words)
    }
    assert {"yes", "sí por favor", "Public or charter"} <= said
    assert [] == sorted(words for words in said if _alarms(book, words))


def _alarms(book: Book, text: str) -> bool:
    """Whether this text, as it is or in small letters, is taken for STOP or danger."""
    meanings = {book.meanings.of(written) for written in (text, text.lower(), f"{text}.", f"{text} please")}
    return bool(meanings & {*SAFETY, "stop", "stop_unclear"})
