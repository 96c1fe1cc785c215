"""Edges between states, as used by the reader, the checks, the map, the preview and the phone page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from hotline.conversation.book.states import Fork, Place, Question, State, Statement


class By(StrEnum):
    """Why a person takes an edge."""

    CHOICE = "choice"
    """They give this answer."""
    TAKES = "takes"
    """They give the value that the question takes: a state or a day."""
    WEEKEND = "weekend"
    """They name a weekend day at a question that collects school days."""
    GO = "go"
    """Nothing: a statement continues on its own."""
    THEN = "then"
    """The states that the statement led to are over."""
    MISSED = "missed"
    """Nobody took the call, or nothing was recorded."""
    CASE = "case"
    """The conditions of a fork's case are met."""
    WHY = "why"
    """They ask WHY after an outcome."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A transition out of a state: its trigger, its label, and the target state or place."""

    by: By
    to: str
    label: str = ""
    """The name of the choice, or the case's conditions as written; empty for other edges."""

    @property
    def leads_to_state(self) -> bool:
        """Whether the target is a state rather than a place such as `return`."""
        return self.to not in set(Place)


def edges(state: State) -> Iterator[Edge]:
    """Yield each edge out of `state`, in the order in which the flow file names them."""
    match state:
        case Question():
            yield from (Edge(By.CHOICE, choice.go, choice.name) for choice in state.choices)
            yield from _named((By.TAKES, state.go), (By.WEEKEND, state.weekend))
        case Statement():
            yield from _named(
                (By.GO, state.go),
                (By.THEN, state.then),
                (By.MISSED, state.missed),
                (By.WHY, state.outcome.why if state.outcome else ""),
            )
        case Fork():
            for case in state.cases:
                conditions = ", ".join(f"{name} = {value}" for name, value in case.conditions)
                yield Edge(By.CASE, case.go, conditions or "otherwise")


def _named(*ways: tuple[By, str]) -> Iterator[Edge]:
    """Yield the edges whose target is set."""
    return (Edge(by, to) for by, to in ways if to)
