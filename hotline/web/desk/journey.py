"""Return the stored data of a request's parent as labels: outcomes, topics, answers, current state.

Rule: only our own names, in the words of the flows, and nothing that a parent wrote.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from redis import Redis

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, Statement
from hotline.conversation.book.texts import offered, state_of
from hotline.conversation.model import session_json
from hotline.conversation.model.session import Answer, Session
from hotline.store.connection import raise_store_busy
from hotline.store.packing import unpacked_session
from hotline.store.requests import keys_of
from hotline.web.desk import i18n
from hotline.web.desk.flow_stops import question_text
from hotline.web.desk.topic_labels import topic_label
from hotline.web.desk.view import OUTCOMES

MOST_TOPICS: Final = 5


@dataclass(frozen=True, slots=True)
class Journey:
    """The stored data as labels.

    `answers` are (question, answer) pairs, `now` is the question that waits for an answer, and `danger` says whether
    we asked if a person is in danger.
    """

    outcomes: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    now: str = ""
    days_out: int = 0
    danger: bool = False

    @property
    def anything(self) -> bool:
        """Whether there is anything to show besides `danger`; a question alone says nothing."""
        return replace(self, danger=False, now="") != Journey()


def journey_of(book: Book, redis: Redis, id: str) -> Journey:
    """Return the stored data about a request's parent. Raises StoreBusy."""
    with raise_store_busy():
        plain, packed = redis.hmget(keys_of(id).session, "session", "packed")
    line = plain or packed
    session = session_json.decode(unpacked_session(str(line))) if line else Session()
    answers = (
        *(_known(book, *pair) for pair in session.known),
        *(_answer(book, a) for a in session.screening[::-1]),
    )
    return Journey(
        outcomes=_outcomes(book, session.outcomes),
        earlier=_outcomes(book, session.earlier),
        topics=_topics(book, session),
        answers=tuple(filter(None, answers)),
        now=_question(book, session.paused or session.state),
        days_out=len(session.days_out),
        danger=session.safe_asked is not None,
    )


def _outcomes(book: Book, names: tuple[str, ...]) -> tuple[str, ...]:
    states = (book.states.get(name) for name in names)
    found = (s.outcome.id for s in states if isinstance(s, Statement) and s.outcome)
    return tuple(OUTCOMES.get(outcome, outcome) for outcome in found)


def _topics(book: Book, session: Session) -> tuple[str, ...]:
    """Return the most recently answered topics, each once."""
    leads_to: dict[str, str] = {}
    for name, state in book.topics.items():
        leads_to.setdefault(state, name)
    states = (state_of(tell.text) for tell in (*session.textable, *session.last))
    names = dict.fromkeys(leads_to[state] for state in (*states, *session.received) if state in leads_to)
    return tuple(topic_label(book, i18n.language(), name) for name in list(names)[:MOST_TOPICS])


def _question(book: Book, name: str) -> str:
    """Return a question in the user's language, "" if the state is not a question."""
    return question_text(book, name) if isinstance(book.states.get(name), Question) else ""


def _answer(book: Book, answer: Answer) -> tuple[str, str] | None:
    """Return a question and its answer, or None if the book has no such question or choice."""
    asked = _question(book, answer.state)
    choices = {each.name: each.text for each in offered(book, i18n.language(), answer.state)} if asked else {}
    chosen = choices.get(answer.choice)
    return (asked, chosen) if chosen else None


def _known(book: Book, question: str, value: str) -> tuple[str, str] | None:
    """Return a question whose answer is a day, and the day; None for other values, such as the US state."""
    asked = _question(book, question)
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return (asked, i18n.written_day(day, "long")) if asked else None
