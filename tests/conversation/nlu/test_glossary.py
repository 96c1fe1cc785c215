"""Words on school papers: which are asked about, in which words, and what is no question about them."""

from __future__ import annotations

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Statement
from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.glossary import Glossary
from hotline.conversation.nlu.normalize import Spelling

LEAST_TERMS = 100


def explained(book: Book) -> dict[str, Statement]:
    """The states that explain a word, by name."""
    return {s.name: s for s in book.states.values() if isinstance(s, Statement) and s.asked}


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("what is an fba", "word_fba"),
        ("FBA", "word_fba"),
        ("whats a bip", "word_bip"),
        ("what does LRE mean on the iep", "word_lre"),
        ("they gave me a paper and it says PWN what is that", "word_pwn"),
        ("i dont know what stay put is", "word_stay_put"),
        ("whats a manifestation determination", "word_mdr"),
        ("meaning of placement", "word_placement"),
        ("explain the present levels", "word_present_levels"),
        ("que es el ARD", "word_ard"),
        ("que significa FAPE", "word_fape"),
        ("no se que es evaluación funcional de la conducta", "word_fba"),
        ("que quiere decir aviso previo por escrito", "word_pwn"),
        ("en la junta dijeron ESY que es eso", "word_esy"),
    ],
)
def test_a_word_is_explained_to_who_asks(book: Book, text: str, state: str) -> None:
    """In English and Spanish, with and without articles, and in the middle of a paper's story."""
    assert book.reader.read(text).acted_on == state


@pytest.mark.parametrize(
    "text",
    [
        "they gave him a BIP and it is not working",
        "he needs accommodations",
        "what is the school going to do",
        "his goals are the same as last year",
        "que es para",
        "my placement of the books",
    ],
)
def test_a_word_inside_a_sentence_is_no_question_about_it(book: Book, text: str) -> None:
    """Who tells a story gets no dictionary."""
    assert book.reader.read(text).acted_on not in explained(book)


def test_there_are_a_hundred_words_and_each_can_be_asked_for(book: Book) -> None:
    """Every state that explains a word is reached by "what is" in front of one of its words."""
    states = explained(book)
    asked_for = {book.reader.of(message) for _, message in book.reader.glossary.messages()}
    assert len(states) >= LEAST_TERMS
    assert set(states) <= asked_for


def test_each_word_leads_back_to_where_the_parent_was(book: Book) -> None:
    """An explanation is an aside."""
    assert {state.go for state in explained(book).values()} == {"return"}


def test_a_word_of_two_states_is_refused() -> None:
    """Nobody could tell which of them is meant."""
    with pytest.raises(FlowError, match="explained by"):
        Glossary.read({}, {"word_a": ("FBA",), "word_b": ("fba",)}, Spelling.read({}, ""))


def test_a_key_that_means_nothing_is_refused() -> None:
    """A misspelled key of [asking] is told when the flows are read."""
    with pytest.raises(FlowError, match="asking"):
        Glossary.read({"befor": []}, {}, Spelling.read({}, ""))
