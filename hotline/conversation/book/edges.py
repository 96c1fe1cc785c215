"""Where a state leads: the one list that the reader, the checks, the map, the preview and the phone page go by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from hotline.conversation.book.states import Fork, Place, Question, State, Statement


class By(StrEnum):
    """What makes a person take an edge."""

    CHOICE = "choice"
    """They give this answer."""
    TAKES = "takes"
    """They name what the question takes: a state, a day."""
    WEEKEND = "weekend"
    """They name a day that is no school day, where such days are collected."""
    GO = "go"
    """Nothing: a statement leads on by itself."""
    MISSED = "missed"
    """Nobody took the call, or nothing was recorded."""
    CASE = "case"
    """The conditions of a fork hold."""
    WHY = "why"
    """They ask WHY after an outcome."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One way on from a state: what it is taken by, its name there, and the state or place it leads to."""

    by: By
    to: str
    label: str = ""
    """The name of the choice, or the conditions of the case as they are written; empty for the others."""

    @property
    def leads_to_state(self) -> bool:
        """Whether it leads to a state, rather than to a place such as `return`."""
        return self.to not in set(Place)


def edges(state: State) -> Iterator[Edge]:
    """Yield each way on from `state`, in the order in which the flows name them."""
    match state:
        case Question():
            yield from (Edge(By.CHOICE, choice.go, choice.name) for choice in state.choices)
            yield from _named((By.TAKES, state.go), (By.WEEKEND, state.weekend))
        case Statement():
            yield from _named((By.GO, state.go), (By.MISSED, state.missed), (By.WHY, state.why))
        case Fork():
            for case in state.cases:
                conditions = ", ".join(f"{name} = {value}" for name, value in case.conditions)
                yield Edge(By.CASE, case.go, conditions or "otherwise")


def _named(*ways: tuple[By, str]) -> Iterator[Edge]:
    """Yield the ways on that the state names."""
    return (Edge(by, to) for by, to in ways if to)
