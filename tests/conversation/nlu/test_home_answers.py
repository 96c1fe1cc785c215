"""At the question for a state, codes, cities and near spellings answer."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.nlu.home_answers import state_answered


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("pa", "PA"),
        ("oh", "OH"),
        ("in", "IN"),
        ("ok", "OK"),
        ("me", "ME"),
        ("or", "OR"),
        ("hi", "HI"),
        ("im in pa", "PA"),
        ("Los Angeles", "CA"),
        ("philly", "PA"),
        ("the bronx", "NY"),
        ("Houston", "TX"),
        ("vivo en houston tx", "TX"),
        ("filadelfia", "PA"),
        ("virginia not west virginia", "VA"),
        ("not virginia west virginia", "WV"),
        ("virginia no west virginia", "VA"),
        ("no, texas", "TX"),
        ("phx az", "AZ"),
        ("atl ga", "GA"),
        ("nola", "LA"),
        ("we live in tenessee", "TN"),
        ("pensylvania", "PA"),
        ("arkansaw", "AR"),
        ("misisippi", "MS"),
        ("portland or", "OR"),
        ("portland me", "ME"),
        ("columbus ohio", "OH"),
        ("kansas city mo", "MO"),
        ("19140", "PA"),
        ("were in pa", "PA"),
        ("phily", "PA"),
        ("filadelfa", "PA"),
        ("georgia but moving to florida", "GA"),
        ("we live in georgia but were moving to florida next month", "GA"),
        ("georgia pero nos vamos a mudar a florida", "GA"),
    ],
)
def test_a_place_gives_its_state(book: Book, text: str, code: str) -> None:
    assert code == state_answered(text, book.places, book.reader.lexicon)


@pytest.mark.parametrize(
    "text",
    [
        "columbus",
        "kansas city",
        "springfield",
        "smallville",
        "ok thanks",
        "tell me",
        "no",
        "skip",
        "why do you need that",
        "what is an iep",
        "texas or ohio",
        "moving to florida",
        "nos vamos a mudar a texas",
        "moved from ohio to texas",
        "plans",
        "i moved here with my son from a place that is not so far",
        "",
    ],
)
def test_an_unknown_or_ambiguous_place_is_asked_about(book: Book, text: str) -> None:
    assert state_answered(text, book.places, book.reader.lexicon) is None
