"""How a text in a language that we do not speak is known."""

from __future__ import annotations

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.other_languages import OtherLanguage, language_named, name_of


def test_a_script_may_be_shared() -> None:
    """Letters that only one of its languages has decide."""
    urdu = OtherLanguage.read("urdu", {"scripts": ["ARABIC"], "only": "ٹ"})
    arabic = OtherLanguage.read("arabic", {"scripts": ["ARABIC"], "unless": "ٹ"})
    for letters, name in (("ابٹ", "urdu"), ("اب", "arabic")):
        known = {"urdu": urdu, "arabic": arabic}
        assert [name] == [n for n, other in known.items() if other.is_written("ARABIC", frozenset(letters))]
    assert not arabic.is_written("CYRILLIC", frozenset("а"))


@pytest.mark.parametrize("table", ["toi khong", {}, {"word": "toi"}])
def test_a_broken_table_is_refused(table: object) -> None:
    """With its name and what it may have."""
    with pytest.raises(FlowError, match=r"others.toml \[vietnamese\]: must have some of called, only"):
        OtherLanguage.read("vietnamese", table)


def test_each_sentence_is_for_a_language_that_can_be_known(book: Book) -> None:
    """Else nobody would ever read it."""
    assert set(book.other_languages) <= set(book.reader.lexicon.others)
    assert len(book.other_languages) >= 10


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("Mandarin Chinese", "mandarin"),
        ("do you speak Chinese?", "chinese"),
        ("hablo k'iche'", "kiche"),
        ("we speak Haitian Creole", "haitian_creole"),
        ("Chinese or Vietnamese", None),
        ("he failed math", None),
    ],
)
def test_the_name_of_a_language_is_known_in_each_of_ours(book: Book, said: str, language: str | None) -> None:
    """By its longest name; two languages are none."""
    assert language == language_named(said, book.reader.lexicon.others)


def test_each_language_has_a_name_for_the_parent_and_for_the_staff(book: Book) -> None:
    """In each of our languages, and no two have the same."""
    others = book.reader.lexicon.others
    for spoken in book.languages:
        names = [name_of(other, others, spoken) for other in others]
        assert all(names)
        assert len(set(names)) == len(names)
    assert "" == name_of("xx", others, "en")
