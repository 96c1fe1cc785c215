"""A person's path through the flows: the states they passed and the arrows between them.

Rule 1: pure. A session stores where a person answered, not the states in between; those are found as the
        shortest path through states that ask nothing.
Rule 2: if the flow has no such path (a word that works anywhere led there), nothing is drawn in between.
Rule 3: only the path of this screening.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from devtools.phone.chart import leads_to
from devtools.phone.drawing import Way
from hotline.conversation.book.states import Book, Question
from hotline.conversation.book.texts import state_of
from hotline.conversation.model.session import BEGAN, Session


def here(book: Book, session: Session) -> str:
    """Return the state that a person is in: the one asking, else the last said; "" if neither exists."""
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
    states, arrows = {name for name, _ in stops}, set[tuple[str, str]]()
    for (start, choice), (goal, _) in pairwise(stops):
        way = _between(book, start, choice, goal)
        states.update(way)
        arrows.update(pairwise(way))
    return Way(states, arrows, end)


def _stops(book: Book, session: Session) -> Iterator[tuple[str, str]]:
    """Yield each state that the person answered in this screening, with the choice if known, else ""."""
    began = max((at for at, answer in enumerate(session.answers) if answer.choice == BEGAN), default=-1)
    for step in session.trail:
        if step.answers > began and step.state in book.states:
            given = session.answers[step.answers] if step.answers < len(session.answers) else None
            yield step.state, given.choice if given and given.state == step.state else ""


def _between(book: Book, start: str, choice: str, goal: str) -> list[str]:
    """Return the states from `start` to `goal`, both included; empty if there is no path."""
    look = [name for name in _first(book, start, choice) if name in book.states]
    came = dict.fromkeys(look, start)
    while look:
        name = look.pop(0)
        if name == goal:
            return _back(came, start, goal)
        if not isinstance(book.states[name], Question):
            for onward in leads_to(book.states[name]):
                if onward in book.states and onward not in came:
                    came[onward] = name
                    look.append(onward)
    return []


def _first(book: Book, start: str, choice: str) -> tuple[str, ...]:
    """Return where an answer may have led: by its choice if known, else by any."""
    state = book.states[start]
    if isinstance(state, Question) and any(each.name == choice for each in state.choices):
        return (state.choice(choice).go,)
    return leads_to(state)


def _back(came: dict[str, str], start: str, goal: str) -> list[str]:
    way = [goal, came[goal]]
    while way[-1] != start:
        way.append(came[way[-1]])
    return way[::-1]
