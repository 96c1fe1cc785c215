"""Decides a turn: step(book, session, event) -> Turn.

Rule 1: total. Whatever a person does, in whatever state, `step` returns; it never raises.
Rule 2: pure. The same book, session and event give the same turn.
Rule 3: danger before everything, then STOP, then the words that work anywhere, then the answer.
Rule 4: every turn leaves words, except to somebody who texted STOP: they get silence until START.
Rule 5: two tries at a question, then a way out.

The tables KEYS, WORDS and ACTS hold what fits a table. Code follows for what does not: an answer, an
aside, BACK, a follow-up whose day has come.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from hotline.conversation.book import Book, Fork, Place, Question, Role, Statement, Takes
from hotline.conversation.dates import read_day
from hotline.conversation.languages import language_of
from hotline.conversation.model import (
    Ask,
    Channel,
    Choice,
    Count,
    Event,
    Kind,
    Restart,
    Session,
    StopAll,
    Tell,
    Texting,
    Turn,
)
from hotline.conversation.understand import choose, normalise
from hotline.conversation.walk import Draft, ask_again, enter, holds, put_aside
from hotline.conversation.wording import offered, text_id

TRIES = 2
"""Misses, or silences, at one question before the way out."""

LAST_SILENCE = 4
"""Silences in a row after which a call ends, with words. At 10 s each plus what is said, that
leaves a relay operator well over a minute."""

KEYS = {"0": "human", "*": "repeat", "#": "back", "9": "stop", "8": "other_language"}
"""Phone keys that mean the same everywhere in a call."""

WORDS = {
    "crisis": Role.DANGER,
    "abuse": Role.ABUSE,
    "help": Role.HELP,
    "human": Role.PERSON,
    "menu": Role.MENU,
}
"""What a word that works anywhere leads to."""

SAFETY = ("crisis", "abuse")

ANSWERS = ("yes", "no", "unsure", "thanks", "greeting", "screen", "early_childhood", "private_school")
"""Meanings that an answer in a parent's own words may carry besides."""

NO_TOPIC = ("yes", "no", "unsure", "start", "greeting", "thanks", "back", "repeat", "restart", "next_steps")
"""Meanings that ask for nothing, in the first words of somebody new: they get the menu."""


def step(book: Book, session: Session, event: Event) -> Turn:
    """What happens next. `session` is where the person is (`Session()` when they are new); the
    turn's session replaces it. The caller must commit session and effects as one before anything
    of the replies leaves.
    """
    draft = Draft(book, event, session)
    match event.kind:
        case Kind.OPENED:
            _opened(draft)
        case Kind.SAID | Kind.HEARD:
            _said(draft)
        case Kind.PRESSED:
            _pressed(draft)
        case Kind.SILENT:
            _silent(draft)
        case Kind.LEFT:
            return Turn(session, effects=(Count("call_ended"),))
        case Kind.DUE:
            return _due(draft)
    return draft.turn()


def _opened(draft: Draft) -> None:
    draft.count("call_opened")
    enter(draft, Role.GREETING)
    for language in draft.book.languages:
        if language != draft.session.language:  # each names itself, in its own voice
            draft.replies.append(Tell(text_id(draft.book.statement(Role.THIS_LANGUAGE)), language=language))
    unfinished = draft.session.paused or draft.session.state
    if holds(draft.book, unfinished):
        draft.session = replace(draft.session, paused=unfinished, misses=0, silences=0)
        enter(draft, Role.WELCOME_BACK)
    else:
        enter(draft, Role.MENU)


def _said(draft: Draft) -> None:
    session, text, question = draft.session, draft.event.text.strip(), draft.question()
    meaning = _meaning(draft.book, text)
    if session.texting is Texting.STOPPED and draft.event.channel is Channel.SMS:
        _said_while_stopped(draft, meaning)
    elif meaning in SAFETY:
        _danger(draft, meaning)
    elif not session.state:
        _first_words(draft, meaning)
    elif question and (value := _value(draft, question, text)):
        _take(draft, question, value)
    elif question and (choice := _chosen(draft, question, meaning, text)):
        _answer(draft, question, choice)
    elif meaning and not (meaning == "screen" and question and question.holds):
        _word(draft, meaning)
    else:
        _miss(draft)  # also a child's story, told to a question: kind, but no answer to it


def _pressed(draft: Draft) -> None:
    keys, question = draft.event.text, draft.question()
    if word := KEYS.get(keys):
        _word(draft, word)
    elif question and len(keys) == 1 and keys in "12345"[: len(question.choices)]:
        _answer(draft, question, question.choices[int(keys) - 1])
    else:
        _miss(draft)


def _silent(draft: Draft) -> None:
    silences = draft.session.silences + 1
    draft.session = replace(draft.session, silences=silences)
    if silences >= LAST_SILENCE:
        draft.session = replace(draft.session, silences=0)
        enter(draft, Role.GOODBYE)
    elif silences == TRIES:
        _stuck(draft)
    else:
        enter(draft, Role.SILENCE)
        ask_again(draft)


def _due(draft: Draft) -> Turn:
    """A follow-up's day has come. Its question becomes where the person is; a statement does not
    move them. One that the flows no longer know says nothing.
    """
    state = draft.book.states.get(draft.event.text)
    match state:
        case Question():
            put_aside(draft)
            draft.session = replace(draft.session, state=state.name, misses=0, silences=0)
            draft.replies.append(Ask(state.name))
        case Statement():
            draft.replies.append(Tell(text_id(state)))
        case Fork() | None:
            pass
    return Turn(draft.session, tuple(draft.replies))


def _danger(draft: Draft, meaning: str) -> None:
    """911 and 988, and no more questions: in texts, the next words are met gently until the person
    asks for something.
    """
    _word(draft, meaning)
    if draft.event.channel is Channel.SMS:
        draft.session = replace(draft.session, state=Role.GLAD_YOU_ARE_HERE)


def _said_while_stopped(draft: Draft, meaning: str | None) -> None:
    """Rule 4. YES counts as START, because the carrier takes it so and opens the way again."""
    if meaning in SAFETY:
        _danger(draft, meaning)
    elif meaning in ("start", "yes"):
        draft.session = replace(draft.session, texting=Texting.UNASKED)
        draft.effects.append(Restart())
        enter(draft, Role.RESTARTED)
        ask_again(draft)


def _first_words(draft: Draft, meaning: str | None) -> None:
    """A new person is greeted, then given what they asked for, or the menu."""
    draft.count("text_opened")
    if draft.session == Session():
        language = language_of(draft.event.text, draft.book.languages)
        draft.session = replace(draft.session, language=language)
    if meaning in ("stop", "help"):
        _word(draft, meaning)
        return
    enter(draft, Role.GREETING)
    if meaning is None or meaning in NO_TOPIC:
        enter(draft, Role.MENU)
    else:
        _word(draft, meaning)


def _word(draft: Draft, meaning: str) -> None:
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
        _miss(draft)


def _answer(draft: Draft, question: Question, choice: Choice) -> None:
    session = replace(draft.session, misses=0, silences=0)
    draft.session = session.with_answer(question.name, choice.name) if question.remembers else session
    draft.count(f"answer.{question.name}.{choice.name}")
    enter(draft, choice.go)


def _take(draft: Draft, question: Question, value: str) -> None:
    """A question that takes a state or a day was told one."""
    draft.session = replace(draft.session.knowing(question.name, value), misses=0, silences=0)
    draft.count(f"told.{question.name}")
    enter(draft, question.go)


def _miss(draft: Draft) -> None:
    draft.count("miss")
    session = draft.session
    if draft.question() is None:
        enter(draft, _after_rest(draft.book, session.state))
    elif session.misses + 1 >= TRIES:
        _stuck(draft)
    else:
        draft.session = replace(session, misses=session.misses + 1)
        enter(draft, Role.UNCLEAR)
        ask_again(draft)


def _after_rest(book: Book, state: str) -> str:
    """What meets words that mean nothing to us, where no question waits."""
    if isinstance(book.states.get(state), Statement):
        return state
    return Role.ANYTHING_ELSE if state == Place.REST else Role.MOVED_ON


def _stuck(draft: Draft) -> None:
    """Two tries are over: a person, another try, or on without an answer; then a person alone."""
    session = replace(draft.session, misses=0)
    if session.state == Role.STUCK:
        draft.session = session
        enter(draft, Role.PERSON)
    else:
        draft.session = replace(session, paused=session.paused or session.state)
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
        draft.session = replace(session, misses=0, silences=0)
        enter(draft, question)


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
    "repeat": ask_again,
    "start": ask_again,
    "restart": partial(enter, name=Role.SCREENING),
    "other_language": _next_language,
    "language_en": partial(_switch_language, language="en"),
    "language_es": partial(_switch_language, language="es"),
}
"""What a word that works anywhere does, where it does more than lead to a state."""


def _meaning(book: Book, text: str) -> str | None:
    """What the words mean anywhere. A lone figure is an answer, but 0, which reaches a person."""
    if len(text) == 1 and text.isascii() and text.isdigit():
        return "human" if text == "0" else None
    return book.meanings.of(text)


def _value(draft: Draft, question: Question, text: str) -> str | None:
    """What a question takes, if the text names it: a state's code, or a day's date."""
    match question.takes:
        case Takes.STATE:
            return draft.book.places.named(text)
        case Takes.DAY:
            day = read_day(text, draft.event.at.date())
            return day.isoformat() if day else None
        case Takes.NOTHING:
            return None


def _chosen(draft: Draft, question: Question, meaning: str | None, text: str) -> Choice | None:
    """The choice that the text answers with, unless it rather asks for something else.

    "IEP" answers "which plan?"; "what is an IEP" asks about it.
    """
    choices = offered(draft.book, draft.session.language, question.name)
    choice = choose(choices, text, question.unsure)
    if choice is None or meaning is None or meaning in ANSWERS:
        return choice
    exact = {normalise(word) for word in (choice.text, *choice.words)}
    return choice if normalise(text) in exact else None
