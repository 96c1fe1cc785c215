"""The moves of a conversation: what a word, an answer or a miss does, wherever the person is.

The tables WORDS and ACTS hold what fits a table. Code follows for what does not: an answer, BACK, the way
out after two tries. `engine` decides which move an event makes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from hotline.conversation.book import Book, Place, Question, Role, Statement
from hotline.conversation.model import Cancel, Choice, Session, StopAll, Texting
from hotline.conversation.walk import Draft, ask_again, enter, holds, put_aside, repeat

TRIES = 2
"""Misses, or silences, at one question before the way out."""

WORDS = {
    "crisis": Role.DANGER,
    "abuse": Role.ABUSE,
    "help": Role.HELP,
    "human": Role.PERSON,
    "menu": Role.MENU,
}
"""What a word that works anywhere leads to."""


def say_word(draft: Draft, meaning: str) -> None:
    """A word that works anywhere, or a topic asked for in passing."""
    if meaning not in ("back", "repeat"):
        put_aside(draft)
    if meaning == "greeting":
        enter(draft, Role.WELCOME_BACK if draft.session.paused else Role.MENU)
    elif act := ACTS.get(meaning):
        act(draft)
    elif state := WORDS.get(meaning) or draft.book.topics.get(meaning):
        draft.count(f"word.{meaning}")
        enter(draft, state)
    else:
        miss(draft)


def answer(draft: Draft, question: Question, choice: Choice) -> None:
    """A choice of the question that waits was made."""
    session = _answered(draft.session, question)
    draft.session = session.with_answer(question.name, choice.name) if question.remembers else session
    draft.count(f"answer.{question.name}.{choice.name}")
    enter(draft, choice.go)


def take(draft: Draft, question: Question, value: str) -> None:
    """A question that takes a state or a day was told one."""
    draft.session = _answered(draft.session, question).knowing(question.name, value)
    draft.count(f"told.{question.name}")
    enter(draft, question.go)


def _answered(session: Session, question: Question) -> Session:
    """The session once its question has its answer: nothing leads back to it."""
    paused = "" if session.paused == question.name else session.paused
    return replace(session, paused=paused, misses=0, silences=0)


def miss(draft: Draft) -> None:
    draft.count("miss")
    session = draft.session
    if draft.question() is None:
        enter(draft, _after_rest(draft.book, session.state))
    elif session.misses + 1 >= TRIES:
        stuck(draft)
    else:
        draft.session = replace(session, misses=session.misses + 1)
        enter(draft, Role.UNCLEAR)
        ask_again(draft)


def _after_rest(book: Book, state: str) -> str:
    """What meets words that mean nothing to us, where no question waits."""
    if isinstance(book.states.get(state), Statement):
        return state
    return Role.ANYTHING_ELSE if state == Place.REST else Role.MOVED_ON


def stuck(draft: Draft) -> None:
    """Two tries are over: a person, another try, or on without an answer; then a person alone."""
    session = replace(draft.session, misses=0)
    if session.state == Role.STUCK:
        draft.session = session
        enter(draft, Role.PERSON)
    else:
        draft.session = replace(session, stuck_at=session.state, paused=session.paused or session.state)
        enter(draft, Role.STUCK)


def _back(draft: Draft) -> None:
    """Undoes the last answer. In an aside it walks the aside's own answers, then leaves it."""
    undone = draft.session.before_last_answer()
    if draft.session.paused and (undone is None or holds(draft.book, undone[1])):
        enter(draft, Place.RETURN)
    elif undone is None:
        enter(draft, Role.MENU)
    else:
        session, question = undone
        _take_back(draft, set(draft.session.outcomes) - set(session.outcomes))
        draft.session = replace(session, misses=0, silences=0)
        enter(draft, question)


def _take_back(draft: Draft, outcomes: set[str]) -> None:
    """Drops the follow-ups of outcomes that no longer stand."""
    started = (name for name, r in draft.book.reminders.items() if outcomes.intersection(r.starts_on))
    if reminders := tuple(started):
        draft.effects.append(Cancel(reminders))


def _start_over(draft: Draft) -> None:
    """Another start: also what was told of a state and of days is forgotten."""
    draft.session = replace(draft.session, known=())
    enter(draft, Role.SCREENING)


def _stop(draft: Draft) -> None:
    """STOP ends texts, not the conversation: on a call the caller goes on."""
    draft.session = replace(draft.session, texting=Texting.STOPPED, misses=0)
    draft.effects.append(StopAll())
    draft.count("stop")
    enter(draft, Role.STOPPED)


def _next_language(draft: Draft) -> None:
    """On to the next of the book's languages, for the one key that callers have for it."""
    languages = draft.book.languages
    at = languages.index(draft.session.language) if draft.session.language in languages else -1
    _switch_language(draft, languages[(at + 1) % len(languages)])


def _switch_language(draft: Draft, language: str) -> None:
    """Says in which language it goes on: the one asked for, if the book has it."""
    if language in draft.book.languages:
        draft.session = replace(draft.session, language=language)
    enter(draft, Role.OTHER_LANGUAGE)
    ask_again(draft)


ACTS: Mapping[str, Callable[[Draft], None]] = {
    "stop": _stop,
    "back": _back,
    "repeat": repeat,
    "start": ask_again,
    "restart": _start_over,
    "other_language": _next_language,
    "language_en": partial(_switch_language, language="en"),
    "language_es": partial(_switch_language, language="es"),
}
"""What a word that works anywhere does, where it does more than lead to a state."""
