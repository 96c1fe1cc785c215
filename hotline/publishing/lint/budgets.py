"""Findings about a text's cost to send, and the spoken length of texts and whole turns of a call.

A state's text is counted with its choices as offered. Every US state's own version is counted; the most
expensive one is reported.
"""

from __future__ import annotations

from collections.abc import Iterator

from hotline.channels import sms
from hotline.conversation.book.states import Book, Fork, Question, State, Statement
from hotline.conversation.book.texts import DAY_LISTS, DAYS, NUMBERS, state_of, text_id
from hotline.conversation.engine.days_out import MOST_LISTED
from hotline.conversation.engine.speech import LONGEST_SECONDS, duration, sayings, seconds
from hotline.conversation.model.events import Ask, Channel, HangUp, Reply, TakeMessage, Tell, Transfer
from hotline.conversation.model.segments import count, dear, length
from hotline.publishing.lint.finding import Finding, place
from hotline.publishing.lint.graph import Walk

SEGMENTS, SEGMENTS_TRANSLATED = 2, 3
"""SMS segments allowed per text: in the first language, and in the others, where accents cost more."""

MOST_PICKED = 4
"""Choices offered at once by a question that picks: the likeliest three readings, and none of them."""

LATE_DAY = "2026-09-30"
"""A day with a long name: September 30, 30 de septiembre."""


def findings(book: Book) -> Iterator[Finding]:
    """Yield all texts over their budget."""
    for state in book.states.values():
        if not isinstance(state, Fork):
            for language in book.languages:
                yield from _written(book, state, language)
                yield from _spoken(book, state, language)


def too_long_to_hear(book: Book, walk: Walk) -> Iterator[Finding]:
    """Yield the reachable call turns that take too long before the caller can respond.

    Speech is already split into parts, so only turns that cannot be split are reported.
    """
    reported: set[tuple[str, str]] = set()
    for (line, replies), state in walk.turns.items():
        took = seconds(" ".join(said.words for said in sayings(book, line.language, replies)))
        if (
            line.channel is Channel.VOICE
            and took > LONGEST_SECONDS
            and (state, line.language) not in reported
        ):
            reported.add((state, line.language))
            yield Finding(
                f"a call at {state or 'its beginning'} ({line.language})",
                f"says {', '.join(map(_named, replies))} in one turn, which takes {took:.0f} seconds",
                f"{LONGEST_SECONDS} are allowed: shorten one of them, or give it a shorter say",
            )


def _named(reply: Reply) -> str:
    match reply:
        case Tell(text=text):
            return state_of(text)
        case Ask(state=state):
            return state
        case Transfer() | TakeMessage() | HangUp():
            return "the end"


def replies_of(book: Book, state: Question | Statement) -> list[tuple[Reply, ...]]:
    """Return each variant of a state's replies."""
    if isinstance(state, Question):
        longest = sorted(state.choices, key=lambda choice: -len(choice.text))[:MOST_PICKED]
        return [(Ask(state.name, only=tuple(c.name for c in longest) if state.picks else ()),)]
    listed = " ".join([LATE_DAY] * MOST_LISTED)
    days = (
        *((day, LATE_DAY) for day in DAYS),
        *((each, listed) for each in DAY_LISTS),
        *((number, "10") for number in NUMBERS),
    )
    own = text_id(state, "")
    ids = [id for id in book.texts[book.languages[0]] if id.startswith(own)]
    return [(Tell(id, days),) for id in ids]


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
    longest = max(sum(duration(book, language, r) for r in replies) for replies in replies_of(book, state))
    if longest > LONGEST_SECONDS:
        yield Finding(
            place(state, "", language),
            f"takes {longest:.0f} seconds to say",
            f"{LONGEST_SECONDS} are allowed: shorten it, or give it a shorter say",
        )
