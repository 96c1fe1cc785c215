"""Readers of the flows of this repository."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.reader import Reader


@pytest.fixture(scope="session")
def reader(book: Book) -> Reader:
    """Return the reader, with its patterns and classifier."""
    return book.reader


@pytest.fixture(scope="session")
def lexicon(book: Book) -> Lexicon:
    """Return the words of each language."""
    return book.reader.lexicon
