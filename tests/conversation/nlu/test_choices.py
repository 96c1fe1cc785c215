"""What an answer meant: by number, by words, by age; and nothing where it is not sure."""

from __future__ import annotations

import pytest

from hotline.conversation.book.states import Book
from hotline.conversation.model.events import Choice
from hotline.conversation.nlu.choices import age_in_years, choose, only_refuses

CHOSEN = [
    ("kind_of_school", "2", "private"),
    ("kind_of_school", "2.", "private"),
    ("kind_of_school", "#2", "private"),
    ("kind_of_school", "2️⃣", "private"),
    ("kind_of_school", "two", "private"),
    ("kind_of_school", "dos", "private"),
    ("kind_of_school", "Um, number two please", "private"),
    ("kind_of_school", "opción 2", "private"),
    ("kind_of_school", "the second one", "private"),
    ("kind_of_school", "press 1", "public"),
    ("kind_of_school", "Public.", "public"),
    ("kind_of_school", "its a charter school", "public"),
    ("kind_of_school", "cathlic school", "private"),
    ("kind_of_school", "we homeschool", "home"),
    ("kind_of_school", "4", None),
    ("kind_of_school", "0", None),
    ("kind_of_school", "99", None),
    ("kind_of_school", "private or public", None),
    ("kind_of_school", "purple", None),
    ("kind_of_school", "", None),
    ("kind_of_school", "idk", "public"),
    ("sent_home", "yeah", "yes"),
    ("sent_home", "Sí", "yes"),
    ("sent_home", "nope", "no"),
    ("sent_home", "not sure", "not_sure"),
    ("sent_home", "👍", "yes"),
    ("sent_home", "my 3 kids", None),
    ("plan_now", "an IEP", "plan_iep"),
    ("plan_now", "I E P", "plan_iep"),
    ("plan_now", "five oh four", "plan_504"),
    ("plan_now", "he has a 504", "plan_504"),
    ("plan_now", "504", "plan_504"),
    ("concern", "maybe", "maybe"),
    ("concern", "no se", "maybe"),
    ("concern", "depends", "maybe"),
    ("child_age", "2", "preschool"),
    ("child_age", "he is 2 and not talking", "under_3"),
    ("child_age", "18 months", "under_3"),
    ("child_age", "she is 4", "preschool"),
    ("child_age", "4", "preschool"),
    ("child_age", "tiene 7 años", "school_age"),
    ("child_age", "8yo", "school_age"),
    ("child_age", "7", "school_age"),
    ("child_age", "5", None),
    ("child_age", "he is in 3rd grade", "school_age"),
    ("child_age", "45", None),
    ("child_age", "she is 2 and not in school yet", "under_3"),
    ("child_age", "almost 3", "under_3"),
    ("child_age", "2 1/2", "under_3"),
    ("child_age", "3 and a half", "preschool"),
    ("child_age", "pre-school", "preschool"),
    ("child_age", "5 and in kindergarten", "school_age"),
    ("plan_now", "he doesn't have an iep", "no_plan"),
    ("plan_now", "waiting on a 504", None),
    ("plan_now", "he had an iep before", None),
    ("sent_home", "right now hes fine", None),
    ("sent_home", "yes he was sent home", "yes"),
    ("sent_home", "no he is fine", "no"),
    ("sent_yet", "i havent sent it", "not_yet"),
    ("sent_yet", "not sent yet", "not_yet"),
    ("how_often", "not every day", None),
    ("kind_of_school", "not public", None),
    ("how_often", "every day", "most_days"),
    ("kind_of_help", "more time on tests", "changes"),
]


@pytest.mark.parametrize(
    ("state", "said", "choice"), CHOSEN, ids=[f"{s}-{t or 'empty'}" for s, t, _ in CHOSEN]
)
def test_an_answer_chooses(book: Book, state: str, said: str, choice: str | None) -> None:
    """The choice, or None where a guess could cost a child something."""
    question = book.question(state)
    found = choose(question.choices, said, question.unsure)
    assert choice == (found.name if found else None)


AGES = [
    ("18 months", 1.5),
    ("she is 4", 4),
    ("tiene 7 años", 7),
    ("8yo", 8),
    ("2 1/2 years", 2.5),
    ("6 weeks", 6 / 52),
    ("2", None),
    ("504", None),
    ("room 12", None),
    ("he is 45", None),
]


@pytest.mark.parametrize(("said", "years"), AGES, ids=[said for said, _ in AGES])
def test_an_age_is_told_in_years(said: str, years: float | None) -> None:
    """A bare figure is none: it may be a menu number."""
    assert years == age_in_years(said)


def test_a_hostile_text_is_read_in_no_time(book: Book) -> None:
    """1,600 characters made to be slow."""
    question = book.question("child_age")
    for text in ("1" * 1600, "a " * 800, "is 2 " * 320, "ñ" * 1600, "\x00" * 1600):
        choose(question.choices, text, question.unsure)


@pytest.mark.parametrize(
    ("text", "refuses"),
    [
        *(("no i dont want texts", True), ("i dont want texts", True), ("no quiero mensajes", True)),
        *(("no text messages", True), ("STOP", False), ("no stop", False), ("no more texts", False)),
        *(("no quiero mas mensajes", False), ("wrong number", False), ("dont ever text me", False)),
        *(("never text me", False), ("yes", False), ("", False), ("no thanks stop", False)),
    ],
)
def test_a_no_to_texts_is_told_from_a_stop(text: str, refuses: bool) -> None:
    """Words that may be an answer are no STOP; whatever says more than no is one."""
    assert refuses == only_refuses(text)


WITH_WORDS = (Choice("sent", "Sent", "x", ("yes", "ya")), Choice("not_yet", "Not yet", "x", ("no", "havent")))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *(
            ("no", "not_yet"),
            ("No.", "not_yet"),
            ("no i didnt", "not_yet"),
            ("yes i did", "sent"),
            ("ya", "sent"),
        ),
        *(
            ("i have no money", None),
            ("there is no help at this school", None),
            ("the letter is not right", None),
        ),
        *(("ok so what is right", None), ("i havent", "not_yet")),
    ],
)
def test_a_yes_or_no_among_a_choices_words_chooses_alone_or_first(text: str, name: str | None) -> None:
    """Within a sentence it is no answer: "he has no friends"."""
    chosen = choose(WITH_WORDS, text, "not_yet")
    assert name == (chosen.name if chosen else None)
