"""Plans, ages and lists of facts are found by rule, of this child and now."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.nlu.stated_facts import NO_PLAN, age_stated, listed_facts, plan_stated


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ("my daughter has an iep", "iep"),
        ("my son has a 5-0-4 and its not helping", "504"),
        ("she has a 504 and they said no to an iep", "504"),
        ("hi my son has autism and an iep", "iep"),
        ("tiene 9 y tiene iep", "iep"),
        ("lo suspendieron 5 dias tiene el 504", "504"),
        ("1st grade, cant read, no iep no 504", NO_PLAN),
        ("no tiene ni 504 ni iep", NO_PLAN),
    ],
)
def test_a_plan_is_recognized(book: Book, text: str, plan: str) -> None:
    assert plan == plan_stated(text, book.reader.lexicon)


@pytest.mark.parametrize(
    "text",
    (
        "what is an iep | my nephew has an iep | his brother has an iep, should he get one too | "
        "mi sobrino tiene un iep | if he has a 504 can he get an iep | he doesnt have an iep | "
        "he had an iep in preschool | she needs an iep | she has an iep meeting tomorrow | "
        "my student has an iep | does he have to have an iep to get speech"
    ).split(" | "),
)
def test_others_past_or_wished_for_plans_are_not(book: Book, text: str) -> None:
    assert plan_stated(text, book.reader.lexicon) is None


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("hes 9", 9),
        ("he was diagnosed at 3 and now hes 9", 9),
        ("va en primero", 6),
        ("he had an iep in preschool", None),
        ("my nephew is 4", None),
        ("su hermano tiene 12", None),
    ],
)
def test_an_age_of_this_child_now_is_recognized(book: Book, text: str, years: int | None) -> None:
    assert years == age_stated(text, book.reader.lexicon)


def test_a_list_of_facts_has_short_parts() -> None:
    assert ("5th grade", "no plan", "not suspended") == listed_facts("5th grade, no plan, not suspended")
    assert () == listed_facts("he is in 5th grade, and the school says that he is fine, but he is not")
    assert () == listed_facts("no, thanks")
