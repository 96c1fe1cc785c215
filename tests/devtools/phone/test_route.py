"""The way a person came is found from what their session keeps."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from devtools.phone.route import here, walked
from hotline.conversation.book.book import Book
from hotline.conversation.engine.step import step
from hotline.conversation.model.events import Channel, Event, Kind
from hotline.conversation.model.session import Session

SCREENED = (
    *("hi", "what to ask the school for", "school", "no", "no plan", "not yet"),
    *("reading", "teaching", "most days", "public"),
)
"""To where texts are offered, past the outcome."""


def after(book: Book, *said: str) -> Session:
    """Where somebody is who said this."""
    session = Session()
    for number, words in enumerate(said):
        event = Event(str(number), datetime(2026, 11, 23, 15, tzinfo=UTC), Channel.SMS, Kind.SAID, words)
        session = step(book, session, event).session
    return session


def test_somebody_new_is_nowhere(book: Book) -> None:
    """No way, no place."""
    assert "" == here(book, Session())
    way = walked(book, Session())
    assert (set(), set(), "") == (set(way.states), set(way.arrows), way.here)


def test_each_answer_is_a_step(book: Book) -> None:
    """The states between are found, those of a fork and a statement too."""
    way = walked(book, after(book, "hi", "what to ask the school for", "school", "not sure"))
    assert "plan_now" == way.here
    steps = ["child_age", "sent_home", "count_days", "offer_nudge", "plan_now"]
    assert set(steps) <= set(way.states)
    assert set(pairwise(steps)) <= set(way.arrows)


def test_the_way_leads_through_the_outcome(book: Book) -> None:
    """Sorted by the answers, told, and on to the next question."""
    way = walked(book, after(book, *SCREENED))
    assert ("sort", "outcome_iep") in way.arrows
    assert ("sort", "outcome_504") not in way.arrows
    assert {"disclaimer"} == {name for name in way.states if name.startswith("disclaimer")}


def test_another_screening_begins_another_way(book: Book) -> None:
    """What was answered before it is not shown."""
    session = after(book, "hi", "1", "3", "1", "start over", "1")
    assert ("sent_home", "outcome_discipline") not in walked(book, session).arrows


def test_back_takes_a_step_back(book: Book) -> None:
    """The way is as long as before."""
    there = after(book, "hi", "1", "3")
    assert walked(book, there).states == walked(book, after(book, "hi", "1", "3", "1", "back")).states


@pytest.mark.parametrize("words", ["whats an iep", "HELP", "RIGHTS"])
def test_a_word_that_works_anywhere_draws_no_arrow(book: Book, words: str) -> None:
    """It jumps; the answers before it stay."""
    way = walked(book, after(book, "hi", "1", "3", words))
    assert "child_age" in way.states
    assert all(start in way.states and end in way.states for start, end in way.arrows)


def test_who_rests_is_where_they_were_told_last(book: Book) -> None:
    """So that the picture is not empty."""
    session = after(book, *SCREENED, "no", "texas", "no")
    assert session.state not in book.states
    assert here(book, session) in book.states
