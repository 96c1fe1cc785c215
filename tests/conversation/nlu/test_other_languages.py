"""Detecting languages that the hotline does not speak."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.other_languages import OtherLanguage, language_named, name_of


def test_a_shared_script_is_decided_by_its_own_letters() -> None:
    urdu = OtherLanguage.read("urdu", {"scripts": ["ARABIC"], "only": "ٹ"})
    arabic = OtherLanguage.read("arabic", {"scripts": ["ARABIC"], "unless": "ٹ"})
    for letters, name in (("ابٹ", "urdu"), ("اب", "arabic")):
        known = {"urdu": urdu, "arabic": arabic}
        assert [name] == [n for n, other in known.items() if other.is_written("ARABIC", frozenset(letters))]
    assert not arabic.is_written("CYRILLIC", frozenset("а"))


@pytest.mark.parametrize("table", ["toi khong", {}, {"word": "toi"}])
def test_a_broken_table_is_refused(table: object) -> None:
    with pytest.raises(FlowError, match=r"others.toml \[vietnamese\]: must have some of called, only"):
        OtherLanguage.read("vietnamese", table)


def test_each_sentence_is_for_a_detectable_language(book: Book) -> None:
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
def test_a_languages_name_is_recognized_in_each_of_ours(book: Book, said: str, language: str | None) -> None:
    assert language == language_named(said, book.reader.lexicon.others)


def test_each_language_has_unique_names(book: Book) -> None:
    others = book.reader.lexicon.others
    for spoken in book.languages:
        names = [name_of(other, others, spoken) for other in others]
        assert all(names)
        assert len(set(names)) == len(names)
    assert "" == name_of("xx", others, "en")
