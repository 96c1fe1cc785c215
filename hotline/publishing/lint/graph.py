"""Walk every place that a person can reach, with the real `step`.

Rule 1: every session here was made by `step`, so every finding can happen to a parent.
Rule 2: each place is tried with every choice, misses, silence and REPEAT, and BACK once for each question and the one that
        it returns to. Messages that work anywhere depend only on the pending question and remembered answers: each
        combination is tried once.
Rule 3: answers that leave the same paths open do not distinguish two places (`graph_memory`).
Rule 4: messages that lead to statements which differ only in their texts continue alike: one of them is
        tried everywhere, the others once on each line.
Rule 5: the first language is walked fully on both channels. Another language or kind of line differs only
        in its texts and the forks that test the line: there, answers count up to the next question. Messages that
        work anywhere are texted once in another language.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Basis, Question, Role, Statement
from hotline.conversation.book.texts import state_of
from hotline.conversation.engine.asides import must_return_to
from hotline.conversation.engine.call_events import LAST_SILENCE
from hotline.conversation.engine.misses import TRIES
from hotline.conversation.engine.reminders import counted_from
from hotline.conversation.engine.step import step
from hotline.conversation.model.events import Ask, Channel, Event, EventKind, FlowError, Reply, Tell, Texting
from hotline.conversation.model.session import Session, Step, Turn
from hotline.conversation.nlu.roles import Known
from hotline.publishing.lint.graph_memory import Memory
from hotline.publishing.lint.graph_places import (
    Call,
    Line,
    Move,
    Walk,
    Where,
    answers,
    lines,
    messages,
    speaking,
)

MOMENT = datetime(2026, 11, 23, 15, tzinfo=UTC)
"""The time of every event: a walk must find the same on every day."""

MOST_PLACES = 200_000
"""The number of places after which the walk gives up.

The flows have about 79,000. Twice as many mean that a fork at the end tests answers from the beginning.
"""

MORE, MOST_PARTS = "1", 20
"""The key for the next part of a long turn, and the parts after which a turn counts as endless."""

KEYS_THAT_DEPEND = ("0", "7")
"""Keys whose meaning depends on the line and the hour: a person, and "text me this"."""

NONSENSE = "xqzv wkjh"
"""A message that means nothing anywhere."""


def walk_book(book: Book, ways_in: tuple[Line, ...] | None = None) -> Walk:
    """Return the walk of all places reachable on these lines, or on all lines if None.

    Raise FlowError if there are more than MOST_PLACES.
    """
    walker = _Walker(book)
    for line in ways_in or lines(book):
        walker.begin(line)
    return walker.walk


@dataclass(slots=True)
class _WholeTurn:
    """The whole turn that a caller hears after one move, reassembled from its parts."""

    language: str
    begun: str
    later: str = ""
    whole: tuple[Reply, ...] = ()

    def add(self, turn: Turn, calls: dict[Call, tuple[str, str]], *, waits: bool) -> None:
        """Add a part, as a separate turn if the line only `waits`, such as for the caller to find a pencil."""
        self.later = self.later or turn.session.state
        if waits:
            calls.setdefault((self.language, turn.replies), (self.begun, self.later))
        else:
            self.whole += tuple(reply for reply in turn.replies if not _asks_to_go_on(reply))

    def end(self, calls: dict[Call, tuple[str, str]]) -> None:
        """Record the whole turn, unless nothing was said."""
        if self.whole:
            calls.setdefault((self.language, self.whole), (self.begun, self.later))


def _asks_to_go_on(reply: Reply) -> bool:
    return isinstance(reply, Ask) and reply.state in (Role.MORE, Role.NEXT_LINE)


class _Walker:
    """One walk in progress."""

    def __init__(self, book: Book) -> None:
        self.book, self.walk, self.memory = book, Walk(), Memory(book)
        self.messages = messages(book)
        forks = {
            m: words for m, words in self.messages.items() if self.memory.forks_from(book.topics.get(m, ""))
        }
        self.forking, self.simple, self.alike = forks, *self._apart(forks)
        self.remembered = self.memory.of
        self.waiting: deque[Where] = deque()
        self.tried: set[tuple[object, ...]] = set()

    def _apart(self, forks: Mapping[str, str]) -> tuple[list[str], list[str]]:
        """Return the messages to try at every place, and those that continue like one of these."""
        first: dict[Hashable, str] = {}
        for intent, words in self.messages.items():
            if intent not in forks:
                first.setdefault(self._leads_on(intent), words)
        alike = (w for m, w in self.messages.items() if m not in forks and w not in first.values())
        return list(first.values()), list(alike)

    def _leads_on(self, intent: str) -> Hashable:
        """Return a key that is equal for intents whose statements differ only in their texts."""
        state = self.book.states.get(self.book.topics.get(intent, ""))
        if not isinstance(state, Statement) or state.name in set(Role) or state.variants.by_state:
            return intent
        return replace(state, name="", file="", asked=(), basis=Basis())

    def begin(self, line: Line) -> None:
        """Walk all places reachable on one line."""
        whole = line.usual and line.language == self.book.languages[0]
        self.remembered = self.memory.of if whole else self.memory.near
        new = Session(language=line.language, line=line.type)
        if line.channel is Channel.VOICE:
            self._go(line, new, (EventKind.OPENED, ""))
        else:
            for words in (NONSENSE, *self.messages.values()):
                self._go(line, new, (EventKind.SAID, words))
        while self.waiting or self._follow_up(line):
            while self.waiting:
                self._leave(self.waiting.popleft())

    def _go(self, line: Line, session: Session, *moves: Move) -> tuple[tuple[Reply, ...], Where]:
        """Make these moves in order and record the turns; return the last replies and the new place."""
        said: tuple[Reply, ...] = ()
        for kind, text in moves:
            said, whole = (), _WholeTurn(line.language, session.state)
            for move in ((kind, text), *(((EventKind.PRESSED, MORE),) * MOST_PARTS)):
                event = Event(
                    "check",
                    MOMENT,
                    line.channel,
                    *move,
                    line.reachable,
                    line.staffed,
                    requests_seen=line.requests_seen,
                    days=_days_of(self.book, text) if kind is EventKind.DUE else (),
                )
                turn = step(self.book, session, event)
                self._remember(line, session, kind, turn)
                if line.channel is Channel.VOICE:
                    whole.add(
                        turn, self.walk.calls, waits=bool(session.more) and session.more == turn.session.more
                    )
                session, said = turn.session, (*said, *turn.replies)
                if not session.more:
                    break
            whole.end(self.walk.calls)
        where = self._where(line, session)
        if where not in self.walk.places:
            if len(self.walk.places) >= MOST_PLACES:
                raise FlowError(
                    f"{where.state}: more than {MOST_PLACES} places can be reached; "
                    "move forks closer to the questions whose answers they test"
                )
            self.walk.places[where] = session
            self.waiting.append(where)
        return said, where

    def _remember(self, line: Line, session: Session, kind: EventKind, turn: Turn) -> None:
        self.walk.steps += 1
        if kind is not EventKind.DUE:
            self.walk.turns.setdefault((line, turn.replies), session.state)
        for reply in turn.replies:
            if isinstance(reply, Tell):
                self.walk.met.add(state_of(reply.text))
            elif isinstance(reply, Ask):
                self.walk.met.add(reply.state)

    def _leave(self, where: Where) -> None:
        """Try everything that a person may do here."""
        line, session = where.line, self.walk.places[where]
        self.walk.ways[where] = [self._go(line, session, move) for move in answers(self.book, where)]
        words_kind = speaking(line.channel)
        back = (EventKind.PRESSED, "#") if line.channel is Channel.VOICE else (words_kind, Known.BACK)
        step = session.steps[-1] if session.steps else Step()
        undone = (line, where.state, where.paused, where.texting, step.state, step.paused)
        if undone not in self.tried:
            self.tried.add(undone)
            self._go(line, session, back)
        # Two misses lead where the pending question decides; each question is also missed once.
        missed = {(line, where.state), (line, where.paused or where.state)}
        if not missed <= self.tried:
            self.tried |= missed
            for moves in self._unsure(where):
                self._go(line, session, *moves)
        for words in self._words(where, session) if line.usual else ():
            self._go(line, session, (words_kind, words))
        for key in () if line.usual else KEYS_THAT_DEPEND:
            if (line, key, where.state) not in self.tried:
                self.tried.add((line, key, where.state))
                self._go(line, session, (EventKind.PRESSED, key))

    def _unsure(self, where: Where) -> Iterator[tuple[Move, ...]]:
        """Yield the moves of a person who does not know the answer. None of them depends on memory."""
        if isinstance(self.book.states.get(where.state), Question):
            yield ((speaking(where.line.channel), NONSENSE),) * TRIES
        if where.line.channel is Channel.VOICE:
            yield ((EventKind.SILENT, ""),) * LAST_SILENCE
            yield ((EventKind.PRESSED, "*"),)
        else:
            yield ((EventKind.SAID, Known.REPEAT),)

    def _follow_up(self, line: Line) -> bool:
        """Send each started follow-up to those who agreed to texts. Return whether places are waiting."""
        if line.channel is Channel.VOICE:
            return False
        for where, session in list(self.walk.places.items()):
            if where.line != line or where.texting is not Texting.YES:
                continue
            place, number = (where.line, self._held(where), where.texting), self.memory.number(session)
            started = self.walk.started(self.book)
            if (place, number, started) in self.tried:
                continue
            self.tried.add((place, number, started))
            for reminder in started:
                here = (place, reminder) not in self.tried
                self.tried.add((place, reminder))
                # Every place once and every set of answers once, but not every combination.
                if self._new((line, where.texting), number, EventKind.DUE, reminder) or here:
                    self._go(line, session, (EventKind.DUE, reminder))
        return bool(self.waiting)

    def _where(self, line: Line, session: Session) -> Where:
        returns = session.paused and session.paused not in self.book.continuations
        aside = returns and not must_return_to(self.book, session.state)
        distinguished = line.channel is Channel.SMS and (session.texting is Texting.STOPPED or not aside)
        texting = session.texting if distinguished else Texting.UNASKED
        return Where(line, session.state, session.paused, self.remembered(session), texting, session.part)

    def _words(self, where: Where, session: Session) -> Iterator[str]:
        """Yield the messages that work anywhere, unless already tried where they have the same effect.

        The effect depends on the pending question, consent, and the answers that forks along the way test.
        """
        place = (where.line, self._held(where), where.texting)
        first = (where.line, EventKind.SAID) not in self.tried
        self.tried.add((where.line, EventKind.SAID))
        by_text = where.line.channel is Channel.SMS and where.line.language != self.book.languages[0]
        # How long a call speaks depends on its language; where a text leads does not.
        if by_text and not first:
            return
        if place not in self.tried:
            self.tried.add(place)
            yield from self.simple
        if first:
            yield from self.alike
        number = self.memory.number(session)
        if (place, number) in self.tried:
            return
        self.tried.add((place, number))
        for intent, words in self.forking.items():
            if self._new(place, number, intent, self.book.topics[intent]):
                yield words

    def _held(self, where: Where) -> str:
        return where.state if must_return_to(self.book, where.state) else where.paused

    def _new(self, place: tuple[object, ...], number: int, word: str, leads_to: str) -> bool:
        """Check whether a word or follow-up could have a new effect here, and mark it as tried."""
        key = (place, word, self.memory.from_state(number, leads_to), leads_to)
        if key in self.tried:
            return False
        self.tried.add(key)
        return True


def _days_of(book: Book, reminder: str) -> tuple[tuple[str, str], ...]:
    """Return a day for each question from whose day a reminder counts, as a record of it has."""
    return tuple((question, MOMENT.date().isoformat()) for question in counted_from(book, reminder))
