"""What a person's words mean at the question where they are: an answer to it, or something that works anywhere."""

from __future__ import annotations

from hotline.conversation.book.states import Book, Question, Takes
from hotline.conversation.book.texts import offered
from hotline.conversation.engine.turn_builder import Draft
from hotline.conversation.model.events import Choice
from hotline.conversation.nlu.choices import asks, choose, says_exactly
from hotline.conversation.nlu.dates import read_day

ANSWERS = ("yes", "no", "unsure", "thanks", "greeting", "screen", "early_childhood", "private_school")
"""Meanings that an answer in a parent's own words may carry besides."""

NO_TOPIC = (
    *("yes", "no", "unsure", "start", "greeting", "back", "repeat", "restart", "go_on"),
    *("next_steps", "another", "another_child", "why", "text_me"),
)
"""Meanings that ask for nothing: in the first words of somebody new they lead to the menu."""


def meaning_of(book: Book, text: str) -> str | None:
    """What the words mean anywhere. A lone figure is an answer, but 0, which reaches a person."""
    if len(text) == 1 and text.isascii() and text.isdigit():
        return "human" if text == "0" else None
    return book.meanings.of(text)


def value_of(draft: Draft, question: Question, text: str) -> str | None:
    """What a question takes, if the text names it: a state's code, or a day's date."""
    match question.takes:
        case Takes.STATE:
            return draft.book.places.named(text)
        case Takes.DAY:
            day = read_day(text, draft.event.at.date())
            return day.isoformat() if day else None
        case Takes.NOTHING:
            return None


def chosen(draft: Draft, question: Question, meaning: str | None, text: str) -> Choice | None:
    """The choice that the text answers with, unless it rather asks for something else.

    "IEP" answers "which plan?"; "what is an IEP" asks about it. Consent is a number or a whole yes: "ok but
    not now" is none. Nor does "i have no idea" end a call.
    """
    choices = offered(draft.book, draft.session.language, question.name)
    choice = choose(choices, text, question.unsure)
    if choice is not None and says_exactly(choice, text):
        return choice
    meant = next((c for c in choices if meaning in c.means), None)
    if meant is not None and not asks(text):
        return meant if choice in (None, meant) else None  # what fits two choices chooses none
    if choice is None:
        return None
    answers = meaning is None or meaning in ANSWERS
    must_be_plain = draft.book.binds(question.name) or draft.book.ends_with(choice.go)
    return choice if answers and not must_be_plain else None


def is_offered(draft: Draft, question: Question, text: str) -> bool:
    """Whether the text is, word for word, an answer that is offered here."""
    return any(says_exactly(c, text) for c in offered(draft.book, draft.session.language, question.name))
