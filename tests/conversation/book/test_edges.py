"""Where a state leads is defined once, and every user sees every label."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from hotline.conversation.book import names
from hotline.conversation.book.actions import RingStaff
from hotline.conversation.book.book import Book
from hotline.conversation.book.edges import By, Edge, edges
from hotline.conversation.book.states import Case, Fork, Outcome, Question, State, Statement
from hotline.conversation.model.events import Choice
from hotline.publishing.lint import graph_memory, preview
from hotline.publishing.lint import map as charts

USERS = (names, graph_memory, preview, charts)

TRANSFER = Statement(name="a", file="f", go="b", does=(RingStaff("c"),), outcome=Outcome("OUT-X", "d"))
QUESTION = Question(
    "q",
    "f",
    (Choice("yes", "Yes", "b"), Choice("no", "No", "return")),
    "no",
    holds=False,
    fresh=False,
    go="c",
)
FORK = Fork("k", "f", (Case((("age", "1"), ("plan", "no")), "a"), Case((), "rest")))


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (TRANSFER, [(By.GO, "b", ""), (By.MISSED, "c", ""), (By.WHY, "d", "")]),
        (QUESTION, [(By.CHOICE, "b", "yes"), (By.CHOICE, "return", "no"), (By.TAKES, "c", "")]),
        (FORK, [(By.CASE, "a", "age = 1, plan = no"), (By.CASE, "rest", "otherwise")]),
    ],
    ids=["statement", "question", "fork"],
)
def test_every_edge_has_a_label_in_order(state: State, expected: list[tuple[By, str, str]]) -> None:
    assert expected == [(edge.by, edge.to, edge.label) for edge in edges(state)]
    assert [edge.to not in ("return", "rest") for edge in edges(state)] == [
        e.leads_to_state for e in edges(state)
    ]


def what_users_see(book: Book) -> dict[str, bool]:
    """Map each user to whether it sees the `missed` edge of the state that rings the staff."""
    rings = next(
        s for s in book.states.values() if isinstance(s, Statement) and RingStaff(s.missed) in s.does
    )
    moved = replace(book, states={**book.states, rings.name: replace(rings, does=(RingStaff("menu"),))})
    found = names._names({**book.states, rings.name: replace(rings, does=(RingStaff("nowhere"),))}, {})
    return {
        "reader": any(name == "nowhere" for _, _, name, _ in found),
        "checks": rings.missed in graph_memory.next_states(rings),
        "preview": any("missed: leads to menu" in line for line in preview._ways(book, moved)),
        "map": f's_{rings.name} -->|"missed"| s_{rings.missed}' in charts.draw(book),
    }


def test_removing_a_label_affects_every_user(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(what_users_see(book).values()) == {True}

    def without_missed(state: State) -> Iterator[Edge]:
        return (edge for edge in edges(state) if edge.by is not By.MISSED)

    for user in USERS:
        monkeypatch.setattr(user, "edges", without_missed)
    assert set(what_users_see(book).values()) == {False}
