"""Danger is ruled out only if the whole text answers the question: every dangerous example at every question."""

from functools import cache
from pathlib import Path

import pytest

from hotline.config.settings import OWN_FLOWS
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import RESTS_AFTER_DANGER, Question, Role
from hotline.conversation.engine.days import added_day_out
from hotline.conversation.engine.false_danger import without_false_danger
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.events import Channel, Event, EventKind, Texting
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.reader import Danger
from tests.conversation.talk import NOON, Talk

POSSIBLE = (Danger.ASK, Danger.ALARM)
CASES = Path(__file__).parents[2] / "understanding" / "cases.tsv"


@cache
def dangerous() -> tuple[str, ...]:
    """The texts of the examples that mean danger or may mean it, and those of cases.tsv."""
    examples = (OWN_FLOWS / "examples" / "danger.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in examples]
    cases = [line.split("\t") for line in CASES.read_text(encoding="utf-8").splitlines()]
    said = [row[3] for row in cases if row[5].startswith("danger")]
    return (*said, *(row[0] for row in rows if row[2] in ("alarm", "ask")))


def counted_day(book: Book) -> Session:
    """A conversation right after a day out of school was counted, where "yesterday too" adds another."""
    session = Talk(book, Session(state="day_out")).text("today").session
    asked = Event("1", NOON, Channel.SMS, EventKind.SAID, "yesterday too")
    builder = TurnBuilder(book, asked, session)
    assert added_day_out(builder, book.reader.read("yesterday too"))
    return session


def at_every_question(book: Book) -> list[Session]:
    questions = [state for state in book.states.values() if isinstance(state, Question)]
    assert len(questions) > 90
    return [*(Session(state=question.name) for question in questions), counted_day(book)]


@pytest.mark.parametrize("every", [197, pytest.param(1, marks=pytest.mark.whole)])
def test_no_dangerous_example_counts_as_an_answer(book: Book, every: int) -> None:
    read = [(text, book.reader.read(text)) for text in dangerous()[::every]]
    read = [(text, reading) for text, reading in read if reading.danger in POSSIBLE]
    assert len(read) > 15_000 / every
    cleared = set()
    for session in at_every_question(book):
        for text, reading in read:
            builder = TurnBuilder(book, Event("1", NOON, Channel.SMS, EventKind.SAID, text), session)
            if without_false_danger(builder, reading).danger not in POSSIBLE:
                cleared.add((session.state, text))
    assert set() == cleared


@pytest.mark.parametrize(("every", "of_them"), [(151, 50), pytest.param(53, 1, marks=pytest.mark.whole)])
def test_dangerous_examples_are_danger_at_every_question(book: Book, every: int, of_them: int) -> None:
    """A different sample at each question."""
    read = [text for text in dangerous()[::every] if book.reader.read(text).danger in POSSIBLE]
    missed = set()
    for at, session in enumerate(at_every_question(book)):
        for text in read[at % of_them :: of_them]:
            after = Talk(book, session).text(text).session
            if not after.in_danger or after.state not in (Role.SAFETY_CHECK, *RESTS_AFTER_DANGER):
                missed.add((session.state, text))
    assert set() == missed


def test_no_dangerous_example_consists_of_words_of_sending_or_calling(book: Book) -> None:
    lexicon = book.reader.lexicon
    for ways in (lexicon.sending, lexicon.contact):
        assert [] == [text for text in dangerous() if ways.is_all(normalize(text).split())]


@pytest.mark.parametrize(
    ("question", "text", "danger"),
    [
        ("call_back_time", "tonight", Danger.NONE),
        ("child_age", "she is 14", Danger.NONE),
        ("child_age", "hold on baby crying", Danger.NONE),
        ("sent_yet", "yes ill do it tonight", Danger.NONE),
        ("sent_yet", "i will do it tonight", Danger.ASK),
        ("child_age", "i will do it tonight", Danger.ALARM),
        ("child_age", "i want to die", Danger.ALARM),
        ("child_age", "hes 30 shes 13", Danger.ALARM),
        ("which_state", "anda amarillo", Danger.ASK),
        ("sent_yet", "ya no la hago, ya no", Danger.ASK),
    ],
)
def test_a_text_that_only_answers_is_not_danger(book: Book, question: str, text: str, danger: Danger) -> None:
    session = Session(state=question, texting=Texting.YES)
    builder = TurnBuilder(book, Event("1", NOON, Channel.SMS, EventKind.SAID, text), session)
    assert danger is without_false_danger(builder, book.reader.read(text)).danger
