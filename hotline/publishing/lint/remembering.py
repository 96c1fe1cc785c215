"""A book for the checks: the same texts are said to it thousands of times, and each is read once.

A service never uses this: what parents write is not kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hotline.conversation.book.states import Book
from hotline.conversation.nlu.cleaning import nothing_is_ours
from hotline.conversation.nlu.reader import Reader, Reading


class RememberingReader(Reader):
    """Reads each text once."""

    def __init__(self, reader: Reader) -> None:
        """Take the parts of another reader."""
        super().__init__(reader.patterns, reader.lexicon, reader.classifier, reader.glossary)
        self._readings: dict[str, Reading] = {}

    def read(self, text: str, is_ours: Callable[[str], bool] = nothing_is_ours) -> Reading:
        """Return what `text` was read as, the first time by reading it. `is_ours` is of one book, and stays the same."""
        found = self._readings.get(text)
        if found is None:
            found = self._readings[text] = super().read(text, is_ours)
        return found


def remembering(book: Book) -> Book:
    """Return the same book with a reader that reads each text once."""
    return replace(book, meanings=RememberingReader(book.meanings))
