"""Notice to parents on a day that the staff closed at the desk, before a referral to a person.

Rule: the text is the center's own and belongs to no book or session. It is inserted at render time, so only
      parents who ask on that day get it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Final

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Role
from hotline.conversation.book.texts import state_of
from hotline.conversation.model.events import Reply, Tell
from hotline.conversation.model.session import Session
from hotline.web.reply_guard import Render

NOTICE: Final = "desk.closed_today.text"
"""Text id of the notice, among the texts of a book."""

Words = tuple[tuple[str, str], ...]


def with_notice(render: Render, words: Words) -> Render:
    """Return a renderer that inserts the notice before the first reply that refers to a person.

    `words` are (language, text) pairs; without any, return `render` itself.
    """
    if not words:
        return render

    def rendered(book: Book, session: Session, replies: tuple[Reply, ...]) -> str:
        leads = [n for n, reply in enumerate(replies) if _leads_to_a_person(book, reply)]
        if not leads or session.language not in dict(words):
            return render(book, session, replies)
        first = leads[0]
        return render(_with_words(book, words), session, (*replies[:first], Tell(NOTICE), *replies[first:]))

    return rendered


def _leads_to_a_person(book: Book, reply: Reply) -> bool:
    return isinstance(reply, Tell) and state_of(reply.text) in book.after_fork(Role.PERSON)


@lru_cache(maxsize=8)
def _with_words(book: Book, words: Words) -> Book:
    said = dict(words)
    texts = {
        language: {**of_language, NOTICE: (said.get(language, ""), said.get(language, ""))}
        for language, of_language in book.texts.items()
    }
    return replace(book, texts=texts)
