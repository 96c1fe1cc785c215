"""What reads a text in the flows of this repository."""

from __future__ import annotations

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.reader import Reader


@pytest.fixture(scope="session")
def reader(book: Book) -> Reader:
    """The reader, with its patterns and its classifier."""
    return book.reader


@pytest.fixture(scope="session")
def lexicon(book: Book) -> Lexicon:
    """The words of each language."""
    return book.reader.lexicon
