"""What phones and mail programs add to a text."""

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
def test_a_reaction_is_recognized_by_its_beginning(text: str, after: str | None) -> None:
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
def test_a_mail_programs_line_is_recognized(line: str, header: bool) -> None:
    assert header is FOUND.is_header(line)


def test_without_words_nothing_is_found() -> None:
    assert NOTHING.after_reaction("Liked “Hello”") is None
    assert not NOTHING.is_header("From: somebody")


@pytest.mark.parametrize("text", ["Gustó «É»", "İstanbul ﷺ", "ﬁ ß", "\ud800"])
def test_letters_keep_their_positions(text: str) -> None:
    assert len(text) == len(plain_letters(text))
