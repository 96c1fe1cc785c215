"""Special cases are read with their topic."""

from dataclasses import replace

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.nlu.special_cases import Family, SpecialCases
from hotline.publishing.understand import understand
from tests.rows import table

CASES = SpecialCases(
    {"said_doctor": ("diagnosis",), "said_rich": ("diagnosis",), "foster": ("rights", "sign")}
)


@pytest.mark.parametrize(
    ("ranked", "families"),
    [
        ([("said_doctor", 0.5), ("diagnosis", 0.25)], [Family("diagnosis", 0.75, "said_doctor")]),
        ([("diagnosis", 0.5), ("said_doctor", 0.25)], [Family("diagnosis", 0.75, "diagnosis")]),
        (
            [("said_doctor", 0.25), ("said_rich", 0.25), ("diagnosis", 0.125)],
            [Family("diagnosis", 0.625, "diagnosis")],
        ),
        (
            [("sign", 0.5), ("diagnosis", 0.25)],
            [Family("sign", 0.5, "sign"), Family("diagnosis", 0.25, "diagnosis")],
        ),
    ],
)
def test_a_topics_probabilities_are_added_up(ranked: list[tuple[str, float]], families: list[Family]) -> None:
    """The likeliest member is acted on if it has half of the sum, otherwise the topic."""
    assert families == CASES.families(ranked)


@pytest.mark.parametrize(
    ("intent", "ranked", "fits"),
    [
        ("foster", [("sign", 0.95)], True),
        ("foster", [("story", 0.95), ("sign", 0.01)], False),
        ("foster", [("story", 0.8), ("sign", 0.01)], True),
        ("foster", [("said_doctor", 0.5), ("diagnosis", 0.4)], False),
        ("sign", [("story", 0.95)], True),
    ],
)
def test_a_phrase_is_ignored_in_a_text_about_another_topic(
    intent: str, ranked: list[tuple[str, float]], fits: bool
) -> None:
    assert CASES.fits(intent, ranked) is fits


def test_it_is_reported_under_its_likeliest_topic() -> None:
    assert CASES.topic("foster", [("story", 0.5), ("sign", 0.3), ("rights", 0.1)]) == "sign"
    assert CASES.topic("foster", ()) == "rights"
    assert CASES.topic("story", ()) == "story"


def test_unknown_names_are_found() -> None:
    assert CASES.unknown(["said_doctor", "diagnosis", "foster", "rights"]) == ["said_rich", "sign"]


@table("""
    text | acted_on | reported
    they told me only a doctor can say if he has adhd so go get a note first | said_doctor | faq_diagnosis
    what does prior written notice mean | word_pwn | notice
""")
def test_a_special_case_is_answered_and_its_topic_reported(
    book: Book, text: str, acted_on: str, reported: str
) -> None:
    found = understand(book, text)
    assert (found.reading.acted_on, found.intent) == (acted_on, reported)


def test_a_term_without_a_likely_topic_is_reported_itself(book: Book) -> None:
    reading = book.reader.read("what is an fba")
    assert book.reader.topic_of("word_fba", replace(reading, ranked=(("other", 0.9),))) == "word_fba"
