"""Fifty first texts of families in difficult situations, written in advance with the answers that a parent
center's worker would accept.
"""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.session import Session
from tests.conversation.talk import Talk

URGENT = ("outcome_discipline", "days_out", "count_days", "sent_home")
ASKED = ("outcome_no_answer", "outcome_out_asked", "faq_no_answer")
REFUSED = ("right_written_no", "outcome_said_no", "faq_good_grades", "faq_try_first")
TESTED = ("not_eligible", "outcome_tested_no", "right_outside_test", "right_disagree")
PAPERS = ("never_asked",)
HOMELESS = ("no_home", "danger_hunger", "faq_moving")
LOST_HOME = (*HOMELESS, "safety_check")
"""Whoever just lost a home may be in danger too: to ask is right."""
FOSTER = ("foster_family", "from_foster", "from_grandparent")
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
    ("they told me he is just lazy", ("said_behavior", "said_lazy")),
    ("they said only kids failing can get an iep", ("faq_good_grades", "right_written_no", "said_failing")),
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

FIFTY_MORE: list[tuple[str, tuple[str, ...]]] = [
    # suspended
    ("they put my 8 year old on a 5 day suspension for throwing a chair", URGENT),
    ("school wants to send him to alternative school, expulsion hearing is thursday", URGENT),
    ("my daughter keeps getting ISS every week for talking back, she has a 504", URGENT),
    ("he only goes till 11 now because they say he cant handle a full day", (*URGENT, "said_half_day")),
    ("otra vez me llamaron para que vaya por mi hijo antes de la salida", (*URGENT, "faq_pick_up")),
    ("lo quieren expulsar y no tiene ningun plan", URGENT),
    ("manifestation meeting is tomorrow what do i say", (*URGENT, "meeting_on", "meeting_told_no_texts")),
    # refused
    ("emailed the school in september asking to test my daughter, still nothing", ASKED),
    ("they wont evaluate him, said he just needs to try harder", (*REFUSED, "said_lazy", "said_behavior")),
    ("denied for an iep, said she is not far enough behind", (*REFUSED, *TESTED, "said_failing")),
    ("counselor told me adhd isnt enough for an iep", ("said_not_adhd",)),
    ("the team said my kid isnt eligible and i dont agree", TESTED),
    ("me negaron la evaluacion de mi hijo", REFUSED),
    ("ya le hicieron las pruebas y dicen que no califica", TESTED),
    ("mande la carta hace un mes y no me han contestado", ASKED),
    # undocumented
    ("is it safe to ask the school for help if we dont have papers", PAPERS),
    ("we just got here from honduras, can my kids get special ed", PAPERS),
    ("the school wants his visa before they test him", PAPERS),
    ("mi hijo nacio en mexico, tiene derecho a un plan", PAPERS),
    ("me van a deportar si reclamo en la escuela", PAPERS),
    ("no tenemos seguro social, nos pueden negar la evaluacion", PAPERS),
    # homeless
    ("we got evicted and are couch surfing, can he stay at his same school", LOST_HOME),
    ("living in a hotel right now and they say we are out of district", HOMELESS),
    ("school says no enrollment without proof of address", HOMELESS),
    (
        "my kids and i are in a domestic violence shelter, how do i get his iep moved",
        (*LOST_HOME, "danger_partner"),
    ),
    ("nos quedamos en un albergue y la escuela pide comprobante de domicilio", HOMELESS),
    ("estamos sin casa, quien le da transporte a mi hija a su escuela", HOMELESS),
    # foster
    ("got placement of two kids last week one has an iep what do i need to do", (*FOSTER, "faq_moving")),
    ("am i allowed to go to the iep meeting as a foster parent", FOSTER),
    ("im his aunt and he lives with me now, school says im not the parent", FOSTER),
    ("raising my granddaughter, no custody papers, can i ask for an evaluation", FOSTER),
    ("soy la abuela y tengo a los ninos, la escuela no me deja firmar", FOSTER),
    ("mi sobrino vive conmigo, puedo pedir el iep por el", FOSTER),
    # deaf
    (
        "my son wears hearing aids and misses half of what the teacher says",
        (*DEAF, "child_age", "sent_home", "what_counts_504"),
    ),
    ("i am hard of hearing, do you have tty", DEAF),
    ("i use asl, will the school pay for an interpreter at the meeting", DEAF),
    ("they wont give my daughter an fm system, shes deaf in one ear", (*DEAF, "right_written_no")),
    ("mi hija es sorda y no le dan interprete en clase", DEAF),
    ("no oigo bien, puedo hacer todo por mensaje", (*DEAF, "text_back_time", "text_only")),
    # gifted
    ("hes in the gifted program but failing everything because of adhd", (*GIFTED, "sent_home", "child_age")),
    ("teacher says shes too bright to need a 504", GIFTED),
    ("twice exceptional kid school only sees the good test scores", GIFTED),
    ("saca puros dieces pero llora todos los dias por la escuela", (*GIFTED, "sent_home", "child_age")),
    ("esta en el programa de superdotados, puede tener un 504", GIFTED),
    # bilingual
    ("she is an ell student and they keep saying its the language", TWO_LANGUAGES),
    ("they sent the iep home in english only, i read spanish", TWO_LANGUAGES),
    (
        "they used my older son to translate at the meeting, is that ok",
        (*TWO_LANGUAGES, "said_own_interpreter", "aloud_interpreter"),
    ),
    ("the test was in english but he mostly speaks spanish", TWO_LANGUAGES),
    ("no entiendo los papeles que me mandaron de la escuela en ingles", TWO_LANGUAGES),
    ("le hicieron el examen en ingles y el apenas esta aprendiendo", (*TWO_LANGUAGES, "right_outside_test")),
]
"""Fifty others, written in the same way a while later: the first fifty had been used to better the answers."""


ALL = (*FIFTY, *FIFTY_MORE)


def test_there_are_twice_fifty() -> None:
    assert 50 == len(FIFTY) == len(FIFTY_MORE)
    assert 100 == len({words for words, _ in ALL})


@pytest.mark.parametrize(("words", "right"), ALL, ids=[words for words, _ in ALL])
def test_a_first_text_gets_an_acceptable_answer(book: Book, words: str, right: tuple[str, ...]) -> None:
    talk = Talk(book, Session()).text(words)
    offered = {talk.book.topics.get(name, name) for name in talk.session.between}
    assert set(right).intersection((*talk.told, talk.asked, *offered)), (talk.told, talk.asked, offered)
    assert not {"unclear", "stuck_by_text"}.intersection(talk.told)
