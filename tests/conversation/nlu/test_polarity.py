"""Yes and no: both, retracted, or about something else."""

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
from tests.rows import table


@pytest.mark.parametrize(
    "said",
    (
        "yes no | no yes | yes and no | si pero no | si y no | no si | no yeah | yeah nah | nah yeah | "
        "yes he was not | yes she isnt | no no yes | not no | he isnt not suspended | "
        "hes never not in trouble"
    ).split(" | "),
)
def test_a_text_with_both_is_neither(book: Book, said: str) -> None:
    lexicon = book.reader.lexicon
    assert says_both(said.split(), lexicon)
    assert yes_or_no(said.split(), lexicon) is None


@pytest.mark.parametrize(
    "said",
    (
        "no no no | si si | claro que no | no he isnt | no not yet | no nunca | yes he is | yes he cant focus"
    ).split(" | "),
)
def test_a_repeated_answer_is_one_answer(book: Book, said: str) -> None:
    assert not says_both(said.split(), book.reader.lexicon)


@table("""
    said | answer
    yes i mean no | no
    no i mean yes | yes
    no wait yes | yes
    no sorry yes he is | yes
    yes sorry no | no
    si digo no | no
    no perdon si | yes
    no pues si | yes
    no sorry | no
""")
def test_the_last_word_counts_after_a_retraction(book: Book, said: str, answer: str) -> None:
    lexicon = book.reader.lexicon
    assert answer == (
        yes_or_no(said.split(), lexicon) or yes_or_no(said.removesuffix(" sorry").split(), lexicon)
    )


def test_a_long_text_retracts_nothing(book: Book) -> None:
    said = "he has an iep i mean they wrote one but nobody in that school reads it"
    assert said.split() == without_retractions(said.split(), book.reader.lexicon)


@pytest.mark.parametrize(
    "text",
    [
        *("she does not struggle", "she doesnt have trouble", "no batalla", "no le cuesta", "no es dificil"),
        *("no he reads fine", "he reads very well", "no longer struggles", "habla bien"),
    ],
)
def test_a_denied_problem_is_not_a_yes(book: Book, text: str) -> None:
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
def test_a_denied_skill_is_not_a_no(book: Book, text: str) -> None:
    lexicon = book.reader.lexicon
    assert says_badly(text, lexicon)
    assert not says_well(text, lexicon)


def test_normalized_words_are_compared(book: Book) -> None:
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
def test_a_yes_inside_a_sentence_is_not_an_answer(text: str, answer: str | None, book: Book) -> None:
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
def test_good_news_contradicts_trouble(text: str, good: bool, bad: bool, over: bool, book: Book) -> None:
    lexicon = book.reader.lexicon
    found = says_good(text, lexicon), says_badly(text, lexicon), says_over(text, lexicon)
    assert (good, bad, over) == found
