"""An answer that a parent puts right is changed, said back, and nothing else is lost."""

from __future__ import annotations

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Texting
from tests.conversation.talk import Talk


def after(book: Book, *said: str) -> Talk:
    """A conversation after these texts."""
    return Talk(book).text(*said)


@pytest.mark.parametrize(
    ("before", "said", "question", "answer", "asked"),
    [
        ("hi|1|9|yes", "sorry i meant no he isnt suspended", "sent_home", "no", "plan_now"),
        (
            "hi|1|she's 4",
            "oops she turned 5 last week, and she's in kinder",
            "child_age",
            "school_age",
            "sent_home",
        ),
        ("hi|1|9|no|no|yes", "wait i meant no i never asked", "asked_before", "no", "hardest"),
        ("hi|1|9|no|504", "actually its an iep not a 504", "plan_now", "plan_iep", "what_about_iep"),
        (
            "hi|1|9|no|no|no|1",
            "oh wait i hit the wrong one, its his behavior",
            "hardest",
            "behavior",
            "kind_of_help",
        ),
        ("hi|1|9|no|no|yes", "oops wrong number i meant 1", "asked_before", "no", "hardest"),
        ("hi|1|9|no|no", "wait no he has a 504", "plan_now", "plan_504", "what_about_504"),
        ("hi|1|4", "sorry 14 not 4", "child_age", "school_age", "sent_home"),
        ("hola|1|9|si", "perdon quise decir que no, no esta suspendido", "sent_home", "no", "plan_now"),
        ("hola|1|7|no", "perdón me equivoqué, tiene 4", "child_age", "preschool", "asked_before"),
        (
            "hola|1|9|no|no|no|1",
            "me equivoque de numero, es la conducta",
            "hardest",
            "behavior",
            "kind_of_help",
        ),
    ],
)
def test_an_answer_is_put_right(
    book: Book, before: str, said: str, question: str, answer: str, asked: str
) -> None:
    """It is BACK, the new answer and the next question in one text."""
    talk = after(book, *before.split("|")).text(said)
    assert ("changed", answer, asked) == (talk.told[0], talk.session.answer_to(question), talk.asked)
    assert "noted" not in talk.told


def test_what_was_answered_since_stays(book: Book) -> None:
    """An earlier answer is put right without asking the later ones again."""
    talk = after(book, *"hi|1|9|no|no|no|1|1".split("|")).text("sorry behavior not reading")
    assert ["behavior", "teaching"] == [talk.session.answer_to(q) for q in ("hardest", "kind_of_help")]
    assert "how_often" == talk.asked


def test_back_after_a_correction_returns_to_it(book: Book) -> None:
    """As after any answer."""
    talk = after(book, *"hi|1|9|yes".split("|")).text("sorry i meant no he isnt suspended", "back")
    assert ("sent_home", None) == (talk.asked, talk.session.answer_to("sent_home"))


def test_what_may_answer_the_open_question_too_is_asked_about(book: Book) -> None:
    """ "I meant yes" may be of the last question or of this one."""
    talk = after(book, *"hi|1|9|no|no".split("|")).text("sorry i meant yes")
    assert ("which_topic", ("back", "go_on", "none")) == (talk.asked, talk.session.between)
    assert "asked_before" == talk.text("2").asked


@pytest.mark.parametrize(
    ("before", "said", "question", "answer"),
    [
        ("hi|1|9|no", "sorry i was at work. no plan", "plan_now", "no_plan"),
        ("hi|1|9|no|no|no", "sorry i meant reading", "hardest", "learning"),
    ],
)
def test_an_answer_to_the_open_question_is_one(
    book: Book, before: str, said: str, question: str, answer: str
) -> None:
    """ "Sorry" often only begins a sentence."""
    talk = after(book, *before.split("|")).text(said)
    assert (answer, False) == (talk.session.answer_to(question), "changed" in talk.told)


def test_a_slip_alone_goes_back(book: Book) -> None:
    """What is right is not known yet."""
    talk = after(book, *"hi|1|9|yes".split("|")).text("sorry i pressed wrong")
    assert ("sent_home", None) == (talk.asked, talk.session.answer_to("sent_home"))


def test_a_mistyped_key_is_no_opt_out(book: Book) -> None:
    """ "Wrong number" says that the key was wrong, if what follows answers."""
    talk = after(book, *"hi|1|9|no|no|yes".split("|")).text("oops wrong number i meant 1")
    assert Texting.UNASKED == talk.session.texting
    alone = after(book, "hi").text("oops wrong number")
    assert Texting.STOPPED == alone.session.texting


def test_consent_is_asked_again_and_not_corrected(book: Book) -> None:
    """Only a yes to the question itself is consent."""
    talk = after(book, *"hi|1|9|no|no|no|1|1|1|1|no".split("|")).text("oops i meant yes")
    assert ("may_we_text", Texting.NO) == (talk.asked, talk.session.texting)


def test_a_day_is_put_right(book: Book) -> None:
    """A value, and not a choice."""
    talk = after(book, *"hi|1|9|no|no|no|1|1|1|1|yes|19140|sent|friday".split("|")).text(
        "oops i meant thursday"
    )
    assert "2026-11-19" == talk.session.slot("sent_on")
