"""What teachers, foster parents, grandparents and students are told."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.session import Session
from tests.conversation.talk import Talk
from tests.rows import table


@table("""
    said | state
    I'm a teacher | from_teacher
    soy maestra | from_teacher
    im a foster mom | from_foster
    soy la abuela | from_grandparent
    im 15 and i cant focus in class | from_student
""")
def test_a_new_person_is_greeted_and_then_answered(book: Book, said: str, state: str) -> None:
    talk = Talk(book).text(said)
    assert "greeting" == talk.told[0]
    assert state in talk.told[1:3]  # what was noted may stand between
    assert talk.asked is not None


def test_it_is_said_once(book: Book) -> None:
    talk = Talk(book).text("im a teacher")
    assert "from_teacher" not in talk.text("i'm a teacher, what is a 504").told
    assert "what_504" in talk.told


def test_saying_who_writes_is_not_a_miss(book: Book) -> None:
    talk = Talk(book, Session(state="child_age")).text("im his grandma")
    assert (["from_grandparent"], "child_age", 0) == (talk.told, talk.asked, talk.session.misses)


def test_an_answer_beside_it_is_taken(book: Book) -> None:
    talk = Talk(book, Session(state="child_age")).text("im 15")
    assert "school_age" == talk.session.answer_to("child_age")
    assert "from_student" in talk.told


@pytest.mark.parametrize("said", ["im 15 and i want to die", "tengo 14 años y me quiero matar"])
def test_danger_still_comes_first(book: Book, said: str) -> None:
    assert Talk(book).text(said).told[0].startswith("danger")


@pytest.mark.parametrize(
    "said",
    (
        "is this a robot | who runs this | am i talking to a bot | es un robot? | quien maneja esto | "
        "con quien hablo"
    ).split(" | "),
)
def test_who_are_you_is_answered(book: Book, said: str) -> None:
    assert "who_answers" in Talk(book, Session(state="rest")).text(said).told


def test_what_do_you_store_is_answered(book: Book) -> None:
    assert "private_here" in Talk(book, Session(state="rest")).text("do you save my messages").told


@table("""
    said | state
    我的孩子不会读书 | in_chinese
    우리 아이가 책을 못 읽어요 | in_korean
    con tôi không đọc được, tôi cần giúp | in_vietnamese
    ابني لا يستطيع القراءة | in_arabic
""")
def test_another_language_gets_its_sentence(book: Book, said: str, state: str) -> None:
    assert ["greeting", "greeting", state, "tongue_for_staff"] == Talk(book).text(said).told
    assert [state, "tongue_for_staff"] == Talk(book, Session(state="menu")).text(said).told


def test_a_language_without_a_sentence_gets_our_two(book: Book) -> None:
    assert ["greeting", "greeting", "other_tongue"] == Talk(book).text("मेरा बेटा पढ़ नहीं सकता").told
