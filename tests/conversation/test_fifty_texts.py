"""Fifty first texts of parents whose child is suspended, refused, undocumented, homeless, in foster care, deaf, gifted or
bilingual. They were written before anybody looked at what the line answers, with the answer that a parent center's
worker would sign: one of these states is said or asked, and nothing is misunderstood.
"""

from __future__ import annotations

import pytest

from hotline.conversation.book.states import Book
from hotline.conversation.model.session import Session
from tests.conversation.talk import Talk

URGENT = ("outcome_discipline", "days_out", "count_days", "sent_home")
ASKED = ("outcome_no_answer", "outcome_out_asked", "faq_no_answer")
REFUSED = ("right_written_no", "outcome_said_no", "faq_good_grades", "faq_try_first")
TESTED = ("not_eligible", "outcome_tested_no", "right_outside_test", "right_disagree")
PAPERS = ("never_asked",)
HOMELESS = ("no_home", "danger_hunger", "faq_moving")
FOSTER = ("foster_family",)
DEAF = ("relay_calls", "right_interpreter", "deaf_child")
GIFTED = ("gifted_too", "faq_good_grades")
TWO_LANGUAGES = ("iep_and_english", "said_english_first", "right_interpreter")

FIFTY: list[tuple[str, tuple[str, ...]]] = [
    # suspended
    ("my son got suspended again, thats 11 days now, he has no plan", URGENT),
    ("they expelled my daughter today what can i do", URGENT),
    ("school calls me every day to pick him up early", (*URGENT, "faq_pick_up")),
    ("he has an iep and they suspended him for 15 days", (*URGENT, "outcome_iep_and_out")),
    ("suspended my kid for having a meltdown. he has adhd", URGENT),
    ("can they suspend a 6 year old", URGENT),
    ("suspendieron a mi hijo por 10 dias", URGENT),
    # refused
    ("i asked for an evaluation in writing 2 months ago and nobody answered", ASKED),
    ("school said no to testing because her grades are fine", REFUSED),
    ("they tested him and said he doesnt qualify for special ed", TESTED),
    ("principal says we have to do RTI first", ("faq_try_first", "they_said_wait")),
    ("they told me he is just lazy", ("said_behavior",)),
    ("they said only kids failing can get an iep", ("faq_good_grades", "right_written_no")),
    ("la escuela dijo que no lo van a evaluar", REFUSED),
    ("me dijeron que espere hasta el proximo año", ("said_too_young", "faq_try_first", "said_wait_list")),
    # undocumented
    ("im undocumented can my son get help at school", PAPERS),
    ("no tengo papeles puedo pedir ayuda para mi hija", PAPERS),
    ("will ICE find out if i ask for an iep", PAPERS),
    ("la migra se da cuenta si pido esto?", PAPERS),
    ("do i need a social security number for special education", PAPERS),
    ("my child was not born here can she get a 504", PAPERS),
    # homeless
    ("we lost our apartment and live in a motel does she keep her iep", HOMELESS),
    ("we are staying at a shelter and the new school wont take his iep", HOMELESS),
    ("we sleep in the car, which school has to take my kids", HOMELESS),
    ("vivimos con mi hermana porque nos sacaron de la casa, mi hijo tiene iep", HOMELESS),
    ("i have no address can they still test him", HOMELESS),
    # foster
    ("i am a foster mom, can i ask for testing", FOSTER),
    ("my foster son came with no records", (*FOSTER, "right_records", "faq_moving")),
    ("im the grandma raising him, can i sign the iep", FOSTER),
    ("caseworker says only the bio parent can sign", FOSTER),
    ("soy madre de crianza temporal, puedo pedir la evaluacion", FOSTER),
    ("cuido a mi nieto, puedo firmar los papeles de la escuela", FOSTER),
    # deaf
    ("im deaf and need an interpreter for the iep meeting", DEAF),
    ("my daughter is deaf what help can the school give", (*DEAF, "child_age", "sent_home", "what_iep")),
    ("i cant hear on the phone can i do this by text", (*DEAF, "text_back_time", "text_only")),
    ("relay call ok?", DEAF),
    (
        "school wont give my deaf son a sign language interpreter",
        (*DEAF, "right_written_no", "said_no_staff"),
    ),
    ("soy sorda y la escuela no me da interprete", DEAF),
    # gifted
    ("he is gifted but cant sit still, can he get a 504", (*GIFTED, "sent_home", "who_504")),
    ("they say she is too smart for an iep", GIFTED),
    ("my son gets straight As but cries every night over homework", (*GIFTED, "sent_home", "child_age")),
    ("can a child be in gifted and have an iep", GIFTED),
    (
        "es muy inteligente pero no puede escribir, dicen que no necesita ayuda",
        (*GIFTED, "sent_home", "child_age"),
    ),
    # bilingual
    ("they say he has to learn english before they test him", TWO_LANGUAGES),
    ("can they test her in spanish", (*TWO_LANGUAGES, "what_testing_covers")),
    ("my son speaks spanish at home, they say thats why he cant read", TWO_LANGUAGES),
    ("the iep meeting was all in english and i dont understand", TWO_LANGUAGES),
    ("quiero el iep en español", TWO_LANGUAGES),
    ("dicen que primero tiene que aprender ingles", TWO_LANGUAGES),
    ("necesito un interprete para la junta", TWO_LANGUAGES),
]


def test_there_are_fifty() -> None:
    """Each kind of family several times, and Spanish among them."""
    assert 50 == len(FIFTY) == len({words for words, _ in FIFTY})


@pytest.mark.parametrize(("words", "right"), FIFTY, ids=[words for words, _ in FIFTY])
def test_a_first_text_gets_an_answer_that_a_worker_would_sign(
    book: Book, words: str, right: tuple[str, ...]
) -> None:
    """To what was asked, at once; and nothing is taken for something else."""
    talk = Talk(book, Session()).text(words)
    assert set(right).intersection((*talk.told, talk.asked)), (talk.told, talk.asked)
    assert not {"unclear", "stuck_by_text"}.intersection(talk.told)
