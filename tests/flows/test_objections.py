"""A school's objections, each answered with one rule and one sentence to write back."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Statement

SAID = {
    "they said next year": "said_next_year",
    "hasta el otro año": "said_next_year",
    "he has to be failing": "said_failing",
    "tiene que reprobar": "said_failing",
    "we don't test in summer": "said_summer",
    "en verano no evalúan": "said_summer",
    "he is just lazy": "said_lazy",
    "no le echa ganas": "said_lazy",
    "behavior chart first": "said_chart",
    "primero una tabla de conducta": "said_chart",
    "you need a doctor's note": "said_doctor",
    "piden papel del doctor": "said_doctor",
    "bring your own interpreter": "said_own_interpreter",
    "que traduzca mi hijo": "said_own_interpreter",
    "homeschool him": "said_homeschool",
    "que lo eduque en casa": "said_homeschool",
    "they want me to sign today": "said_sign_today",
    "que firme hoy": "said_sign_today",
    "he already has a 504": "said_504_enough",
    "ya tiene un 504": "said_504_enough",
    "he is fine at school": "said_fine_here",
    "en la escuela está bien": "said_fine_here",
    "his iq is too high": "said_one_test",
    "con una sola prueba": "said_one_test",
    "they won't use the old iep": "said_old_iep",
    "no aceptan el IEP": "said_old_iep",
    "everyone gets 30 minutes": "said_same_for_all",
    "a todos les dan lo mismo": "said_same_for_all",
    "they will meet without me": "said_in_person",
    "se reúnen sin mí": "said_in_person",
}


@pytest.mark.parametrize(("said", "intent"), SAID.items(), ids=list(SAID))
def test_an_objection_is_answered(book: Book, said: str, intent: str) -> None:
    assert intent == book.reader.read(said).acted_on


def test_there_are_at_least_thirty_five_in_both_languages(book: Book) -> None:
    found = [s for s in book.states.values() if isinstance(s, Statement) and s.file == "objections"]
    found = [state for state in found if state.name.startswith("said_")]
    assert len(found) >= 35
    for state in found:
        assert state.basis.law is not None, state.name
        for language in book.languages:
            words = book.texts[language][f"{state.file}.{state.name}.text"][0]
            assert words.count('"') >= 2, (language, state.name)
        english, spanish = (book.texts[each][f"{state.file}.{state.name}.text"][0] for each in ("en", "es"))
        assert english != spanish
