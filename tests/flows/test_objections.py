"""A school's objections, each answered with one rule and one sentence to write back."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Statement
from tests.rows import pairs

SAID = pairs(__file__, "objections")


@pytest.mark.parametrize(("said", "intent"), SAID.items(), ids=list(SAID))
def test_an_objection_is_answered(book: Book, said: str, intent: str) -> None:
    assert intent == book.reader.read(said).acted_on


def test_there_are_at_least_thirty_five_in_both_languages(book: Book) -> None:
    found = [s for s in book.states.values() if isinstance(s, Statement) and s.file == "objections"]
    found = [state for state in found if state.name.startswith("said_")]
    assert len(found) >= 35
    for state in found:
        assert state.basis.law is not None, state.name
        for language in book.languages:
            words = book.texts[language][f"{state.file}.{state.name}.text"][0]
            assert words.count('"') >= 2, (language, state.name)
        english, spanish = (book.texts[each][f"{state.file}.{state.name}.text"][0] for each in ("en", "es"))
        assert english != spanish
