"""Decides a turn: step(book, session, event) -> Turn.

Rule 1: total. Whatever a person does, in whatever state, `step` returns; it never raises.
Rule 2: pure. The same book, session and event give the same turn.
Rule 3: danger before everything, then STOP, then the answer to the question, then the words that work anywhere.
Rule 4: every turn leaves words, except to somebody who texted STOP: they get silence until START.
Rule 5: two tries at a question, then a way out.

Which event makes which move is decided here; what a move does stands in `moves`.
"""

from __future__ import annotations

from dataclasses import replace

from hotline.conversation.answers import choose, says_exactly
from hotline.conversation.book import Book, Fork, Question, Role, Statement, Takes
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
    Tell,
    Texting,
    Turn,
)
from hotline.conversation.moves import TRIES, answer, miss, say_word, stuck, take
from hotline.conversation.walk import Draft, ask_again, enter, holds, put_aside
from hotline.conversation.wording import offered, text_id

LAST_SILENCE = 4
"""Silences in a row after which a call ends, with words. At 10 s each plus what is said, that
leaves a relay operator well over a minute."""

KEYS = {"0": "human", "*": "repeat", "#": "back", "9": "stop", "8": "other_language"}
"""Phone keys that mean the same everywhere in a call."""

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
    text = draft.event.text.strip()
    if not draft.session.state and draft.session.language == draft.book.languages[0]:
        draft.session = replace(draft.session, language=language_of(text, draft.book.languages))
    meaning = _meaning(draft.book, text)
    if draft.session.texting is Texting.STOPPED and draft.event.channel is Channel.SMS:
        _said_while_stopped(draft, meaning)
    elif meaning in SAFETY:
        _danger(draft, meaning)
    elif meaning == "stop":
        say_word(draft, meaning)
    elif not draft.session.state:
        _first_words(draft, meaning)
    else:
        _said_to_us(draft, meaning, text)


def _said_to_us(draft: Draft, meaning: str | None, text: str) -> None:
    """Words in the middle of a conversation: an answer, else a word that works anywhere, else neither."""
    question = draft.question()
    if question and (value := _value(draft, question, text)):
        take(draft, question, value)
    elif question and (choice := _chosen(draft, question, meaning, text)):
        answer(draft, question, choice)
    elif meaning and not (meaning == "screen" and question and question.holds):
        say_word(draft, meaning)
    else:
        miss(draft)  # also a child's story, told to a question: kind, but no answer to it


def _pressed(draft: Draft) -> None:
    keys, question = draft.event.text, draft.question()
    if word := KEYS.get(keys):
        say_word(draft, word)
    elif question and len(keys) == 1 and keys in "12345"[: len(question.choices)]:
        answer(draft, question, question.choices[int(keys) - 1])
    else:
        miss(draft)


def _silent(draft: Draft) -> None:
    silences = draft.session.silences + 1
    draft.session = replace(draft.session, silences=silences)
    if silences >= LAST_SILENCE:
        draft.session = replace(draft.session, silences=0)
        enter(draft, Role.GOODBYE)
    elif silences == TRIES:
        stuck(draft)
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
    say_word(draft, meaning)
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
    if meaning == "help":
        say_word(draft, meaning)
        return
    enter(draft, Role.GREETING)
    if meaning is None or meaning in NO_TOPIC:
        enter(draft, Role.MENU)
    else:
        say_word(draft, meaning)


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

    "IEP" answers "which plan?"; "what is an IEP" asks about it. Consent is a number or a whole yes: "ok but
    not now" is none.
    """
    choice = choose(offered(draft.book, draft.session.language, question.name), text, question.unsure)
    if choice is None or says_exactly(choice, text):
        return choice
    answers = meaning is None or meaning in ANSWERS
    return choice if answers and not draft.book.asks_consent(question.name) else None
