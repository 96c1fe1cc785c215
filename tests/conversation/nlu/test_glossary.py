"""Terms of school papers that can be asked about."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Statement
from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.glossary import Glossary
from hotline.conversation.nlu.normalize import Spelling
from tests.rows import table

LEAST_TERMS = 100


def explained(book: Book) -> dict[str, Statement]:
    return {s.name: s for s in book.states.values() if isinstance(s, Statement) and s.asked}


@table("""
    text | state
    what is an fba | word_fba
    FBA | word_fba
    whats a bip | word_bip
    what does LRE mean on the iep | word_lre
    they gave me a paper and it says PWN what is that | word_pwn
    i dont know what stay put is | word_stay_put
    whats a manifestation determination | word_mdr
    meaning of placement | word_placement
    explain the present levels | word_present_levels
    que es el ARD | word_ard
    que significa FAPE | word_fape
    no se que es evaluación funcional de la conducta | word_fba
    que quiere decir aviso previo por escrito | word_pwn
    en la junta dijeron ESY que es eso | word_esy
""")
def test_a_term_is_explained_when_asked_about(book: Book, text: str, state: str) -> None:
    assert book.reader.read(text).acted_on == state


@pytest.mark.parametrize(
    "text",
    (
        "they gave him a BIP and it is not working | he needs accommodations | "
        "what is the school going to do | his goals are the same as last year | que es para | "
        "my placement of the books"
    ).split(" | "),
)
def test_a_term_inside_a_sentence_is_not_a_question(book: Book, text: str) -> None:
    assert book.reader.read(text).acted_on not in explained(book)


def test_each_of_a_hundred_terms_can_be_asked_about(book: Book) -> None:
    states = explained(book)
    asked_for = {book.reader.of(message) for _, message in book.reader.glossary.messages()}
    assert len(states) >= LEAST_TERMS
    assert set(states) <= asked_for


def test_an_explanation_returns_to_the_question(book: Book) -> None:
    assert {state.go for state in explained(book).values()} == {"return"}


def test_a_term_of_two_states_is_refused() -> None:
    with pytest.raises(FlowError, match="explained by"):
        Glossary.read({}, {"word_a": ("FBA",), "word_b": ("fba",)}, Spelling.read({}, ""))


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(FlowError, match="asking"):
        Glossary.read({"befor": []}, {}, Spelling.read({}, ""))
