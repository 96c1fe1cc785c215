"""How what is written is spoken."""

from __future__ import annotations

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.book.texts import speech, wording
from hotline.conversation.model.events import Channel

SPOKEN = {
    "the plans": ("A 504 Plan or an IEP", "A five oh four Plan or an I E P"),
    "the law": ("IDEA and OCR", "I D E A and O C R"),
    "danger": ("Call 911 or 988.", "Call 9 1 1 or 9 8 8."),
    "a phone number": ("Call 510-555-0199.", "Call 5 1 0, 5 5 5, 0 1 9 9."),
    "a toll-free number": ("1-800-422-4453", "1, 8 0 0, 4 2 2, 4 4 5 3"),
    "a number as Twilio has it": ("+15105550199", "5 1 0, 5 5 5, 0 1 9 9"),
    "an address": ("See parentcenterhub.org now", "See parentcenterhub dot org now"),
    "a blank inside": ("On [date] you said no", "On, fill in: date, you said no"),
    "a blank at the end": ("Answer by [date]. Thanks", "Answer by, fill in: date. Thanks"),
    "years and days are not numbers to dial": ("60 days, ages 3-21", "60 days, ages 3-21"),
    "a word that only holds one": ("1504 IEPX", "1504 IEPX"),
}


@pytest.mark.parametrize(("written", "said"), SPOKEN.values(), ids=SPOKEN.keys())
def test_what_is_written_short_is_spoken_in_full(book: Book, written: str, said: str) -> None:
    """A voice would read 504 as five hundred and four, and a phone number as a quantity."""
    assert said == speech(written, book.voices["en"])


def test_no_spoken_text_holds_what_a_voice_reads_wrong(book: Book) -> None:
    """All spoken texts of the book: no bare 504 or IEP, no reply key, no blank to fill in."""
    for id, (_, said) in book.texts["en"].items():
        assert not {"504", "IEP", "911", "988"} & set(said.replace(".", " ").replace(",", " ").split()), id


def test_no_voice_reads_a_bracket(book: Book) -> None:
    """In any language: "[date]" sounded as the word, in the middle of a sentence to write down."""
    for texts in book.texts.values():
        assert [] == [id for id, (_, said) in texts.items() if {"[", "]"} & set(said)]


def test_an_unknown_language_gets_the_first_one(book: Book) -> None:
    """Words in another language are better than none."""
    assert wording(book, "en", Channel.SMS, "hotline.menu.text") == wording(
        book, "xx", Channel.SMS, "hotline.menu.text"
    )
