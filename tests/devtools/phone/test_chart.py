"""The picture of a flow file holds every state and every way on, and can be read from above."""

from __future__ import annotations

import pytest

from devtools.phone.chart import COLUMNS, LANE, chart, leads_to
from hotline.config.settings import OWN_FLOWS
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question

FILES = sorted(
    path.stem
    for path in OWN_FLOWS.glob("*.toml")
    if path.stem not in ("book", "intents", "patterns", "safety")
)


def test_every_file_is_looked_at(book: Book) -> None:
    """A new file of the flows is tested too."""
    assert FILES == sorted({state.file for state in book.states.values()})


@pytest.mark.parametrize("file", FILES)
def test_every_state_of_a_file_stands_in_it_once(book: Book, file: str) -> None:
    """And no other."""
    shown = [name for row in chart(book, file).rows for name in row if not name.startswith(LANE)]
    assert sorted(state.name for state in book.states.values() if state.file == file) == sorted(shown)


@pytest.mark.parametrize("file", FILES)
def test_every_way_on_within_a_file_is_an_arrow(book: Book, file: str) -> None:
    """Each once, however many choices lead the same way."""
    drawn = chart(book, file)
    ways = {
        (state.name, go)
        for state in book.states.values()
        for go in leads_to(state)
        if state.file == file and go in drawn.states
    }
    assert ways == set(drawn.arrows)
    assert len(drawn.arrows) == len(ways)


@pytest.mark.parametrize("file", FILES)
def test_an_arrow_has_a_lane_in_each_row_that_it_passes(book: Book, file: str) -> None:
    """So it is drawn through no state."""
    drawn = chart(book, file)
    for start, end in drawn.arrows:
        for row in range(drawn.row_of[start] + 1, drawn.row_of[end]):
            assert f"{LANE}{end}" in drawn.rows[row], f"{start} to {end}"


@pytest.mark.parametrize("file", FILES)
def test_a_row_is_no_wider_than_a_page(book: Book, file: str) -> None:
    """Lanes are narrow, and do not count."""
    for row in chart(book, file).rows:
        assert sum(not name.startswith(LANE) for name in row) <= COLUMNS


def test_people_are_led_down(book: Book) -> None:
    """No question stands above the first one of the screening, and each stands below the one that leads to it.

    A fork in another file is between two of them.
    """
    drawn = chart(book, "screening")
    order = ["child_age", "sent_home", "plan_now", "asked_before", "hardest", "kind_of_help", "how_often"]
    rows = [drawn.row_of[name] for name in order]
    assert not [
        n for n, row in drawn.row_of.items() if row < rows[0] and isinstance(drawn.states[n], Question)
    ]
    assert sorted(set(rows)) == rows


def test_a_way_back_does_not_turn_the_picture_over(book: Book) -> None:
    """Most arrows lead down; those that close a circle lead up."""
    drawn = chart(book, "hotline")
    up = [arrow for arrow in drawn.arrows if drawn.row_of[arrow[0]] >= drawn.row_of[arrow[1]]]
    assert len(up) < len(drawn.arrows) / 4
    circle = [drawn.row_of[name] for name in ("danger", "safe_pause", "safe_to_go_on")]
    assert sorted(circle) == circle, "where people come in stands above"


def test_the_same_book_gives_the_same_chart(book: Book) -> None:
    """Nothing depends on the order in which Python happens to look."""
    chart.cache_clear()
    first = chart(book, "screening").rows
    chart.cache_clear()
    assert first == chart(book, "screening").rows
