"""Findings about a text's cost to send, and the spoken length of texts and whole turns of a call.

A state's text is counted with its choices as offered. Every US state's own version is counted; the most
expensive one is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from hotline.channels import sms
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Fork, Question, Role, State, Statement
from hotline.conversation.book.texts import DAY_LISTS, DAYS, FULL_DAYS, NUMBERS, WEEKDAYS, state_of, text_id
from hotline.conversation.engine.letters import SLOTS
from hotline.conversation.engine.speech import (
    LONGEST_SECONDS,
    LONGEST_WITH_QUESTION,
    duration,
    in_parts,
    sayings,
    seconds,
)
from hotline.conversation.model.days_out import MOST_LISTED
from hotline.conversation.model.events import Ask, Blanks, HangUp, Reply, TakeMessage, Tell, Transfer
from hotline.conversation.model.links import LETTER_LINK
from hotline.conversation.model.segments import count, length, outside_gsm7
from hotline.publishing.lint.dead_ends import commands_in
from hotline.publishing.lint.finding import Finding, Place, finding, place
from hotline.publishing.lint.transcript import SAMPLE_LINK

SEGMENTS, SEGMENTS_TRANSLATED = 2, 3
"""SMS segments allowed per text: in the first language, and in the others, where accents cost more."""

Calls = Mapping[tuple[str, tuple[Reply, ...]], tuple[str, str]]
"""The whole turns of calls, as `graph.Walk` has them."""

MOST_PICKED = 4
"""Choices offered at once by a question that picks: the likeliest three readings, and "none of these"."""

LATE_DAY = "2026-09-30"
"""A day with a long name: September 30, 30 de septiembre."""


def findings(book: Book, states: Iterable[State]) -> Iterator[Finding]:
    """Yield the texts of these states that are over their budget."""
    for state in states:
        if not isinstance(state, Fork):
            replies = replies_of(book, state)
            for language in book.languages:
                yield from _written(book, state, replies, language)
                yield from _spoken(book, state, replies, language)


def too_long_to_hear(book: Book, calls: Calls) -> Iterator[Finding]:
    """Yield the reachable call turns that take too long before the caller can respond.

    `calls` are the whole turns that a walk recorded. They are split into parts as in a call, so only turns that
    cannot be split are reported.
    """
    reported: set[tuple[str, str]] = set()
    for language, state, replies in _parts(book, calls):
        took = seconds(" ".join(said.words for said in sayings(book, language, replies)))
        last = replies[-1]
        asks = len(replies) > 1 and isinstance(last, Ask) and last.state != Role.MORE
        allowed = LONGEST_WITH_QUESTION if asks else LONGEST_SECONDS
        if took > allowed and (state, language) not in reported:
            reported.add((state, language))
            yield finding(
                Place(f"a call at {state or 'its beginning'} ({language})", language=language),
                "says %(states)s in one turn, which takes %(seconds)s seconds",
                "%(allowed)s are allowed: shorten one of them, or give it a shorter say",
                states=", ".join(map(_named, replies)),
                seconds=f"{took:.0f}",
                allowed=allowed,
            )


def capitals_in_calls(book: Book, calls: Calls) -> Iterator[Finding]:
    """Yield the texts of calls that name a command as texts write it: a caller cannot tell it from other words.

    A text with its own `say` may name a word to text, such as START.
    """
    in_calls = {state_of(reply.text) for _, replies in calls for reply in replies if isinstance(reply, Tell)}
    for language in book.languages:
        for id, (written, spoken) in book.texts[language].items():
            words = commands_in(book, written) if written == spoken and state_of(id) in in_calls else ()
            for word in words:
                if written.startswith(word):
                    continue  # it explains this word
                yield finding(
                    Place(f"{id} ({language})", id, language),
                    "is said in a call, where nobody hears that %(word)s is a command",
                    "give it a say with what to press or to say",
                    word=word,
                )


def _parts(book: Book, calls: Calls) -> Iterator[tuple[str, str, tuple[Reply, ...]]]:
    for (language, whole), (state, later) in calls.items():
        now, left = in_parts(book, language, whole)
        yield language, state, now
        while left:
            now, left = in_parts(book, language, left)
            yield language, later, now


def _named(reply: Reply) -> str:
    match reply:
        case Tell(text=text):
            return state_of(text)
        case Ask(state=state):
            return state
        case Transfer() | TakeMessage() | HangUp():
            return "the end"


def replies_of(book: Book, state: Question | Statement) -> list[Reply]:
    """Return each variant of what a state says."""
    if isinstance(state, Question):
        longest = sorted(state.choices, key=lambda choice: -len(choice.text))[:MOST_PICKED]
        only = tuple(choice.name for choice in longest) if state.picks else ()
        return [Ask(state.name, blanks=_blanks(book), only=only)]
    own = text_id(state, "")
    return [Tell(id, _blanks(book)) for id in book.texts[book.languages[0]] if id.startswith(own)]


@lru_cache(maxsize=2)
def _blanks(book: Book) -> Blanks:
    """Return the longest value of each placeholder that is filled per person."""
    listed = " ".join([LATE_DAY] * MOST_LISTED)
    return (
        *((day, LATE_DAY) for day in (*DAYS, *WEEKDAYS, *FULL_DAYS)),
        *((each, listed) for each in DAY_LISTS),
        *((number, "10") for number in NUMBERS),
        ("grade", "book.renderer.blank_grade"),
        (LETTER_LINK, SAMPLE_LINK),
        *((slot, _longest(book, slot, question)) for slot, question in SLOTS.items()),
    )


def _longest(book: Book, slot: str, name: str) -> str:
    """Return the id of the longest choice at the questions that fill a slot, whose names begin with `name`."""
    first = book.texts[book.languages[0]]
    ids = [id for id in first if id.split(".")[1].startswith(name) and ".choice." in id]
    return max(ids, key=lambda id: len(first[id][0]), default=f"book.renderer.blank_{slot}")


def _written(
    book: Book, state: Question | Statement, replies: list[Reply], language: str
) -> Iterator[Finding]:
    allowed = SEGMENTS if language == book.languages[0] else SEGMENTS_TRANSLATED
    body = max((sms.body(book, language, (reply,)) for reply in replies), key=count)
    if (needed := count(body)) > allowed:
        costly = "".join(outside_gsm7(body))
        because = "; %(signs)s make it expensive" if costly else ""
        yield finding(
            place(state, "", language),
            "takes %(segments)s segments (%(length)s characters)" + because,
            "%(allowed)s are allowed: shorten it" + (", or write it without %(signs)s" if costly else ""),
            segments=needed,
            length=length(body),
            signs=costly,
            allowed=allowed,
        )


def _spoken(
    book: Book, state: Question | Statement, replies: list[Reply], language: str
) -> Iterator[Finding]:
    longest = max(duration(book, language, reply) for reply in replies)
    if longest > LONGEST_SECONDS:
        yield finding(
            place(state, "", language),
            "takes %(seconds)s seconds to say",
            "%(allowed)s are allowed: shorten it, or give it a shorter say",
            seconds=f"{longest:.0f}",
            allowed=LONGEST_SECONDS,
        )
