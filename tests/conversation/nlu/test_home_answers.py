"""At the question for a state, codes, cities and near spellings answer."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.nlu.home_answers import state_answered
from tests.rows import rows, texts


@pytest.mark.parametrize(("text", "code"), rows(__file__, "places"))
def test_a_place_gives_its_state(book: Book, text: str, code: str) -> None:
    assert code == state_answered(text, book.places, book.reader.lexicon)


@pytest.mark.parametrize("text", texts(__file__, "unknown_places"))
def test_an_unknown_or_ambiguous_place_is_asked_about(book: Book, text: str) -> None:
    assert state_answered(text, book.places, book.reader.lexicon) is None
