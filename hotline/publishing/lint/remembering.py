"""A book for the checks, which read the same texts thousands of times: its reader caches each reading.

The service never uses this, because parents' texts must not be stored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hotline.conversation.book.book import Book
from hotline.conversation.nlu.cleaning import nothing_is_ours
from hotline.conversation.nlu.reader import Reader, Reading


class RememberingReader(Reader):
    """A reader that caches its readings."""

    def __init__(self, reader: Reader) -> None:
        """Copy the parts of `reader`."""
        super().__init__(
            reader.patterns,
            reader.lexicon,
            reader.classifier,
            reader.glossary,
            reader.roles,
            near=reader.near,
        )
        self._readings: dict[str, Reading] = {}

    def read(self, text: str, is_ours: Callable[[str], bool] = nothing_is_ours) -> Reading:
        """Return the cached reading of `text`. `is_ours` must be the same book's in every call."""
        found = self._readings.get(text)
        if found is None:
            found = self._readings[text] = super().read(text, is_ours)
        return found


def remembering(book: Book) -> Book:
    """Return the same book with a reader that reads each text once."""
    return replace(book, reader=RememberingReader(book.reader))
