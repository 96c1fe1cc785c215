"""How written text is spoken."""

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
def test_abbreviations_and_numbers_are_spoken_in_full(book: Book, written: str, said: str) -> None:
    assert said == speech(written, book.voices["en"])


def test_no_spoken_text_has_what_a_voice_misreads(book: Book) -> None:
    for id, (_, said) in book.texts["en"].items():
        assert not {"504", "IEP", "911", "988"} & set(said.replace(".", " ").replace(",", " ").split()), id


def test_brackets_are_not_spoken(book: Book) -> None:
    for texts in book.texts.values():
        assert [] == [id for id, (_, said) in texts.items() if {"[", "]"} & set(said)]


def test_an_unknown_language_falls_back_to_the_first(book: Book) -> None:
    assert wording(book, "en", Channel.SMS, "hotline.menu.text") == wording(
        book, "xx", Channel.SMS, "hotline.menu.text"
    )
