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
from tests.rows import cases

Way = tuple[str, ...]

SEED = cases(__file__, "article")
"""By what a sentence of the article says: what is asked, and what is told in English and in Spanish."""

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
def test_each_sentence_of_the_article_is_said(
    book: Book, language: str, channel: Channel, way: str, english: str, spanish: str
) -> None:
    said = told(book, language, channel, tuple(way.split(" | "))).lower()
    for words in (english if language == "en" else spanish).split(" | "):
        assert words.lower() in said, (words, said)


@pytest.mark.parametrize(("language", "groups"), [("en", THIRTEEN), ("es", TRECE)])
def test_all_thirteen_groups_are_listed(book: Book, language: str, groups: tuple[str, ...]) -> None:
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
