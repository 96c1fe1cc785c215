"""Find the shortest path to an outcome, and write it as a script that `transcript.play` can play.

Rule 1: the search is breadth first over `step` itself, so a parent can take every path found.
Rule 2: choices come first. For texts that no choice leads to, one message after the greeting is tried.
Rule 3: sessions that later turns treat alike count as one (`graph_memory`), or the search would not end.
"""

from __future__ import annotations

import difflib
from collections import deque
from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import lru_cache

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, Role, Statement, Takes
from hotline.conversation.book.texts import state_of, text_id
from hotline.conversation.engine.step import step
from hotline.conversation.model.events import Channel, Event, EventKind, FlowError, Tell
from hotline.conversation.model.session import Session
from hotline.publishing.lint.graph import MORE
from hotline.publishing.lint.graph_memory import Memory, next_states
from hotline.publishing.lint.graph_places import Line, Move, keys, messages, speaking
from hotline.publishing.lint.remembering import remembering
from hotline.publishing.lint.transcript import BEGINNING

MOST_SESSIONS = 20_000
"""Sessions visited before the rest counts as out of reach. The flows have some thousands."""

SAMPLES = {
    Takes.NOTHING: (),
    Takes.STATE: ("California",),
    Takes.DAY: ("yesterday",),
    Takes.COMING_DAY: ("tomorrow",),
    Takes.GRADE: ("3rd",),
    Takes.AGE: ("5",),
}
"""Sample answers to a question that takes more than its choices."""

OUTCOME_FACT = "OUT-"
"""The ID prefix of facts that are outcomes by themselves, reached by words: OUT-CRISIS."""

OPENED: Mapping[Channel, Move] = {Channel.SMS: (EventKind.SAID, "hi"), Channel.VOICE: (EventKind.OPENED, "")}
"""The first move of a conversation."""


def outcomes(book: Book) -> dict[str, tuple[str, ...]]:
    """Return every outcome with the IDs of the texts that state it."""
    found: dict[str, tuple[str, ...]] = {}
    for state in book.states.values():
        if isinstance(state, Statement):
            facts = () if state.outcome else tuple(f for f in state.basis.facts if f.startswith(OUTCOME_FACT))
            for name in (state.outcome.id if state.outcome else "", *facts):
                found[name] = (*found.get(name, ()), text_id(state))
    found.pop("", None)
    return found


def shortest(book: Book, outcome: str, channel: Channel, language: str = "en") -> tuple[Move, ...]:
    """Return the fewest moves that take a new person to the outcome.

    Raise FlowError if the outcome or language is unknown or there is no path.
    """
    known = outcomes(book)
    if outcome not in known:
        near = difflib.get_close_matches(outcome, known, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(sorted(known))}"
        raise FlowError(f"no outcome named {outcome!r}; {hint}")
    if language not in book.languages:
        raise FlowError(f"no language named {language!r}; there are {', '.join(book.languages)}")
    found = _first_paths(book, channel, language)
    ways = [found[text] for text in known[outcome] if text in found]
    if not ways:
        raise FlowError(f"{outcome}: nothing a parent can press or say leads there")
    return min(ways, key=len)


def script(moves: Iterable[Move], channel: Channel, title: str, language: str) -> str:
    """Return a transcript with only the person's lines."""
    head = f"{title}\nLanguage: {language}" if language != Session().language else title
    who = "Caller" if channel is Channel.VOICE else "Parent"
    return "\n\n".join([head, *(f"{who}: {_line(channel, *move)}" for move in moves)]) + "\n"


def _line(channel: Channel, kind: EventKind, text: str) -> str:
    if channel is Channel.SMS:
        return text
    return {EventKind.OPENED: "(calls)", EventKind.PRESSED: f"(presses {text})"}.get(kind, f"(says) {text}")


@lru_cache(maxsize=8)
def _first_paths(book: Book, channel: Channel, language: str) -> Mapping[str, tuple[Move, ...]]:
    """Return each text that a new person can get, with the shortest path to it.

    The language matters because the length of its texts determines how turns of a call are split.
    """
    book, found = remembering(book), dict[str, tuple[Move, ...]]()
    greeted = _take(book, channel, Session(language=language), (), OPENED[channel], found)
    waiting: deque[tuple[Session, tuple[Move, ...]]] = deque([(greeted, (OPENED[channel],))])
    memory = Memory(book)
    met, wanted = {_canonical(greeted, memory)}, _led_to(book)
    while waiting and len(met) < MOST_SESSIONS and not wanted <= found.keys():
        session, path = waiting.popleft()
        for move in _moves(book, session, channel):
            following = _take(book, channel, session, path, move, found)
            if (place := _canonical(following, memory)) not in met:
                met.add(place)
                waiting.append((following, (*path, move)))
    for message in messages(book).values():
        _take(book, channel, greeted, (OPENED[channel],), (speaking(channel), message), found)
    return found


def _led_to(book: Book) -> frozenset[str]:
    """Return the texts that state an outcome and can be reached by choices."""
    passed, waiting = set[str](), list[str]((Role.BEGIN, Role.MENU, Role.ANYTHING_ELSE))
    while waiting:
        name = waiting.pop()
        if name in book.states and name not in passed:
            passed.add(name)
            waiting += next_states(book.states[name])
    return frozenset(id for texts in outcomes(book).values() for id in texts if state_of(id) in passed)


def _take(
    book: Book,
    channel: Channel,
    session: Session,
    path: tuple[Move, ...],
    move: Move,
    found: dict[str, tuple[Move, ...]],
) -> Session:
    """Return the session after the move; add texts seen for the first time to `found`."""
    turn = step(book, session, Event(str(len(path)), BEGINNING, channel, *move, requests_seen=True))
    for reply in turn.replies:
        if isinstance(reply, Tell):
            found.setdefault(reply.text, (*path, move))
    return turn.session


def _moves(book: Book, session: Session, channel: Channel) -> Iterator[Move]:
    """Yield the possible answers at the session's state."""
    question = book.states.get(session.state)
    if session.more:
        yield EventKind.PRESSED, MORE
    elif isinstance(question, Question):
        pressing = EventKind.PRESSED if channel is Channel.VOICE else EventKind.SAID
        yield from ((pressing, key) for key in keys(Line(channel, session.language), question, session.part))
        yield from ((speaking(channel), sample) for sample in SAMPLES[question.takes])


def _canonical(session: Session, memory: Memory) -> Hashable:
    """Return everything in a session that later turns depend on."""
    return (
        session.state,
        session.paused,
        session.part,
        session.texting,
        session.more,
        memory.of(session),
    )
