"""What a person's answers can still decide, from where they are.

Only forks ask about answers. Two people at the same state, whose answers leave every fork ahead of them the
same ways on, are at the same place, whatever else they answered. This is what keeps a walk through all
places short without leaving one out:

    at a question that is held   all forks ahead count, and those that words lead to at any time
    in an aside                  the forks of the aside alone: it returns to a place that is known already
    anywhere else                all forks ahead count, and those that words lead to at any time

A walk that only has to see each text goes by less: the forks up to the next question (`Memory.near`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from hotline.conversation.book.edges import By, edges
from hotline.conversation.book.reader import REMINDED, RESERVED_CONDITIONS
from hotline.conversation.book.states import Book, Case, Fork, Question, Role, State, Takes
from hotline.conversation.engine.transitions import holds
from hotline.conversation.model.session import Session

Ahead = tuple[tuple[str, tuple[Case, ...], str], ...]
"""Each fork ahead: its name, the cases that are left of it, and where it would lead now."""


Parts = tuple[tuple[Fork, ...], frozenset[str]]
"""Forks, and the questions whose answers may still be given."""


class Memory:
    """What can still be decided, for one book. What is compared some million times is known by a number."""

    def __init__(self, book: Book) -> None:
        """Finds where the words that work anywhere lead."""
        self._book = book
        self._cores: dict[Session, int] = {}
        self._core_of: list[Session] = []
        self._numbers: dict[Parts, int] = {}
        self._aheads: dict[Ahead, int] = {}
        self._parts_of: list[Parts] = []
        self._reach = lru_cache(maxsize=None)(self._reached)
        self._ahead = lru_cache(maxsize=None)(self._forks_and_questions)
        self._led_to = lru_cache(maxsize=None)(lambda name: self._parts(self._reach((name,))))
        self._left = lru_cache(maxsize=None)(self._left_of_all)
        self._nearest = lru_cache(maxsize=None)(self._forks_up_to_a_question)
        self._anywhere = self._reach((*Role, *book.topics.values(), *book.reminders))

    def number(self, session: Session) -> int:
        """The number of all sessions with these answers."""
        core = _core(session)
        if core not in self._cores:
            self._cores[core] = len(self._core_of)
            self._core_of.append(core)
        return self._cores[core]

    def of(self, session: Session) -> int:
        """The number of all that this session's answers leave open where it stands."""
        return self._left(self._ahead(session.state, session.paused), self.number(session))

    def near(self, session: Session) -> int:
        """Return the number of what this session's answers decide up to the next question."""
        return self._left(self._nearest(session.state), self.number(session))

    def forks_from(self, name: str) -> bool:
        """Whether anything that was answered can decide where one goes on who is led to this state."""
        return bool(self._parts_of[self._led_to(name)][0])

    def from_state(self, number: int, name: str) -> int:
        """The number of what the answers of sessions with this number decide for one who is led to this state."""
        return self._left(self._led_to(name), number)

    def _forks_and_questions(self, state: str, paused: str) -> int:
        here = tuple(name for name in (state, paused) if name in self._book.states)
        own = self._reach(tuple(way for name in here[:1] for way in ways_on(self._book.states[name])))
        if paused and not holds(self._book, state) and not self._learns(own | {state}):
            return self._parts(own)
        after = tuple(way for name in here for way in ways_on(self._book.states[name]))
        return self._parts({*here, *self._anywhere, *self._reach(after)})

    def _forks_up_to_a_question(self, state: str) -> int:
        found: set[str] = set()
        edge = [state] if state in self._book.states else []
        while edge:
            for way in ways_on(self._book.states[edge.pop()]):
                if way not in found and not isinstance(self._book.states[way], Question):
                    found.add(way)
                    edge.append(way)
        return self._parts(found)

    def _learns(self, names: frozenset[str]) -> bool:
        """Whether what a person tells on the way is remembered for later."""
        found = (self._book.states.get(name) for name in names)
        return any(isinstance(state, Question) and state.takes is not Takes.NOTHING for state in found)

    def _parts(self, names: set[str] | frozenset[str]) -> int:
        """The number of the forks among these states, and of the questions that may still be answered."""
        found = [self._book.states[name] for name in sorted(names)]
        asked = {state.name for state in found if isinstance(state, Question) and not state.fresh}
        parts = tuple(state for state in found if isinstance(state, Fork)), frozenset(asked)
        if parts not in self._numbers:
            self._numbers[parts] = len(self._parts_of)
            self._parts_of.append(parts)
        return self._numbers[parts]

    def _reached(self, names: tuple[str, ...]) -> frozenset[str]:
        """These states and all that follow them, until a new screening forgets all answers."""
        reached: set[str] = set()
        edge = set(names)
        while edge:
            state = self._book.states.get(edge.pop())
            if state is None or state.name in reached:
                continue
            reached.add(state.name)
            if not (isinstance(state, Question) and state.fresh):
                edge |= set(ways_on(state))
        return frozenset(reached)

    def _left_of_all(self, parts: int, core: int) -> int:
        forks, asked = self._parts_of[parts]
        ahead = tuple((fork.name, *_left(fork, self._core_of[core], asked)) for fork in forks)
        return self._aheads.setdefault(ahead, len(self._aheads))


def ways_on(state: State) -> Iterator[str]:
    """Yield the states that `state` leads to by itself or by an answer: no places such as `return`, and no WHY."""
    return (edge.to for edge in edges(state) if edge.by is not By.WHY and edge.leads_to_state)


def _core(session: Session) -> Session:
    """The part of a session that forks ask about."""
    return Session(
        texting=session.texting,
        nudge=session.nudge,
        known=session.known,
        reminded=session.reminded,
        answers=tuple(reversed(session.screening)),
    )


def _left(fork: Fork, session: Session, asked: frozenset[str]) -> tuple[tuple[Case, ...], str]:
    """The cases that may still be taken, without the conditions that are settled; and the one of now."""
    left: list[Case] = []
    now = ""
    for case in fork.cases:
        settled = [c for c in case.conditions if c[0] not in asked and c[0] not in RESERVED_CONDITIONS]
        unsettled = tuple(c for c in case.conditions if c not in settled)
        if not all(_holds(session, *condition) for condition in settled):
            continue
        left.append(Case(unsettled, case.go))
        if not now and all(_holds(session, *condition) for condition in unsettled):
            now = case.go
        if not unsettled:
            break
    return tuple(left), now


def _holds(session: Session, question: str, answer: str) -> bool:
    if question == "nudge":
        return session.nudge == answer
    if question == "outcome":
        return ("known" if session.outcomes else "none") == answer
    if question == REMINDED:
        return any(name == answer for name, _ in session.reminded)
    if question in RESERVED_CONDITIONS:
        return session.texting == answer  # the line, which the others are about, is told apart anyway
    if session.told_to(question):
        return answer == "known"
    return (session.answer_to(question) or "unknown") == answer
