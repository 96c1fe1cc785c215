"""What phones and mail programs write around a text."""

from __future__ import annotations

import pytest

from hotline.conversation.nlu.phone_text import PhoneText, plain_letters

FOUND = PhoneText.of(
    {"verbs": ["liked", "reacted * to"], "objects": ["an image"], "about": ["to"]},
    {
        "fields": ["from"],
        "lines": ["original message"],
        "wrote": ["on ... wrote"],
        "sent": ["sent from my ..."],
    },
)
NOTHING = PhoneText.of(
    dict.fromkeys(("verbs", "objects", "about"), ()), dict.fromkeys(("fields", "lines", "wrote", "sent"), ())
)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("Liked “Hello”", ""),
        ("LIKED an image", ""),
        ("Reacted ❤️ to “Hello” yes", "yes"),
        ("👍 to “Hello” thanks", "thanks"),
        ("liked the teacher", None),
        ("I liked “Hello”", None),
        ("", None),
    ],
)
def test_a_reaction_is_known_by_how_it_begins(text: str, after: str | None) -> None:
    """And by the quote after it; what follows the quote is the sender's."""
    assert after == FOUND.after_reaction(text)


@pytest.mark.parametrize(
    ("line", "header"),
    [
        ("From: somebody", True),
        ("--- Original Message ---", True),
        ("On Monday, Ana wrote:", True),
        ("Sent from my iPhone", True),
        ("(con't) 2 of 3", True),
        ("> quoted", True),
        ("from here on", False),
        ("he wrote", False),
    ],
)
def test_a_line_of_a_mail_program_is_known(line: str, header: bool) -> None:
    """However it is capitalized."""
    assert header is FOUND.is_header(line)


def test_without_words_nothing_is_found() -> None:
    """A language need not have them."""
    assert NOTHING.after_reaction("Liked “Hello”") is None
    assert not NOTHING.is_header("From: somebody")


@pytest.mark.parametrize("text", ["Gustó «É»", "İstanbul ﷺ", "ﬁ ß", "\ud800"])
def test_each_letter_stays_in_its_place(text: str) -> None:
    """So that what is found can be cut from the text itself."""
    assert len(text) == len(plain_letters(text))
