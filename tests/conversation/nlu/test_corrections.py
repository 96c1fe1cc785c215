"""A correction is found at a text's beginning, with how certain it is."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.nlu.corrections import correction_in
from hotline.conversation.nlu.slips import Sure


@pytest.mark.parametrize(
    ("text", "sure", "first"),
    [
        ("sorry i meant no he isnt suspended", Sure.LIKELY, "no he isnt suspended"),
        ("oh wait i hit the wrong one, its his behavior", Sure.CERTAIN, "its his behavior"),
        ("oops wrong number i meant 1", Sure.CERTAIN, "1"),
        ("actually its an iep not a 504", Sure.MILD, "its an iep"),
        ("sorry 14 not 4", Sure.MILD, "14"),
        ("no wait he's in 3rd", Sure.MILD, "he's in 3rd"),
        ("ay no perdón me equivoqué, tiene 4", Sure.CERTAIN, "tiene 4"),
        ("no espere, si la pedi", Sure.MILD, "si la pedi"),
        ("quise decir que no", Sure.LIKELY, "no"),
    ],
)
def test_the_words_after_it_are_the_correction(book: Book, text: str, sure: Sure, first: str) -> None:
    found = correction_in(text, book.reader.lexicon)
    assert found is not None
    assert (sure, first) == (found.sure, found.says[0])


@pytest.mark.parametrize("text", ["sorry i pressed wrong", "me equivoque", "typo"])
def test_a_text_may_only_say_that_something_was_wrong(book: Book, text: str) -> None:
    found = correction_in(text, book.reader.lexicon)
    assert found is not None
    assert (Sure.CERTAIN, ()) == (found.sure, found.says)


@pytest.mark.parametrize(
    "text",
    ["no", "he never says sorry to anyone", "the school made us wait", "ya le dije a la maestra perdon"],
)
def test_such_words_inside_a_sentence_correct_nothing(book: Book, text: str) -> None:
    assert correction_in(text, book.reader.lexicon) is None


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("its an iep not a 504", ""),
        ("sorry its an iep not a 504", "a 504"),
        ("perdon, no es lectura, es conducta", "es lectura"),
    ],
)
def test_the_wrong_answer_is_recognized(book: Book, text: str, denied: str) -> None:
    found = correction_in(text, book.reader.lexicon)
    assert denied == (found.denied if found else "")
