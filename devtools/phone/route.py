"""A person's path through the flows: the states they passed and the arrows between them.

Rule 1: pure. A session stores where a person answered, not the states in between; those are found as the
        shortest path through states that ask nothing; at a fork, the given answers determine the case.
Rule 2: if the flow has no such path (a word that works anywhere led there), nothing is drawn in between.
Rule 3: only the path through the current screening is returned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from devtools.phone.chart import leads_to
from devtools.phone.drawing import Way
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Fork, Question, State
from hotline.conversation.book.texts import state_of
from hotline.conversation.model.session import BEGAN, Session


def here(book: Book, session: Session) -> str:
    """Return a person's current state: the pending question, else the last statement; "" if neither exists."""
    if session.state in book.states:
        return session.state
    last = state_of(session.last[-1].text) if session.last else ""
    return last if last in book.states else ""


def walked(book: Book, session: Session) -> Way:
    """Return the path from the first answer of this screening to the current state."""
    stops = list(_stops(book, session))
    end = here(book, session)
    if end and (not stops or stops[-1][0] != end):
        stops.append((end, ""))
    given = {answer.state: answer.choice for answer in session.answers[_began(session) + 1 :]}
    states, arrows = {name for name, _ in stops}, set[tuple[str, str]]()
    for (start, choice), (goal, _) in pairwise(stops):
        way = _between(book, given, start, choice, goal) or _between(book, {}, start, choice, goal)
        states.update(way)
        arrows.update(pairwise(way))
    return Way(states, arrows, end)


def _stops(book: Book, session: Session) -> Iterator[tuple[str, str]]:
    """Yield each state that the person answered in this screening, with the choice if known, else ""."""
    began = _began(session)
    for step in session.trail:
        if step.answers > began and step.state in book.states:
            given = session.answers[step.answers] if step.answers < len(session.answers) else None
            yield step.state, given.choice if given and given.state == step.state else ""


def _began(session: Session) -> int:
    """Return the index in the answers where this screening began, or -1."""
    return max((at for at, answer in enumerate(session.answers) if answer.choice == BEGAN), default=-1)


def _between(book: Book, given: Mapping[str, str], start: str, choice: str, goal: str) -> list[str]:
    """Return the states from `start` to `goal`, both included; empty if there is no path."""
    look = [name for name in _first(book, start, choice) if name in book.states]
    came = dict.fromkeys(look, start)
    while look:
        name = look.pop(0)
        if name == goal:
            return _back(came, start, goal)
        if not isinstance(book.states[name], Question):
            for onward in _open(book.states[name], given):
                if onward in book.states and onward not in came:
                    came[onward] = name
                    look.append(onward)
    return []


def _open(state: State, given: Mapping[str, str]) -> tuple[str, ...]:
    """Return where a state may lead to. A fork skips cases that an answer rules out, and ends at one that holds."""
    if not isinstance(state, Fork):
        return leads_to(state)
    onward: list[str] = []
    for case in state.cases:
        if all(given.get(name, value) == value for name, value in case.conditions):
            onward.append(case.go)
            if all(name in given for name, _ in case.conditions):
                break
    return tuple(onward)


def _first(book: Book, start: str, choice: str) -> tuple[str, ...]:
    """Return where an answer may have led: the target of its choice if known, else all targets."""
    state = book.states[start]
    if isinstance(state, Question) and any(each.name == choice for each in state.choices):
        return (state.choice(choice).go,)
    return leads_to(state)


def _back(came: dict[str, str], start: str, goal: str) -> list[str]:
    way = [goal, came[goal]]
    while way[-1] != start:
        way.append(came[way[-1]])
    return way[::-1]
