"""Responds to input that is neither an answer nor a command: ask again, then offer a way out; and counts it.

Rule 1: the state and the language go into a daily counter. Only public-list words leave the turn, for
        `store.misunderstood`, which shows a word only if three different people used it.
Rule 2: nothing is recorded of a text that may mean danger or distress.
"""

from __future__ import annotations

from datetime import timedelta

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Place, Question, Role, Statement, Takes
from hotline.conversation.engine.asides import put_aside
from hotline.conversation.engine.transitions import ask_again, enter, repeat
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Channel, Missed
from hotline.conversation.nlu.fronts import without_lead_in
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.polarity import yes_or_no
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.stated_facts import mentions_two_children

TRIES = 2
"""Misses at one question before the way out is offered."""

LONGEST_PLACE = 5
"""Words of a text that may name a place where a state is asked for."""

AWAY_AFTER = timedelta(hours=12)
"""Someone who returns after this long with a text we do not understand is asked whether to go on."""


def miss(builder: TurnBuilder) -> None:
    """Respond to input that is neither an answer nor a command."""
    builder.count("miss")
    session, question = builder.session, builder.question()
    if question and question.reach:
        builder.ask_person(question.reach, when=question.unsure, with_words=True)
    if builder.start.more:
        enter(builder, Role.UNCLEAR)
        ask_again(builder)
    elif question is None:
        enter(builder, _after_rest(builder.book, session.state))
    elif _was_away(builder):
        put_aside(builder)
        enter(builder, Role.WELCOME_BACK)
    elif session.misses + 1 >= TRIES:
        offer_way_out(builder)
    else:
        builder.session = replace(session, misses=session.misses + 1)
        enter(builder, _unclear(builder))
        if session.state == Role.SAFE_TO_GO_ON:  # nobody in danger hears only that they were not understood
            builder.keeps_last = True
            repeat(builder)
            return
        builder.keeps_last = (
            builder.event.channel is Channel.VOICE
        )  # a text that echoes it must be known as an echo
        ask_again(builder, brief=True)


def _unclear(builder: TurnBuilder) -> str:
    """Return the statement for what does not answer the open question; a yes or no without such a choice needs more."""
    question, text = builder.question(), builder.event.text
    if question and question.takes is Takes.STATE and len(text.split()) <= LONGEST_PLACE:
        return Role.WHICH_STATE
    words, lexicon = normalize(text).split(), builder.book.reader.lexicon
    if question and question.takes is Takes.AGE and mentions_two_children(text, lexicon):
        return Role.ONE_AT_A_TIME
    front = (
        question is not None and question.reminder is not None and not without_lead_in(words, lexicon.fronts)
    )
    if question is None or (yes_or_no(words, lexicon) is None and not front):
        return Role.UNCLEAR
    if question.takes is Takes.NOTHING:
        return Role.WHICH_ONE
    return Role.WHICH_DAY if question.takes in (Takes.DAY, Takes.COMING_DAY) else Role.UNCLEAR


def _was_away(builder: TurnBuilder) -> bool:
    seen = builder.start.seen
    question = builder.state()
    screening = isinstance(question, Question) and question.holds
    return screening and seen is not None and builder.event.at - seen > AWAY_AFTER


def _after_rest(book: Book, state: str) -> str:
    """Return the state for input we do not understand, if no question is open."""
    if isinstance(book.states.get(state), Statement):
        return state
    return Role.ANYTHING_ELSE if state == Place.REST else Role.MOVED_ON


def offer_way_out(builder: TurnBuilder) -> None:
    """Offer the way out after two tries, or only a person if that question failed too."""
    session = replace(builder.session, misses=0)
    if session.state in builder.book.after_fork(Role.STUCK):
        builder.session = session
        enter(builder, Role.PERSON)
    else:
        builder.session = replace(session, stuck_at=session.state)
        put_aside(builder)
        builder.session = replace(builder.session, aside=True)
        enter(builder, Role.STUCK)


def take_your_time(builder: TurnBuilder) -> None:
    """Wait for a person who asks for a moment, or who thinks."""
    enter(builder, Role.TAKE_YOUR_TIME)
    if builder.dictates():
        ask_again(builder)
    builder.keeps_last = bool(builder.start.more) or builder.event.channel is Channel.VOICE
    builder.waits = builder.question() is not None


def ask_which_topic(builder: TurnBuilder, intents: tuple[str, ...]) -> None:
    """Ask which of a few topics was meant, and pause the current question."""
    put_aside(builder)
    builder.count("asked_which")
    builder.session = replace(builder.session, between=(*intents, "none"))
    enter(builder, Role.WHICH_TOPIC)


MISUNDERSTOOD = "misunderstood."
"""The beginning of the names of these counters, before the state and the language."""

NEW = "new"
"""The state recorded for a new person's first text."""

MOST_WORDS = 30
"""The most words recorded of one text, so that none weighs more than a sentence or two."""


def note_misunderstood(builder: TurnBuilder, reading: Reading) -> None:
    """Count that a text was not understood here, and emit the public words that it contained."""
    if reading.danger is not Danger.NONE:
        return
    session, reader = builder.session, builder.book.reader
    builder.count(f"{MISUNDERSTOOD}{session.state or NEW}.{session.language}")
    small = reader.lexicon.small_words.get(session.language, frozenset())
    words = dict.fromkeys(reading.cleaned.said.split())
    if public := tuple(word for word in words if word in reader.places and word not in small)[:MOST_WORDS]:
        builder.effects.append(Missed(public))
