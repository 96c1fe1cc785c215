"""Facts told in passing are used, and never answered as a question."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Texting
from hotline.conversation.model.session import Session
from tests.conversation.talk import Talk
from tests.rows import table

AGE, PLAN = "child_age", "plan_now"


@pytest.mark.parametrize(
    ("at", "said", "answer"),
    [
        ("hi|1|9|no", "adhd he has a 504 they dont even read", "plan_504"),
        ("hi|1|9|no", "she has a 504 and they said no to an iep", "plan_504"),
        ("hi|1|9|no|no|no", "my son has an iep", "plan_iep"),
        ("hola|1|9|no|no|no", "mi hijo ya tiene un iep", "plan_iep"),
    ],
)
def test_a_plan_told_in_passing_is_the_answer(book: Book, at: str, said: str, answer: str) -> None:
    assert answer == Talk(book).text(*at.split("|")).text(said).session.answer_to(PLAN)


def test_a_fact_for_a_later_question_is_confirmed_and_not_asked(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "9", "she has an iep")
    assert (["noted"], "sent_home", 0) == (talk.told, talk.asked, talk.session.misses)
    assert "what_about_iep" == talk.text("no").asked


def test_a_fact_beside_a_topic_is_stored(book: Book) -> None:
    talk = Talk(book).text("her grades are bad. she is in 6th grade. no iep. no 504.")
    assert "school_age" in (talk.session.answer_to(AGE), dict(talk.session.given).get(AGE))
    assert AGE != talk.asked


@pytest.mark.parametrize(
    "said", ["public", "he goes to public school", "charter", "publica", "va a la publica"]
)
@pytest.mark.parametrize("at", [("8",), ("8", "no"), ("8", "no", "no", "no", "1")])
def test_a_public_school_is_stored_at_any_question(book: Book, at: tuple[str, ...], said: str) -> None:
    talk = Talk(book).text("hola" if "publica" in said else "hi", "1", *at)
    asked = talk.asked
    assert (["noted"], asked, 0) == (talk.text(said).told, talk.asked, talk.session.misses)
    assert "public" == dict(talk.session.given)["kind_of_school"]


@pytest.mark.parametrize("said", ["its a private school", "does a charter have to", "he acts out in public"])
def test_more_than_public_school_is_not_stored(book: Book, said: str) -> None:
    assert "kind_of_school" not in dict(Talk(book).text("hi", "1", "8", "no", said).session.given)


@pytest.mark.parametrize(
    "said", ["nobody told me i could", "no nunca la pedi", "nunca pedi", "nadie me dijo que podia"]
)
def test_never_asked_in_own_words_is_understood(book: Book, said: str) -> None:
    hello = "hi" if said.endswith("could") else "hola"
    assert "no" == Talk(book).text(hello, *"18", "no", "no", said).session.answer_to("asked_before")


@pytest.mark.parametrize(
    ("said", "plan"),
    [
        ("we have an iep now", "plan_iep"),
        ("ya tenemos un iep", "plan_iep"),
        ("he has a bip not an iep", "no_plan"),
        ("tiene bip pero no iep", "no_plan"),
        ("do we have an iep", None),
    ],
)
def test_a_plan_in_other_words_is_understood(book: Book, said: str, plan: str | None) -> None:
    talk = Talk(book).text(said)
    assert plan == dict(talk.session.given).get(PLAN)
    assert plan is None or AGE == talk.asked


@pytest.mark.parametrize("said", ["what is an iep", "my nephew has an iep"])
def test_questions_and_other_peoples_plans_are_no_facts(book: Book, said: str) -> None:
    assert () == Talk(book).text(said).session.given


@pytest.mark.parametrize(
    "said", ["tengo 10 y no se leer", "mi hija tiene 9 y no se que hacer con la lectura"]
)
def test_not_sure_needs_its_question(book: Book, said: str) -> None:
    """ "No se leer" is no "No sé" about suspensions."""
    talk = Talk(book).text(said)
    assert "not_sure" not in dict(talk.session.given).values()
    assert "sent_home" == talk.asked


@table("""
    said | choice
    another kid, my son is 6, he hits other kids | school_age
    also my 10 yr old daughter keeps getting suspended | school_age
    can you do my other son hes 14 | school_age
    i have another kid shes 4 and doesnt talk | preschool
    también tengo una niña de 6 que no habla bien | school_age
    tengo otro hijo de 8 que no sabe leer | school_age
    mi otra hija tiene 2 | under_3
""")
@pytest.mark.parametrize("at", ["", "plan_now", "sent_yet", "meeting_promises", "may_we_text"])
def test_another_childs_age_is_recognized_everywhere(book: Book, at: str, said: str, choice: str) -> None:
    talk = Talk(book, Session(state=at, texting=Texting.YES, known=(("which_state", "TX"),))).text(said)
    assert "another_child" in talk.told
    assert choice == talk.session.answer_to("child_age")
    assert "second" == talk.session.slot("another_child")


@pytest.mark.parametrize(
    "said",
    [
        "no but my other son was tested at 6",
        "another boy who is 12 hits my son",
        "the other kids are 9 and hit him",
        "otro niño de 12 le pega a mi hijo",
    ],
)
def test_facts_about_another_child_are_not_used(book: Book, said: str) -> None:
    assert (
        "another_child" not in Talk(book, Session(state="asked_before", texting=Texting.YES)).text(said).told
    )
