"""What a parent tells by the way is used, and is never answered as a question."""

from __future__ import annotations

import pytest

from hotline.conversation.book.book import Book
from tests.conversation.talk import Talk

AGE, PLAN = "child_age", "plan_now"


@pytest.mark.parametrize(
    ("said", "facts"),
    [
        ("my daughter has an iep", {PLAN: "plan_iep"}),
        ("my son has a 504 and its not helping", {PLAN: "plan_504"}),
        ("he's 11", {AGE: "school_age"}),
        ("7th grade", {AGE: "school_age"}),
        ("she's 10 and has adhd", {AGE: "school_age"}),
        ("i got twins one is 4", {AGE: "preschool"}),
        ("tiene 9 y tiene iep", {AGE: "school_age", PLAN: "plan_iep"}),
        ("va en primero", {AGE: "school_age"}),
        (
            "5th grade, no plan, never asked, math is the worst, not suspended, public school",
            {
                AGE: "school_age",
                PLAN: "no_plan",
                "asked_before": "no",
                "hardest": "learning",
                "sent_home": "no",
            },
        ),
        ("13, adhd, no plan, never asked", {AGE: "school_age", PLAN: "no_plan", "asked_before": "no"}),
        (
            "4to grado, sin plan, no sabe leer, no esta suspendido",
            {AGE: "school_age", PLAN: "no_plan", "hardest": "learning", "sent_home": "no"},
        ),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_facts_begin_the_screening_and_are_not_asked_for(
    book: Book, said: str, facts: dict[str, str], first: bool
) -> None:
    """In a first text, and at the menu."""
    spanish = said.startswith(("tiene", "va ", "4to"))
    talk = Talk(book).text(*([] if first else ["hola" if spanish else "hi"]), said)
    session = talk.session
    told = {**dict(session.given), **{a.state: a.choice for a in session.answers}}
    assert facts == {name: told.get(name) for name in facts}
    assert talk.asked not in facts
    assert any(answer.state == AGE for answer in session.answers)


@pytest.mark.parametrize(
    ("at", "said", "answer"),
    [
        ("hi|1|9|no", "adhd he has a 504 they dont even read", "plan_504"),
        ("hi|1|9|no", "she has a 504 and they said no to an iep", "plan_504"),
        ("hi|1|9|no|no|no", "my son has an iep", "plan_iep"),
        ("hola|1|9|no|no|no", "mi hijo ya tiene un iep", "plan_iep"),
    ],
)
def test_a_plan_that_is_told_is_the_answer_and_changes_an_earlier_one(
    book: Book, at: str, said: str, answer: str
) -> None:
    """At its question, and after it."""
    assert answer == Talk(book).text(*at.split("|")).text(said).session.answer_to(PLAN)


def test_a_fact_for_a_later_question_is_said_back(book: Book) -> None:
    """It is no miss, and its question does not come."""
    talk = Talk(book).text("hi", "1", "9", "she has an iep")
    assert (["noted"], "sent_home", 0) == (talk.told, talk.asked, talk.session.misses)
    assert "what_about_iep" == talk.text("no").asked


def test_a_fact_beside_a_topic_is_remembered(book: Book) -> None:
    """The topic is answered first."""
    talk = Talk(book).text("her grades are bad. she is in 6th grade. no iep. no 504.")
    assert "school_age" == dict(talk.session.given).get(AGE)
    assert AGE != talk.asked


@pytest.mark.parametrize("said", ["what is an iep", "my nephew has an iep"])
def test_a_question_and_other_peoples_plans_are_no_facts(book: Book, said: str) -> None:
    """Nothing is given."""
    assert () == Talk(book).text(said).session.given


@pytest.mark.parametrize(
    "said", ["tengo 10 y no se leer", "mi hija tiene 9 y no se que hacer con la lectura"]
)
def test_nobody_is_unsure_of_what_was_not_asked(book: Book, said: str) -> None:
    """ "No se leer" is no "No sé" about suspensions."""
    talk = Talk(book).text(said)
    assert "not_sure" not in dict(talk.session.given).values()
    assert "sent_home" == talk.asked


def test_what_has_no_answer_of_its_own_is_not_offered(book: Book) -> None:
    """ "Not suspended" led to a dead end."""
    reading = book.reader.read("not suspended or anything i dont know, maybe 1st grade")
    assert "not_suspended" not in reading.asks
