"""Spellings of IEP, 504 and the like."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.nlu.cleaning import clean
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.spoken_names import SpokenNames


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        pytest.param('an "I E P" or I.E.P.', "an iep or iep", id="iep-in-a-sentence"),
        pytest.param("I.E.P.s", "iep", id="ieps"),
        pytest.param("are IEPs free", "are iep free", id="ieps-in-a-sentence"),
        pytest.param("a five oh four plan", "a 504 plan", id="504-said"),
        pytest.param("five zero four", "504", id="504-zero"),
        pytest.param("5 0 4", "504", id="504-in-figures"),
        pytest.param("the 504plan", "the 504 plan", id="504-run-together"),
        pytest.param("504s", "504", id="504s"),
        pytest.param("cinco cero cuatro", "504", id="504-in-spanish"),
        pytest.param("quinientos cuatro", "504", id="504-as-a-number-in-spanish"),
        pytest.param("five hundred four", "504", id="504-as-a-number"),
    ],
)
def test_a_name_is_read_in_any_spelling(book: Book, text: str, plain: str) -> None:
    assert plain == normalize(clean(text, book.reader.lexicon).text)


def test_without_names_a_text_is_unchanged() -> None:
    assert "five oh four" == SpokenNames.of({}).written_out("five oh four")
