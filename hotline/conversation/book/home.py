"""Where a person lives, as far as they said, and the time limit that follows from it."""

from __future__ import annotations

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, Takes
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.us_states import Limit


def home_state(book: Book, session: Session) -> str | None:
    """Return the code of the US state that the person named, or None."""
    asked = (name for name, _ in session.known if _takes(book, name, Takes.STATE))
    return next((session.slot(name) for name in asked), None)


def limit(book: Book, session: Session) -> Limit:
    """Return the person's time limit for an evaluation; the federal one if their state is unknown."""
    return book.places.limit(home_state(book, session) or "")


def _takes(book: Book, name: str, takes: Takes) -> bool:
    question = book.states.get(name)
    return isinstance(question, Question) and question.takes is takes
