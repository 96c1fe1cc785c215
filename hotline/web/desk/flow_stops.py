"""Draw the flow with the places where parents stopped: each question, the answers that lead to it, and the stops.

Rule 1: a question appears once, under the question that leads to it on the shortest path from the menu. A question
        without stops appears only if it leads to one with stops.
Rule 2: as in every table, a count below FEWEST is hidden, and a bar never reveals a hidden count.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Final

from hotline.conversation.book.book import Book
from hotline.conversation.book.edges import By, edges
from hotline.conversation.book.states import Question, Role
from hotline.conversation.book.texts import PLACEHOLDER, offered, text_id, wording
from hotline.conversation.model.events import Channel
from hotline.store.gave_up import GAVE_UP
from hotline.store.months import FEWEST, counts_to_hide
from hotline.web.desk import i18n
from hotline.web.desk.view import CHANNELS

NOT_A_STOP: Final = (Role.ANYTHING_ELSE,)
"""Questions where a conversation may normally end."""

LEADS_ON: Final = (By.CHOICE, By.TAKES, By.WEEKEND, By.GO, By.THEN, By.CASE)
"""The edges that an answer can follow."""

ANSWERED: Final = "answer"
"""The first part of a figure's name, before the question and the choice."""

WIDEST: Final = 160
"""The length of the longest bar in pixels."""


@dataclass(frozen=True, slots=True)
class Stop:
    """How many parents stopped at a question in one language on one channel, and the length of the bar."""

    label: str
    value: str
    bar: int


@dataclass(frozen=True, slots=True)
class Way:
    """An answer that leads to a question, and how often it was given; "" if that is not counted."""

    answer: str
    value: str


@dataclass(frozen=True, slots=True)
class Step:
    """A question of the flow, the answers that lead to it, the stops at it, and the branches after it."""

    name: str
    question: str
    ways: tuple[Way, ...]
    stops: tuple[Stop, ...]
    parts: tuple[Line, ...] = ()


Line = tuple[Step, ...]
"""Questions one after another. Only the last may have several followers."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """The flow from the menu, and the questions that are reached only by a parent's own words or by the hotline."""

    flow: Line
    aside: Line


Key = tuple[str, str]
"""A channel and a language."""


def keys_of(book: Book) -> tuple[Key, ...]:
    """Return each channel in each language, in the order of the columns."""
    return tuple(product(CHANNELS, book.languages))


def key_name(key: Key) -> str:
    """Return the name of a channel in a language, such as "Spanish, in a call"."""
    channel, language = key
    return f"{i18n.language_name(language)}, {i18n.gettext(CHANNELS[channel])}"


def stops_in(book: Book, counted: Mapping[str, int]) -> dict[str, dict[Key, int]]:
    """Return the questions where parents stopped, in the order of the flows, with counts by kind."""
    found = {}
    for name, state in book.states.items():
        if not isinstance(state, Question) or state.reminder or name in NOT_A_STOP:
            continue
        counts = {key: counted.get(f"{GAVE_UP}.{key[0]}.{key[1]}.{name}", 0) for key in keys_of(book)}
        if any(counts.values()):
            found[name] = counts
    return found


def question_text(book: Book, name: str) -> str:
    """Return a question in the user's language, without its placeholders."""
    return PLACEHOLDER.sub("…", wording(book, i18n.language(), Channel.SMS, text_id(book.question(name))))


def shown(count: int, *, covered: bool = False) -> str:
    """Return a count as shown: hidden if it is small, or if it is `covered` because it would reveal a small one."""
    if 0 < count < FEWEST:
        return i18n.gettext("fewer than 5")
    return i18n.gettext("not shown") if covered else str(count)


def bar(count: int, most: int) -> int:
    """Return the length of a bar; none for a count that is hidden."""
    return round(WIDEST * count / most) if most and count >= FEWEST else 0


def drawn(book: Book, counted: Mapping[str, int]) -> Drawing:
    """Return the drawing of these counts."""
    return _Drawing(book, counted).done()


class _Drawing:
    """Builds one drawing."""

    def __init__(self, book: Book, counted: Mapping[str, int]) -> None:
        self.book, self.counted, self.tree = book, counted, _tree(book)
        self.stops = stops_in(book, counted)
        self.most = max((count for counts in self.stops.values() for count in counts.values()), default=0)

    def done(self) -> Drawing:
        """Return the parts of the tree from the menu that have stops, and the other questions with stops."""
        within = {child for children in self.tree.values() for child in children} | {str(Role.MENU)}
        aside = (self._step(name, ()) for name in self.stops if name not in within)
        return Drawing(self._line(Role.MENU), tuple(aside))

    def _line(self, name: str, before: str = "") -> Line:
        """Return this question with those after it; () if no one stopped at any of them."""
        after = tuple(filter(None, (self._line(each, name) for each in self.tree.get(name, ()))))
        if not after and name not in self.stops:
            return ()
        step = self._step(name, self._ways(before, name) if before else ())
        return (step, *after[0]) if len(after) == 1 else (replace(step, parts=after),)

    def _step(self, name: str, ways: tuple[Way, ...]) -> Step:
        stops = tuple(
            Stop(key_name(key), shown(count), bar(count, self.most))
            for key, count in self.stops.get(name, {}).items()
            if count
        )
        return Step(name, question_text(self.book, name), ways, stops)

    def _ways(self, before: str, name: str) -> tuple[Way, ...]:
        """Return the answers to the previous question that lead here: those given, or all if none was."""
        asked = self.book.question(before)
        counts = {c.name: self.counted.get(f"{ANSWERED}.{before}.{c.name}", 0) for c in asked.choices}
        covered = counts_to_hide(counts)
        lead_here = {c.name for c in asked.choices if name in _asked_after(self.book, c.go)}
        given = {name for name in lead_here if counts[name]}
        return tuple(
            Way(c.text, shown(counts[c.name], covered=c.name in covered) if given else "")
            for c in offered(self.book, i18n.language(), before)
            if c.name in (given or lead_here)
        )


@lru_cache(maxsize=2)
def _tree(book: Book) -> Mapping[str, tuple[str, ...]]:
    """Return the questions that follow each question, each under the first that leads to it (Rule 1)."""
    found: dict[str, list[str]] = {Role.MENU: []}
    waiting = deque([str(Role.MENU)])
    while waiting:
        name = waiting.popleft()
        for edge in edges(book.question(name)):
            for after in _asked_after(book, edge.to):
                if after not in found:
                    found[after] = []
                    found[name].append(after)
                    waiting.append(after)
    return {name: tuple(after) for name, after in found.items()}


def _asked_after(book: Book, name: str) -> tuple[str, ...]:
    """Return the questions that may come first after this state, through statements and forks."""
    found, passed, waiting = dict[str, None](), set[str](), [name]
    while waiting:
        state = book.states.get(here := waiting.pop(0))
        if state is None or here in passed:
            continue
        passed.add(here)
        if isinstance(state, Question):
            found[here] = None
        else:
            waiting += [edge.to for edge in edges(state) if edge.by in LEADS_ON]
    return tuple(found)
