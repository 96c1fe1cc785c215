"""Facts about a child begin the screening; questions and topics do not."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Channel, EventKind
from tests.conversation.talk import Talk
from tests.rows import table

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
def test_facts_begin_the_screening_and_are_not_asked_again(
    book: Book, said: str, facts: dict[str, str], first: bool
) -> None:
    spanish = said.startswith(("tiene", "va ", "4to"))
    talk = Talk(book).text(*([] if first else ["hola" if spanish else "hi"]), said)
    session = talk.session
    told = {**dict(session.given), **{a.state: a.choice for a in session.answers}}
    assert facts == {name: told.get(name) for name in facts}
    assert talk.asked not in facts
    assert any(answer.state == AGE for answer in session.answers)


@pytest.mark.parametrize(
    ("said", "told", "asked"),
    [
        ("the school say she just lazy", "said_lazy", AGE),
        ("la maestra dice que es flojo", "said_lazy", AGE),
        ("they say my 7 year old is just lazy but he cant read", "said_lazy", "sent_home"),
        ("me dicen que mi hija de 8 años es muy chica para evaluar", "said_too_young", "sent_home"),
        ("the school told me no", "right_written_no", AGE),
        ("la escuela me dijo que no", "right_written_no", AGE),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_what_the_school_said_is_answered_and_begins_the_screening(
    book: Book, said: str, told: str, asked: str, first: bool
) -> None:
    talk = Talk(book).text(*([] if first else ["hola" if " la " in f" {said}" else "hi"]), said)
    assert told in talk.told
    assert asked == talk.asked
    assert "no" == talk.text(*(["8"] if asked == AGE else []), "no").session.answer_to("sent_home")


@pytest.mark.parametrize(
    "said",
    (
        "can the school say no | what if they say hes too young | can they suspend him | "
        "my son has an iep and the teacher says hes just lazy | preschool"
    ).split(" | "),
)
def test_a_question_or_an_existing_plan_begins_no_screening(book: Book, said: str) -> None:
    assert () == Talk(book).text(said).session.screening


@pytest.mark.parametrize("before", [("8", "no"), ("8", "no", "1")])
def test_answered_questions_are_not_begun_again(book: Book, before: tuple[str, ...]) -> None:
    talk = Talk(book).text("hi", "1", *before)
    asked = talk.asked
    assert asked == talk.text("the school say she just lazy").asked


def test_in_a_call_what_else_is_asked(book: Book) -> None:
    talk = Talk(book).take(Channel.VOICE, EventKind.OPENED, "").speak("the school say she just lazy")
    assert () == talk.session.answers


@table("""
    said | age
    tiene 2 años y no habla | under_3
    4 and not in school yet, she dont talk much | preschool
    4 y todavia no va a la escuela, casi no habla | preschool
""")
def test_a_small_childs_age_gives_the_outcome_at_once(book: Book, said: str, age: str) -> None:
    talk = Talk(book).text(said)
    assert age == talk.session.answer_to(AGE)
    assert "early_childhood" not in talk.told
    assert talk.session.answer_to("asked_before") is None


@pytest.mark.parametrize(
    ("said", "age", "asked"),
    [
        ("hi i have two boys one 6 one 9", "school_age", "sent_home"),
        ("twins both 7 one has an iep", "school_age", "sent_home"),
        ("tengo dos hijos uno de 6 y uno de 9", "school_age", "sent_home"),
        ("son gemelos de 7 y uno tiene iep", "school_age", "sent_home"),
        ("tengo dos hijos, uno de 3 y otro de 9", None, AGE),
        ("i got twins", None, AGE),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_two_children_are_taken_in_turn(
    book: Book, said: str, age: str | None, asked: str, first: bool
) -> None:
    hello = "hola" if "de" in said.split() else "hi"
    talk = Talk(book).text(*([] if first else [hello]), said)
    assert "one_at_a_time" in talk.told
    assert (asked, age, None) == (talk.asked, talk.session.answer_to(AGE), dict(talk.session.given).get(PLAN))


@pytest.mark.parametrize(
    ("said", "told"),
    [("my twins are being bullied at school", "bullying"), ("a mis gemelos les hacen bullying", "bullying")],
)
def test_a_topic_about_two_children_is_answered(book: Book, said: str, told: str) -> None:
    talk = Talk(book).text(said)
    assert told in talk.told
    assert "one_at_a_time" not in talk.told


@pytest.mark.parametrize(
    "said", ["my son lost his iep when we moved", "mi hijo perdio su iep cuando nos mudamos"]
)
def test_a_plan_that_ended_with_a_move_is_about_moving(book: Book, said: str) -> None:
    assert "faq_moving" in Talk(book).text(said).told


def test_a_fact_without_its_own_answer_is_not_offered(book: Book) -> None:
    reading = book.reader.read("not suspended or anything i dont know, maybe 1st grade")
    assert "not_suspended" not in reading.asks


@pytest.mark.parametrize(
    "said", ["they keep calling me to pick her up", "me llaman a cada rato que vaya por el"]
)
def test_a_parent_called_to_pick_up_a_child_gets_the_urgent_step_first(book: Book, said: str) -> None:
    talk = Talk(book).text(said)
    assert {"outcome_discipline"} <= set(talk.told)
    assert "days_out" not in talk.told
    assert "plan_now" == talk.asked


def test_my_other_son_from_a_new_number_begins_the_screening(book: Book) -> None:
    talk = Talk(book).text("my other son is 14")
    assert "another_child" not in talk.told
    assert "school_age" == talk.session.answer_to("child_age")


@table("""
    said | asked
    my son is 5 | in_kindergarten
    my daughter is 5 and cant talk right | in_kindergarten
    mi niña tiene 5 añitos | in_kindergarten
    i have a 4 yr old | asked_before
    tengo una niña de 8 | sent_home
""")
@pytest.mark.parametrize("first", [True, False])
def test_an_age_alone_begins_the_screening(book: Book, said: str, asked: str, first: bool) -> None:
    spanish = said.startswith(("mi n", "tengo"))
    assert asked == Talk(book).text(*([] if first else ["hola" if spanish else "hi"]), said).asked


@pytest.mark.parametrize("said", ["my nephew is 5", "is 5 too young", "i have 2 kids one is 5"])
def test_someone_elses_age_decides_nothing(book: Book, said: str) -> None:
    assert Talk(book).text("hi", said).asked != "in_kindergarten"


def test_what_a_child_never_had_is_true_today(book: Book) -> None:
    talk = Talk(book).text("im a foster mom i just got a 13 yr old boy who hasnt had school in months")
    assert "school_age" == talk.session.answer_to(AGE)


def test_a_public_school_is_confirmed_without_private_school_rules(book: Book) -> None:
    assert ["noted"] == Talk(book).text("hi", "public school").told


def test_agreeing_to_a_way_out_does_not_answer_the_question_underneath(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "9", "purple", "purple", "sure")
    assert talk.session.answer_to("sent_home") is None


@pytest.mark.parametrize("said", ["first time texting here", "es mi primera vez aqui", "first thing today"])
def test_a_leading_ordinal_is_not_a_grade(book: Book, said: str) -> None:
    session = Talk(book).text(said).session
    assert AGE not in {**dict(session.given), **{a.state: a.choice for a in session.answers}}
