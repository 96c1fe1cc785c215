"""Links to finished letters: `/l/<token>`, whose token is the letter itself, sealed.

Rule 1: nothing is stored. The token contains the kind of letter, the language, the hour of expiry, and the
        choices made, each as a short hash of its name; it is encrypted and authenticated (AES-SIV), so a
        log of the URL reveals nothing, and no one can forge or change one.
Rule 2: a token cannot contain a name, a number, or words that a parent wrote: its format has no field for them.
        Its dates are days out of school.
Rule 3: a link is valid for OPEN_FOR, so that the letter can be printed at a library, and never after that.
Rule 4: an answer that the flows no longer have leaves a blank in the letter.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

from babel.dates import format_skeleton

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question
from hotline.conversation.book.texts import text_id, wording
from hotline.conversation.engine.letters import GRADE, LEFT_BLANK, NAMED
from hotline.conversation.model.events import Channel
from hotline.conversation.nlu.grades import GRADES
from hotline.publishing.letter_text import Answers
from hotline.publishing.letters import Letters
from hotline.store.keys import Secrets

OPEN_FOR: Final = timedelta(days=3)
HOUR: Final = timedelta(hours=1)

EXPIRES, KIND, QUESTION, CHOICE, DAY = 3, 1, 2, 2, 2
"""Bytes of each part of a token. A test detects two names with the same hash."""

DAYS_OUT, DAYS_COUNTED = "days_out", "days_counted"
FIRST_DAY: Final = date(2020, 1, 1)


@dataclass(frozen=True, slots=True)
class Finished:
    """A letter to show: its kind, the language that the parent reads, and the answers in it."""

    kind: str
    language: str
    answers: dict[str, str] = field(default_factory=dict)
    days: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class FinishedLetters:
    """Creates links to finished letters, and decodes them."""

    letters: Letters
    secrets: Secrets
    address: str

    def link(self, specification: str, book: Book, now: datetime) -> str:
        """Return the URL of the letter that the engine specified: kind, language, answers."""
        kind, language, *answers = specification.split()
        given = dict(answer.split("=", 1) for answer in answers)
        days = [date.fromisoformat(day) for day in given.pop(DAYS_OUT, "").split(",") if day]
        expires = _hours(now + OPEN_FOR)
        known = set(self._questions(book))
        plain = b"".join(
            (
                expires.to_bytes(EXPIRES, "big"),
                _hash(kind, KIND),
                _hash(language, KIND),
                len(days).to_bytes(1, "big"),
                *((day - FIRST_DAY).days.to_bytes(DAY, "big") for day in days),
                *(_hash(q, QUESTION) + _hash(c, CHOICE) for q, c in given.items() if q in known),
            )
        )
        return f"{self.address}/{_as_text(self.secrets.seal_letter(plain))}"

    def read(self, token: str, book: Book, now: datetime) -> Finished | None:
        """Return the letter of a token, or None if the token is not ours or has expired."""
        plain = self.secrets.unseal_letter(_as_bytes(token))
        if plain is None:
            return None
        expires, rest = int.from_bytes(plain[:EXPIRES], "big"), plain[EXPIRES:]
        kind, language = _named(rest[:1], self.letters.by_kind), _named(rest[1:2], self.letters.languages)
        if _hours(now) >= expires or kind is None or language is None:
            return None
        count, rest = rest[2], rest[3:]
        days = [int.from_bytes(each, "big") for each in _cut(rest[: count * DAY], DAY)]
        return Finished(
            kind,
            language,
            dict(self._chosen(book, rest[count * DAY :])),
            tuple(FIRST_DAY + timedelta(days=day) for day in days),
        )

    def answers(self, finished: Finished, book: Book, language: str) -> Answers:
        """Return the values for the letter's slots in one of its languages."""
        words = {}
        for name, choice in finished.answers.items():
            if choice not in LEFT_BLANK:
                words[name] = _words(book, language, name, choice)
        chosen = dict(finished.answers)
        if finished.days:
            skeletons = (format_skeleton("MMMd", day, locale=language) for day in sorted(finished.days))
            words |= {DAYS_OUT: ", ".join(skeletons), DAYS_COUNTED: str(len(finished.days))}
            chosen |= {DAYS_OUT: "known", DAYS_COUNTED: "known"}
        return Answers(chosen, words)

    def _chosen(self, book: Book, rest: bytes) -> Iterator[tuple[str, str]]:
        questions = self._questions(book)
        for each in _cut(rest, QUESTION + CHOICE):
            name = _named(each[:QUESTION], questions)
            choice = _named(each[QUESTION:], _choices(book, name)) if name else None
            if name and choice:
                yield name, choice

    def _questions(self, book: Book) -> list[str]:
        """Return the questions whose answers fill a blank or decide a condition in a letter."""
        slots = self.letters.slots
        names = (state.name for state in book.states.values() if isinstance(state, Question))
        return [name for name in names if any(name == s or name.startswith(f"{s}_") for s in slots)]


def _choices(book: Book, question: str) -> tuple[str, ...]:
    names = tuple(choice.name for choice in book.question(question).choices)
    return (*names, *GRADES) if question == GRADE else names


def _words(book: Book, language: str, question: str, choice: str) -> str:
    if question == GRADE:
        named = NAMED.get(choice)
        return wording(book, language, Channel.SMS, named) if named else choice
    id = text_id(book.question(question), f"choice.{choice}")
    return wording(book, language, Channel.SMS, id)


def _hours(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() // HOUR.total_seconds())


def _hash(name: str, size: int) -> bytes:
    return hashlib.blake2s(name.encode(), digest_size=size).digest()


def _named(hashed: bytes, names: Iterable[str]) -> str | None:
    return next((name for name in names if _hash(name, len(hashed)) == hashed), None)


def _cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data) - size + 1, size))


def _as_text(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def _as_bytes(token: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except ValueError:
        return b""
