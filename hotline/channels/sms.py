"""Parse incoming text messages and render replies.

Rule 1: replies stay in order, the question last.
Rule 2: a long reply is sent in parts, "1/2" and "2/2", cut at the ends of sentences, because carriers may
        deliver messages out of order.
Rule 3: nothing here shortens or drops text. What does not fit into one message is sent in the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote
from xml.etree import ElementTree as ET

from twilio.twiml.messaging_response import MessagingResponse

from hotline.channels.twiml import Asked, clean, with_retries
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Takes
from hotline.conversation.book.texts import filled, offered, text_id, wording
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import (
    Ask,
    Channel,
    Event,
    EventKind,
    HangUp,
    Reply,
    TakeMessage,
    Tell,
    Transfer,
)
from hotline.conversation.model.segments import count, is_gsm7
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.normalize import MAX_LENGTH

GSM7_SEGMENTS, UCS2_SEGMENTS = 2, 3
"""Maximum segments of a message before it is split.

Longer ones arrive late, out of order or not at all on old phones; UCS-2 segments have less than half the
characters."""

MAX_MESSAGES = 10
"""Maximum messages in the response to one webhook; Twilio drops the rest (error 14109)."""

REPLY_STATUS_PATH = "/status/reply"

REPLY_STATUS = with_retries(REPLY_STATUS_PATH, Asked.STATUS)
"""Status callback URL of replies. It identifies no one."""

ADDRESSED = re.compile(rf'(?<=statusCallback="){re.escape(REPLY_STATUS_PATH)}(?:\?event=[^"#]*)?(?=#)')
"""Matches the status callback URL in a document, up to its fragment."""

UNNAMED, NAMED = f'statusCallback="{REPLY_STATUS_PATH}#', f'statusCallback="{REPLY_STATUS_PATH}?'
"""The start of that URL in a document as rendered, and once it names an event."""

RENDERED = 2048
"""Size of the cache of rendered documents, which contain only our text, none of a person's."""

A_TEXT = Event("", datetime.min.replace(tzinfo=UTC), Channel.SMS, EventKind.SAID)
"""What an incoming message is made from: copying an event takes a third of the time of a new one."""

SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+")


def read(form: Mapping[str, str], at: datetime) -> Event:
    """Parse Twilio's form for an incoming message, received `at`, into an Event.

    Raises KeyError if MessageSid is missing. Source: twilio.com/docs/messaging/guides/webhook-request.
    """
    text, ours = form.get("Body", "")[:MAX_LENGTH], form.get("To", "")
    return replace(A_TEXT, id=form["MessageSid"], at=at, text=text, ours=ours)


def render(book: Book, session: Session, replies: tuple[Reply, ...]) -> str:
    """Return TwiML that texts the replies in the session's language; no message without replies."""
    return _document(book, session.language, replies, REPLY_STATUS)


def render_unwatched(book: Book, session: Session, replies: tuple[Reply, ...]) -> str:
    """Return the TwiML of `render` without status callbacks, which cannot be counted without Redis."""
    return _document(book, session.language, replies, None)


@lru_cache(maxsize=RENDERED)
def _document(book: Book, language: str, replies: tuple[Reply, ...], status_callback: str | None) -> str:
    response = MessagingResponse()
    for body in bodies(book, language, replies):
        response.message(clean(body), status_callback=status_callback)
    return str(response)


def addressed(document: str, event_id: str) -> str:
    """Return the document with status callbacks that name the event it answers.

    Rendered documents are cached without an event's id. An id of another event is replaced.
    """
    path = f"{REPLY_STATUS_PATH}?event={event_id if event_id.isascii() and event_id.isalnum() else quote(event_id, safe='')}"
    if NAMED not in document:
        return document.replace(UNNAMED, f'statusCallback="{path}#')
    return ADDRESSED.sub(lambda _: path, document)


@lru_cache(maxsize=RENDERED)
def cost(document: str) -> tuple[int, int]:
    """Return how many messages and segments the carrier sends for one of our documents."""
    sent = [message.text or "" for message in ET.fromstring(document).iter("Message")]  # noqa: S314 -- our own XML
    return len(sent), sum(map(count, sent))


def bodies(book: Book, language: str, replies: tuple[Reply, ...]) -> tuple[str, ...]:
    """Return the messages to send, in order, each within its segments, at most MAX_MESSAGES."""
    whole = body(book, language, replies)
    if not whole:
        return ()
    if _fits(whole):
        return (whole,)
    paragraphs = [text for reply in replies if (text := _paragraph(book, language, reply))]
    parts = list(_packed(paragraphs))
    return tuple(f"{n}/{len(parts)} {part}" for n, part in enumerate(parts, 1))[:MAX_MESSAGES]


def body(book: Book, language: str, replies: tuple[Reply, ...]) -> str:
    """Return the replies as one text of any length, as a follow-up sends it; "" without replies."""
    return "\n\n".join(text for reply in replies if (text := _paragraph(book, language, reply)))


def _paragraph(book: Book, language: str, reply: Reply) -> str:
    match reply:
        case Tell(text=text, blanks=blanks):
            return filled(book, reply.language or language, Channel.SMS, text, blanks)
        case Ask(state=name, blanks=blanks):
            question = book.question(name)
            valued = question.takes not in (Takes.NOTHING, Takes.AGE)
            reply_with = "book.renderer.or_reply" if valued else "book.renderer.reply"
            text = filled(book, language, Channel.SMS, text_id(question), blanks)
            choices = (
                f"{n} {choice.text}" for n, choice in enumerate(offered(book, language, name, reply.only), 1)
            )
            return "\n".join([f"{text} {wording(book, language, Channel.SMS, reply_with)}", *choices])
        case Transfer() | TakeMessage() | HangUp():
            return ""


def _fits(text: str, *, numbered: str = "") -> bool:
    text = numbered + text
    return count(text) <= (GSM7_SEGMENTS if is_gsm7(text) else UCS2_SEGMENTS)


def _packed(paragraphs: list[str]) -> Iterator[str]:
    """Yield paragraphs packed into as few messages as possible; too long ones are cut into sentences."""
    message = ""
    for paragraph in paragraphs:
        for piece, joint in _pieces(paragraph):
            if message and not _fits(message + joint + piece, numbered="9/9 "):
                yield message
                message = piece
            else:
                message = message + joint + piece if message else piece
    yield message


def _pieces(paragraph: str) -> Iterator[tuple[str, str]]:
    """Yield the inseparable pieces of a paragraph, each with the separator before it."""
    if _fits(paragraph, numbered="9/9 "):
        yield paragraph, "\n\n"
        return
    joint = "\n\n"
    for line in paragraph.split("\n"):
        for sentence in SENTENCE_END.split(line):
            yield sentence, joint
            joint = " "
        joint = "\n"
