"""What parents get besides, on a day that somebody at the desk has closed: before they are given a person to turn to.

Rule: the words are the center's own, and stand in no book and no session: they are put in as a turn is rendered, so that
      they are there for who asks on that day and for nobody later.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Final

from hotline.conversation.book.states import Book, Role
from hotline.conversation.book.texts import state_of
from hotline.conversation.model.events import Reply, Tell
from hotline.conversation.model.session import Session
from hotline.web.reply_guard import Render

NOTICE: Final = "desk.closed_today.text"
"""What the words are called beside the texts of a book."""

Words = tuple[tuple[str, str], ...]


def with_notice(render: Render, words: Words) -> Render:
    """Return a way to render that says these words, by language, before it leads to a person; `render` itself where
    there are none.
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
