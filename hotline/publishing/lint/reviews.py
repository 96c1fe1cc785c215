"""Review dates of statements of law: which have passed, and which are due within a month.

Rule: a date that has passed fails only this repository's own CI (`hotline check --dates`). Elsewhere it is
reported in advance, with its location and the source to review, and parents are served as before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Fork
from hotline.publishing.letters import Letters
from hotline.publishing.lint.finding import place
from hotline.publishing.reference import read_rows
from hotline.publishing.sources import Folder

NOTICE: Final = timedelta(days=31)
"""How early to report a review: time for a lawyer to read it."""

MOST_NAMED: Final = 3
"""The most reviews that /status and the desk name; `hotline check` lists all."""

ROWS: Final = ("states", "centers")
"""The files in reference/ whose rows have a review date."""


@dataclass(frozen=True, slots=True, order=True)
class Review:
    """One statement of law, its review date, and its source."""

    by: date
    where: str
    source: str


def reviews(folder: Folder, book: Book, letters: Letters) -> tuple[Review, ...]:
    """Return all statements to be reviewed, the earliest date first. Raise FlowError if `folder` cannot be read."""
    return tuple(sorted((*of_states(book), *rows(folder), *of_letters(letters))))


def of_states(book: Book) -> Iterator[Review]:
    """Yield the states with a source of law."""
    for state in book.states.values():
        if not isinstance(state, Fork) and state.basis.law:
            yield Review(state.basis.law.review_by, str(place(state)), state.basis.law.source)


def rows(folder: Folder) -> Iterator[Review]:
    """Yield the rows of the reference with a review date. Raise FlowError."""
    for name in ROWS:
        for code, row in read_rows(folder, name).items():
            if "review_by" in row:
                yield Review(row["review_by"], f"reference/{name}.toml [{code}]", row["source"])
            if answer := row.get("answer"):
                yield Review(answer["review_by"], f"reference/{name}.toml [{code}.answer]", answer["source"])


def of_letters(letters: Letters) -> Iterator[Review]:
    """Yield the letters to the school."""
    for kind, letter in letters.by_kind.items():
        yield Review(letter.law.review_by, f"letters/{kind}.toml", letter.law.source)


def due(found: tuple[Review, ...], today: date) -> tuple[Review, ...]:
    """Return the reviews that are overdue on `today` or due within NOTICE."""
    return tuple(each for each in found if each.by <= today + NOTICE)


def line(review: Review, today: date) -> str:
    """Return a review as a line, with what to do."""
    when = "was due for review" if review.by < today else "is due for review"
    return f"{review.where} {when} by {review.by}: review {review.source} again, then set its new dates"


def summary(found: tuple[Review, ...], today: date) -> str:
    """Return the due reviews in a few sentences, "" if there are none."""
    waiting = due(found, today)
    if not waiting:
        return ""
    past = sum(each.by < today for each in waiting)
    counted = [f"{past} past their review date"] if past else []
    counted += [f"{len(waiting) - past} due for review by {max(waiting).by}"] if past < len(waiting) else []
    named = "; ".join(line(each, today) for each in waiting[:MOST_NAMED])
    more = len(waiting) - MOST_NAMED
    rest = f"; and {more} more: `hotline check` lists them" if more > 0 else ""
    return f"statements of law: {', '.join(counted)}. Parents are still served. {named}{rest}"
