"""Fifty first texts of families in difficult situations, written in advance with the answers that a parent
center's worker would accept.
"""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.session import Session
from tests.conversation.talk import Talk
from tests.rows import rows

SEVERAL = {
    "URGENT": "outcome_discipline days_out count_days sent_home",
    "ASKED": "outcome_no_answer outcome_out_asked faq_no_answer",
    "REFUSED": "right_written_no outcome_said_no faq_good_grades faq_try_first",
    "TESTED": "not_eligible outcome_tested_no right_outside_test right_disagree",
    "PAPERS": "never_asked",
    "HOMELESS": "no_home danger_hunger faq_moving",
    "LOST_HOME": "no_home danger_hunger faq_moving safety_check",
    "FOSTER": "foster_family from_foster from_grandparent",
    "DEAF": "relay_calls right_interpreter deaf_child",
    "GIFTED": "gifted_too faq_good_grades",
    "TWO_LANGUAGES": "iep_and_english said_english_first right_interpreter",
}
"""Names of several states. Whoever just lost a home may be in danger too: to ask is right."""

FIFTY = rows(__file__, "first_texts")
FIFTY_MORE = rows(__file__, "more_first_texts")
"""Fifty others, written in the same way a while later: the first fifty had been used to better the answers.

A row is the situation, the text, and states that answer it, each by its name or that of several.
"""

ALL = (*FIFTY, *FIFTY_MORE)


def test_there_are_twice_fifty() -> None:
    assert 50 == len(FIFTY) == len(FIFTY_MORE)
    assert 100 == len({words for _, words, _ in ALL})


@pytest.mark.parametrize(("situation", "words", "right"), ALL)
def test_a_first_text_gets_an_acceptable_answer(book: Book, situation: str, words: str, right: str) -> None:
    talk = Talk(book, Session()).text(words)
    offered = {talk.book.topics.get(name, name) for name in talk.session.between}
    accepted = {state for name in right.split() for state in SEVERAL.get(name, name).split()}
    assert accepted & {*talk.told, talk.asked, *offered}, (situation, talk.told, talk.asked, offered)
    assert not {"unclear", "stuck_by_text"}.intersection(talk.told)
