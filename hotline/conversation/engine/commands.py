"""Runs commands that work anywhere, such as BACK and WHY, and enters topics asked for in passing.

The tables WORDS and ACTS define what each command does; an answer that picks a topic runs one too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from hotline.conversation.book.states import RESTS_AFTER_DANGER, Fork, Place, Question, Role, Statement, Takes
from hotline.conversation.book.texts import line_before
from hotline.conversation.engine.answers import take_choice, take_value
from hotline.conversation.engine.asides import holds, put_aside
from hotline.conversation.engine.by_ear import first_part
from hotline.conversation.engine.conditions import case_target
from hotline.conversation.engine.follow_language import next_language, switch_language
from hotline.conversation.engine.interpret import value_of
from hotline.conversation.engine.misses import miss
from hotline.conversation.engine.reminders import take_back
from hotline.conversation.engine.statements import opt_out, words
from hotline.conversation.engine.transitions import ask_again, enter, repeat
from hotline.conversation.engine.turn_builder import PRIVATE_AFTER, Draft, may_be_texted
from hotline.conversation.engine.who_writes import state_for
from hotline.conversation.model.events import Cancel, Channel, Choice, Kind, Nudge, Tell, Texting
from hotline.conversation.nlu.roles import Known

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


def run_command(draft: Draft, intent: str) -> None:
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
        switch_language(draft, language)
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
            take_value(draft, state, day)
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
        _pick(draft, choice)
    elif question.name in (Role.MORE, Role.NEXT_LINE):
        enter(draft, choice.go)
    else:
        take_choice(draft, question, choice)


def _pick(draft: Draft, choice: Choice) -> None:
    """Enter the topic that was meant, of those that we asked about."""
    draft.session = session = replace(draft.session, between=(), misses=0)
    draft.count(f"picked.{choice.name}")
    if choice.name == "none":
        enter(draft, choice.go)
    else:  # from the previous question: "repeat" must not re-ask this one without its choices
        draft.session = replace(session, state=session.paused or Place.REST, aside=False)
        run_command(draft, choice.name)


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
    wanted = (*draft.start.textable, *(tell for tell in later if may_be_texted(draft.book, tell)))
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
    Known.OTHER_LANGUAGE: next_language,
}
"""Handlers for commands that do more than enter a state."""
