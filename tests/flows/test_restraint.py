"""Restraint and seclusion: what to ask for, and not the rules on suspension."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.session import Session
from tests.conversation.talk import Talk
from tests.rows import table

WORDS = ["held_or_locked", "held_or_locked_words"]


@pytest.mark.parametrize(
    "said",
    [
        "whats seclusion law",
        "can the school restrain my child",
        "is it legal to put kids in seclusion rooms",
        "what are the rules on restraint",
        "cuales son las reglas sobre el aislamiento",
    ],
)
def test_a_question_about_restraint_is_answered(book: Book, said: str) -> None:
    talk = Talk(book, Session(state="sent_home", language="es" if said.startswith("cual") else "en")).text(
        said
    )
    assert (WORDS, "sent_home") == (talk.told, talk.asked)


@table("""
    said | language
    the school put hands on my son | en
    can they lock my kid in a room | en
    they held my son down | en
    encerraron a mi hijo en un cuarto | es
    la maestra sujeto a mi hijo en el piso | es
""")
def test_danger_is_asked_about_first(book: Book, said: str, language: str) -> None:
    talk = Talk(book, Session(state="plan_now", language=language)).text(said)
    assert "safety_check" == talk.session.state
    assert set(WORDS) <= set(talk.told)
    assert not {"outcome_discipline", "days_out"} & set(talk.told)
    assert ("plan_now", None) == (talk.text("no").asked, talk.session.answer_to("sent_home"))


@pytest.mark.parametrize(
    "said",
    [
        "another kid put his hands on my daughter",
        "they locked him out of the google classroom",
        "he needs a quiet room for tests",
        "he was suspended for 3 days",
    ],
)
def test_look_alikes_are_no_restraint(book: Book, said: str) -> None:
    assert "restraint" != book.reader.read(said).intent


@pytest.mark.parametrize(
    "said",
    [
        "he hasnt come home since yesterday",
        "my son hasn't come back since last night",
        "my daughter never came home from school",
        "no ha regresado desde ayer",
        "cant find my daughter anywhere",
    ],
)
def test_a_child_who_did_not_come_home_is_missing(book: Book, said: str) -> None:
    assert "missing" == book.reader.read(said).danger_class
    assert "danger_missing" in Talk(book).text(said).told
