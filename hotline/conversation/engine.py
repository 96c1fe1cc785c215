"""Decides a turn: step(book, session, event) -> Turn.

Rule 1: total. Whatever a person does, in whatever state, `step` returns; it never raises.
Rule 2: pure. The same book, session and event give the same turn.
Rule 3: danger before everything, then STOP, then the answer to the question, then the words that work anywhere.
Rule 4: every turn leaves words, except to somebody who texted STOP: they get silence until START.
Rule 5: two tries at a question, then a way out.

Which event makes which move is decided here; what a move does stands in `moves`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from hotline.conversation.answers import asks, choose, only_refuses, says_exactly
from hotline.conversation.book import Book, Fork, Place, Question, Role, Scope, Statement, Takes
from hotline.conversation.calling import dialed, left, opened, recorded, silent
from hotline.conversation.danger import SAFETY, after_danger, alarm
from hotline.conversation.dates import read_day
from hotline.conversation.draft import Draft
from hotline.conversation.model import (
    Channel,
    Choice,
    Event,
    Kind,
    Restart,
    Tell,
    Texting,
)
from hotline.conversation.moves import answer, came_back, miss, say_word, take
from hotline.conversation.recall import last_reminded
from hotline.conversation.session import Session, Turn
from hotline.conversation.speaking import follow_language, judge_language
from hotline.conversation.walk import ask_again, asked, end_call_turn, enter, put_aside
from hotline.conversation.wording import offered, text_id

KEPT = timedelta(days=7)
"""How long a person's place is kept. Who comes later begins anew; a yes to texts, or a no, stays."""


ANSWERED_FOR = timedelta(days=30)
"""How long the question of a reminder can be answered. Only its name is kept for that; no answers."""

KEYS = {"0": "human", "*": "repeat", "#": "back", "9": "stop", "8": "other_language", "7": "text_me"}
"""Phone keys that mean the same everywhere in a call."""

ANSWERS = ("yes", "no", "unsure", "thanks", "greeting", "screen", "early_childhood", "private_school")
"""Meanings that an answer in a parent's own words may carry besides."""

STORIES = ("screen", "no_concern", "not_suspended")
"""What tells of a child. To a question it is an answer, or none: kindly, it is asked again."""

NO_TOPIC = (
    *("yes", "no", "unsure", "start", "greeting", "back", "repeat", "restart", "go_on"),
    *("next_steps", "another", "another_child", "why", "text_me"),
)
"""Meanings that ask for nothing, in the first words of somebody new: they get the menu."""

NO_GREETING = ("help", "thanks", "delete_data")
"""Meanings that are answered without a greeting. Late thanks begin no screening."""


def step(book: Book, session: Session, event: Event) -> Turn:
    """What happens next. `session` is where the person is (`Session()` when they are new); the
    turn's session replaces it. The caller must commit session and effects as one before anything
    of the replies leaves.
    """
    draft = Draft(book, event, _still_kept(book, session, event))
    match event.kind:
        case Kind.DUE:
            return _due(draft)
        case Kind.LEFT:
            return left(draft)
        case kind:
            MOVES[kind](draft)
    end_call_turn(draft)
    return draft.turn()


def _still_kept(book: Book, session: Session, event: Event) -> Session:
    """The session; a new one, with what outlives it, when its time is over. It is at the question of a reminder
    that the person may answer yet.
    """
    if event.channel is Channel.SMS and session.more:
        session = replace(session, more=())  # what a call had still to say is no answer to a text
    long_ago = session.seen is not None and event.at - session.seen > KEPT
    gone = session.seen is None and not session.state and bool(session.reminded)
    if not (long_ago or gone):
        return session
    return _new(book, session, event)


def _new(book: Book, session: Session, event: Event) -> Session:
    """A session of somebody who was away for long."""
    new = Session(
        language=session.language,
        texting=session.texting,
        line=session.line,
        known=session.known,
        reminded=session.reminded,
    )
    question = last_reminded(book, session)
    if question is None or event.kind is not Kind.SAID or session.texting is not Texting.YES:
        return new
    name, at = question
    return replace(new, state=name) if event.at - at <= ANSWERED_FOR else new


def _said(draft: Draft) -> None:
    text = draft.event.text.strip()
    _as_new_unless_answered(draft, text)
    if draft.event.channel is Channel.SMS:
        came_back(draft)
    meaning = _meaning(draft.book, text)
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


def _as_new_unless_answered(draft: Draft, text: str) -> None:
    """Whoever comes back after long and neither answers the reminder nor asks for something is somebody new."""
    question = draft.question()
    if draft.start.seen is not None or question is None or not draft.start.reminded:
        return
    meaning = _meaning(draft.book, text)
    if _chosen(draft, question, meaning, text) is None and (meaning is None or meaning in NO_TOPIC):
        draft.session = draft.start = replace(draft.start, state="")


def _said_to_us(draft: Draft, meaning: str | None, text: str) -> None:
    """Words in the middle of a conversation: an answer, else a word that works anywhere, else neither."""
    question = draft.question()
    if not (question and _is_offered(draft, question, text)):
        follow_language(draft, meaning, text)
    value = question and _value(draft, question, text)
    choice = question and _chosen(draft, question, meaning, text)
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


def _is_offered(draft: Draft, question: Question, text: str) -> bool:
    """Whether the text is, word for word, an answer that is offered here."""
    return any(says_exactly(c, text) for c in offered(draft.book, draft.session.language, question.name))


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
            draft.session = _reminded(
                replace(draft.session, state=state.name, misses=0, silences=0), draft.event
            )
            draft.replies.append(asked(draft, state.name))
            return draft.turn()
        case Statement():
            return Turn(draft.start, (Tell(text_id(state)),))
        case Fork() | None:
            return Turn(draft.start)


def _reminded(session: Session, event: Event) -> Session:
    """The session of somebody whom this reminder asks; but for a dropped call's, which is about a place alone."""
    return (
        session if event.text == Role.CALL_DROPPED else replace(session, reminded=((event.text, event.at),))
    )


def _said_while_stopped(draft: Draft, meaning: str | None) -> None:
    """Rule 4. YES counts as START, because the carrier takes it so and opens the way again."""
    if meaning in SAFETY:
        alarm(draft, meaning)
    elif draft.session.state == Role.STOP_OR_NOT:
        _was_it_a_stop(draft, meaning)
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
