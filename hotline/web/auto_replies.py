"""Detection of texts that no person wrote: auto-replies, and echoes of our own messages.

Rule: the first text that looks like one is still answered (`store.rate_limits`), so that a parent who quotes one
      of our messages gets an answer.
"""

from __future__ import annotations

import re
from typing import Final

from hotline.channels import sms
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question
from hotline.conversation.engine.speech import choices_asked
from hotline.conversation.model.events import Ask, Channel, Reply
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import normalise

PART: Final = re.compile(r"\A\d+/\d+ ")
"""Prefix of a multipart message, such as "1/2 "."""

LONG: Final = 40
"""Minimum characters of an echo: a person may type something shorter that one of our messages contains."""


def is_automatic(lexicon: Lexicon, text: str) -> bool:
    """Check whether a text contains a phrase of an auto-reply (`flows/lexicon`, [auto_replies])."""
    plain = normalise(text)
    return any(words in plain for words in lexicon.auto_phrases)


def echoes(book: Book, session: Session, text: str) -> bool:
    """Check whether a text is our last message in this session, or a part of it."""
    if len(text) < LONG:
        return False
    asked: tuple[Reply, ...] = ()
    question = book.states.get(session.state)
    if isinstance(question, Question):
        asked = (Ask(session.state, only=choices_asked(Channel.SMS, question, session)),)
    said = sms.body(book, session.language, (*session.last, *asked))
    return normalise(PART.sub("", text)) in normalise(said)
