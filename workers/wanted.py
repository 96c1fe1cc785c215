"""Renders what a person requested in a call as a single text."""

from __future__ import annotations

from hotline.channels import sms
from hotline.conversation.book.book import Book
from hotline.store.followup_record import Claimed

LONGEST_BODY = 1600
"""Characters in one message; Twilio refuses more (21617)."""


def words_wanted(book: Book, claimed: Claimed) -> str:
    """Return the requested text in the language of the request, "" if the book has none of it anymore.

    Text beyond LONGEST_BODY is cut at the end of a sentence; our longest letter fits.
    """
    language = claimed.language or book.languages[0]
    known = tuple(tell for tell in claimed.tells if tell.text in book.texts[book.languages[0]])
    return cut(sms.body(book, language, known))


def cut(body: str) -> str:
    """Return the whole sentences that fit in one message; if none fits, cut at a space, or anywhere."""
    if len(body) <= LONGEST_BODY:
        return body
    ends = [found.start() for found in sms.SENTENCE_END.finditer(body) if found.start() <= LONGEST_BODY]
    blank = body.rfind(" ", 0, LONGEST_BODY + 1)
    return body[: ends[-1] if ends else blank if blank > 0 else LONGEST_BODY]
