"""Positions in a walk through the flows, and its results.

What a person may say: each answer to a question, and a sample message for each intent; one without cannot be asked for.
A place is what later turns depend on: the state, the paused question, and the remembered answers that a
fork may still test. IDs, times and counts are not part of it, or the walk would never end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from hotline.conversation.book.actions import RecordMessage, RingStaff, StartReminder
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, Role, Statement, Takes
from hotline.conversation.engine.call_events import JOINED
from hotline.conversation.engine.speech import MOST_BY_EAR, has_more, part_offered
from hotline.conversation.model.events import Channel, EventKind, LineType, Reply, Texting
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.intents import Intent
from hotline.conversation.nlu.patterns import GAP

SAMPLES = {
    Takes.NOTHING: (),
    Takes.STATE: ("CA", "Texas"),
    Takes.DAY: ("9/14",),
    Takes.COMING_DAY: ("12/14",),
    Takes.GRADE: ("3rd",),
    Takes.AGE: ("5",),
}
"""Sample answers to a question that takes more than its choices."""

MOST_TRIED = 60
"""Maximum phrases of an intent to try before it counts as impossible to say."""

GROUP = re.compile(r"\(\?:([^()]*)\)(\??)")
"""Matches an innermost group of a parsed phrase, and whether it is optional."""

Move = tuple[EventKind, str]

Call = tuple[str, tuple[Reply, ...]]
"""A language, and a whole turn of a call."""


@dataclass(frozen=True, slots=True)
class Line:
    """How a person reaches the service: channel, language, and what the number can receive.

    `staffed`: staff are available; `requests_seen`: staff would see a request for a callback.
    """

    channel: Channel
    language: str
    reachable: bool = True
    type: LineType = LineType.TEXTS
    staffed: bool = True
    requests_seen: bool = True

    @property
    def usual(self) -> bool:
        """Whether to try messages that work anywhere; on other lines only answers are tried."""
        return self.reachable and self.type is LineType.TEXTS and self.requests_seen


@dataclass(frozen=True, slots=True)
class Where:
    """A place: the line, and everything in a session that later turns depend on.

    `texting` counts only where it decides what happens: on a call and in an aside it only starts
    follow-ups, and forks that test it are covered by `remembered`.
    """

    line: Line
    state: str
    paused: str
    remembered: int
    texting: Texting
    part: int = 0
    """The part of the question's choices that a call offers."""


@dataclass(slots=True)
class Walk:
    """The results of a walk.

    `ways` has for each place the turns that answers lead to, with the place after each. `turns` has all possible
    replies, with the state in which each was given. `calls` has the whole turns of calls by language, before long
    ones are split into parts, with the state before each and the state in which its later parts are said.
    """

    places: dict[Where, Session] = field(default_factory=dict)
    ways: dict[Where, list[tuple[tuple[Reply, ...], Where]]] = field(default_factory=dict)
    turns: dict[tuple[Line, tuple[Reply, ...]], str] = field(default_factory=dict)
    calls: dict[Call, tuple[str, str]] = field(default_factory=dict)
    met: set[str] = field(default_factory=set)
    steps: int = 0

    def started(self, book: Book) -> tuple[str, ...]:
        """Return the follow-ups that start at any reachable state, given consent to texts or to one text."""
        started = (name for name, r in book.reminders.items() if self.met.intersection(r.starts_on))
        actions = (a for state in book.states.values() if isinstance(state, Statement) for a in state.does)
        single = {action.reminder for action in actions if isinstance(action, StartReminder)}
        return (*started, *sorted({*single, Role.CALL_DROPPED}))


def lines(book: Book) -> tuple[Line, ...]:
    """Return every channel in every language, and the first language's variants of a line.

    Other kinds of lines matter only at forks along a call or text, so one language and its answers suffice.
    """
    every = [Line(channel, language) for language in book.languages for channel in Channel]
    first = partial(Line, Channel.VOICE, book.languages[0], staffed=False)
    return (
        *every,
        first(reachable=False),
        first(reachable=False, staffed=True),
        first(type=LineType.LANDLINE),
        first(type=LineType.UNSURE),
        first(requests_seen=False),
        first(requests_seen=False, staffed=True),
        first(requests_seen=False, staffed=True, reachable=False),
        Line(Channel.SMS, book.languages[0], requests_seen=False),
    )


def answers(book: Book, where: Where) -> Iterator[Move]:
    """Yield the possible answers to the waiting question: each choice, and samples of what it takes."""
    question = book.states.get(where.state)
    actions = question.does if isinstance(question, Statement) else ()
    if any(isinstance(action, RingStaff) for action in actions):
        yield from ((EventKind.DIALED, JOINED), (EventKind.DIALED, "missed"))
    elif any(isinstance(action, RecordMessage) for action in actions):
        yield from ((EventKind.RECORDED, "RE0"), (EventKind.SILENT, ""))
    elif isinstance(question, Question):
        number = EventKind.PRESSED if where.line.channel is Channel.VOICE else EventKind.SAID
        yield from ((number, key) for key in keys(where.line, question, where.part))
        yield from ((speaking(where.line.channel), sample) for sample in SAMPLES[question.takes])


def keys(line: Line, question: Question, part: int) -> tuple[str, ...]:
    """Return the numbers that answer a question, and the key for more in a call; for topics, only the likeliest."""
    texts = line.channel is Channel.SMS or (line.reachable and line.type is not LineType.LANDLINE)
    offered = part_offered(line.channel, question, part, texts=texts)
    numbers = 1 if question.picks else len(offered or question.choices)
    more = (str(MOST_BY_EAR),) if has_more(question, offered) else ()
    return (*map(str, range(1, numbers + 1)), *more)


def speaking(channel: Channel) -> EventKind:
    """Return the kind of event that words are on this channel."""
    return EventKind.SPOKEN if channel is Channel.VOICE else EventKind.SAID


def messages(book: Book) -> dict[str, str]:
    """Return a sample message by intent name. Intents without one are omitted."""
    found = ((intent.name, _message(book, intent)) for intent in book.reader.patterns.intents)
    sayable = {name: message for name, message in found if message}
    samples = book.reader.classifier.samples
    learned = {n: text for n, text in samples.items() if n not in sayable and book.reader.of(text) == n}
    explained = {name: text for name, text in book.reader.glossary.messages() if book.reader.of(text) == name}
    return sayable | learned | explained


def _message(book: Book, intent: Intent) -> str:
    phrases = (*intent.exact, *intent.phrases)[:MOST_TRIED]
    for phrase in phrases:
        for message in _examples(phrase.find):
            if book.reader.of(message) == intent.name:
                return message
    return ""


def _examples(find: str) -> Iterator[str]:
    """Yield messages that match a phrase: with its first alternatives, and with its last."""
    plain = find.replace(GAP, "").replace("[^ ]*", "")
    for which in (0, -1):
        words = plain
        while (group := GROUP.search(words)) is not None:
            inner = "" if group[2] else group[1].split("|")[which]
            words = words[: group.start()] + inner + words[group.end() :]
        yield words.strip()
