"""Finds an order of one person's moves in which the engine gives every response and the data now in Redis.

Rule 1: a move happened at one time between its beginning and its end. So a move that ended before another began comes
        first; overlapping moves may come in either order.
Rule 2: a move that is not `sure` may or may not have happened: its webhook got the fallback text.
Rule 3: a move that may be lost is left out only if no order with few `rare` moves explains all of them, and as few as
        possible are.
Rule 4: a `rare` move hardly ever happened. Orders with the fewest of them are tried first: there are too many others.

This is a linearizability check: Wing and Gong, Testing and verifying concurrent objects, 1993.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.chaos.expected import Person

NEVER = datetime.max.replace(tzinfo=UTC)
LOSS = 3
"""How many rare moves are as unlikely as a loss."""
MOST_STEPS = 60_000
"""Maximum moves tried for one person. A few dozen are typical."""


@dataclass(frozen=True, slots=True)
class Move:
    """Something that happened to a person.

    `take` returns the person afterward and the response, or None if it cannot have happened; `document` is the actual
    response, None if it is unknown. `at` are the times it may have happened at, by default `began`.
    """

    id: str
    began: datetime
    ended: datetime
    take: Callable[[Person, datetime], tuple[Person, str | None] | None]
    document: str | None = None
    sure: bool = True
    may_be_lost: bool = False
    rare: bool = False
    at: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """A move in the order found, with the time it is assumed to have happened."""

    move: Move
    at: datetime


@dataclass(frozen=True, slots=True)
class Order:
    """An order that explains everything, with the ids of the lost moves."""

    person: Person
    taken: tuple[Taken, ...]
    lost: tuple[str, ...]


class Unexplained(Exception):
    """Raised when no order explains the moves. The message says how far it got, and why it failed."""


Fits = Callable[[Person, tuple[Taken, ...]], str]
"""Returns how Redis differs from the person at the end of an order; "" if it matches."""


def explain(start: Person, moves: list[Move], fits: Fits) -> Order:
    """Return an order that explains everything. Raises Unexplained."""
    search = _Search(sorted(moves, key=lambda move: move.began), fits)
    most_lost, most_rare = sum(move.may_be_lost for move in moves), sum(move.rare for move in moves)
    tries = [(lost, rare) for lost in range(1 + most_lost) for rare in range(1 + most_rare)]
    for lost, rare in sorted(tries, key=lambda each: (LOSS * each[0] + each[1], each)):
        search.may_lose, search.may_be_rare = lost, rare
        search.seen.clear()
        if found := search.go_on(start, (), 0, ()):
            return found
        if search.steps > MOST_STEPS:
            break
    raise Unexplained(search.trouble())


@dataclass(slots=True)
class _Search:
    moves: list[Move]
    fits: Fits
    may_lose: int = 0
    may_be_rare: int = 0
    taken_before: dict[tuple[str, Person, datetime], tuple[Person, str | None] | None] = field(
        default_factory=dict
    )
    seen: set[tuple[int, Person, int]] = field(default_factory=set)
    steps: int = 0
    furthest: int = -1
    why: str = ""

    def go_on(
        self, person: Person, taken: tuple[Taken, ...], done: int, lost: tuple[str, ...]
    ) -> Order | None:
        """Return an order with this beginning, or None. `done` has a bit per move taken or lost."""
        key = (done, person, len(lost))
        if key in self.seen or self.steps > MOST_STEPS:
            return None
        self.seen.add(key)
        self.steps += 1
        left = [(bit, move) for bit, move in enumerate(self.moves) if not done >> bit & 1]
        if not any(move.sure for _, move in left):
            if not (wrong := self.fits(person, taken)):
                return Order(person, taken, lost)
            self._note(len(taken), f"at the end {wrong}")
        return self._any_next(person, taken, done, lost, left)

    def _any_next(
        self,
        person: Person,
        taken: tuple[Taken, ...],
        done: int,
        lost: tuple[str, ...],
        left: list[tuple[int, Move]],
    ) -> Order | None:
        floor = max((one.move.began for one in taken), default=datetime.min.replace(tzinfo=UTC))
        first_end = min((move.ended for _, move in left if move.sure), default=NEVER)
        rare = sum(one.move.rare for one in taken)
        for bit, move in left:
            if move.rare and rare >= self.may_be_rare:
                continue
            if move.began > first_end or move.ended < floor:
                continue
            for at in dict.fromkeys(max(moment, move.began, floor) for moment in move.at or (move.began,)):
                after = self._after(person, move, at, len(taken))
                if after and (found := self.go_on(after, (*taken, Taken(move, at)), done | 1 << bit, lost)):
                    return found
            if move.may_be_lost and len(lost) < self.may_lose:
                found = self.go_on(person, taken, done | 1 << bit, (*lost, move.id))
                if found:
                    return found
        return None

    def _after(self, person: Person, move: Move, at: datetime, depth: int) -> Person | None:
        key = (move.id, person, at)
        if key not in self.taken_before:
            self.taken_before[key] = move.take(person, at)
        given = self.taken_before[key]
        if given is None:
            return None
        after, document = given
        if move.document is not None and document != move.document:
            self._note(
                depth,
                f"{move.id} should have been answered\n    {document}\n  and was answered\n    {move.document}",
            )
            return None
        return after

    def _note(self, depth: int, why: str) -> None:
        if depth >= self.furthest:
            self.furthest, self.why = depth, why

    def trouble(self) -> str:
        """Return how far the search got, and why it failed."""
        of = sum(move.sure for move in self.moves)
        tried = f" (given up after {MOST_STEPS} steps)" if self.steps > MOST_STEPS else ""
        return f"explained up to move {self.furthest} of {of}{tried}: {self.why}"
