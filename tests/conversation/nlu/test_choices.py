"""Choices by rule: by number, position, words or age; none where it is not sure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Choice
from hotline.conversation.nlu.ages import OLDEST, age_in_years
from hotline.conversation.nlu.choices import (
    choice_for_age,
    choose,
    contained_choice,
    is_conditional,
    is_question,
)
from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.polarity import only_refuses, opening_answer, yes_or_no
from tests.rows import grouped


def chosen(book: Book, state: str, said: str) -> str | None:
    question = book.question(state)
    found = choose(question.choices, normalize(said), question.unsure, book.reader.lexicon)
    return found.name if found else None


NUMBERS = (
    "2 | 2. | #2 | 2️⃣ | (2) | two | Two. | dos | Dos | number two | number 2 | opción 2 | numero dos | "
    "option two | press 2 | oprima el 2 | the second one | segundo | la segunda | second | 2nd | to | b | "
    "option b | letra b | B."
).split(" | ")


@pytest.mark.parametrize("said", NUMBERS)
def test_a_number_chooses(said: str, book: Book) -> None:
    assert "private" == chosen(book, "kind_of_school", said)


POSITIONS = [
    *(("the last one", "home"), ("last", "home"), ("the bottom one", "home"), ("el último", "home")),
    *(("la última", "home"), ("the first one", "public"), ("first", "public"), ("la primera", "public")),
    *(("the middle one", "private"), ("el de en medio", "private"), ("third", "home"), ("tercera", "home")),
    *(("the top one", "public"), ("number one", "public"), ("number three", "home")),
]


@pytest.mark.parametrize(("said", "choice"), POSITIONS)
def test_a_position_chooses(said: str, choice: str, book: Book) -> None:
    assert choice == chosen(book, "kind_of_school", said)


NOTHING = [
    *("4", "0", "99", "12345", "fourth", "the fifth one", "e", "one second", "two minutes", "just a second"),
    *("hold on", "espere", "un momento", "purple", "", "private or public", "2 3", "2 or 3", "not public"),
]


@pytest.mark.parametrize("said", NOTHING)
def test_ambiguous_words_choose_nothing(said: str, book: Book) -> None:
    assert chosen(book, "kind_of_school", said) is None


GRADES = (
    "1st | 2nd | 3rd | 8th | 12th | first | third | primero | segundo | tercero | 3ro | 2do | 8vo | "
    "3rd grade | second grade | grade 5 | 5th grader | fifth | segundo grado | va en tercero | "
    "4to de primaria | freshman | kinder | kindergarten | middle school | high school | secundaria | prepa | "
    "in elementary"
).split(" | ")


@pytest.mark.parametrize("said", GRADES)
def test_an_ordinal_at_the_age_question_is_a_grade(said: str, book: Book) -> None:
    assert "school_age" == chosen(book, "child_age", said)


AGED: dict[str | None, str] = {
    None: "0 | 0. | zero | cero | 45 | 5",
    "under_3": "18 months | she is 2 | almost 3 | 2 1/2 | newborn | bebé | 6 weeks | 18 meses",
    "preschool": "she is 3 and a half | she is 4 | pre-k | 4 | tiene 4 años | preescolar | head start | 2 | the second one | number two",
    "school_age": "8yo | 7 | tiene 7 años | he is 15 | 12 years old | twenty one | she is twenty one | seven years old | siete años",
}


@pytest.mark.parametrize(("choice", "said"), grouped(AGED))
def test_an_age_chooses(said: str, choice: str | None, book: Book) -> None:
    assert choice == chosen(book, "child_age", said)


YES = (
    "yes | Yes. | yeah | yep | yup | ya | ok | okay | sure | of course | correct | uh-huh | mhm | "
    "absolutely | definitely | yes please | yes he is | 👍 | sí | Si | simón | claro que sí | See. | así es | "
    "por supuesto | sí por favor | ándale | yes ma'am"
).split(" | ")
NO = (
    "no | No. | nope | nah | not really | never | no thanks | not yet | 👎 | no gracias | para nada | "
    "todavía no | nunca | claro que no | no he isnt | nel | no sir"
).split(" | ")
UNSURE = (
    "not sure | idk | i dont know | maybe | no se | no sé | quién sabe | tal vez | depends | im not sure"
).split(" | ")
NEITHER = (
    "yes and no | yes but no | no le va bien | no impulse control | no one listens to him | "
    "no sigue instrucciones | si lo suspenden que hago | if they suspend him | one second | hold on | "
    "purple | he has no friends | no lo dejan entrar a la escuela | yes no | yesterday | nobody | my 3 kids"
).split(" | ")


@pytest.mark.parametrize(
    ("said", "choice"),
    [
        *((said, "yes") for said in YES),
        *((said, "no") for said in NO),
        *((said, "not_sure") for said in UNSURE),
        *((said, None) for said in NEITHER),
    ],
)
def test_yes_and_no_need_the_whole_text(said: str, choice: str | None, book: Book) -> None:
    """ "No le va bien" is no answer."""
    assert choice == chosen(book, "sent_home", said)


@pytest.mark.parametrize(
    ("state", "said", "choice"),
    [
        pytest.param("sent_home", "right now hes fine", None, id="right now"),
        pytest.param("child_age", "3 and a half", "preschool", id="and a half"),
        pytest.param("kind_of_school", "one two", None, id="two numbers"),
    ],
)
def test_asides_and_two_numbers_choose_nothing(state: str, said: str, choice: str | None, book: Book) -> None:
    assert choice == chosen(book, state, said)


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        *(
            ("yes he cant focus", "yes"),
            ("yeah he gets sent home", "yes"),
            ("yes, daily", "yes"),
            ("sip lo mandan", "yes"),
        ),
        *(("no, he is fine", "no"), ("No. he is fine", "no"), ("no - never", "no"), ("Sí, a veces", "yes")),
        *(
            ("si lo suspenden que hago", None),
            ("no le va bien", None),
            ("no impulse control", None),
            ("he is", None),
        ),
        *(("", None), ("...", None), ("yesterday he was", None), ("nothing works", None)),
    ],
)
def test_an_opening_yes_needs_a_comma(text: str, opens: str | None, lexicon: Lexicon) -> None:
    assert opens == opening_answer(text, lexicon)


@pytest.mark.parametrize(
    ("said", "conditional"),
    [
        *(("if they suspend him", True), ("what if he is expelled", True), ("si lo suspenden", True)),
        *(("que pasa si lo corren", True), ("in case they say no", True)),
        *(("yes", False), ("si", False), ("he was suspended", False), ("", False), ("tell me if", False)),
    ],
)
def test_a_condition_is_not_a_yes(said: str, conditional: bool, lexicon: Lexicon) -> None:
    assert conditional is is_conditional(said.split(), lexicon)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("can they suspend him", True),
        ("he is?", True),
        ("puede ir", True),
        ("hold on can they suspend him", True),
        ("un momento puede ir", True),
        ("hold on he is home", False),
        ("he is home", False),
        ("", False),
    ],
)
def test_a_question_is_not_an_answer(said: str, asked: bool, lexicon: Lexicon) -> None:
    assert asked is is_question(said, lexicon)


@pytest.mark.parametrize(
    ("state", "said", "choice"),
    [
        *(
            ("kind_of_school", "its a charter school", "public"),
            ("kind_of_school", "cathlic school", "private"),
        ),
        *(("kind_of_school", "we homeschool", "home"), ("kind_of_school", "not public", None)),
        *(("kind_of_school", "private or public", None), ("kind_of_school", "is it public", None)),
        *(("plan_now", "he has a 504", "plan_504"), ("plan_now", "an IEP", "plan_iep")),
        *(("plan_now", "he doesn't have an iep", "no_plan"), ("plan_now", "if he had an iep", None)),
        *(("kind_of_help", "more time on tests", "changes"), ("how_often", "not every day", None)),
    ],
)
def test_a_choices_words_choose_in_short_texts(state: str, said: str, choice: str | None, book: Book) -> None:
    found = contained_choice(book.question(state).choices, normalize(said), book.reader.lexicon)
    assert choice == (found.name if found else None)


def test_a_long_text_is_not_matched_by_single_words(book: Book) -> None:
    said = "we were at a public meeting and then the teacher called my husband about it"
    assert contained_choice(book.question("kind_of_school").choices, said, book.reader.lexicon) is None


AGES: dict[float | None, str] = {
    None: "i have 2 grandkids | my 3 grandkids | his 2 classmates | 3 great kids | i asked for testing 2 months ago and nobody answered | we have been waiting for 2 years | hace 3 meses pedi la evaluacion | lleva 2 años esperando | 2 | 504 | room 12 | he is 45 | not in kindergarten | he is 7 and she is 9 |  | there is one and it is bad",
    4: "shes 4 and talks like a baby | she is 4 | mi bebe tiene 4 años | junior is 4 | he is four and does not talk | tiene cuatro y no habla",
    6: "tiene 6 y habla como bebe | kinder | she is 5 in kindergarten | my baby is in kinder | va en kinder y tiene 5 | he is 5 and started kinder in august",
    2.9: "he'll be 3 in march | almost 3 | casi 3 | she turns 3 next month | cumple 3 en marzo | cumple los 3 en mayo",
    2: "my second grandson is 2 | shes 2 in daycare",
    7: "2nd grade | tiene 7 años",
    8: "grade 3 | 3rd grader | 8yo | 3rd grade | baby girl 8 years old",
    1.5: "18 months",
    2.5: "2 1/2 years",
    3: "he has been 3 years old for a week | my baby is 4 not in kinder | he is five and starts kinder next fall | hes 5 he starts kindergarten in august | mi hijo de 5 entra al kinder en agosto | hes 5 not in kinder yet | tiene 5 y todavia no va al kinder | 5 not in kindergarten | turned 3 in march | he turns 3 today | hoy cumple 3 | apenas cumplio 3",
    6 / 52: "6 weeks",
    10: "grade 5",
    14: "freshman",
    1: "12 meses",
}


@pytest.mark.parametrize(("years", "said"), grouped(AGES))
def test_an_age_needs_a_unit_and_a_grade_wins(said: str, years: float | None, lexicon: Lexicon) -> None:
    assert years == (pytest.approx(found) if (found := age_in_years(normalize(said), lexicon)) else found)


@given(
    age=st.integers(0, OLDEST),
    form=st.sampled_from(
        ["she is {}", "{} years old", "{} yo", "{}yo", "tiene {} años", "my son is {}", "{} anos"]
    ),
)
def test_every_age_is_read_in_every_form(age: int, form: str, book: Book) -> None:
    lexicon, choices = book.reader.lexicon, book.question("child_age").choices
    assert float(age) == age_in_years(normalize(form.format(age)), lexicon)
    meant: list[str | None] = [
        choice.name for choice in choices if choice.ages and choice.ages[0] <= age < choice.ages[1]
    ]
    found = choice_for_age(choices, float(age))
    assert meant == [found.name] if found else not meant


@given(st.text(max_size=200))
def test_any_text_chooses_one_or_none(book: Book, text: str) -> None:
    lexicon = book.reader.lexicon
    for state in ("child_age", "sent_home", "kind_of_school"):
        question = book.question(state)
        assert choose(question.choices, normalize(text), question.unsure, lexicon) in (
            *question.choices,
            None,
        )
        assert contained_choice(question.choices, text, lexicon) in (*question.choices, None)
    assert opening_answer(text, lexicon) in ("yes", "no", None)
    years = age_in_years(normalize(text), lexicon)
    assert years is None or -0.2 <= years <= OLDEST


@given(
    st.lists(
        st.sampled_from(["yes", "no", "not", "he", "is", "si", "claro", "never", "that", "dont"]), max_size=6
    )
)
def test_a_negated_yes_is_not_a_yes(book: Book, words: list[str]) -> None:
    lexicon = book.reader.lexicon
    if yes_or_no(words, lexicon) == "yes":
        assert not lexicon.negation.intersection(words)


def test_a_hostile_text_is_read_fast(book: Book) -> None:
    question = book.question("child_age")
    for text in ("1" * 1600, "a " * 800, "is 2 " * 320, "ñ" * 1600, "\x00" * 1600):
        choose(question.choices, text, question.unsure, book.reader.lexicon)
        contained_choice(question.choices, text, book.reader.lexicon)


@pytest.mark.parametrize(
    ("text", "refuses"),
    [
        *(("no i dont want texts", True), ("i dont want texts", True), ("no quiero mensajes", True)),
        *(("no text messages", True), ("STOP", False), ("no stop", False), ("no more texts", False)),
        *(("no quiero mas mensajes", False), ("wrong number", False), ("dont ever text me", False)),
        *(("never text me", False), ("yes", False), ("", False), ("no thanks stop", False)),
    ],
)
def test_a_no_to_texts_differs_from_a_stop(text: str, refuses: bool, lexicon: Lexicon) -> None:
    assert refuses is only_refuses(normalize(text), lexicon)


WITH_WORDS = (Choice("sent", "Sent", "x", ("yes", "ya")), Choice("not_yet", "Not yet", "x", ("no", "havent")))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *(
            ("no", "not_yet"),
            ("No.", "not_yet"),
            ("yes i did", "sent"),
            ("ya", "sent"),
            ("havent", "not_yet"),
        ),
        *(
            ("i have no money", None),
            ("there is no help at this school", None),
            ("the letter is not right", None),
        ),
    ],
)
def test_yes_or_no_chooses_only_alone(text: str, name: str | None, lexicon: Lexicon) -> None:
    """ "He has no friends"."""
    found = choose(WITH_WORDS, normalize(text), "not_yet", lexicon) or contained_choice(
        WITH_WORDS, normalize(text), lexicon
    )
    assert name == (found.name if found else None)
