"""Fills a letter's texts with the parent's answers: the grade, what is hard, an example, and since when.

Rule 1: only names of choices and days are used; a parent never writes free text for a letter.
Rule 2: what was not answered stays a blank in brackets, and so does what only a name could fill.
"""

from __future__ import annotations

from datetime import date

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question
from hotline.conversation.book.texts import text_id
from hotline.conversation.model.days_out import school_days
from hotline.conversation.model.events import Blanks
from hotline.conversation.model.links import LETTER_LINK
from hotline.conversation.model.session import NO_ANSWERS, Session
from hotline.conversation.nlu.grades import GRADES, KINDERGARTEN, PREKINDERGARTEN

SLOTS = {"hard": "hardest", "example": "letter_example", "since": "letter_since"}
"""The placeholders, each with the question that fills it, or those whose names begin with its: `hardest_for_letter`."""

LEFT_BLANK = ("other", "blank", "not_sure", "nothing")
"""Choices that leave a blank to be filled in by hand."""

GRADE = "letter_grade"
NAMED = {KINDERGARTEN: "book.renderer.kindergarten", PREKINDERGARTEN: "book.renderer.prekindergarten"}
"""The text for a grade without a number."""


def letter_blanks(book: Book, session: Session, letter: str, today: date) -> Blanks:
    """Return the values for a text about this letter: its placeholders, and what its link is made of."""
    answers = _answers(session)
    given = answers.get(GRADE, "")
    grade = NAMED.get(given, given) if given in GRADES else "book.renderer.blank_grade"
    slots = ((slot, _words(book, answers, slot)) for slot in SLOTS)
    return (("grade", grade), *slots, (LETTER_LINK, _specification(session, letter, answers, today)))


def _answers(session: Session) -> dict[str, str]:
    """Return the latest choice at each question of this screening."""
    return {a.state: a.choice for a in reversed(session.screening) if a.choice not in NO_ANSWERS}


def _words(book: Book, answers: dict[str, str], slot: str) -> str:
    """Return the id of the text that fills this slot."""
    name = SLOTS[slot]
    found = [q for q in answers if q == name or q.startswith(f"{name}_")]
    state = book.states.get(found[-1]) if found else None
    choice = answers[found[-1]] if found else ""
    if isinstance(state, Question) and choice not in LEFT_BLANK:
        return text_id(state, f"choice.{choice}")
    return f"book.renderer.blank_{slot}"


def _specification(session: Session, letter: str, answers: dict[str, str], today: date) -> str:
    """Return the letter, the language and the answers as one line, from which the link is made."""
    days = school_days(session.days_out, today)
    counted = (f"days_out={','.join(days)}",) if days else ()
    return " ".join([letter, session.language, *(f"{q}={choice}" for q, choice in answers.items()), *counted])
