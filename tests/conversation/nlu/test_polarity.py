"""Yes and no, and where a text says both, takes one back, or denies what a child should be able to do."""

from __future__ import annotations

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.polarity import (
    says_badly,
    says_both,
    says_good,
    says_over,
    says_well,
    without_retractions,
    yes_or_no,
)


@pytest.mark.parametrize(
    "said",
    (
        "yes no | no yes | yes and no | si pero no | si y no | no si | no yeah | yeah nah | nah yeah | "
        "yes he was not | yes she isnt | no no yes | not no | he isnt not suspended | "
        "hes never not in trouble"
    ).split(" | "),
)
def test_a_text_that_says_both_is_neither(book: Book, said: str) -> None:
    """It is asked again: one half of it would be the opposite of the other."""
    lexicon = book.reader.lexicon
    assert says_both(said.split(), lexicon)
    assert yes_or_no(said.split(), lexicon) is None


@pytest.mark.parametrize(
    "said",
    (
        "no no no | si si | claro que no | no he isnt | no not yet | no nunca | yes he is | yes he cant focus"
    ).split(" | "),
)
def test_a_text_that_repeats_itself_says_one_thing(book: Book, said: str) -> None:
    """Spanish denies twice, and so do tired people."""
    assert not says_both(said.split(), book.reader.lexicon)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("yes i mean no", "no"),
        ("no i mean yes", "yes"),
        ("no wait yes", "yes"),
        ("no sorry yes he is", "yes"),
        ("yes sorry no", "no"),
        ("si digo no", "no"),
        ("no perdon si", "yes"),
        ("no pues si", "yes"),
        ("no sorry", "no"),
    ],
)
def test_the_last_word_counts_where_one_is_taken_back(book: Book, said: str, answer: str) -> None:
    """And "no pues" opens a sentence without denying it."""
    lexicon = book.reader.lexicon
    assert answer == (
        yes_or_no(said.split(), lexicon) or yes_or_no(said.removesuffix(" sorry").split(), lexicon)
    )


def test_a_long_text_takes_nothing_back(book: Book) -> None:
    """It tells a story: its "i mean" stands for anything."""
    said = "he has an iep i mean they wrote one but nobody in that school reads it"
    assert said.split() == without_retractions(said.split(), book.reader.lexicon)


@pytest.mark.parametrize(
    "text",
    [
        *("she does not struggle", "she doesnt have trouble", "no batalla", "no le cuesta", "no es dificil"),
        *("no he reads fine", "he reads very well", "no longer struggles", "habla bien"),
    ],
)
def test_a_denied_trouble_is_no_yes(book: Book, text: str) -> None:
    """Where it is asked whether something is hard."""
    lexicon = book.reader.lexicon
    assert says_well(text, lexicon)
    assert not says_badly(text, lexicon)


@pytest.mark.parametrize(
    "text",
    (
        "no lee nada | no se concentra | nothing is easy | no reading skills | he cant sit still | "
        "no es facil | no pone atencion | not reading | tampoco habla bien | she doesnt have friends"
    ).split(" | "),
)
def test_a_denied_skill_is_no_no(book: Book, text: str) -> None:
    """Its negation is about the child, not about the question."""
    lexicon = book.reader.lexicon
    assert says_badly(text, lexicon)
    assert not says_well(text, lexicon)


def test_normalized_words_are_what_is_compared(book: Book) -> None:
    """Accents and capitals make no difference."""
    assert "no" == yes_or_no(normalize("Sí... digo, NO").split(), book.reader.lexicon)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("todo le sale bien", None),
        ("sale", "yes"),
        ("sale pues", "yes"),
        ("oh well yes", "yes"),
        ("yes he does", "yes"),
    ],
)
def test_a_yes_in_the_middle_of_a_sentence_is_none(text: str, answer: str | None, book: Book) -> None:
    """A word such as "sale" has other meanings there."""
    assert answer == yes_or_no(text.split(), book.reader.lexicon)


@pytest.mark.parametrize(
    ("text", "good", "bad", "over"),
    [
        ("reading used to be hard now hes great", True, True, True),
        ("todo le sale bien", True, False, False),
        ("everything is hard for him", False, True, False),
        ("he isnt doing good", False, True, False),
        ("no, va muy mal", False, True, False),
        ("she has no trouble with reading", False, False, False),
        ("antes batallaba", False, False, True),
        ("he cant read", False, True, False),
    ],
)
def test_what_speaks_against_an_answer(text: str, good: bool, bad: bool, over: bool, book: Book) -> None:
    """Good news against a yes to trouble, bad news against a no, the past against a yes."""
    lexicon = book.reader.lexicon
    found = says_good(text, lexicon), says_badly(text, lexicon), says_over(text, lexicon)
    assert (good, bad, over) == found
