"""Decides a turn: step(book, session, event) -> Turn.

Rule 1: total. Whatever a person does, in whatever state, `step` returns; it never raises.
Rule 2: pure. The same book, session and event give the same turn.
Rule 3: danger before everything, then STOP, then the answer to the question, then the words that work anywhere.
Rule 4: every turn leaves words, except to somebody who texted STOP: they get silence until START.
Rule 5: two tries at a question, then a way out.

Which event makes which move is decided here; what a move does stands in `commands`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from hotline.conversation.book.states import Book, Fork, Place, Question, Role, Scope, Statement
from hotline.conversation.book.texts import offered, text_id
from hotline.conversation.engine.call_events import dialed, left, opened, recorded, silent
from hotline.conversation.engine.commands import answer, came_back, miss, say_word, take
from hotline.conversation.engine.follow_language import follow_language, judge_language
from hotline.conversation.engine.interpret import NO_TOPIC, chosen, is_offered, meaning_of, value_of
from hotline.conversation.engine.resume import as_new_unless_answered, reminded, still_kept
from hotline.conversation.engine.safety import SAFETY, after_danger, alarm
from hotline.conversation.engine.statements import erase
from hotline.conversation.engine.transitions import ask_again, asked, end_call_turn, enter, put_aside
from hotline.conversation.engine.turn_builder import Draft
from hotline.conversation.model.events import (
    Channel,
    Event,
    Kind,
    Restart,
    Tell,
    Texting,
)
from hotline.conversation.model.session import Session, Turn
from hotline.conversation.nlu.choices import choose, only_refuses

KEYS = {"0": "human", "*": "repeat", "#": "back", "9": "stop", "8": "other_language", "7": "text_me"}
"""Phone keys that mean the same everywhere in a call."""

STORIES = ("screen", "no_concern", "not_suspended")
"""What tells of a child. To a question it is an answer, or none: kindly, it is asked again."""

NO_GREETING = ("help", "thanks", "delete_data")
"""Meanings that are answered without a greeting. Late thanks begin no screening."""


def step(book: Book, session: Session, event: Event) -> Turn:
    """What happens next. `session` is where the person is (`Session()` when they are new); the
    turn's session replaces it. The caller must commit session and effects as one before anything
    of the replies leaves.
    """
    draft = Draft(book, event, still_kept(book, session, event))
    match event.kind:
        case Kind.DUE:
            return _due(draft)
        case Kind.LEFT:
            return left(draft)
        case kind:
            MOVES[kind](draft)
    end_call_turn(draft)
    return draft.turn()


def _said(draft: Draft) -> None:
    text = draft.event.text.strip()
    as_new_unless_answered(draft, text)
    if draft.event.channel is Channel.SMS:
        came_back(draft)
    meaning = meaning_of(draft.book, text)
    judge_language(draft, meaning, text)
    if draft.session.texting is Texting.STOPPED and draft.event.channel is Channel.SMS:
        _said_while_stopped(draft, meaning)
    elif meaning in SAFETY:
        alarm(draft, meaning)
    elif meaning == "stop" and (offer := _offer_of_texts(draft)) and only_refuses(text):
        answer(draft, offer, offer.choice(offer.unsure))  # a no to all that we would text, and no more
    elif meaning == "stop":
        say_word(draft, meaning)
    elif not draft.session.state:
        _first_words(draft, meaning)
    elif not text and draft.question():
        enter(draft, Role.NO_WORDS)  # a picture: no miss
        ask_again(draft)
    else:
        _said_to_us(draft, meaning, text)


def _offer_of_texts(draft: Draft) -> Question | None:
    """The question that waits, if it asks whether we may text the steps and reminders."""
    question = draft.question()
    return question if question and draft.book.asks_consent(question.name, Scope.SERIES) else None


def _said_to_us(draft: Draft, meaning: str | None, text: str) -> None:
    """Words in the middle of a conversation: an answer, else a word that works anywhere, else neither."""
    question = draft.question()
    if not (question and is_offered(draft, question, text)):
        follow_language(draft, meaning, text)
    value = question and value_of(draft, question, text)
    choice = question and chosen(draft, question, meaning, text)
    if after_danger(draft, meaning, answers=bool(value or choice)):
        return
    if question and value:
        take(draft, question, value)
    elif question and choice:
        answer(draft, question, choice)
    elif meaning and not (meaning in STORIES and question and question.holds):
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


def _due(draft: Draft) -> Turn:
    """A follow-up's day has come. Its question becomes where the person is; a statement does not
    move them. One that the flows no longer know says nothing.
    """
    state = draft.book.states.get(draft.event.text)
    match state:
        case Question():
            put_aside(draft)
            draft.session = reminded(
                replace(draft.session, state=state.name, misses=0, silences=0), draft.event
            )
            draft.replies.append(asked(draft, state.name))
            return draft.turn()
        case Statement():
            return Turn(draft.start, (Tell(text_id(state)),))
        case Fork() | None:
            return Turn(draft.start)


def _said_while_stopped(draft: Draft, meaning: str | None) -> None:
    """Rule 4. YES counts as START, because the carrier takes it so and opens the way again. DELETE erases without the
    question that it has else: the carrier would not deliver one, nor an answer.
    """
    if meaning in SAFETY:
        alarm(draft, meaning)
    elif draft.session.state == Role.STOP_OR_NOT:
        _was_it_a_stop(draft, meaning)
    elif meaning == "delete_data":
        draft.count(f"word.{meaning}")
        erase(draft)
    elif meaning in ("start", "yes"):
        draft.session = replace(draft.session, texting=Texting.UNASKED)
        draft.effects.append(Restart())
        enter(draft, Role.RESTARTED)
        ask_again(draft)


def _was_it_a_stop(draft: Draft, meaning: str | None) -> None:
    """The answer to "shall we stop?". Whoever asks or tells something else instead goes on with us."""
    question, text = draft.book.question(Role.STOP_OR_NOT), draft.event.text.strip()
    choice = choose(offered(draft.book, draft.session.language, question.name), text, question.unsure)
    if meaning == "stop":
        say_word(draft, meaning)
    elif choice is not None:
        answer(draft, question, choice)
    else:
        session = draft.session
        draft.session = replace(session, texting=session.before_stop, state=session.paused or Place.REST)
        _said_to_us(draft, meaning, text)


def _first_words(draft: Draft, meaning: str | None) -> None:
    """A new person is greeted, then given what they asked for, or the menu."""
    draft.count("text_opened")
    if meaning in NO_GREETING:
        say_word(draft, meaning)
        return
    enter(draft, Role.GREETING)
    if meaning is None or meaning in NO_TOPIC:
        enter(draft, Role.MENU)
    else:
        say_word(draft, meaning)


MOVES: Mapping[Kind, Callable[[Draft], None]] = {
    Kind.OPENED: opened,
    Kind.SAID: _said,
    Kind.HEARD: _said,
    Kind.PRESSED: _pressed,
    Kind.SILENT: silent,
    Kind.DIALED: dialed,
    Kind.RECORDED: recorded,
}
"""What each kind of event does. A follow-up that is due, and the end of a call, have no person to answer."""
