"""Detecting who is writing."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.speakers import KINDS, asks_who_we_are, speaker_of


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("I'm a teacher", "teacher"),
        ("hi i teach 3rd grade and have a question", "teacher"),
        ("soy la maestra de Juan", "teacher"),
        ("Soy maestra y quiero orientar a una mamá", "teacher"),
        ("im a foster mom of 2", "foster"),
        ("my foster son melts down", "foster"),
        ("soy madre de crianza", "foster"),
        ("I'm his grandma and he lives with me", "grandparent"),
        ("soy la abuela", "grandparent"),
        ("im raising my nephew", "grandparent"),
        ("im 15 and i cant focus", "student"),
        ("I'm ten and I can't read", "student"),
        ("tengo 9 y no entiendo nada", "student"),
        ("i have 9 and 10 year olds", None),
        ("tengo 3 y todos van a la escuela", None),
        ("I'm in 9th grade", "student"),
        ("tengo 16 años y no entiendo", "student"),
        ("im fifteen", "student"),
        ("his teacher is mean", None),
        ("my son is 15", None),
        ("im 15 minutes away", None),
        ("im 35 and tired", None),
        ("tengo 15 minutos", None),
        ("tengo 2 hijos", None),
        ("mi abuela tambien era asi", None),
        ("grandma says he is fine", None),
        ("she was in foster care once", None),
        ("", None),
    ],
)
def test_only_statements_about_oneself_count(text: str, speaker: str | None, book: Book) -> None:
    assert speaker == speaker_of(normalize(text), book.reader.lexicon)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("is this a robot", True),
        ("who runs this", True),
        ("es una máquina?", True),
        ("is my number safe", False),
        (
            "my son built a robot at school and the teacher says he talks too much about it all day long",
            False,
        ),
    ],
)
def test_who_are_you_is_recognized(text: str, asks: bool, book: Book) -> None:
    assert asks is asks_who_we_are(normalize(text), book.reader.lexicon)


def test_an_entry_is_found_in_short_and_long_texts(book: Book) -> None:
    lexicon = book.reader.lexicon
    for kind in KINDS:
        for entry in lexicon.speakers[kind]:
            found = speaker_of(f"so {entry}", lexicon)
            assert found is not None
            assert found == speaker_of(f"so {entry} xx xx xx xx xx", lexicon)
            assert speaker_of(entry.replace(" ", "x") + "x", lexicon) is None
