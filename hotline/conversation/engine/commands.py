"""The moves of a conversation: handlers for a command, an answer or a miss, wherever the person is.

The tables WORDS and ACTS define the simple ones. Code follows for the rest: an answer, BACK, WHY, the way
out after two tries. `step` decides which move an event triggers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from hotline.conversation.book.states import Book, Fork, Place, Question, Role, Statement, Takes
from hotline.conversation.book.texts import line_before
from hotline.conversation.engine.by_ear import first_part
from hotline.conversation.engine.conditions import case_target
from hotline.conversation.engine.days_out import is_school_day, with_day
from hotline.conversation.engine.interpret import value_of
from hotline.conversation.engine.reminders import take_back
from hotline.conversation.engine.statements import opt_out, words
from hotline.conversation.engine.transitions import ask_again, enter, holds, put_aside, repeat
from hotline.conversation.engine.turn_builder import PRIVATE_AFTER, Draft, is_worth_keeping
from hotline.conversation.engine.who_writes import state_for
from hotline.conversation.model.events import (
    AskPerson,
    Cancel,
    Channel,
    Choice,
    Kind,
    Nudge,
    Tell,
    Texting,
)
from hotline.conversation.nlu.roles import Known

TRIES = 2
"""Misses at one question before the way out is offered."""

AWAY_AFTER = timedelta(hours=12)
"""Someone who returns after this long with a text we do not understand is asked whether to go on."""

WORDS: Mapping[str, str] = {
    Known.CRISIS: Role.DANGER,
    Known.ABUSE: Role.ABUSE,
    Known.HELP: Role.HELP,
    Known.HUMAN: Role.PERSON,
    Known.MENU: Role.MENU,
}
"""The states for commands that work anywhere."""


STAYS = (Known.BACK, Known.REPEAT, Known.GO_ON, Known.START, Known.SLOWER)
"""Commands that lead to no other topic."""

RESTS_AFTER_DANGER = (Role.GLAD_YOU_ARE_HERE, Role.GLAD_YOU_TOLD_US)
"""Resting states after danger in texts. MENU leads from there back to the paused question."""


def say_word(draft: Draft, intent: str) -> None:
    """Run a command that works anywhere, or enter a topic asked for in passing."""
    roles = draft.book.roles
    if intent not in STAYS:
        put_aside(draft)
        draft.session = replace(draft.session, aside=True)
    if intent == Known.GREETING:
        _greeted(draft)
    elif intent in roles.resumes and draft.start.state in RESTS_AFTER_DANGER and draft.session.paused:
        enter(draft, Role.WELCOME_BACK)
    elif intent in roles.begins_screening and (left := _left_in_screening(draft)):
        draft.session = draft.session.back_to(left)
        enter(draft, Place.RETURN)
    elif act := ACTS.get(intent):
        act(draft)
    elif language := roles.language(intent):
        _switch_language(draft, language)
    elif state := WORDS.get(intent) or state_for(draft, intent):
        draft.count(f"word.{intent}")
        _to_topic(draft, state)
    else:
        miss(draft)


def _greeted(draft: Draft) -> None:
    """Answer a hello: with the choice to go on in the middle of the screening, else with what was open."""
    if _left_in_screening(draft):
        enter(draft, Role.WELCOME_BACK)
    else:
        enter(draft, Place.RETURN if draft.session.paused else Role.MENU)


def _left_in_screening(draft: Draft) -> str:
    """Return the screening question that was left, or "": a child's story does not restart it."""
    questions = (draft.book.states.get(name) for name in draft.session.stack)
    return next((q.name for q in reversed([*questions]) if isinstance(q, Question) and q.holds), "")


def _to_topic(draft: Draft, name: str) -> None:
    """Enter a state asked for in passing, or take the day that it asks for if the text names it."""
    state = draft.book.states.get(name)
    if isinstance(state, Question) and state.takes in (Takes.DAY, Takes.COMING_DAY):
        day = value_of(draft, state, draft.event.text)
        if day is not None:
            take(draft, state, day)
            return
    enter(draft, name)


def ask_which(draft: Draft, intents: tuple[str, ...]) -> None:
    """Ask which of a few topics was meant, and pause the current question."""
    put_aside(draft)
    draft.count("asked_which")
    draft.session = replace(draft.session, between=(*intents, "none"))
    enter(draft, Role.WHICH_TOPIC)


def answer(draft: Draft, question: Question, choice: Choice) -> None:
    """Process a choice made at the open question, and enter the next state."""
    if question.picks:
        draft.session = session = replace(draft.session, between=(), misses=0)
        draft.count(f"picked.{choice.name}")
        if choice.name == "none":
            enter(draft, choice.go)
        else:  # from the previous question: "repeat" must not re-ask this one without its choices
            draft.session = replace(session, state=session.paused or Place.REST, aside=False)
            say_word(draft, choice.name)
        return
    if question.name in (Role.MORE, Role.NEXT_LINE):
        enter(draft, choice.go)
        return
    if choice.days_ago is not None:
        day = draft.event.at.date() - timedelta(days=choice.days_ago)
        take(draft, question, day.isoformat())
        return
    _answered(draft, question)
    if question.assumed:
        draft.session = draft.session.unknowing(question.name)
    if question.holds:
        draft.session = draft.session.with_answer(question.name, choice.name)
    if question.calls_back:
        draft.effects.append(AskPerson(when=choice.name))
    draft.count(f"answer.{question.name}.{choice.name}")
    enter(draft, choice.go)


def take(draft: Draft, question: Question, value: str) -> None:
    """Process a value, a state or a day, given to a question that takes one."""
    if question.collects:
        _collect(draft, question, value)
        return
    _answered(draft, question)
    if question.takes is Takes.GRADE:
        draft.session = draft.session.with_answer(question.name, value)  # expires with the answers
    else:
        draft.session = draft.session.with_slot(question.name, value)
    draft.count(f"told.{question.name}")
    enter(draft, question.go)


def _collect(draft: Draft, question: Question, day: str) -> None:
    """Add a day out of school. A weekend day does not count and goes to the `weekend` state."""
    _answered(draft, question)
    draft.session = replace(draft.session, days_out=with_day(draft.session.days_out, day))
    draft.count("day_out")
    enter(draft, question.go if is_school_day(date.fromisoformat(day)) else question.weekend)


def _answered(draft: Draft, question: Question) -> None:
    """Mark the question as answered: unpause it and reset misses and silences."""
    session = draft.session.without_aside(question.name)
    draft.session = replace(session, misses=0, silences=0)
    draft.answered = True


def miss(draft: Draft) -> None:
    """Respond to input that is neither an answer nor a command."""
    draft.count("miss")
    session = draft.session
    if draft.start.more:
        enter(draft, Role.UNCLEAR)
        ask_again(draft)
    elif draft.question() is None:
        enter(draft, _after_rest(draft.book, session.state))
    elif _was_away(draft):
        put_aside(draft)
        enter(draft, Role.WELCOME_BACK)
    elif session.misses + 1 >= TRIES:
        stuck(draft)
    else:
        draft.session = replace(session, misses=session.misses + 1)
        enter(draft, Role.UNCLEAR)
        ask_again(draft, brief=True)


def _was_away(draft: Draft) -> bool:
    seen = draft.start.seen
    question = draft.state()
    screening = isinstance(question, Question) and question.holds
    return screening and seen is not None and draft.event.at - seen > AWAY_AFTER


def _after_rest(book: Book, state: str) -> str:
    """Return the state for input we do not understand, if no question is open."""
    if isinstance(book.states.get(state), Statement):
        return state
    return Role.ANYTHING_ELSE if state == Place.REST else Role.MOVED_ON


def stuck(draft: Draft) -> None:
    """Offer the way out after two tries, or only a person if that question failed too."""
    session = replace(draft.session, misses=0)
    if session.state in draft.book.after_fork(Role.STUCK):
        draft.session = session
        enter(draft, Role.PERSON)
    else:
        draft.session = replace(session, stuck_at=session.state)
        put_aside(draft)
        draft.session = replace(draft.session, aside=True)
        enter(draft, Role.STUCK)


def _back(draft: Draft) -> None:
    """Undo the last answer, or return from an aside if there is none."""
    before = draft.start.before_last_answer()
    draft.undone = True
    if first_part(draft):
        ask_again(draft)
        return
    if draft.dictates() and (line := line_before(draft.start.last[-1])):
        draft.continued = True
        draft.replies += [line, draft.start.last[-1], *draft.start.more]
        return
    if before is None:
        enter(draft, Place.RETURN if draft.session.paused else Role.MENU)
        return
    take_back(draft, set(draft.start.outcomes) - set(before.outcomes))
    left = draft.book.states.get(before.state)
    days = before.days_out[:-1] if isinstance(left, Question) and left.collects else before.days_out
    draft.session = replace(before, misses=0, silences=0, days_out=days)
    ask_again(draft)


def _start_over(draft: Draft) -> None:
    """Start a new screening, forgetting the person's state and days too."""
    draft.session = replace(draft.session, known=(), another=False)
    enter(draft, Role.SCREENING)


def _another(draft: Draft) -> None:
    """Start a screening for another child. The first result and its follow-ups stay."""
    places = [
        q.name for q in draft.book.states.values() if isinstance(q, Question) and q.takes is Takes.STATE
    ]
    known = tuple(
        pair for pair in draft.session.known if pair[0] in places
    )  # the days are of the first child
    draft.session = replace(draft.session, another=True, earlier=(), known=known)
    enter(draft, Role.ANOTHER_CHILD)


def _why(draft: Draft) -> None:
    """Explain the outcomes by the answers, only while they are recent, because phones are shared."""
    session, book = draft.session, draft.book
    found = [book.states.get(name) for name in session.outcomes]
    reasons = [state.why for state in found if isinstance(state, Statement) and state.why]
    if session.outcome_at and draft.event.at - session.outcome_at > PRIVATE_AFTER:
        enter(draft, Role.TOO_LATE_TO_SAY_WHY)
    elif not reasons:
        enter(draft, Role.NO_OUTCOME_YET)
    else:
        draft.replies += [words(draft, _reason(draft, name)) for name in reasons]
        enter(draft, Place.RETURN)


def _reason(draft: Draft, name: str) -> Statement:
    """Return the statement that a reason resolves to, through forks."""
    state = draft.book.states[name]
    while isinstance(state, Fork):
        state = draft.book.states[case_target(draft, state)]
    return draft.book.statement(state.name)


def _text_this(draft: Draft) -> None:
    """Offer to text what the call just said; on SMS, say that there is nothing to text.

    It returns to the open question, whichever that was.
    """
    later = (reply for reply in draft.start.more if isinstance(reply, Tell))
    wanted = (*draft.start.heard, *(told for told in later if is_worth_keeping(draft.book, told)))
    if draft.event.channel is Channel.VOICE and isinstance(draft.state(), Question) and not draft.start.aside:
        draft.session = draft.session.with_aside(draft.session.state)
    if draft.event.channel is Channel.SMS or not wanted:
        enter(draft, Role.NOTHING_TO_TEXT)
    else:
        draft.session = replace(draft.session, wanted=wanted)
        enter(draft, Role.TEXT_THIS)


def _stop(draft: Draft) -> None:
    """Opt out of texts but keep the conversation: on a call the caller can go on."""
    opt_out(draft)
    enter(draft, Role.STOPPED)


def _maybe_stop(draft: Draft) -> None:
    """Ask once whether a text was a STOP; no answer counts as one (47 CFR 64.1200(a)(12)).

    Until then nothing is sent unprompted, and nothing pending is lost.
    """
    if draft.session.texting is Texting.STOPPED:
        miss(draft)
        return
    draft.count(Known.STOP_UNCLEAR)
    draft.session = replace(draft.session, before_stop=draft.session.texting)
    if draft.event.kind is not Kind.PRESSED:  # a slip of the thumb says nothing
        draft.session = replace(draft.session, texting=Texting.STOPPED)
    enter(draft, Role.STOP_OR_NOT)


def _repeat(draft: Draft) -> None:
    """Repeat the last turn, or only the question if another person may have the phone by now."""
    seen = draft.start.seen
    if seen is None or draft.event.at - seen > PRIVATE_AFTER:
        ask_again(draft)
    else:
        repeat(draft)


def _slower(draft: Draft) -> None:
    """Repeat the last turn, more slowly from now on."""
    draft.slower = True
    _repeat(draft)


def _how(draft: Draft) -> None:
    """Give the letter to a person who asks how, once an outcome says what to do."""
    if draft.session.outcomes:
        draft.count(f"word.{Known.LETTER}")
        enter(draft, draft.book.topics[Known.LETTER])
    else:
        miss(draft)


def _go_on(draft: Draft) -> None:
    """Resume the question that was left; after danger with none, show the menu."""
    if draft.session.paused and not holds(draft.book, draft.session.state):
        enter(draft, Place.RETURN)
    elif draft.start.state in RESTS_AFTER_DANGER:
        enter(draft, Role.MENU)
    else:
        ask_again(draft)


def _next_language(draft: Draft) -> None:
    """Switch to the next of the book's languages, for the phone key that cycles through them."""
    languages = draft.book.languages
    at = languages.index(draft.session.language) if draft.session.language in languages else -1
    _switch_language(draft, languages[(at + 1) % len(languages)])


def _switch_language(draft: Draft, language: str) -> None:
    """Switch to the language, if the book has it, and say so.

    A caller who has answered nothing in this call gets the whole greeting: who to call in danger, and the
    keys.
    """
    if language in draft.book.languages:
        draft.session = replace(draft.session, language=language)
    greeted = draft.event.channel is Channel.VOICE and draft.start.state in (Role.BEGIN, Role.WELCOME_BACK)
    enter(draft, Role.GREETING if greeted else Role.OTHER_LANGUAGE)
    ask_again(draft)


def came_back(draft: Draft) -> None:
    """Cancel the text that would call someone back whose call dropped: they are here."""
    if draft.session.nudge is Nudge.USED:
        draft.effects.append(Cancel((Role.CALL_DROPPED,)))


ACTS: Mapping[str, Callable[[Draft], None]] = {
    Known.STOP: _stop,
    Known.STOP_UNCLEAR: _maybe_stop,
    Known.BACK: _back,
    Known.REPEAT: _repeat,
    Known.START: ask_again,
    Known.GO_ON: _go_on,
    Known.SLOWER: _slower,
    Known.HOW: _how,
    Known.RESTART: _start_over,
    Known.ANOTHER_CHILD: _another,
    Known.WHY: _why,
    Known.TEXT_ME: _text_this,
    Known.OTHER_LANGUAGE: _next_language,
}
"""Handlers for commands that do more than enter a state."""
