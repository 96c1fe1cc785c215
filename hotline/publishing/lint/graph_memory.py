"""The decisions that a person's answers can still affect, from where they are.

Only forks test answers. Two people in the same state, whose answers give every fork ahead of them the
same outcomes, are at the same place, regardless of their other answers. This keeps a walk through all
places short without omitting any:

    in an aside     only the forks of the aside count: it returns to a place that is already known
    anywhere else   all forks ahead count, and those that messages can lead to at any time

A walk that only has to see each text distinguishes less: the forks up to the next question (`Memory.near`).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from functools import lru_cache

from hotline.conversation.book.book import Book
from hotline.conversation.book.edges import By, edges
from hotline.conversation.book.names import REMINDED, RESERVED_CONDITIONS
from hotline.conversation.book.states import Case, Fork, Question, Role, State, Takes
from hotline.conversation.engine.asides import must_return_to
from hotline.conversation.model.session import Session

Ahead = tuple[tuple[str, tuple[Case, ...], str], ...]
"""Each fork ahead: its name, its remaining cases, and where it would lead now."""


Parts = tuple[tuple[Fork, ...], frozenset[str]]
"""Forks, and the questions that may still be answered."""


class Memory:
    """The open decisions of one book, as numbers, since they are compared millions of times."""

    def __init__(self, book: Book) -> None:
        """Find where the messages that work anywhere lead."""
        self._book = book
        self._numbers: dict[Parts, int] = {}
        self._aheads: dict[Ahead, int] = {}
        self._parts_of: list[Parts] = []
        self._tested: list[int] = []
        forks = [state for state in book.states.values() if isinstance(state, Fork)]
        conditions = dict.fromkeys(c for fork in forks for case in fork.cases for c in case.conditions)
        self._bits = {condition: 1 << n for n, condition in enumerate(conditions)}
        self._held: dict[Hashable, int] = {}
        self._reach = lru_cache(maxsize=None)(self._reached)
        self._ahead = lru_cache(maxsize=None)(self._forks_and_questions)
        self._led_to = lru_cache(maxsize=None)(lambda name: self._parts(self._reach((name,))))
        self._left = lru_cache(maxsize=None)(self._left_of_all)
        self._nearest = lru_cache(maxsize=None)(self._forks_up_to_a_question)
        self._anywhere = self._reach((*Role, *book.topics.values(), *book.reminders))

    def number(self, session: Session) -> int:
        """Return a bit mask of the conditions of forks that hold for this session."""
        tested = (session.texting, session.nudge, session.known, session.reminded, session.screening)
        found = self._held.get(tested)
        if found is None:
            found = sum(bit for condition, bit in self._bits.items() if _holds(session, *condition))
            self._held[tested] = found
        return found

    def of(self, session: Session) -> int:
        """Return the number of everything that this session's answers leave open at its state."""
        return self._left_open(self._ahead(session.state, session.paused), self.number(session))

    def near(self, session: Session) -> int:
        """Return the number of what this session's answers decide up to the next question."""
        return self._left_open(self._nearest(session.state), self.number(session))

    def forks_from(self, name: str) -> bool:
        """Check whether any fork follows this state, so that answers can decide the path from it."""
        return bool(self._parts_of[self._led_to(name)][0])

    def from_state(self, number: int, name: str) -> int:
        """Return the number of what the answers with this number decide from this state on."""
        return self._left_open(self._led_to(name), number)

    def _forks_and_questions(self, state: str, paused: str) -> int:
        here = tuple(name for name in (state, paused) if name in self._book.states)
        own = self._reach(tuple(way for name in here[:1] for way in next_states(self._book.states[name])))
        returns = paused and paused not in self._book.continuations
        if returns and not must_return_to(self._book, state) and not self._learns(own | {state}):
            return self._parts(own)
        after = tuple(way for name in here for way in next_states(self._book.states[name]))
        return self._parts({*here, *self._anywhere, *self._reach(after)})

    def _forks_up_to_a_question(self, state: str) -> int:
        found: set[str] = set()
        edge = [state] if state in self._book.states else []
        while edge:
            for way in next_states(self._book.states[edge.pop()]):
                if way not in found and not isinstance(self._book.states[way], Question):
                    found.add(way)
                    edge.append(way)
        return self._parts(found)

    def _learns(self, names: frozenset[str]) -> bool:
        """Check whether any of these states stores a value that a person gives."""
        found = (self._book.states.get(name) for name in names)
        return any(isinstance(state, Question) and state.takes is not Takes.NOTHING for state in found)

    def _parts(self, names: set[str] | frozenset[str]) -> int:
        """Return the number of the forks among these states and their questions still to be answered."""
        found = [self._book.states[name] for name in sorted(names)]
        asked = {state.name for state in found if isinstance(state, Question) and not state.fresh}
        parts = tuple(state for state in found if isinstance(state, Fork)), frozenset(asked)
        if parts not in self._numbers:
            self._numbers[parts] = len(self._parts_of)
            self._parts_of.append(parts)
            conditions = {c for fork in parts[0] for case in fork.cases for c in case.conditions}
            self._tested.append(sum(self._bits[condition] for condition in conditions))
        return self._numbers[parts]

    def _reached(self, names: tuple[str, ...]) -> frozenset[str]:
        """Return these states and all that follow, up to a new screening, which clears all answers."""
        reached: set[str] = set()
        edge = set(names)
        while edge:
            state = self._book.states.get(edge.pop())
            if state is None or state.name in reached:
                continue
            reached.add(state.name)
            if not (isinstance(state, Question) and state.fresh):
                edge |= set(next_states(state))
        return frozenset(reached)

    def _left_open(self, parts: int, number: int) -> int:
        return self._left(parts, number & self._tested[parts])

    def _left_of_all(self, parts: int, held: int) -> int:
        forks, asked = self._parts_of[parts]
        ahead = tuple((fork.name, *self._left_at(fork, held, asked)) for fork in forks)
        return self._aheads.setdefault(ahead, len(self._aheads))

    def _left_at(self, fork: Fork, held: int, asked: frozenset[str]) -> tuple[tuple[Case, ...], str]:
        """Return the cases still possible, without settled conditions, and the current target."""
        left: list[Case] = []
        now = ""
        for case in fork.cases:
            settled = [c for c in case.conditions if c[0] not in asked and c[0] not in RESERVED_CONDITIONS]
            unsettled = tuple(c for c in case.conditions if c not in settled)
            if not all(held & self._bits[condition] for condition in settled):
                continue
            left.append(Case(unsettled, case.go))
            if not now and all(held & self._bits[condition] for condition in unsettled):
                now = case.go
            if not unsettled:
                break
        return tuple(left), now


def next_states(state: State) -> Iterator[str]:
    """Yield the states that `state` leads to directly or by an answer: no WHY, no places like `return`."""
    return (edge.to for edge in edges(state) if edge.by is not By.WHY and edge.leads_to_state)


def _holds(session: Session, question: str, answer: str) -> bool:
    if question == "nudge":
        return session.nudge == answer
    if question == "outcome":
        return ("known" if session.outcomes else "none") == answer
    if question == REMINDED:
        return any(name == answer for name, _ in session.reminded)
    if question in RESERVED_CONDITIONS:
        return session.texting == answer  # the other conditions test the line, which is part of the place
    if session.slot(question):
        return answer == "known"
    return (session.answer_to(question) or "unknown") == answer
