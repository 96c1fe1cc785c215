"""Every sentence and row of the original article is told, by text and call, in both languages. SEED maps each to
the steps and the words. Where the article is imprecise, SEED has the corrected words.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from hotline.channels import sms
from hotline.conversation.book.book import Book
from hotline.conversation.engine.speech import sayings
from hotline.conversation.model.events import Channel, EventKind, Reply
from hotline.conversation.model.session import Session
from tests.conversation.talk import Talk

Way = tuple[str, ...]

WHAT_504: Way = ("what is a 504 plan",)
WHAT_IEP: Way = ("what is an iep",)
ROWS: Way = ("what is the difference", "1")
NEEDS_TEACHING: Way = ("start over", *"3211111")
NEEDS_CHANGES: Way = ("start over", *"321112")
MENU_RIGHTS: Way = ("my rights",)

SEED: dict[str, tuple[Way, tuple[str, ...], tuple[str, ...]]] = {
    "no special education: a 504 may be the word you hear": (
        ("they tested him and said he doesnt qualify", "1"),
        ("no to an IEP is not a no to a 504",),
        ("IEP", "504"),
    ),
    "they are not the same": (
        ("what is the difference",),
        ("A 504 removes barriers", "An IEP adds special teaching"),
        ("El 504 quita barreras", "El IEP agrega enseñanza especial"),
    ),
    "which is right for your child": (
        ("which plan is better",),
        ("special teaching, ask about an IEP", "fair chance to learn, ask about a 504"),
        ("IEP", "504"),
    ),
    "504: Section 504 of the Rehabilitation Act, a civil rights law": (
        WHAT_504,
        ("Section 504 of the Rehabilitation Act", "civil rights law"),
        ("Sección 504", "derechos civiles"),
    ),
    "504: equal access, barriers removed": (WHAT_504, ("removes barriers",), ("barreras",)),
    "504: extra time on tests or assignments": (
        WHAT_504,
        ("extra time on tests or work",),
        ("más tiempo en",),
    ),
    "504: preferential seating": (WHAT_504, ("a seat that helps",), ("un asiento que ayude",)),
    "504: breaks, moving around": (WHAT_504, ("breaks or moving around",), ("descansos o moverse",)),
    "504: modified homework": (
        WHAT_504,
        ("shorter or changed homework",),
        ("tareas más cortas o distintas",),
    ),
    "504: assistive technology": (WHAT_504, ("technology",), ("tecnología",)),
    "IEP: under IDEA": (
        WHAT_IEP,
        ("IDEA, the special education law",),
        ("IDEA, la ley de educación especial",),
    ),
    "IEP: specialized instruction and related services": (
        WHAT_IEP,
        ("special teaching, and help like speech or counseling",),
        ("terapia del habla u ocupacional", "consejería"),
    ),
    "IEP: legally binding": (("what is the difference",), ("enforced by law",), ("obligatorios por ley",)),
    "IEP: present levels": (WHAT_IEP, ("how your child is doing now",), ("cómo va",)),
    "IEP: measurable annual goals": (
        WHAT_IEP,
        ("goals for the year that you can measure",),
        ("metas", "medir"),
    ),
    "IEP: special education services": (WHAT_IEP, ("special teaching and services",), ("servicios",)),
    "IEP: how progress is tracked": (WHAT_IEP, ("hear about progress",), ("progreso",)),
    "IEP: accommodations and modifications": (WHAT_IEP, ("changes in class or in tests",), ("cambios",)),
    "row: law": (
        ROWS,
        ("Section 504, a civil rights law", "IDEA, the special education law"),
        ("Sección 504", "IDEA"),
    ),
    "row: purpose": (
        (*ROWS, "1"),
        ("learn like others", "make progress"),
        ("504", "IEP", "enseñanza especial"),
    ),
    "row: eligibility, 504": ((*ROWS, *"11"), ("limits your child in a big way",), ("limita mucho",)),
    "row: eligibility, IEP": (
        (*ROWS, *"11"),
        ("a disability on IDEA's list", "special teaching"),
        ("lista de IDEA",),
    ),
    "row: services": (
        (*ROWS, *"111"),
        ("changes in class and supports", "services like speech or OT"),
        ("cambios en clase y apoyos", "terapia del habla u ocupacional"),
    ),
    "row: scope": (
        (*ROWS, *"1111"),
        ("the same chance to learn", "progress on goals"),
        ("igual oportunidad", "metas"),
    ),
    "which one: teaching or therapy, an IEP": (
        NEEDS_TEACHING,
        ("an IEP evaluation is worth asking for",),
        ("evaluación para un IEP",),
    ),
    "which one: changes in class, a 504": (
        NEEDS_CHANGES,
        ("a 504 evaluation is worth asking for",),
        ("evaluación", "504"),
    ),
    "right: ask for a meeting": ((*MENU_RIGHTS, "1"), ("you can ask for a team meeting",), ("reunión",)),
    "right: be part of the team": ((*MENU_RIGHTS, "2"), ("full member of the team",), ("equipo",)),
    "right: a copy of the plan": ((*MENU_RIGHTS, "3"), ("give you a copy at no cost",), ("copia", "gratis")),
    "right: ask for changes": (
        (*MENU_RIGHTS, "4"),
        ("ask for changes when a plan does not meet",),
        ("cambios",),
    ),
    "recap: both help, in different ways": (
        ("what is an iep", "that is all"),
        ("both help a child do well in school", "in different ways"),
        ("504", "IEP"),
    ),
    "knowing the difference helps you work with the school": (
        ("how do i get ready for the meeting", "1"),
        ("someone to support you",),
        ("de apoyo",),
    ),
}

THIRTEEN = (
    *("autism", "deaf-blindness", "deafness", "emotional disturbance", "hearing", "intellectual disability"),
    *("multiple disabilities", "orthopedic", "other health", "learning disability", "speech or language"),
    *("brain injury", "vision"),
)
TRECE = (
    "autismo | sordoceguera | sordera | trastorno emocional | pérdida auditiva | discapacidad intelectual | "
    "discapacidad múltiple | ortopédica | otro problema de salud | problema de aprendizaje | del habla | "
    "lesión cerebral | de la vista"
).split(" | ")


def plain(said: str, book: Book, language: str) -> str:
    """Return what was said, with "five oh four" as 504."""
    for written, aloud in book.voices[language].spoken:
        said = said.replace(aloud, written)
    return re.sub(r"\s+", " ", said)


class Heard(Talk):
    """A conversation that stores everything said."""

    said: tuple[Reply, ...] = ()

    def take(self, *event: Any, **known: Any) -> Heard:
        super().take(*event, **known)
        self.said += self.replies
        return self


def told(book: Book, language: str, channel: Channel, way: Way) -> str:
    """Return everything said on these steps; numbers are keys in a call."""
    talk = Heard(book, Session(language=language))
    talk.take(channel, *((EventKind.OPENED, "") if channel is Channel.VOICE else (EventKind.SAID, "menu")))
    for words in way:
        talk.session = replace(talk.session, language=language)
        if channel is Channel.SMS:
            talk.take(channel, EventKind.SAID, words)
        elif words.isdecimal():
            talk.screened(words)
        else:
            talk.take(channel, EventKind.SPOKEN, words).call_on()
    if channel is Channel.SMS:
        return " ".join(sms.bodies(book, language, talk.said)).replace("\n", " ")
    return plain(" ".join(one.words for one in sayings(book, language, talk.said)), book, language)


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(("way", "english", "spanish"), SEED.values(), ids=SEED.keys())
def test_each_sentence_of_the_article_is_told(
    book: Book, language: str, channel: Channel, way: Way, english: tuple[str, ...], spanish: tuple[str, ...]
) -> None:
    said = told(book, language, channel, way).lower()
    for words in english if language == "en" else spanish:
        assert words.lower() in said, (words, said)


@pytest.mark.parametrize(("language", "groups"), [("en", THIRTEEN), ("es", TRECE)])
def test_all_thirteen_groups_are_told(book: Book, language: str, groups: tuple[str, ...]) -> None:
    assert 13 == len(groups)
    by_text = told(book, language, Channel.SMS, ("list",)).lower()
    assert [] == [group for group in groups if group not in by_text]
    aloud = told(book, language, Channel.VOICE, ("list",))
    assert "13" in aloud
    assert re.search(r"(press|oprima) 7", aloud)


def test_the_texted_list_is_complete(book: Book) -> None:
    talk = Talk(book).call().speak("list").call_on()
    talk.press("7")
    texts = {tell.text for tell in talk.session.wanted}
    assert {"plans.iep_categories.text", "plans.iep_categories_rest.text"} <= texts
