"""Findings about what a text costs to send and how long it takes to hear.

A text is one state's: what it says, with its choices as they are offered. Every state of the US that has
words of its own is counted; the dearest stands for all.
"""

from __future__ import annotations

from collections.abc import Iterator

from hotline.channels import sms, voice
from hotline.conversation.book import Book, Fork, Question, State, Statement
from hotline.conversation.model import Ask, Reply, Session, Tell
from hotline.conversation.segments import count, dear, length
from hotline.conversation.wording import DAYS, text_id
from hotline.publishing.finding import Finding, place

SEGMENTS, SEGMENTS_TRANSLATED = 2, 3
"""SMS segments a text may take: in the first language, and in the others, where accents make them dear."""

WORDS_PER_MINUTE = 150
"""How fast a voice speaks. Source: Polly's neural voices read English at 150 to 160."""

PAUSE_SECONDS = 0.4
"""What a voice waits at the end of a sentence."""

LONGEST_SECONDS = 30
"""What a caller can be expected to listen to before it is their turn."""

LATE_DAY = "2026-09-30"
"""A day whose name is long: September 30, 30 de septiembre."""


def findings(book: Book) -> Iterator[Finding]:
    """All texts over their budget."""
    for state in book.states.values():
        if not isinstance(state, Fork):
            for language in book.languages:
                yield from _written(book, state, language)
                yield from _spoken(book, state, language)


def replies_of(book: Book, state: Question | Statement) -> list[tuple[Reply, ...]]:
    """What a state says, in each of the ways it may."""
    if isinstance(state, Question):
        return [(Ask(state.name),)]
    days = tuple((day, LATE_DAY) for day in DAYS)
    own = text_id(state, "")
    ids = [id for id in book.texts[book.languages[0]] if id.startswith(own)]
    return [(Tell(id, days),) for id in ids]


def seconds(said: str) -> float:
    """How long a voice takes to say it."""
    pauses = sum(said.count(end) for end in ".?!:;")
    return len(said.split()) * 60 / WORDS_PER_MINUTE + pauses * PAUSE_SECONDS


def _written(book: Book, state: State, language: str) -> Iterator[Finding]:
    if isinstance(state, Fork):
        return
    allowed = SEGMENTS if language == book.languages[0] else SEGMENTS_TRANSLATED
    body = max((sms.body(book, language, said) for said in replies_of(book, state)), key=count)
    if (needed := count(body)) > allowed:
        costly = "".join(dear(body))
        because = f"; {costly} make it dear" if costly else ""
        yield Finding(
            place(state, "", language),
            f"takes {needed} segments ({length(body)} characters){because}",
            f"{allowed} are allowed: shorten it" + (f", or write it without {costly}" if costly else ""),
        )


def _spoken(book: Book, state: State, language: str) -> Iterator[Finding]:
    if isinstance(state, Fork):
        return
    session = Session(language=language)
    said = [_said(book, session, replies) for replies in replies_of(book, state)]
    longest = max(map(seconds, said))
    if longest > LONGEST_SECONDS:
        yield Finding(
            place(state, "", language),
            f"takes {longest:.0f} seconds to say",
            f"{LONGEST_SECONDS} are allowed: shorten it, or give it a shorter say",
        )


def _said(book: Book, session: Session, replies: tuple[Reply, ...]) -> str:
    return " ".join(text for text, _ in voice.spoken(book, session, replies))
