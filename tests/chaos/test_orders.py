"""The search for an order finds an explaining one, and none if there is none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.chaos.expected import Person
from tests.chaos.orders import NEVER, Move, Unexplained, explain

NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)


def said(
    id: str, began: int, ended: int, answer: str | None, *, sure: bool = True, may_be_lost: bool = False
) -> Move:
    """Return a move that appends its id to the person's name, which is also its response."""

    def take(person: Person, _: datetime) -> tuple[Person, str]:
        after = Person(person.who + id)
        return after, after.who

    times = [NOON + timedelta(seconds=at) if at < 100 else NEVER for at in (began, ended)]
    return Move(id, times[0], times[1], take, answer, sure=sure, may_be_lost=may_be_lost)


def ends_as(*who: str) -> object:
    return lambda person, _: "" if person.who in who else f"it is {who}"


def order(moves: list[Move], *who: str) -> tuple[str, tuple[str, ...]]:
    found = explain(Person(""), moves, ends_as(*who))  # type: ignore[arg-type]
    return "".join(one.move.id for one in found.taken), found.lost


def test_consecutive_moves_are_ordered_by_time() -> None:
    assert ("ab", ()) == order([said("b", 2, 3, "ab"), said("a", 0, 1, "a")], "ab")
    with pytest.raises(Unexplained, match="a should have been answered"):
        order([said("b", 2, 3, "b"), said("a", 0, 1, "ba")], "ba")


@pytest.mark.parametrize(("a", "b", "end"), [("a", "ab", "ab"), ("ba", "b", "ba")])
def test_overlapping_moves_may_come_in_either_order(a: str, b: str, end: str) -> None:
    assert (end, ()) == order([said("a", 0, 9, a), said("b", 1, 8, b)], end)


def test_a_lost_update_is_not_explained() -> None:
    with pytest.raises(Unexplained):
        order([said("a", 0, 9, "a"), said("b", 1, 8, "b")], "a", "b", "ab", "ba")


def test_a_step_taken_twice_is_not_explained() -> None:
    with pytest.raises(Unexplained, match="at the end it is"):
        order([said("a", 0, 1, "a")], "aa")


@pytest.mark.parametrize("end", ["b", "ab"])
def test_an_unsure_move_may_have_happened_or_not(end: str) -> None:
    assert (end, ()) == order([said("a", 0, 3, None, sure=False), said("b", 4, 5, end)], end)
    with pytest.raises(Unexplained):
        order([said("a", 0, 3, None, sure=False), said("b", 4, 5, "ba")], "ba")


def test_a_text_moves_its_person_some_time_after_it_was_sent() -> None:
    moves = [said("d", 1, 100, None), said("a", 2, 3, "a"), said("b", 4, 5, "adb")]
    assert ("adb", ()) == order(moves, "adb")
    early = [said("d", 4, 100, None), said("a", 2, 3, "da")]
    with pytest.raises(Unexplained):
        order(early, "da")


def test_as_few_moves_as_possible_are_lost() -> None:
    moves = [said("a", 0, 1, "a", may_be_lost=True), said("b", 2, 3, "ab", may_be_lost=True)]
    assert ("ab", ()) == order(moves, "ab", "a", "")
    assert ("a", ("b",)) == order([*moves], "a", "")
    assert ("", ("a", "b")) == order([*moves], "")
    with pytest.raises(Unexplained):
        order([said("a", 0, 1, "a"), *moves[1:]], "")


def test_rare_moves_are_tried_last() -> None:
    rare = [replace(said(chr(ord("A") + n), n, n + 9, None, sure=False), rare=True) for n in range(20)]
    moves = [said("a", 0, 1, "a"), *rare, said("z", 28, 29, None)]
    assert ("az", ()) == order(moves, "az")
    assert ("aTz", ()) == order(moves, "aTz")
