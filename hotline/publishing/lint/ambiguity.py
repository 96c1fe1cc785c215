"""Findings about choices: the text of a choice must be understood as that choice, typed and spoken.

A question that begins like "Does your child ..." has a choice that means no.

Each choice's own texts are passed to the real `step`, in every language and on both channels, and must
have the same effect as its number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, State
from hotline.conversation.book.texts import offered, text_id, wording
from hotline.conversation.engine.speech import part_offered
from hotline.conversation.engine.step import step
from hotline.conversation.model.events import Channel, Choice, Event, EventKind
from hotline.conversation.model.session import Session, Turn
from hotline.conversation.nlu.choices import choice_of_kind, choose
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.roles import Known
from hotline.publishing.lint.finding import Finding, finding, place
from hotline.publishing.lint.graph import MOMENT

SENTENCE_END = re.compile(r"(?<=[.?!:]) ")

OURS_ANYWHERE = (Known.STOP, Known.START, Known.HELP)
"""Intents that must keep their meaning in every text."""

CARRIERS = frozenset("stop stopall unsubscribe cancel end quit revoke optout start unstop help info".split())
"""Keywords that Twilio and the carriers act on before the service sees them.

Source: twilio.com/docs/messaging/tutorials/advanced-opt-out. YES is a keyword only after STOP.
"""

NOT_THIS = "%(words)r is not understood as this choice"
BUT_ANOTHER, THE_SAME_WORDS = " but as %(other)r", "; %(other)r has the same words"
SOMETHING_ELSE = "; it asks for something else"
MATCH_ONLY_THIS = "word it so that it matches only this choice"


def findings(book: Book, states: Iterable[State]) -> Iterator[Finding]:
    """Yield the choices of these states that are ambiguous or mean something else."""
    for state in states:
        if isinstance(state, Question) and not state.picks:
            for language in book.languages:
                yield from _question(book, state, language)


def yes_or_no(book: Book, states: Iterable[State], openers: Iterable[str]) -> Iterator[Finding]:
    """Yield the questions that a person may answer with a no, and that have none among their choices.

    `openers` are words of the first language with which such a question begins. A yes gets "which one is it?".
    """
    lexicon, begins = book.reader.lexicon, tuple(f"{word} " for word in openers)
    for state in states:
        if not isinstance(state, Question):
            continue
        sentences = SENTENCE_END.split(wording(book, book.languages[0], Channel.VOICE, text_id(state)))
        asked = next((each for each in reversed(sentences) if each.endswith("?")), "")
        if not asked.startswith(begins):
            continue
        for language in book.languages:
            if choice_of_kind(offered(book, language, state.name), "no", lexicon) is None:
                yield finding(
                    place(state, "text", language),
                    "%(words)r may be answered with a no, which is none of the choices",
                    'ask with "which" or "what", or let a choice have the word no',
                    words=asked,
                )


def _question(book: Book, question: Question, language: str) -> Iterator[Finding]:
    choices = offered(book, language, question.name)
    for number, choice in enumerate(choices, 1):
        meant = _by_number(book, question, language, number)
        where = place(question, f"choice.{choice.name}", language)
        wordings = dict.fromkeys((choice.text, choice.say, *choice.words))
        for words in filter(None, wordings):
            if taken := _taken(book, words):
                yield finding(
                    where,
                    "%(words)r collides with %(taken)s, which must work everywhere",
                    "use other words",
                    words=words,
                    taken=taken,
                )
            elif (other := _number_of_another(book, choices, number, words)) is not None:
                yield finding(
                    where, f"{NOT_THIS}{BUT_ANOTHER}", MATCH_ONLY_THIS, words=words, other=other.name
                )
            elif not _distinguished(book, meant, words):
                instead, name = _instead(book, question, choices, words, choice)
                yield finding(where, f"{NOT_THIS}{instead}", MATCH_ONLY_THIS, words=words, other=name)


def _taken(book: Book, words: str) -> str:
    intent = book.reader.patterns.of(words)
    if normalize(words) in CARRIERS or intent in OURS_ANYWHERE:
        return (intent or normalize(words)).upper()
    return ""


def _number_of_another(book: Book, choices: tuple[Choice, ...], number: int, words: str) -> Choice | None:
    """Return another choice whose list position these words name, such as "two" for the first; or None."""
    places = [Choice(name=f"place{at}", text="", go=choice.go) for at, choice in enumerate(choices)]
    said = choose(places, _plain(book, words), "", book.reader.lexicon)
    return None if said is None or said is places[number - 1] else choices[places.index(said)]


def _by_number(
    book: Book, question: Question, language: str, number: int
) -> tuple[tuple[Session, Turn], ...]:
    """Return the sessions in which a text and a call offer this choice, each with the turn after its number or key."""
    here = Session(state=question.name, language=language)
    size = len(part_offered(Channel.VOICE, question, 0)) or len(question.choices)
    part, key = divmod(number - 1, size)
    in_call = replace(here, part=part)
    return (
        (here, _step(book, here, Channel.SMS, EventKind.SAID, str(number))),
        (in_call, _step(book, in_call, Channel.VOICE, EventKind.PRESSED, str(key + 1))),
    )


def _distinguished(book: Book, meant: tuple[tuple[Session, Turn], ...], words: str) -> bool:
    ways = ((Channel.SMS, EventKind.SAID), (Channel.VOICE, EventKind.SPOKEN))
    return all(
        turn == _step(book, session, channel, kind, words)
        for (session, turn), (channel, kind) in zip(meant, ways, strict=True)
    )


def _step(book: Book, session: Session, channel: Channel, kind: EventKind, text: str) -> Turn:
    return step(book, session, Event("check", MOMENT, channel, kind, text))


def _instead(
    book: Book, question: Question, choices: tuple[Choice, ...], words: str, meant: Choice
) -> tuple[str, str]:
    """Return a clause on what the words match instead, and the choice that it names, "" if none."""
    taken = choose(choices, _plain(book, words), question.unsure, book.reader.lexicon)
    if taken is not None and taken.name != meant.name:
        return BUT_ANOTHER, taken.name
    said = _plain(book, words)
    others = (c for c in choices if c.name != meant.name)
    also = (c.name for c in others if said in {_plain(book, w) for w in (c.text, c.say, *c.words)})
    name = next(also, "")
    return (THE_SAME_WORDS, name) if name else (SOMETHING_ELSE, "")


def _plain(book: Book, words: str) -> str:
    """Return the words as the reader compares them."""
    return normalize(book.reader.lexicon.names.written_out(words))
