"""Lay out the chart of a flow file: the position of each state, and the arrows.

Rule 1: pure; the same book gives the same chart.
Rule 2: states are layered by their distance from the entry states, so that arrows lead down, except in loops. A path
        that leaves the file only through forks and comes back counts too, although no arrow shows it.
Rule 3: a layer that is too wide for the page is split into rows. States without arrows in this file come
        last.
Rule 4: an arrow that passes a row has a lane in it, shared by all arrows to the same state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from hotline.conversation.book.book import Book
from hotline.conversation.book.edges import edges
from hotline.conversation.book.states import Fork, State

COLUMNS = 3
"""States per row: readable without turning a phone sideways."""

SWEEPS = 6
"""Times to sort each row by its neighbors above or below; more sweeps change little."""


LANE = "> "
"""Name prefix of a lane in a row, for the arrows to a state that pass it. No state has this prefix."""


@dataclass(frozen=True, slots=True)
class Chart:
    """The chart of one file. Each row lists states and lanes from left to right."""

    states: Mapping[str, State]
    rows: tuple[tuple[str, ...], ...]
    arrows: tuple[tuple[str, str], ...]
    """Pairs of states, without duplicates."""

    @property
    def row_of(self) -> Mapping[str, int]:
        """The row index of each state."""
        return {name: at for at, row in enumerate(self.rows) for name in row if not name.startswith(LANE)}


def leads_to(state: State) -> tuple[str, ...]:
    """Return the states and places that a state may lead to, in the order of its choices or cases."""
    return tuple(edge.to for edge in edges(state))


@lru_cache(maxsize=64)
def chart(book: Book, file: str) -> Chart:
    """Return the chart of the states in this file."""
    states = {name: state for name, state in book.states.items() if state.file == file}
    arrows = tuple(
        dict.fromkeys((name, go) for name, state in states.items() for go in leads_to(state) if go in states)
    )
    onward = _without_ways_back(list(states), (*arrows, *_through_forks_elsewhere(book, states)))
    rows = list(_rows(_layers(list(states), arrows, onward)))
    return Chart(states, tuple(map(tuple, _ordered(*_with_lanes(rows, arrows)))), arrows)


def _through_forks_elsewhere(book: Book, states: Mapping[str, State]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of states in this file that are connected only through forks in other files."""
    for name, state in states.items():
        seen = set(leads_to(state)) - states.keys()
        look = list(dict.fromkeys(go for go in leads_to(state) if go in seen))
        for go in look:
            if isinstance(fork := book.states.get(go), Fork):
                after = leads_to(fork)
                yield from ((name, end) for end in after if end in states)
                look.extend(dict.fromkeys(end for end in after if end not in states and end not in seen))
                seen.update(after)


def _without_ways_back(names: list[str], arrows: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    """Return the states that each state leads to, without arrows that would close a cycle."""
    onward: dict[str, list[str]] = {name: [] for name in names}
    for start, end in arrows:
        if start != end and not _reaches(onward, end, start):
            onward[start].append(end)
    return onward


def _reaches(onward: Mapping[str, list[str]], start: str, goal: str) -> bool:
    seen, look = {start}, [start]
    while look:
        for name in onward[look.pop()]:
            if name == goal:
                return True
            if name not in seen:
                seen.add(name)
                look.append(name)
    return False


def _layers(
    names: list[str], arrows: tuple[tuple[str, str], ...], onward: Mapping[str, list[str]]
) -> list[list[str]]:
    """Return the states by their longest distance from an entry state."""
    depth = dict.fromkeys(names, 0)
    for _ in names:
        for start, ends in onward.items():
            for end in ends:
                depth[end] = max(depth[end], depth[start] + 1)
    touched = {name for arrow in arrows for name in arrow}
    last = max((depth[name] for name in touched), default=-1) + 1
    layers: list[list[str]] = [[] for _ in range(last + 1)]
    for name in names:
        layers[depth[name] if name in touched else last].append(name)
    return [layer for layer in layers if layer]


def _rows(layers: list[list[str]]) -> Iterator[list[str]]:
    for layer in layers:
        count = -(-len(layer) // COLUMNS)
        width = -(-len(layer) // count)
        for start in range(0, len(layer), width):
            yield layer[start : start + width]


def _with_lanes(
    rows: list[list[str]], arrows: tuple[tuple[str, str], ...]
) -> tuple[list[list[str]], set[tuple[str, str]]]:
    """Add a lane wherever an arrow passes a row. Return the rows and the links between adjacent rows."""
    row_of = {name: at for at, row in enumerate(rows) for name in row}
    joined: set[tuple[str, str]] = set()
    for start, end in arrows:
        before = start
        for row in range(row_of[start] + 1, row_of[end]):
            lane = f"{LANE}{end}"
            if lane not in rows[row]:
                rows[row].append(lane)
            joined.add((f"{row - 1} {before}", f"{row} {lane}"))
            before = lane
        if row_of[end] > row_of[start]:
            joined.add((f"{row_of[end] - 1} {before}", f"{row_of[end]} {end}"))
    return rows, joined


def _ordered(rows: list[list[str]], joined: set[tuple[str, str]]) -> list[list[str]]:
    """Sort each row by the positions of linked states, so that few arrows cross."""
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for start, end in sorted(joined):
        above.setdefault(end, []).append(start)
        below.setdefault(start, []).append(end)
    for sweep in range(SWEEPS):
        neighbours, order = (above, range(len(rows))) if sweep % 2 == 0 else (below, range(len(rows))[::-1])
        for at in order:
            places = {
                f"{row} {name}": (place + 0.5) / len(names)
                for row, names in enumerate(rows)
                for place, name in enumerate(names)
            }
            own = {name: f"{at} {name}" for name in rows[at]}
            middles = {name: _middle(neighbours.get(id, []), places, places[id]) for name, id in own.items()}
            rows[at].sort(key=lambda name: middles[name])
    return rows


def _middle(names: list[str], places: Mapping[str, float], own: float) -> float:
    return sum(places[name] for name in names) / len(names) if names else own
