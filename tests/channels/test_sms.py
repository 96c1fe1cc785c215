"""Incoming texts are parsed; replies are rendered, split into parts and limited in segments."""

from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from hotline.channels import sms
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Fork, Question
from hotline.conversation.book.texts import text_id
from hotline.conversation.model.events import Ask, Channel, EventKind, HangUp, Reply, Tell
from hotline.conversation.model.segments import count
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.topics import MOST_OFFERED

NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)


def test_a_form_becomes_an_event() -> None:
    event = sms.read({"MessageSid": "SM1", "Body": "x" * 2000, "SmsSid": "decoy"}, NOON)
    assert ("SM1", Channel.SMS, EventKind.SAID, 1600, NOON) == (
        event.id,
        event.channel,
        event.kind,
        len(event.text),
        event.at,
    )


def test_the_question_comes_last_with_its_choices(book: Book) -> None:
    (body,) = sms.bodies(book, "en", (Tell("hotline.unclear.text"), Ask("kind_of_school")))
    assert (
        "Sorry, we did not get that. Reply with a number, or BACK to change your last answer.\n\n"
        "What kind of school? Reply:\n1 Public or charter\n2 Private or religious\n3 Home school"
    ) == body


def test_a_long_answer_is_split_into_numbered_parts(book: Book) -> None:
    replies: tuple[Reply, ...] = (
        *(Tell(f"next_steps.{name}.text") for name in ("letter", "letter_worry_any", "letter_end")),
        Ask("menu"),
    )
    bodies = sms.bodies(book, "en", replies)
    assert len(bodies) > 1
    for number, body in enumerate(bodies, 1):
        assert body.startswith(f"{number}/{len(bodies)} ")
        assert count(body) <= sms.GSM7_SEGMENTS
    words = " ".join(body.split(" ", 1)[1] for body in bodies).split()
    assert sms.body(book, "en", replies).split() == words
    assert bodies[-1].rstrip().endswith("5 Your rights")


def test_a_long_paragraph_is_cut_between_sentences(book: Book) -> None:
    id, long = "plans.iep_categories.text", " ".join(f"This is sentence {n}." for n in range(99))
    book = replace(book, texts={**book.texts, "en": {**book.texts["en"], id: (long, long)}})
    bodies = sms.bodies(book, "en", (Tell(id),))
    assert len(bodies) > 1
    for body in bodies:
        assert body.rstrip().endswith(".")


@pytest.mark.parametrize("part", ["statement", "question"])
def test_every_text_of_the_book_fits_its_segments(book: Book, part: str) -> None:
    for state in book.states.values():
        if isinstance(state, Fork) or isinstance(state, Question) != (part == "question"):
            continue
        reply: Reply = Tell(text_id(state))
        if isinstance(state, Question):
            longest = sorted(state.choices, key=lambda choice: -len(choice.text))[:MOST_OFFERED]
            reply = Ask(state.name, only=tuple(c.name for c in longest) if state.picks else ())
        body = sms.body(book, "en", (reply,))
        assert count(body) <= 2, f"{state.name}: {count(body)} segments: {body}"


def test_no_reply_is_an_empty_document(book: Book) -> None:
    document = sms.render(book, Session(), ())
    assert [] == list(ET.fromstring(document))  # noqa: S314 -- our own document
    assert [] == list(ET.fromstring(sms.render(book, Session(), (HangUp(),))))  # noqa: S314 -- likewise
