"""Labels of the topics that parents ask about, in the words of the flows and in the user's language.

Rule: a topic has the name that a menu offers; if no menu offers it, it is named by the beginning of its answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Fork, Question
from hotline.conversation.book.texts import PLACEHOLDER, offered, text_id, wording
from hotline.conversation.model.events import Channel

LONGEST: Final = 60
"""Maximum characters of an answer's beginning used as a label."""

SENTENCE_END: Final = re.compile(r"(?<=[.?!])\s")


def topic_label(book: Book, language: str, topic: str) -> str:
    """Return the label of a topic; its name in plain letters if the book no longer has it."""
    state = book.topics.get(topic, "")
    offered_as = _offered(book, language).get(state)
    return offered_as or beginning(book, language, state) or topic.replace("_", " ").capitalize()


@lru_cache(maxsize=8)
def _offered(book: Book, language: str) -> Mapping[str, str]:
    """Return the first menu label of each state that a menu leads to, unless another state has the same label."""
    asked_for, found = set(book.topics.values()), dict[str, str]()
    for name, state in book.states.items():
        if isinstance(state, Question) and not state.picks and not state.holds:
            for choice in offered(book, language, name):
                if choice.go in asked_for:
                    found.setdefault(choice.go, choice.text)
    often = Counter(found.values())
    return {name: label for name, label in found.items() if often[label] == 1}


def beginning(book: Book, language: str, name: str) -> str:
    """Return the beginning of what a state says, or of what a branch leads to first; "" if the book has no such state."""
    for each in sorted(book.after_fork(name)):
        state = book.states.get(each)
        if state is not None and not isinstance(state, Fork):
            first = SENTENCE_END.split(wording(book, language, Channel.SMS, text_id(state)))[0]
            said = PLACEHOLDER.sub("…", first).rstrip(":.;")
            return said if len(said) <= LONGEST else f"{said[:LONGEST].rsplit(' ', 1)[0]} …"
    return ""
